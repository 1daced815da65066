import type { QuoteStatus } from "../../core/chainSnapshot.ts";
import { type Agreement, type FeedRule, type RawAnswer, type SourceStatus, agree } from "./agreement.ts";
import type { DexPrice } from "./dexPrice.ts";
import type { PriceSample } from "./validate.ts";

/** How far what is not on chain is believed. Basis points, and seconds. */
export type MarketPolicy = {
  /** For a sample of an endpoint. */
  readonly maxAge: bigint;
  readonly deviationBps: bigint;
  /** A pool in which a trade of the size loses more than this, beyond its fee, is too thin to count. */
  readonly maxImpactBps: bigint;
  readonly maxBandBps: bigint;
};

/** One source of the market's price and how it was judged. */
export type MarketSource = {
  readonly name: string;
  readonly state: SourceStatus;
  /** In USD with 18 decimals. */
  readonly price: bigint;
};

/**
 * What the market says of an asset, beside what the oracle hub says of it. Prices in USD with 18 decimals, zero where there is none.
 */
export type MarketPrice = Pick<Agreement, "status" | "middle" | "lower" | "upper" | "confidenceBps"> & {
  readonly asset: string;
  readonly sources: readonly MarketSource[];
  /** How far the hub's price lies above the market's, in basis points; undefined where one of them is none. */
  readonly gapBps: bigint | undefined;
};

/** All that is known of an asset's market at one block. `now` in seconds since the epoch. */
export type MarketView = {
  readonly asset: string;
  readonly now: bigint;
  readonly hub: { readonly status: QuoteStatus; readonly middle: bigint };
  readonly pools: readonly DexPrice[];
  readonly samples: readonly PriceSample[];
};

type Believed = {
  readonly name: string;
  readonly answer: NonNullable<RawAnswer>;
  readonly maxAge: bigint;
  readonly deviationBps: bigint;
};

const BPS = 10_000n;

/** Whether a pool is deep enough on both sides. */
const isDeep = ({ feeBps, sellLossBps, buyLossBps }: DexPrice, maxImpactBps: bigint): boolean =>
  [sellLossBps, buyLossBps].every((loss) => loss !== undefined && loss <= feeBps + maxImpactBps);

/** A pool is of this very block, and right within its fee. */
const ofPool = ({ pool, mid, feeBps }: DexPrice, now: bigint): Believed => ({
  name: pool,
  answer: { price: mid, updatedAt: now, interval: 0n },
  maxAge: 1n,
  deviationBps: feeBps,
});

const ofSample = (
  { source, price, interval, publishTime }: PriceSample,
  { maxAge, deviationBps }: MarketPolicy,
  now: bigint,
): Believed => ({
  name: source,
  // A clock that is ahead by what was allowed when it was taken is no reason to lose it now.
  answer: { price, interval, updatedAt: publishTime > now ? now : publishTime },
  maxAge,
  deviationBps,
});

const gapOf = (hub: MarketView["hub"], { status, middle }: Agreement): bigint | undefined =>
  hub.status !== "Ready" || status !== "Ready" ? undefined : ((hub.middle - middle) * BPS) / middle;

/**
 * The price that pools and the sources' own endpoints make, by the very rule of the oracle hub: the largest group whose
 * intervals meet, if it is more than half of all of them. It moves with the market, and is no evidence of anything: a pool is moved
 * by whoever trades.
 */
export const marketPrice = (view: MarketView, policy: MarketPolicy): MarketPrice => {
  const { asset, now, hub, pools, samples } = view;
  const believed = [
    ...pools.filter((pool) => isDeep(pool, policy.maxImpactBps)).map((pool) => ofPool(pool, now)),
    ...samples.map((sample) => ofSample(sample, policy, now)),
  ];
  const rule: FeedRule = {
    quorum: Math.floor(believed.length / 2) + 1,
    maxBandBps: policy.maxBandBps,
    sources: believed.map(({ maxAge, deviationBps }) => ({ maxAge, deviationBps })),
  };
  const found = agree(
    rule,
    believed.map(({ answer }) => answer),
    now,
  );
  const { status, middle, lower, upper, confidenceBps } = found;
  const sources = believed.map(({ name, answer }, index) => ({
    name,
    state: found.states[index] ?? "Unreadable",
    price: answer.price,
  }));
  return { asset, status, middle, lower, upper, confidenceBps, sources, gapBps: gapOf(hub, found) };
};
