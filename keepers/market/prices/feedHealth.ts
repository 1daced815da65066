import type { QuoteStatus } from "../../core/chainSnapshot.ts";
import type { SourceStatus } from "./agreement.ts";

/** One source of an asset as it was read at one block. Times in seconds since the epoch, lengths in seconds. */
export type SourceReading = {
  readonly name: string;
  readonly state: SourceStatus;
  /** In USD with 18 decimals; zero unless the source is fresh. */
  readonly price: bigint;
  readonly updatedAt: bigint;
  readonly maxAge: bigint;
  /** The longest that the source's makers let it stay silent; undefined where they promise nothing, as with Pyth. */
  readonly heartbeat: bigint | undefined;
};

/** An asset's price as it was read at one block. */
export type FeedReading = {
  readonly asset: string;
  readonly now: bigint;
  readonly status: QuoteStatus;
  readonly middle: bigint;
  readonly confidenceBps: bigint;
  readonly quorum: number;
  readonly sources: readonly SourceReading[];
};

/** What a person or an agent should know of a feed. Each names the source that it is about, if it is about one. */
export type FeedAlert =
  | { readonly kind: "no-price"; readonly asset: string; readonly status: QuoteStatus }
  /** One more source that fails takes the price. */
  | { readonly kind: "quorum-bare"; readonly asset: string; readonly agreeing: number }
  | { readonly kind: "unsure"; readonly asset: string; readonly confidenceBps: bigint }
  | { readonly kind: "source-lost"; readonly asset: string; readonly source: string; readonly state: SourceStatus }
  /** It differs from those that agree; `offBps` says by how much, upwards if positive. */
  | { readonly kind: "source-apart"; readonly asset: string; readonly source: string; readonly offBps: bigint }
  | { readonly kind: "heartbeat-missed"; readonly asset: string; readonly source: string; readonly late: bigint };

/** From when on a feed is worth an alert. */
export type HealthPolicy = {
  readonly leastConfidenceBps: bigint;
  /** Seconds that a heartbeat may be late, since transactions wait. */
  readonly heartbeatSlack: bigint;
  /** Seconds that a source's clock may be ahead of the block's. */
  readonly aheadSlack: bigint;
};

/** What an asset's feed can still lose, and what is wrong with it. */
export type FeedHealth = {
  readonly agreeing: number;
  /** How many more sources must fail before there is no price; zero where there is none now. */
  readonly spare: number;
  readonly alerts: readonly FeedAlert[];
};

const BPS = 10_000n;

const sourceAlerts = (feed: FeedReading, source: SourceReading, policy: HealthPolicy): readonly FeedAlert[] => {
  const { asset, now, middle } = feed;
  const about = { asset, source: source.name };
  if (source.state === "Outlier") {
    const offBps = middle === 0n ? 0n : ((source.price - middle) * BPS) / middle;
    return [{ kind: "source-apart", ...about, offBps }];
  }
  if (source.state === "Ahead" && source.updatedAt <= now + policy.aheadSlack) return [];
  if (source.state !== "Agreeing") return [{ kind: "source-lost", ...about, state: source.state }];
  const late = source.heartbeat === undefined ? 0n : now - source.updatedAt - source.heartbeat;
  return late > policy.heartbeatSlack ? [{ kind: "heartbeat-missed", ...about, late }] : [];
};

const priceAlerts = (feed: FeedReading, agreeing: number, policy: HealthPolicy): readonly FeedAlert[] => {
  const { asset, status, confidenceBps, quorum, sources } = feed;
  if (status !== "Ready") return [{ kind: "no-price", asset, status }];
  const isBare = agreeing === quorum && sources.length > quorum;
  return [
    ...(isBare ? [{ kind: "quorum-bare", asset, agreeing } as const] : []),
    ...(confidenceBps < policy.leastConfidenceBps ? [{ kind: "unsure", asset, confidenceBps } as const] : []),
  ];
};

/**
 * The health of one asset's feed: every alert that holds at this block, those of the price first and then those of each source
 * in the feed's order. It remembers nothing, so what is still wrong is said again; whoever sends alerts tells what is new.
 */
export const feedHealth = (feed: FeedReading, policy: HealthPolicy): FeedHealth => {
  const agreeing = feed.sources.filter(({ state }) => state === "Agreeing").length;
  return {
    agreeing,
    spare: feed.status === "Ready" ? agreeing - feed.quorum + 1 : 0,
    alerts: [
      ...priceAlerts(feed, agreeing, policy),
      ...feed.sources.flatMap((source) => sourceAlerts(feed, source, policy)),
    ],
  };
};
