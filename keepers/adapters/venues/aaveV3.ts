import { type Provider, Contract } from "ethers";
import { FatalError } from "../../core/errors.ts";
import { type Address, address } from "../../core/units.ts";
import type { BookPooledLending, BookReserve, BookToken } from "../../../deployments/schema.ts";
import type { LendingState, OwnPart, ReserveState } from "../../market/lending/market.ts";
import type { RateCurve, ReserveIndexes, Usage } from "../../market/lending/reserve.ts";

const DATA = [
  "function getReserveConfigurationData(address) view returns (uint256 decimals, uint256 ltv, uint256 liquidationThreshold, uint256 liquidationBonus, uint256 reserveFactor, bool usageAsCollateralEnabled, bool borrowingEnabled, bool stableBorrowRateEnabled, bool isActive, bool isFrozen)",
  "function getReserveData(address) view returns (uint256 unbacked, uint256 accruedToTreasuryScaled, uint256 totalAToken, uint256 totalStableDebt, uint256 totalVariableDebt, uint256 liquidityRate, uint256 variableBorrowRate, uint256 stableBorrowRate, uint256 averageStableBorrowRate, uint256 liquidityIndex, uint256 variableBorrowIndex, uint40 lastUpdateTimestamp)",
  "function getReserveCaps(address) view returns (uint256 borrowCap, uint256 supplyCap)",
  "function getPaused(address) view returns (bool)",
  "function getUserReserveData(address,address) view returns (uint256 currentATokenBalance, uint256 currentStableDebt, uint256 currentVariableDebt, uint256 principalStableDebt, uint256 scaledVariableDebt, uint256 stableBorrowRate, uint256 liquidityRate, uint40 stableRateLastUpdated, bool usageAsCollateralEnabled)",
  "function getInterestRateStrategyAddress(address) view returns (address)",
];
const STRATEGY = [
  "function OPTIMAL_USAGE_RATIO() view returns (uint256)",
  "function getBaseVariableBorrowRate() view returns (uint256)",
  "function getVariableRateSlope1() view returns (uint256)",
  "function getVariableRateSlope2() view returns (uint256)",
];
const ORACLE = [
  "function BASE_CURRENCY_UNIT() view returns (uint256)",
  "function getAssetPrice(address) view returns (uint256)",
];
const POOL = ["function getUserAccountData(address) view returns (uint256,uint256,uint256,uint256,uint256,uint256)"];
const TOKEN = ["function balanceOf(address) view returns (uint256)"];

/** Who asks, and at which block. */
export type LendingQuestion = { readonly account: Address; readonly block: number; readonly now: bigint };

type Asked = {
  readonly market: BookPooledLending;
  readonly provider: Provider;
  readonly question: LendingQuestion;
};

/** One view's answers, in order. */
const ask = async (
  contract: Contract,
  call: readonly [method: string, ...args: readonly string[]],
  block: number,
): Promise<readonly unknown[]> => {
  const [method, ...args] = call;
  const answer: unknown = await contract.getFunction(method).staticCall(...args, { blockTag: block });
  // Ethers hands a single answer over by itself, and several as an array-like result.
  return Array.isArray(answer) ? [...(answer as readonly unknown[])] : [answer];
};

/** @throws FatalError when the market answers something else than its interface says */
const amountAt = (answer: readonly unknown[], index: number): bigint => {
  const value = answer[index];
  if (typeof value !== "bigint") throw new FatalError(`a lending market answered no number at place ${index}`);
  return value;
};

const curveOf = async (strategy: Contract, block: number): Promise<RateCurve> => {
  const [optimal, base, slope1, slope2] = await Promise.all(
    (
      ["OPTIMAL_USAGE_RATIO", "getBaseVariableBorrowRate", "getVariableRateSlope1", "getVariableRateSlope2"] as const
    ).map(async (method) => amountAt(await ask(strategy, [method], block), 0)),
  );
  return { optimal: optimal ?? 0n, base: base ?? 0n, slope1: slope1 ?? 0n, slope2: slope2 ?? 0n };
};

const usageOf = (data: readonly unknown[], liquidity: bigint, reserveFactorBps: bigint): Usage => ({
  liquidity,
  variableDebt: amountAt(data, 4),
  stableDebt: amountAt(data, 3),
  averageStableRate: amountAt(data, 8),
  unbacked: amountAt(data, 0),
  reserveFactorBps,
});

const indexesOf = (data: readonly unknown[]): ReserveIndexes => ({
  liquidityIndex: amountAt(data, 9),
  variableBorrowIndex: amountAt(data, 10),
  rates: { supply: amountAt(data, 5), variableBorrow: amountAt(data, 6) },
  updatedAt: amountAt(data, 11),
});

const ownOf = (answer: readonly unknown[]): OwnPart => ({
  supplied: amountAt(answer, 0),
  debt: amountAt(answer, 1) + amountAt(answer, 2),
  isCollateral: answer[8] === true,
});

const readReserve = async (
  { market, provider, question: { account, block } }: Asked,
  { asset, position }: BookReserve,
  symbol: string,
): Promise<ReserveState> => {
  const data = new Contract(market.data, DATA, provider);
  const [config, state, caps, paused, own, [strategy], [liquidity], [price]] = await Promise.all([
    ask(data, ["getReserveConfigurationData", asset], block),
    ask(data, ["getReserveData", asset], block),
    ask(data, ["getReserveCaps", asset], block),
    ask(data, ["getPaused", asset], block),
    ask(data, ["getUserReserveData", asset, account], block),
    ask(data, ["getInterestRateStrategyAddress", asset], block),
    ask(new Contract(asset, TOKEN, provider), ["balanceOf", position], block),
    ask(new Contract(market.oracle, ORACLE, provider), ["getAssetPrice", asset], block),
  ]);
  const decimals = amountAt(config, 0);
  return {
    asset: address(asset),
    position: address(position),
    symbol,
    decimals: Number(decimals),
    flags: {
      isActive: config[8] === true,
      isFrozen: config[9] === true,
      isPaused: paused[0] === true,
      isBorrowable: config[6] === true,
    },
    curve: await curveOf(new Contract(String(strategy), STRATEGY, provider), block),
    usage: usageOf(state, amountAt([liquidity], 0), amountAt(config, 4)),
    indexes: indexesOf(state),
    supplied: amountAt(state, 2),
    accruedScaled: amountAt(state, 1),
    supplyCap: amountAt(caps, 1) * 10n ** decimals,
    price: amountAt([price], 0),
    loanToValueBps: amountAt(config, 1),
    liquidationThresholdBps: amountAt(config, 2),
    own: ownOf(own),
  };
};

/**
 * A market of Aave's v3 or a fork of it, at one block, as an account sees it.
 * @throws Error when the chain does not answer; FatalError when the market is not what the address book says
 */
export const readAaveV3 = async (
  market: BookPooledLending,
  provider: Provider,
  { tokens, ...question }: LendingQuestion & { readonly tokens: readonly BookToken[] },
): Promise<LendingState> => {
  const { account, block, now } = question;
  const asked = { market, provider, question };
  const symbolOf = (asset: string): string => tokens.find((token) => token.address === asset)?.symbol ?? asset;
  const [health, [baseUnit], reserves] = await Promise.all([
    ask(new Contract(market.pool, POOL, provider), ["getUserAccountData", account], block),
    ask(new Contract(market.oracle, ORACLE, provider), ["BASE_CURRENCY_UNIT"], block),
    Promise.all(market.reserves.map((reserve) => readReserve(asked, reserve, symbolOf(reserve.asset)))),
  ]);
  return {
    name: market.name,
    pool: address(market.pool),
    block,
    now,
    baseUnit: amountAt([baseUnit], 0),
    health: {
      collateral: amountAt(health, 0),
      debt: amountAt(health, 1),
      available: amountAt(health, 2),
      liquidationThresholdBps: amountAt(health, 3),
      loanToValueBps: amountAt(health, 4),
      healthFactor: amountAt(health, 5),
    },
    reserves,
  };
};
