import type { Topic } from "../bus.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

/** How a topic is carried and how long it counts. */
export type TopicRules = {
  /** A stream keeps it for who comes later; a channel brings it to who listens now, and may lose it. */
  readonly carriage: "stream" | "channel";
  /** Older ones are refused, and trimmed by their owner; milliseconds. */
  readonly maxAgeMs: number;
  /** Its owner keeps so many at the most. */
  readonly maxLength: number;
  /** Whether its body is for the members alone. */
  readonly isSealed: boolean;
};

/**
 * What the fast path needs is dead within seconds; a vote of the slow path counts for as long as a tally may be open.
 * Refusals have no weight on the chain, so they may be lost.
 */
export const TOPIC_RULES: Readonly<Record<Topic, TopicRules>> = {
  proposals: { carriage: "stream", maxAgeMs: MINUTE, maxLength: 1_024, isSealed: true },
  votes: { carriage: "stream", maxAgeMs: MINUTE, maxLength: 1_024, isSealed: true },
  refusals: { carriage: "channel", maxAgeMs: MINUTE, maxLength: 0, isSealed: false },
  results: { carriage: "stream", maxAgeMs: MINUTE, maxLength: 1_024, isSealed: false },
  slowProposals: { carriage: "stream", maxAgeMs: DAY, maxLength: 256, isSealed: true },
  ballots: { carriage: "stream", maxAgeMs: DAY, maxLength: 1_024, isSealed: true },
};

/** A sender's clock may be ahead of ours by so much. */
export const MAX_AHEAD_MS = 5_000;

/** So many signatures of one sender on one topic are verified: at once, and a second in the long run. */
export type RateLimit = { readonly burst: number; readonly perSecond: number };
/** A whole stream, as long as its owner keeps it, is within a burst. */
export const DEFAULT_RATE: RateLimit = { burst: 2_048, perSecond: 100 };

/** What a sender has left. */
export type Allowance = { readonly left: number; readonly atMs: number };

/** Takes one from an allowance; `isWithin` says whether there was one. A clock that goes back gives nothing. */
export const spend = (
  { burst, perSecond }: RateLimit,
  allowance: Allowance | undefined,
  nowMs: number,
): { readonly isWithin: boolean; readonly next: Allowance } => {
  const { left, atMs } = allowance ?? { left: burst, atMs: nowMs };
  const earned = (Math.max(0, nowMs - atMs) * perSecond) / 1_000;
  const now = Math.min(burst, left + earned);
  return now < 1
    ? { isWithin: false, next: { left: now, atMs: Math.max(nowMs, atMs) } }
    : { isWithin: true, next: { left: now - 1, atMs: Math.max(nowMs, atMs) } };
};
