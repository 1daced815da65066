import { setImmediate as nextTask, setTimeout as sleep } from "node:timers/promises";
import type { Topic } from "../../core/bus.ts";
import type { Directory } from "../../core/envelope/members.ts";
import { MAX_ENVELOPE_BYTES } from "../../core/envelope/layout.ts";
import { TOPIC_RULES } from "../../core/envelope/windows.ts";
import type { Link } from "./link.ts";
import { type BusPlace, streamKey } from "../../core/envelope/places.ts";
import { type StreamEntry, streamsIn } from "./replies.ts";

/** So many entries of each stream come at once. */
const AT_ONCE = 256;
/** The server holds a question open for so long while there is nothing new: new members are seen after it. */
const BLOCK_MS = 500;
/** Between so many entries other work of the process gets its turn. */
const TURN = 16;
/** An answer is read no further than this. An owner that fills its stream with what no envelope is long enough for cannot fill us. */
const MAX_ANSWER_BYTES = 48 * 2 ** 20;
/** A stream that held such a thing is left alone for so long. */
const QUARANTINE_MS = 10_000;
const IDLE_MS = 100;

/** Whose stream of which topic. */
export type StreamSource = { readonly topic: Topic; readonly owner: bigint };

export type StreamsOptions = {
  readonly place: BusPlace;
  readonly directory: Directory;
  /** Agents of this process: they hear one another without the server. */
  readonly isOwn: (agentId: bigint) => boolean;
  /** The topics that somebody in this process reads. */
  readonly topics: () => readonly Topic[];
  readonly take: (source: StreamSource, entry: StreamEntry) => void;
  readonly nowMs: () => number;
};

export type StreamReader = {
  /** Entries that were looked at. */
  readonly seen: () => number;
  readonly close: () => void;
};

/** Where a reader stands; all of it begins again with each connection. */
type State = {
  readonly positions: Map<string, string>;
  /** Until when a stream is left alone; it is then read from there on. Our clock. */
  readonly quarantined: Map<string, number>;
  /** Streams to be asked one by one, since all of them together answered too much. */
  suspects: string[];
  answered: number;
  /** Whether the answer at hand was cut off. */
  isCut: boolean;
  serverAheadMs: number;
};

const sourcesOf = ({ place, directory, isOwn, topics }: StreamsOptions): ReadonlyMap<string, StreamSource> => {
  const members = directory.members().filter(({ agentId }) => !isOwn(agentId));
  const streams = topics().filter((topic) => TOPIC_RULES[topic].carriage === "stream");
  return new Map(
    members.flatMap(({ agentId: owner }) =>
      streams.map((topic) => [streamKey(place, topic, owner), { topic, owner }] as const),
    ),
  );
};

/** The oldest entry that can still count lies behind this one. */
const firstId = (
  state: State,
  { nowMs }: StreamsOptions,
  { key, topic }: { readonly key: string; readonly topic: Topic },
) => {
  const fromMs = Math.max(nowMs() - TOPIC_RULES[topic].maxAgeMs, state.quarantined.get(key) ?? 0);
  return `${Math.max(0, Math.floor(fromMs + state.serverAheadMs))}-0`;
};

/** Ends the connection when an answer becomes too long to be one. */
const guardAnswers = ({ client }: Link, state: State): void => {
  client.on("connect", () => {
    [state.answered, state.isCut] = [0, false];
    client.stream.on("data", (chunk: Buffer) => {
      state.answered += chunk.length;
      if (state.answered <= MAX_ANSWER_BYTES || state.isCut) return;
      state.isCut = true;
      client.stream.destroy();
    });
  });
};

const ask = async (
  { client }: Link,
  {
    keys,
    state,
    idOf,
  }: { readonly keys: readonly string[]; readonly state: State; readonly idOf: (key: string) => string },
): Promise<ReadonlyMap<string, readonly StreamEntry[]>> => {
  const isAlone = keys.length === 1 && state.suspects.length > 0;
  const how = isAlone ? ["COUNT", "1"] : ["COUNT", String(AT_ONCE), "BLOCK", String(BLOCK_MS)];
  state.answered = 0;
  const reply: unknown = await client.callBuffer("XREAD", ...how, "STREAMS", ...keys, ...keys.map(idOf));
  return streamsIn(reply);
};

const quarantine = (state: State, key: string, nowMs: number): void => {
  state.quarantined.set(key, nowMs + QUARANTINE_MS);
  state.positions.delete(key);
};

/** Hands entries on, a few at a time. */
const handOn = async (
  options: StreamsOptions,
  state: State,
  {
    key,
    source,
    entries,
  }: { readonly key: string; readonly source: StreamSource; readonly entries: readonly StreamEntry[] },
): Promise<void> => {
  for (const [i, entry] of entries.entries()) {
    state.positions.set(key, entry.id);
    options.take(source, entry);
    if (entry.bytes.length > MAX_ENVELOPE_BYTES) quarantine(state, key, options.nowMs());
    if (i % TURN === TURN - 1) await nextTask();
  }
};

/** The keys to ask for now. */
const keysNow = (state: State, sources: ReadonlyMap<string, StreamSource>, nowMs: number): readonly string[] => {
  const free = [...sources.keys()].filter((key) => (state.quarantined.get(key) ?? 0) <= nowMs);
  const suspect = state.suspects.find((key) => free.includes(key));
  return suspect === undefined ? free : [suspect];
};

/** After an answer that was cut off: one stream alone is the culprit, of several each is asked by itself. */
const suspect = (state: State, keys: readonly string[], nowMs: number): void => {
  if (keys.length > 1) state.suspects = [...keys];
  for (const key of keys.length === 1 ? keys : []) quarantine(state, key, nowMs);
};

const readOnce = async (link: Link, options: StreamsOptions, state: State): Promise<number> => {
  const sources = sourcesOf(options);
  const keys = keysNow(state, sources, options.nowMs());
  if (keys.length === 0) {
    await sleep(IDLE_MS);
    return 0;
  }
  const idOf = (key: string): string =>
    state.positions.get(key) ?? firstId(state, options, { key, topic: sources.get(key)?.topic ?? "votes" });
  try {
    const answer = await ask(link, { keys, state, idOf });
    let seen = 0;
    for (const [key, entries] of answer) {
      const source = sources.get(key);
      if (source === undefined) continue;
      seen += entries.length;
      await handOn(options, state, { key, source, entries });
    }
    return seen;
  } catch (error) {
    if (state.isCut) suspect(state, keys, options.nowMs());
    throw error;
  } finally {
    state.suspects = state.suspects.filter((key) => key !== keys[0] || keys.length > 1);
  }
};

/** How far the server's clock is ahead of ours, by which it numbers entries; milliseconds. */
const learnClock = async ({ client }: Link, { nowMs }: StreamsOptions): Promise<number> => {
  const [seconds] = await client.time();
  return Number(seconds) * 1_000 - nowMs();
};

const recentState = (): State => ({
  positions: new Map(),
  quarantined: new Map(),
  suspects: [],
  answered: 0,
  isCut: false,
  serverAheadMs: 0,
});

/** Reads the streams of all members until it is closed, over however many connections that takes. */
export const readStreams = (link: Link, options: StreamsOptions): StreamReader => {
  const state = recentState();
  let [seen, isClosed, isFresh] = [0, false, true];
  guardAnswers(link, state);
  link.client.on("close", () => (isFresh = true));
  const step = async (): Promise<void> => {
    if (!link.isUp()) {
      await sleep(IDLE_MS);
      return;
    }
    try {
      if (isFresh) {
        state.serverAheadMs = await learnClock(link, options);
        state.positions.clear();
        isFresh = false;
      }
      seen += await readOnce(link, options, state);
    } catch (error) {
      if (!isClosed) link.trouble(error);
      await sleep(IDLE_MS);
    }
  };
  const run = async (): Promise<void> => {
    for (;;) {
      if (isClosed) return;
      await step();
    }
  };
  run().catch(link.trouble);
  return {
    seen: () => seen,
    close: () => {
      isClosed = true;
    },
  };
};
