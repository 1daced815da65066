import type { QuoteStatus } from "../../core/chainSnapshot.ts";

/** How far one source is believed. Seconds, and basis points. */
export type SourceRule = { readonly maxAge: bigint; readonly deviationBps: bigint };

/** How an asset is priced: `OracleHub`'s feed without the asset's own decimals. */
export type FeedRule = {
  readonly quorum: number;
  readonly maxBandBps: bigint;
  readonly sources: readonly SourceRule[];
};

/** The words that a source answered, as unsigned numbers; undefined when it answered none. `interval` is zero for two words. */
export type RawAnswer = { readonly price: bigint; readonly updatedAt: bigint; readonly interval: bigint } | undefined;

/** Mirrors `SourceStatus` of the contract. */
export const SOURCE_STATUSES = ["Agreeing", "Outlier", "Unreadable", "NotAPrice", "Ahead", "Stale", "Unsure"] as const;
export type SourceStatus = (typeof SOURCE_STATUSES)[number];

/** A price as `OracleHub.previewQuote` answers it; `states` has one entry for each source. USD with 18 decimals. */
export type Agreement = {
  readonly status: QuoteStatus;
  readonly middle: bigint;
  readonly lower: bigint;
  readonly upper: bigint;
  readonly fresh: number;
  readonly confidenceBps: bigint;
  readonly states: readonly SourceStatus[];
};

type Reading = {
  readonly index: number;
  readonly price: bigint;
  readonly low: bigint;
  readonly high: bigint;
  readonly ageBps: bigint;
};

const BPS = 10_000n;
const MAX_PRICE = (1n << 128n) - 1n;
/** The smallest group of which the farthest end on each side may be left out. */
const MIN_TRIMMED = 3;

/** The status of a source that is not fresh; undefined when it is fresh. */
const faultOf = (answer: RawAnswer, { maxAge }: SourceRule, now: bigint): SourceStatus | undefined => {
  if (answer === undefined) return "Unreadable";
  if (answer.price === 0n || answer.price > MAX_PRICE) return "NotAPrice";
  if (answer.updatedAt > now) return "Ahead";
  if (now - answer.updatedAt > maxAge) return "Stale";
  return answer.interval >= answer.price ? "Unsure" : undefined;
};

const readingOf = (
  { price, updatedAt, interval }: NonNullable<RawAnswer>,
  { maxAge, deviationBps }: SourceRule,
  { index, now }: { readonly index: number; readonly now: bigint },
): Reading => {
  const age = now - updatedAt;
  const deviation = (price * deviationBps) / BPS;
  const half = interval + deviation + (deviation * age) / maxAge;
  return { index, price, low: price > half ? price - half : 0n, high: price + half, ageBps: (age * BPS) / maxAge };
};

const ascending = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

/** The groups of readings whose intervals meet, directly or through others. */
const groupsOf = (readings: readonly Reading[]): readonly (readonly Reading[])[] => {
  const groups: Reading[][] = [];
  let reach = -1n;
  for (const reading of readings.toSorted((a, b) => ascending(a.low, b.low))) {
    const group = groups.at(-1);
    if (group === undefined || reading.low > reach) groups.push([reading]);
    else group.push(reading);
    if (reading.high > reach) reach = reading.high;
  }
  return groups;
};

export const medianOf = (values: readonly bigint[]): bigint => {
  const sorted = values.toSorted(ascending);
  const [below = 0n, above = 0n] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return (below + above) / 2n;
};

const bandOf = (group: readonly Reading[], quorum: number): { readonly lower: bigint; readonly upper: bigint } => {
  const left = group.length >= MIN_TRIMMED && group.length > quorum ? 1 : 0;
  const lows = group.map(({ low }) => low).toSorted(ascending);
  const highs = group.map(({ high }) => high).toSorted(ascending);
  return { lower: lows[left] ?? 0n, upper: highs[highs.length - 1 - left] ?? 0n };
};

/** How sure a price is: the share of sources that agree, less with their mean age and with the width of the band. */
const confidenceOf = (
  group: readonly Reading[],
  count: number,
  { width, maxWidth }: { readonly width: bigint; readonly maxWidth: bigint },
): bigint => {
  const size = BigInt(group.length);
  const ages = group.reduce((total, { ageBps }) => total + ageBps, 0n);
  const wideBps = width === 0n ? 0n : (width * BPS * BPS) / maxWidth;
  return (((BPS * size) / BigInt(count)) * (BPS - ages / (2n * size)) * (BPS - wideBps / 2n)) / BPS / BPS;
};

/** The largest group of the quorum's size or more, unless another has its size. */
const winnerOf = (readings: readonly Reading[], quorum: number): readonly Reading[] => {
  const groups = groupsOf(readings).toSorted((a, b) => b.length - a.length);
  const [first = [], second = []] = groups;
  return first.length < quorum || first.length === second.length ? [] : first;
};

/**
 * The price that several sources make at `now`, in seconds since the epoch: the rule of `OracleHub`, which a parity test holds
 * it to. `answers` has one entry for each source of the rule. [NX-ORA-05]
 */
export const agree = (rule: FeedRule, answers: readonly RawAnswer[], now: bigint): Agreement => {
  const { quorum, maxBandBps, sources } = rule;
  const faults = sources.map((source, index) => faultOf(answers[index], source, now));
  const readings = sources.flatMap((source, index) => {
    const answer = answers[index];
    return faults[index] !== undefined || answer === undefined ? [] : [readingOf(answer, source, { index, now })];
  });
  const group = readings.length < quorum ? [] : winnerOf(readings, quorum);
  const members = new Set(group.map(({ index }) => index));
  const states = faults.map((fault, index) => fault ?? (members.has(index) ? "Agreeing" : "Outlier"));
  const none = { middle: 0n, lower: 0n, upper: 0n, fresh: readings.length, confidenceBps: 0n, states };
  if (sources.length === 0) return { status: "UnknownAsset", ...none };
  if (readings.length < quorum) return { status: "QuorumMissed", ...none };
  if (group.length === 0) return { status: "SourcesDisagree", ...none };
  const middle = medianOf(group.map(({ price }) => price));
  const { lower, upper } = bandOf(group, quorum);
  const [width, maxWidth] = [upper - lower, middle * maxBandBps];
  if (width * BPS > maxWidth) return { status: "BandTooWide", ...none, middle, lower, upper };
  const confidenceBps = confidenceOf(group, sources.length, { width, maxWidth });
  return { status: "Ready", ...none, middle, lower, upper, confidenceBps };
};
