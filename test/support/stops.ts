import type { QuoteStatus } from "../../keepers/core/chainSnapshot.ts";
import { blockNumber, unixSeconds } from "../../keepers/core/units.ts";
import { type Pool, v2Pool } from "../../keepers/market/pool.ts";
import {
  type SeenPrices,
  type StopBook,
  type StopPolicy,
  emptyStopBook,
  observedStops,
  statusOf,
} from "../../keepers/quant/risk/stopLoss.ts";
import { USDC, WAD, WSEI, account, chainSnapshot, tokenState } from "./keeperBuilders.ts";

/** A stop 15 % below the high-water mark, on three snapshots of which two lie at least a minute apart. */
export const STOP: StopPolicy = {
  base: USDC,
  levels: new Map([[WSEI, { priceUsd: 0n, distanceBps: 1_500n }]]),
  snapshots: 3n,
  everySeconds: 60n,
  poolToleranceBps: 200n,
  sliceUsd: 1_000n * WAD,
  slippageBps: 200n,
};

/** One block of a market. `price`: WSEI in USD; `pool`: what the pool has instead; `band`: half its width, in basis points. */
export type Moment = {
  readonly time: bigint;
  readonly price: number;
  readonly pool?: number;
  readonly band?: bigint;
  readonly status?: QuoteStatus;
};

const fixed = (value: number): bigint => BigInt(Math.round(value * 1e12)) * 1_000_000n;

/** A pool of ten million dollars at a price, without a fee that would hide the price. */
export const poolAt = (price: number): Pool =>
  v2Pool({
    address: account(0x7001),
    token0: USDC,
    token1: WSEI,
    reserve0: 10n ** 13n,
    reserve1: (10n ** 13n * 10n ** 30n) / fixed(price),
    feePips: 500n,
  });

/** What is seen at a moment; the block is its second. */
export const seenAt = ({ time, price, pool = price, band = 50n, status = "Ready" }: Moment): SeenPrices => {
  const middle = fixed(price);
  const bounds = { middle, lower: (middle * (10_000n - band)) / 10_000n, upper: (middle * (10_000n + band)) / 10_000n };
  const usdc = tokenState(USDC, { price: { middle: WAD, lower: WAD, upper: WAD } });
  const wsei = tokenState(WSEI, { price: bounds, status });
  const view = chainSnapshot({ block: blockNumber(time), time: unixSeconds(time), tokens: [usdc, wsei] });
  return { view, pools: [poolAt(pool)] };
};

/** The books after each moment. */
export const booksOf = (moments: readonly Moment[], policy = STOP): readonly StopBook[] => {
  let book = emptyStopBook(policy);
  return moments.map((moment) => (book = observedStops(book, seenAt(moment), policy)));
};

/** The index of the first moment at which the stop fires; -1 for never. */
export const firstFire = (moments: readonly Moment[], policy = STOP): number =>
  booksOf(moments, policy).findIndex((book) => statusOf(book, WSEI)?.kind === "fires");
