import { assertNever } from "../core/assertNever.ts";
import type { BreakerLevel, QuoteStatus } from "../core/chainSnapshot.ts";
import type { SourceStatus } from "../market/prices/agreement.ts";
import type { FeedAlert, FeedHealth, FeedReading, SourceReading } from "../market/prices/feedHealth.ts";
import { amountText } from "./amounts.ts";

/** What a display shows of an asset's feed. Prices in USD with 18 decimals. */
type ShownSource = SourceReading & { readonly deviationBps: bigint; readonly interval: bigint };
export type ShownOracle = Omit<FeedReading, "sources"> & {
  readonly lower: bigint;
  readonly upper: bigint;
  readonly level: BreakerLevel;
  readonly sources: readonly ShownSource[];
};

const USD_DECIMALS = 18;
const DIGITS = 4;
const BPS = 10_000n;

const STATUS_WORDS: Readonly<Record<QuoteStatus, string>> = {
  Ready: "has a price",
  UnknownAsset: "has no feed",
  QuorumMissed: "has no price: too few sources are fresh",
  BandTooWide: "has no price: the sources that agree are too unsure",
  SourcesDisagree: "has no price: the sources contradict each other",
};

const STATE_WORDS: Readonly<Record<SourceStatus, string>> = {
  Agreeing: "agrees",
  Outlier: "stands apart",
  Unreadable: "cannot be read",
  NotAPrice: "has no price",
  Ahead: "is ahead of the block",
  Stale: "is too old",
  Unsure: "is unsure of everything",
};

const usd = (value: bigint): string => `$${amountText(value, USD_DECIMALS, DIGITS)}`;
const percent = (bps: bigint): string => `${amountText(bps, 2, 2)} %`;

/** A part of a price in basis points; none of no price. */
const partOf = (part: bigint, price: bigint): bigint => (price === 0n ? 0n : (part * BPS) / price);

const sourceLine = (source: ShownSource, now: bigint): string => {
  const { name, state, price, interval, updatedAt, maxAge, deviationBps } = source;
  const isFresh = state === "Agreeing" || state === "Outlier";
  const value = isFresh ? `${usd(price)} ± ${percent(partOf(interval, price))}` : "";
  const age = updatedAt === 0n ? "" : `${now - updatedAt} s of ${maxAge} s`;
  const parts = [name.padEnd(22), STATE_WORDS[state].padEnd(23), value.padEnd(22), age.padEnd(18)];
  return `    ${parts.join("  ")}  deviation ${percent(deviationBps)}`;
};

/** What it would take to lose the price. */
const spareWords = ({ quorum, sources, status }: ShownOracle, { agreeing, spare }: FeedHealth): string => {
  if (status !== "Ready") return `${agreeing} of ${sources.length} agree, ${quorum} must`;
  const more = spare === 1 ? "one more that fails takes the price" : `${spare} that fail take the price`;
  return `${agreeing} of ${sources.length} agree, ${quorum} must: ${more}`;
};

/** An asset's feed in lines: the price, what it can lose, each source. */
export const oracleLines = (oracle: ShownOracle, health: FeedHealth): readonly string[] => {
  const { asset, status, middle, lower, upper, confidenceBps, level, sources, now } = oracle;
  const price = `${usd(middle)}, from ${usd(lower)} to ${usd(upper)}, confidence ${percent(confidenceBps)}`;
  return [
    `${asset} ${status === "Ready" ? price : STATUS_WORDS[status]}${level === "Normal" ? "" : `; breaker ${level}`}`,
    `    ${spareWords(oracle, health)}`,
    ...sources.map((source) => sourceLine(source, now)),
  ];
};

/** An alert as one sentence. */
export const alertText = (alert: FeedAlert): string => {
  switch (alert.kind) {
    case "no-price":
      return `${alert.asset} ${STATUS_WORDS[alert.status]}`;
    case "quorum-bare":
      return `${alert.asset} has only the ${alert.agreeing} sources that must agree`;
    case "unsure":
      return `${alert.asset} has a confidence of only ${percent(alert.confidenceBps)}`;
    case "source-lost":
      return `${alert.asset}: ${alert.source} ${STATE_WORDS[alert.state]}`;
    case "source-apart":
      return `${alert.asset}: ${alert.source} stands apart by ${percent(alert.offBps)}`;
    case "heartbeat-missed":
      return `${alert.asset}: ${alert.source} is ${alert.late} s late`;
    default:
      return assertNever(alert);
  }
};
