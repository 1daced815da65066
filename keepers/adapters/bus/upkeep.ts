import { TOPICS, hexOf } from "../../core/envelope/layout.ts";
import type { EnvelopeRefusal } from "../../core/envelope/read.ts";
import { type Allowance, TOPIC_RULES, spend } from "../../core/envelope/windows.ts";
import type { Link } from "./link.ts";
import { type BusPlace, deadKey, readerKey, streamKey } from "../../core/envelope/places.ts";
import type { StreamSource } from "./streams.ts";

const MAX_DEAD = 1_000;
/** So much of what was refused is kept. */
const HEAD_BYTES = 256;
/** Refusals are written down at this rate, however many there are; all are counted. */
const DEAD_RATE = { burst: 50, perSecond: 5 };
/** What is counted and not written down: it says nothing against its sender, or a flood of it would hide the rest. */
const COUNTED_ONLY: ReadonlySet<EnvelopeRefusal> = new Set(["not-for-us", "replayed", "too-fast"]);
const DAY_SECONDS = 86_400;

/** Puts away what was refused. */
export type Bury = (reason: EnvelopeRefusal, source: StreamSource, bytes: Uint8Array) => void;

/** Writes down what was refused, for the operator to look at. The agent's own key; never in the way of anything. */
export const createDeadLetters = (
  link: Link,
  { place, agentId, nowMs }: { readonly place: BusPlace; readonly agentId: bigint; readonly nowMs: () => number },
): Bury => {
  let allowance: Allowance | undefined;
  return (reason, { topic, owner }, bytes) => {
    if (COUNTED_ONLY.has(reason) || !link.isUp()) return;
    const { isWithin, next } = spend(DEAD_RATE, allowance, nowMs());
    allowance = next;
    if (!isWithin) return;
    const facts = ["reason", reason, "topic", topic, "sender", String(owner), "size", String(bytes.length)];
    const head = hexOf(bytes.subarray(0, HEAD_BYTES));
    link.client.xadd(deadKey(place, agentId), "MAXLEN", "~", MAX_DEAD, "*", ...facts, "head", head).catch(link.trouble);
  };
};

/** Trims what our agents' streams hold too long, and lets them vanish some time after their owner did. */
export const trimStreams = async ({ client }: Link, place: BusPlace, own: readonly bigint[]): Promise<void> => {
  const [seconds] = await client.time();
  for (const agentId of own) {
    for (const topic of TOPICS.filter((one) => TOPIC_RULES[one].carriage === "stream")) {
      const { maxAgeMs } = TOPIC_RULES[topic];
      const key = streamKey(place, topic, agentId);
      await client.xtrim(key, "MINID", "~", String(Number(seconds) * 1_000 - maxAgeMs));
      await client.pexpire(key, 2 * maxAgeMs);
    }
  }
};

/** Says on the server how far our agents read and what they counted: the acknowledgement that senders and owner can see. */
export const reportReader = async (
  { client }: Link,
  {
    place,
    agentId,
    facts,
  }: { readonly place: BusPlace; readonly agentId: bigint; readonly facts: Readonly<Record<string, string | number>> },
): Promise<void> => {
  const key = readerKey(place, agentId);
  await client.hset(key, facts);
  await client.expire(key, DAY_SECONDS);
};
