import { type ChainSnapshot, type TokenState, valueAt } from "../../core/chainSnapshot.ts";
import { maxOf, minOf, mulDivDown } from "../../core/integers.ts";
import type { Address, BlockNumber, UnixSeconds } from "../../core/units.ts";
import { type Pool, otherToken } from "../../market/pool.ts";
import { quoteExactInput } from "../../market/quote.ts";

/** Where a position is sold. The higher of the two levels counts; zero is none. */
export type StopLevel = {
  /** A fixed price in USD for one whole token, with 18 decimals. */
  readonly priceUsd: bigint;
  /** How far below the high-water mark, in basis points. */
  readonly distanceBps: bigint;
};

/** When a stop-loss fires, and how much is sold for one vote. USD amounts have 18 decimals. */
export type StopPolicy = {
  readonly base: Address;
  readonly levels: ReadonlyMap<Address, StopLevel>;
  /** How many snapshots in a row must show the fall, and how many seconds lie between two that count. */
  readonly snapshots: bigint;
  readonly everySeconds: bigint;
  /** How far the pool's price may lie from the oracles' band, in basis points. */
  readonly poolToleranceBps: bigint;
  readonly sliceUsd: bigint;
  /** How far below the oracles' middle price a slice may be sold, in basis points. */
  readonly slippageBps: bigint;
};

/** Why nothing can be said of a position. */
export type Unjudged = "price-not-ready" | "prices-missing" | "no-pool" | "pool-disagrees";

/** What one snapshot says of a position. Prices in USD with 18 decimals; `count` of the snapshots in a row that count. */
export type StopStatus =
  | { readonly kind: "above"; readonly stop: bigint; readonly upper: bigint }
  | { readonly kind: "below" | "fires"; readonly stop: bigint; readonly upper: bigint; readonly count: bigint }
  | { readonly kind: "unjudged"; readonly why: Unjudged; readonly words: string };

/** One position as it was watched. */
export type WatchedPosition = {
  readonly token: Address;
  /** The highest price that `snapshots` counted snapshots in a row all stood above; zero before there are so many. */
  readonly highWater: bigint;
  /** The lower ends of the newest counted snapshots. */
  readonly lowers: readonly bigint[];
  readonly below: bigint;
  readonly countedAt: UnixSeconds | undefined;
  readonly status: StopStatus;
};

/** All watched positions after a block. Undefined times: nothing was seen yet. */
export type StopBook = {
  readonly block: BlockNumber | undefined;
  readonly time: UnixSeconds | undefined;
  readonly positions: readonly WatchedPosition[];
};

/** One block: prices and pools of the same. */
export type SeenPrices = { readonly view: ChainSnapshot; readonly pools: readonly Pool[] };

const BPS = 10_000n;
const LEAST_GAP = 10n;

/** A book in which nothing was seen. */
export const emptyStopBook = ({ levels }: StopPolicy): StopBook => ({
  block: undefined,
  time: undefined,
  positions: [...levels.keys()].map((token) => ({
    token,
    highWater: 0n,
    lowers: [],
    below: 0n,
    countedAt: undefined,
    status: { kind: "unjudged", why: "prices-missing", words: "nothing was seen yet" },
  })),
});

/** How much of a token one slice is, in its units: no more than is held, one unit staying behind. */
export const sliceOf = (state: TokenState, { sliceUsd }: StopPolicy): bigint => {
  if (state.price.middle === 0n) return 0n;
  const units = mulDivDown(sliceUsd, 10n ** BigInt(state.decimals), state.price.middle);
  return minOf(units, maxOf(state.balance - 1n, 0n));
};

/** The pool that pays the most of the base asset for an amount, and what it pays. */
export const bestSale = (
  pools: readonly Pool[],
  { token, base, amountIn }: { readonly token: Address; readonly base: Address; readonly amountIn: bigint },
): { readonly pool: Pool; readonly amountOut: bigint } | undefined => {
  let best: { readonly pool: Pool; readonly amountOut: bigint } | undefined;
  for (const pool of pools) {
    if (otherToken(pool, token) !== base) continue;
    const quote = quoteExactInput(pool, token, amountIn);
    if (quote.kind !== "ok" || (best !== undefined && quote.amountOut <= best.amountOut)) continue;
    best = { pool, amountOut: quote.amountOut };
  }
  return best;
};

/** What the best pool pays for a token, in USD with 18 decimals; a whole token is asked for where nothing is held. */
const poolPrice = (
  { state, base }: { readonly state: TokenState; readonly base: TokenState },
  { pools }: SeenPrices,
  policy: StopPolicy,
): bigint => {
  const one = 10n ** BigInt(state.decimals);
  const amountIn = maxOf(sliceOf(state, policy), 1n);
  const asked = amountIn > 1n ? amountIn : one;
  const best = bestSale(pools, { token: state.token, base: base.token, amountIn: asked });
  return best === undefined ? 0n : (valueAt(base, best.amountOut, base.price.middle) * one) / asked;
};

const unjudged = (why: Unjudged, words: string): StopStatus => ({ kind: "unjudged", why, words });

const stopOf = ({ priceUsd, distanceBps }: StopLevel, highWater: bigint): bigint =>
  maxOf(priceUsd, distanceBps === 0n ? 0n : (highWater * (BPS - distanceBps)) / BPS);

/** What a block shows of a token: its state once oracles and pool agree, or why it says nothing. */
const readingOf = (token: Address, seen: SeenPrices, policy: StopPolicy) => {
  const [state, base] = [token, policy.base].map((one) => seen.view.tokens.find((found) => found.token === one));
  if (state === undefined || base === undefined) return unjudged("prices-missing", "the snapshot has no price of it");
  const notReady = [state, base].find(({ status }) => status !== "Ready");
  if (notReady !== undefined)
    return unjudged("price-not-ready", `the price of ${notReady.token} is ${notReady.status}`);
  const pool = poolPrice({ state, base }, seen, policy);
  if (pool === 0n) return unjudged("no-pool", "no pool buys it for the base asset");
  const { lower, upper } = state.price;
  const [least, most] = [lower * (BPS - policy.poolToleranceBps), upper * (BPS + policy.poolToleranceBps)];
  if (pool * BPS < least || pool * BPS > most)
    return unjudged(
      "pool-disagrees",
      `the best pool pays ${pool}, the oracles say ${lower} to ${upper} (USD, 18 decimals)`,
    );
  return { kind: "agreed" as const, lower, upper, pool };
};

type Reading = Extract<ReturnType<typeof readingOf>, { readonly kind: "agreed" }>;

type Terms = { readonly level: StopLevel; readonly policy: StopPolicy; readonly time: UnixSeconds };

/** The high-water mark and what it rests on, after a block that counts. */
const markAfter = (before: WatchedPosition, lower: bigint, { snapshots }: StopPolicy) => {
  const lowers = [...before.lowers, lower].slice(-Number(snapshots));
  const isHeld = lowers.length === Number(snapshots);
  return { lowers, highWater: isHeld ? maxOf(before.highWater, lowers.reduce(minOf)) : before.highWater };
};

/** Whether enough time has passed since the last snapshot that counts. */
const isDueAt = ({ countedAt }: WatchedPosition, { policy, time }: Terms): boolean =>
  countedAt === undefined || time >= countedAt + policy.everySeconds;

/** A position after a block whose prices agree. */
const after = (before: WatchedPosition, { lower, upper, pool }: Reading, terms: Terms): WatchedPosition => {
  const { level, policy, time } = terms;
  const isDue = isDueAt(before, terms);
  const mark = isDue ? markAfter(before, lower, policy) : before;
  const stop = stopOf(level, mark.highWater);
  const isBelow = upper < stop && pool < stop;
  // The first block below counts whenever it comes; a single one that is not below ends the row.
  const counts = isDue || (isBelow && before.below === 0n);
  const below = isBelow ? before.below + (counts ? 1n : 0n) : 0n;
  const kind = below >= policy.snapshots ? "fires" : "below";
  return {
    token: before.token,
    highWater: mark.highWater,
    lowers: mark.lowers,
    below,
    countedAt: counts ? time : before.countedAt,
    status: isBelow ? { kind, stop, upper, count: below } : { kind: "above", stop, upper },
  };
};

/** A position of which a block says nothing: every row ends, the high-water mark stays. */
const interrupted = (before: WatchedPosition, status: StopStatus): WatchedPosition => ({
  ...before,
  lowers: [],
  below: 0n,
  countedAt: undefined,
  status,
});

/**
 * The book once a block was seen. A stop-loss fires where the upper end of the oracles' band and what the best pool pays for a slice
 * both lie below the stop on `snapshots` snapshots in a row, `everySeconds` apart, and on every block that was seen between them. A
 * price that is not ready, a pool that disagrees and a gap in what was seen end the row. An older or the same block changes nothing.
 * Pure and total. [NX-QNT-19] [NX-QNT-20]
 */
export const observedStops = (book: StopBook, seen: SeenPrices, policy: StopPolicy): StopBook => {
  const { block, time } = seen.view;
  if (book.block !== undefined && block <= book.block) return book;
  const isGap = book.time !== undefined && time > book.time + 2n * maxOf(policy.everySeconds, LEAST_GAP);
  const positions = book.positions.map((known) => {
    const before = isGap ? interrupted(known, unjudged("prices-missing", "blocks were not seen")) : known;
    const level = policy.levels.get(before.token) ?? { priceUsd: 0n, distanceBps: 0n };
    const reading = readingOf(before.token, seen, policy);
    return reading.kind === "agreed" ? after(before, reading, { level, policy, time }) : interrupted(before, reading);
  });
  return { block, time, positions };
};

/** What is said of a position. @returns undefined for one that is not watched */
export const statusOf = ({ positions }: StopBook, token: Address): StopStatus | undefined =>
  positions.find((one) => one.token === token)?.status;
