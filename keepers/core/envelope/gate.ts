import type { Topic } from "../bus.ts";
import type { UnixSeconds } from "../units.ts";
import { TOPICS } from "./layout.ts";
import { type EnvelopeRefusal, type Read, type ReaderWorld, type TopicMessage, readEnvelope } from "./read.ts";
import { type Allowance, type RateLimit, spend } from "./windows.ts";

/** The highest sequence that was accepted of each sender and topic. */
export type Sequences = {
  readonly last: (topic: Topic, sender: bigint) => bigint;
  readonly accept: (topic: Topic, sender: bigint, sequence: bigint) => void;
};

/** What becomes of what was found. */
export type Passed =
  | { readonly kind: "accepted"; readonly content: TopicMessage }
  | { readonly kind: "refused"; readonly reason: EnvelopeRefusal };

/** Where and when something was found. */
export type Arrival = {
  readonly topic: Topic;
  readonly owner: bigint;
  readonly nowMs: number;
  readonly chainTime: UnixSeconds;
};

/** All that stands between a shared server and the agents. */
export type Gate = {
  /** Judges what was found in a member's stream or channel. Never throws. [NX-KEE-04] */
  readonly pass: (bytes: Uint8Array, arrival: Arrival) => Passed;
  /** How many had which fate. */
  readonly counts: () => Readonly<Record<EnvelopeRefusal | "accepted", number>>;
};

const NO_COUNTS: Readonly<Record<EnvelopeRefusal | "accepted", number>> = {
  accepted: 0,
  "too-fast": 0,
  "too-large": 0,
  malformed: 0,
  "unknown-version": 0,
  "unknown-topic": 0,
  "other-chain": 0,
  "other-registry": 0,
  "wrong-stream": 0,
  stranger: 0,
  "unknown-key": 0,
  "too-old": 0,
  "from-the-future": 0,
  replayed: 0,
  "bad-signature": 0,
  "foreign-box-key": 0,
  "not-for-us": 0,
  "cannot-open": 0,
  "bad-body": 0,
};

/** Remembers one allowance for each owner and topic; as many as there are members. */
const createRates = (limit: RateLimit) => {
  const spent = new Map<Topic, Map<bigint, Allowance>>(TOPICS.map((topic) => [topic, new Map()]));
  return ({ topic, owner, nowMs }: Arrival): boolean => {
    const of = spent.get(topic);
    const { isWithin, next } = spend(limit, of?.get(owner), nowMs);
    of?.set(owner, next);
    return isWithin;
  };
};

const authenticOf = (read: Read) => (read.kind === "accepted" ? read.envelope : read.authentic);

/** Makes a gate: it remembers what was accepted, and how much each owner may still cost. */
export const createGate = (
  world: ReaderWorld,
  { sequences, rate }: { readonly sequences: Sequences; readonly rate: RateLimit },
): Gate => {
  const counts = { ...NO_COUNTS };
  const isWithinRate = createRates(rate);
  const judge = (bytes: Uint8Array, arrival: Arrival): Passed => {
    const last = sequences.last(arrival.topic, arrival.owner);
    const read = readEnvelope(world, bytes, { ...arrival, last, spend: () => isWithinRate(arrival) });
    const authentic = authenticOf(read);
    if (authentic !== undefined) sequences.accept(authentic.topic, authentic.sender, authentic.sequence);
    return read.kind === "accepted" ? { kind: "accepted", content: read.content } : read;
  };
  return {
    pass: (bytes, arrival) => {
      const passed = judge(bytes, arrival);
      counts[passed.kind === "accepted" ? "accepted" : passed.reason] += 1;
      return passed;
    },
    counts: () => counts,
  };
};
