import { NO_DEBT } from "../market/lending/account.ts";
import { useOf } from "../market/lending/reserve.ts";
import type { LendingState, ReserveState } from "../market/lending/market.ts";
import { type ShareMarketState, ownAt } from "../market/shares/market.ts";
import { supplyRateOf, borrowRateOf, useOf as shareUseOf } from "../market/shares/rates.ts";
import { amountText } from "./amounts.ts";

const RAY_PERCENT_DECIMALS = 25;
const HEALTH_DECIMALS = 18;
const DIGITS = 2;

const percent = (ray: bigint): string => `${amountText(ray, RAY_PERCENT_DECIMALS, DIGITS)} %`;

/** What one cannot do in a reserve now, or that there is nothing. */
const flagWords = ({ flags: { isActive, isFrozen, isPaused } }: ReserveState): string => {
  if (!isActive) return "not active";
  if (isPaused) return "paused: nothing in, nothing out";
  return isFrozen ? "frozen: nothing in" : "open";
};

const ownWords = ({ own, symbol, decimals }: ReserveState): string => {
  const amount = (units: bigint): string => `${amountText(units, decimals, DIGITS)} ${symbol}`;
  if (own.supplied === 0n && own.debt === 0n) return "ours: nothing";
  return `ours: ${amount(own.supplied)} supplied${own.debt === 0n ? "" : `, ${amount(own.debt)} borrowed`}`;
};

const reserveLine = (reserve: ReserveState): string => {
  const { symbol, decimals, supplied, usage, indexes } = reserve;
  const amount = (units: bigint): string => amountText(units, decimals, 0);
  const parts = [
    symbol.padEnd(6),
    `${amount(supplied)} supplied, ${amount(usage.liquidity)} at hand`.padEnd(44),
    `use ${percent(useOf(usage))}`.padEnd(14),
    `earns ${percent(indexes.rates.supply)}, costs ${percent(indexes.rates.variableBorrow)}`.padEnd(30),
    flagWords(reserve).padEnd(10),
    ownWords(reserve),
  ];
  return `    ${parts.join("  ")}`;
};

const BPS_PERCENT_DECIMALS = 2;

/** An aggregator: where its router is, what it leads through, and what it takes of what is bought. */
export const aggregatorLine = (state: {
  readonly name: string;
  readonly router: string;
  readonly exchanges: readonly string[];
  readonly feeBps: number;
}): string =>
  `${state.name}  aggregator ${state.router} through ${state.exchanges.join(", ")}, fee ${amountText(BigInt(state.feeBps), BPS_PERCENT_DECIMALS, DIGITS)} %`;

/** A lending market, its reserves, and how the treasury stands in it. */
export const lendingLines = (state: LendingState): readonly string[] => {
  const { health, baseUnit, name, pool } = state;
  const decimals = baseUnit.toString().length - 1;
  const dollars = (value: bigint): string => `$${amountText(value, decimals, DIGITS)}`;
  const factor =
    health.healthFactor === NO_DEBT
      ? "no debt"
      : `health factor ${amountText(health.healthFactor, HEALTH_DECIMALS, 4)}`;
  return [
    `${name}  lending pool ${pool}`,
    `    ours: ${dollars(health.collateral)} as collateral, ${dollars(health.debt)} owed, ${factor}`,
    ...state.reserves.map(reserveLine),
  ];
};

const WAD_PERCENT_DECIMALS = 16;

const shareFlagWords = ({ isListed, isMintPaused, isTransferPaused }: ShareMarketState): string => {
  if (!isListed) return "not listed: nothing in, nothing out";
  const words = [
    ...(isMintPaused ? ["nothing in"] : []),
    ...(isTransferPaused ? ["shares do not move: exits in kind are owed"] : []),
  ];
  return words.length === 0 ? "open" : words.join(", ");
};

/** A market of shares: what it holds, what a block earns and costs, and what is ours once interest is brought up to date. */
export const shareMarketLines = (state: ShareMarketState): readonly string[] => {
  const { name, pool, symbol, decimals, market, ownDebt, block } = state;
  const whole = (units: bigint): string => amountText(units, decimals, 0);
  const exact = (units: bigint): string => `${amountText(units, decimals, DIGITS)} ${symbol}`;
  const rate = (wad: bigint): string => `${amountText(wad, WAD_PERCENT_DECIMALS, 9)} %`;
  const own = ownAt(state, BigInt(block));
  const parts = [
    symbol.padEnd(6),
    `${whole(market.cash + market.borrows - market.reserves)} supplied, ${whole(market.cash)} at hand`.padEnd(44),
    `use ${amountText(shareUseOf(market), WAD_PERCENT_DECIMALS, DIGITS)} %`.padEnd(14),
    `a block earns ${rate(supplyRateOf(market))}, costs ${rate(borrowRateOf(market.curve, market))}`,
    shareFlagWords(state).padEnd(10),
    own === 0n && ownDebt === 0n ? "ours: nothing" : `ours: ${exact(own)} supplied`,
    ...(ownDebt === 0n ? [] : [`${exact(ownDebt)} borrowed`]),
  ];
  return [`${name}  market of shares ${pool}`, `    ${parts.join("  ")}`];
};
