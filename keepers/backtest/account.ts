import type { LedgerEvent } from "../quant/analytics/events.ts";
import { type Ledger, createLedger } from "../quant/analytics/ledger.ts";
import type { Address } from "../core/units.ts";
import { PIPS } from "../market/pips.ts";
import { spotSqrtPriceX96 } from "../market/toPrice.ts";
import type { MadeSwap } from "./attempt.ts";
import type { SimulationPlan } from "./plan.ts";
import type { SentOutcome } from "./sending.ts";

/** The name by which the ledger knows gas: it comes from who executes, at the moment at which it is paid. */
const GAS_TOKEN = "gas";
const Q192 = 1n << 192n;

/** The fee that a pool takes of an input, rounded up as pools do. */
const feeOf = ({ pool, amountIn }: MadeSwap): bigint => (amountIn * pool.feePips + PIPS - 1n) / PIPS;

/** What so much would buy at the pool's price before the trade, rounded down. */
const atSpot = ({ pool, tokenIn }: MadeSwap, amount: bigint): bigint => {
  const square = spotSqrtPriceX96(pool) * spotSqrtPriceX96(pool);
  if (square === 0n) return 0n;
  return tokenIn === pool.token0 ? (amount * square) / Q192 : (amount * Q192) / square;
};

/** The account of a backtest: every outcome and every price as events of the analytics' ledger. */
export type BacktestAccount = {
  readonly prices: (time: number, prices: ReadonlyMap<Address, bigint>) => void;
  readonly outcome: (outcome: SentOutcome) => void;
  readonly observe: (time: number, balances: ReadonlyMap<Address, bigint>) => void;
  readonly ledger: Ledger;
};

const gasEvents = ({ agent, strategy, gasPaid, time }: SentOutcome): readonly LedgerEvent[] => {
  const at = { time: Number(time), token: GAS_TOKEN };
  return [
    { ...at, kind: "flow", amount: gasPaid },
    { ...at, kind: "amount", cause: "gas", amount: -gasPaid, agent, strategy, venue: "chain" },
  ];
};

const tradeEvent = (swap: MadeSwap, { agent, strategy, time }: SentOutcome): LedgerEvent => {
  const { pool, tokenIn, tokenOut, amountIn, amountOut } = swap;
  const feeIn = feeOf(swap);
  const spotOut = atSpot(swap, amountIn - feeIn);
  const whose = { agent, strategy, venue: pool.address };
  return { kind: "trade", time: Number(time), ...whose, tokenIn, amountIn, feeIn, tokenOut, spotOut, amountOut };
};

/** Opens the account with what the treasury holds at the first prices. */
export const openAccount = ({ tokens, native, holdings }: SimulationPlan): BacktestAccount => {
  const ledger = createLedger(
    new Map([...tokens.map(({ address, decimals }) => [address, decimals] as const), [GAS_TOKEN, 18]]),
  );
  const last = new Map<string, bigint>();
  const setPrice = (time: number, token: string, price: bigint | undefined): void => {
    if (price === undefined || last.get(token) === price) return;
    last.set(token, price);
    ledger.apply({ kind: "price", time, token, price });
  };
  let isOpen = false;
  const open = (time: number): void => {
    if (isOpen) return;
    isOpen = true;
    for (const [token, amount] of holdings) if (amount !== 0n) ledger.apply({ kind: "flow", time, token, amount });
  };
  return {
    ledger,
    prices: (time, prices) => {
      for (const [token, price] of prices) setPrice(time, token, price);
      setPrice(time, GAS_TOKEN, prices.get(native));
      open(time);
    },
    outcome: (outcome) => {
      for (const event of gasEvents(outcome)) ledger.apply(event);
      for (const swap of outcome.swaps) ledger.apply(tradeEvent(swap, outcome));
      if (outcome.strategy !== "rebalance") return;
      const { agent, strategy, time } = outcome;
      for (const token of outcome.changes.keys()) {
        ledger.apply({ kind: "allocation", time: Number(time), token, agent, strategy, venue: "treasury" });
      }
    },
    observe: (time, balances) => ledger.apply({ kind: "observed", time, balances }),
  };
};
