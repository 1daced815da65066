import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { deadKey, patternsOf, sourceOf, type BusPlace } from "../../../keepers/core/envelope/places.ts";
import { decodeEnvelope } from "../../../keepers/core/envelope/layout.ts";
import { type Command, type Values, required, wholeNumber } from "../../lib/command.ts";
import { CHAIN_OPTIONS, JSON_OPTION } from "../endpoint.ts";
import { say, sayJson, untilStopped } from "../../lib/output.ts";
import { PLACE_OPTIONS, SERVER_OPTIONS, keysLike, placeIn, withServer } from "./server.ts";

const { book } = CHAIN_OPTIONS;
const OPTIONS = { ...SERVER_OPTIONS, ...PLACE_OPTIONS, ...(book === undefined ? {} : { book }) };
const BLOCK_MS = 1_000;
const DEFAULT_COUNT = 20;

/** When an entry was added, by its id. */
const timeOf = (id: string): string => {
  const ms = Number(id.split("-")[0]);
  return Number.isSafeInteger(ms) && ms < 8.64e15 ? new Date(ms).toISOString() : "at no time";
};

/** What an envelope says of itself; whether that is so, only a reader with the registry's keys can tell. */
const envelopeWords = (bytes: Buffer | undefined): string => {
  if (bytes === undefined) return "no envelope";
  const decoded = decodeEnvelope(bytes);
  if (decoded.kind === "refused") return `no envelope: ${decoded.reason}`;
  const { sender, topic, sequence, isSealed, sentAtMs } = decoded.envelope;
  const form = isSealed ? "sealed" : "open";
  return `agent ${sender}, ${topic}, sequence ${sequence}, ${form}, ${bytes.length} bytes, sent ${timeOf(String(sentAtMs))}`;
};

type Stream = Awaited<ReturnType<typeof streamFacts>>;

const streamFacts = async (client: Redis, place: BusPlace, key: string) => {
  const [length, bytes, first, last] = await Promise.all([
    client.xlen(key),
    client.memory("USAGE", key),
    client.xrange(key, "-", "+", "COUNT", 1),
    client.xrevrange(key, "+", "-", "COUNT", 1),
  ]);
  const source = sourceOf(place, key);
  return {
    key,
    // Only an agent's own stream is read by others: whatever else lies here is nobody's.
    agent: source === undefined ? undefined : source.owner.toString(),
    topic: source?.topic,
    length,
    bytes: bytes ?? 0,
    oldest: first[0] === undefined ? undefined : timeOf(first[0][0]),
    newest: last[0] === undefined ? undefined : timeOf(last[0][0]),
  };
};

const streamWords = ({ key, length, bytes, newest }: Stream): string =>
  `${key}: ${length} entries, ${Math.ceil(bytes / 1_024)} KB, newest ${newest ?? "none"}`;

const runStats = async (values: Values): Promise<number> => {
  const place = await placeIn(values);
  const { streams, readers } = patternsOf(place);
  return withServer(values, place, async (client) => {
    const found = await keysLike(client, streams);
    const facts = await Promise.all(found.map((key) => streamFacts(client, place, key)));
    const reports = await Promise.all(
      (await keysLike(client, readers)).map(async (key) => ({ key, counts: await client.hgetall(key) })),
    );
    if (values.has("json")) sayJson({ streams: facts, readers: reports });
    else {
      for (const fact of facts) say(streamWords(fact));
      for (const { key, counts } of reports) {
        const words = Object.entries(counts).filter(([name, count]) => count !== "0" && name !== "at");
        say(`${key}: ${words.map(([name, count]) => `${name} ${count}`).join(", ")}`);
      }
      if (found.length === 0) say(`no stream ${streams}: nobody has sent anything, or the prefix is another`);
    }
    return 0;
  });
};

type Seen = { readonly at: string; readonly key: string; readonly envelope: string };

/** What came since the last time, from all streams there are; those that are new are read from now on. */
const tailOnce = async (client: Redis, positions: Map<string, string>, pattern: string): Promise<readonly Seen[]> => {
  for (const key of await keysLike(client, pattern)) if (!positions.has(key)) positions.set(key, "$");
  if (positions.size === 0) {
    // Without a stream there is nothing to wait at.
    await sleep(BLOCK_MS);
    return [];
  }
  const [keys, ids] = [[...positions.keys()], [...positions.values()]];
  const reply = await client.xreadBuffer("COUNT", 50, "BLOCK", BLOCK_MS, "STREAMS", ...keys, ...ids);
  return (reply ?? []).flatMap(([name, entries]) =>
    entries.map(([id, fields]) => {
      const key = name.toString();
      positions.set(key, id.toString());
      return { at: timeOf(id.toString()), key, envelope: envelopeWords(fields[1]) };
    }),
  );
};

const runTail = async (values: Values): Promise<number> => {
  const place = await placeIn(values);
  const { streams } = patternsOf(place);
  const count = wholeNumber(values, "count", 1) ?? Infinity;
  const signal = untilStopped();
  const all = await withServer(values, place, async (client) => {
    const positions = new Map<string, string>();
    const kept: Seen[] = [];
    for (let seen = 0; !signal.aborted && seen < count;) {
      const fresh = await tailOnce(client, positions, streams);
      seen += fresh.length;
      if (values.has("json")) kept.push(...fresh);
      else for (const { at, key, envelope } of fresh) say(`${at} ${key}: ${envelope}`);
    }
    return kept;
  });
  if (values.has("json")) sayJson(all);
  return 0;
};

const runDeadLetters = async (values: Values): Promise<number> => {
  const place = await placeIn(values);
  const agent = BigInt(wholeNumber(values, "agent", 1) ?? required(values, "agent"));
  return withServer(values, place, async (client) => {
    const count = wholeNumber(values, "count", 1) ?? DEFAULT_COUNT;
    const entries = await client.xrevrange(deadKey(place, agent), "+", "-", "COUNT", count);
    const letters = entries.map(([id, fields]) => {
      const facts = new Map(fields.flatMap((name, i) => (i % 2 === 0 ? [[name, fields[i + 1] ?? ""] as const] : [])));
      return { at: timeOf(id), ...Object.fromEntries(facts) };
    });
    if (values.has("json")) sayJson(letters);
    else if (letters.length === 0) say(`agent ${agent} refused nothing that it wrote down`);
    else
      for (const { at, ...facts } of letters)
        say(
          `${at} ${Object.entries(facts)
            .map(([n, v]) => `${n} ${String(v)}`)
            .join(", ")}`,
        );
    return 0;
  });
};

export const stats: Command = {
  about:
    "streams of a shared bus with their lengths, sizes and newest entries, and what each reader counted; reads only",
  example: "--redis redis://owner:password@bus.example:6379",
  options: { ...OPTIONS, json: JSON_OPTION },
  run: runStats,
};

export const tail: Command = {
  about: "envelopes of a shared bus as they come, by what their headers say; verifies and opens none; reads only",
  example: "--redis redis://owner:password@bus.example:6379 --count 10",
  options: { ...OPTIONS, count: { value: "N", about: "end after so many" }, json: JSON_OPTION },
  run: runTail,
};

export const deadLetters: Command = {
  about: "what an agent's reader refused, and why, the newest first; reads only",
  example: "--agent 7 --redis redis://owner:password@bus.example:6379",
  options: {
    ...OPTIONS,
    agent: { value: "N", about: "the agent whose reader it was: the first of its process", isRequired: true },
    count: { value: "N", about: `so many at the most (${DEFAULT_COUNT} unless given)` },
    json: JSON_OPTION,
  },
  run: runDeadLetters,
};
