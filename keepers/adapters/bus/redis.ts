import type { Bus } from "../../core/bus.ts";
import { type Gate, createGate } from "../../core/envelope/gate.ts";
import type { Directory } from "../../core/envelope/members.ts";
import type { BoxKeys, Primitives } from "../../core/envelope/primitives.ts";
import { DEFAULT_RATE, type RateLimit } from "../../core/envelope/windows.ts";
import type { Identity, Realm } from "../../core/envelope/write.ts";
import { parseBody } from "./bodies.ts";
import { listenToChannels } from "./channels.ts";
import type { Cursors } from "./cursors.ts";
import { createInProcessBus } from "./inProcess.ts";
import { type Link, openLink } from "./link.ts";
import { nativePrimitives } from "./nacl.ts";
import { type BusOutbox, type OutboxCounts, createOutbox } from "./outbox.ts";
import { type BusPlace, readerKey } from "../../core/envelope/places.ts";
import { type StreamSource, readStreams } from "./streams.ts";
import { type Readers, createReaders } from "./readers.ts";
import { telling } from "../../core/envelope/trouble.ts";
import { type Bury, createDeadLetters, reportReader, trimStreams } from "./upkeep.ts";

const REPORT_MS = 5_000;
const TRIM_MS = 30_000;

export type RedisBusOptions = {
  /** Of a server, its Sentinels or a cluster, with user and password: see `busServerIn`. */
  readonly url: string;
  /** So many replicas must hold a message before it counts as acknowledged; 0 unless given. */
  readonly replicas?: number;
  readonly place: BusPlace;
  readonly realm: Realm;
  readonly directory: Directory;
  /** The agents of this process that sign; the others read only. */
  readonly identities: readonly Identity[];
  /**
   * What sealed bodies are opened with at the time: also keys that are about to be registered or were rotated out, and those lent
   * to agents without a seat. By default the keys of `identities`.
   */
  readonly boxKeys?: () => readonly BoxKeys[];
  /** Open; closed together with the bus. */
  readonly cursors: Cursors;
  /** How many messages wait in one inbox before the oldest is dropped. */
  readonly capacity: number;
  readonly nowMs: () => number;
  /** A number in [0, 1) that no two processes share: how far a pause is shortened. */
  readonly random?: () => number;
  /** One line for a person, once until the bus is well again. */
  readonly onTrouble: (what: string) => void;
  readonly onUp?: () => void;
  readonly rate?: RateLimit;
  readonly primitives?: Primitives;
};

export type RedisBusStats = {
  readonly isUp: boolean;
  readonly outgoing: Readonly<OutboxCounts>;
  readonly incoming: ReturnType<Gate["counts"]>;
  /** Entries of streams that were looked at. */
  readonly seen: number;
  readonly isIdle: boolean;
};

/** A bus that agents of several processes share. */
export type RedisBus = {
  /** The bus as one agent has it: what it publishes is signed by its keys. Without an identity it reaches this process only. */
  readonly as: (identity?: Identity) => Bus;
  readonly stats: () => RedisBusStats;
  readonly close: () => Promise<void>;
};

type Links = { readonly writer: Link; readonly reader: Link; readonly listener: Link };

const openLinks = ({ url, place, random = Math.random, onTrouble, onUp }: RedisBusOptions, wake: () => void): Links => {
  // One server, so one line: whichever connection finds it first.
  const told = telling(onTrouble);
  // On a cluster all keys of a bus lie on the node of its prefix.
  const key = readerKey(place, 0n);
  const open = (name: string, onLinkUp: () => void): Link =>
    openLink({
      url,
      key,
      name: `nexus-${name}`,
      isBatching: name === "writer",
      random,
      onUp: onLinkUp,
      onTrouble: told.trouble,
    });
  const onWriterUp = (): void => {
    told.well();
    wake();
    onUp?.();
  };
  return {
    writer: open("writer", onWriterUp),
    reader: open("reader", () => undefined),
    listener: open("listener", () => undefined),
  };
};

/** Runs what must be done now and then; a failure is told and tried again the next time. */
const every = (ms: number, link: Link, work: () => Promise<void>): NodeJS.Timeout =>
  setInterval(() => {
    if (link.isUp()) work().catch(link.trouble);
  }, ms).unref();

/** What keeps the server tidy, and tells its owner and the operator how things are. */
const keepUp = (options: RedisBusOptions, { writer }: Links, stats: () => RedisBusStats) => {
  const { place, identities, nowMs } = options;
  const [first] = identities;
  const own = identities.map(({ agentId }) => agentId);
  if (first === undefined) return { bury: () => undefined, close: () => undefined };
  const { agentId } = first;
  const timers = [
    every(TRIM_MS, writer, () => trimStreams(writer, place, own)),
    every(REPORT_MS, writer, () => {
      const { incoming, outgoing } = stats();
      return reportReader(writer, { place, agentId, facts: { at: nowMs(), ...outgoing, ...incoming } });
    }),
  ];
  return {
    bury: createDeadLetters(writer, { place, agentId, nowMs }),
    close: () => timers.forEach((timer) => clearInterval(timer)),
  };
};

const createOurGate = (options: RedisBusOptions): Gate => {
  const { realm, directory, identities, cursors, rate = DEFAULT_RATE } = options;
  const fixed = identities.map((identity) => identity.boxKeys);
  const { boxKeys = () => fixed } = options;
  const { primitives = nativePrimitives } = options;
  const world = { primitives, parseBody, ...realm, boxKeys, member: directory.member };
  return createGate(world, { sequences: cursors, rate });
};

/** What comes from other processes: read from streams and channels, judged, delivered or put away. */
const openInlet = (options: RedisBusOptions, links: Links, readers: Readers) => {
  const { place, directory, identities, nowMs } = options;
  const gate = createOurGate(options);
  const own = new Set(identities.map(({ agentId }) => agentId));
  let bury: Bury = () => undefined;
  const take = (source: StreamSource, bytes: Uint8Array): void => {
    const passed = gate.pass(bytes, { ...source, nowMs: nowMs(), chainTime: directory.chainTime() });
    if (passed.kind === "accepted") readers.deliver(passed.content);
    else bury(passed.reason, source, bytes);
  };
  const shared = { place, directory, isOwn: (agentId: bigint) => own.has(agentId), topics: readers.topics, nowMs };
  const streams = readStreams(links.reader, { ...shared, take: (source, { bytes }) => take(source, bytes) });
  const stopListening = listenToChannels(links.listener, { ...shared, take });
  return {
    counts: gate.counts,
    seen: streams.seen,
    buryWith: (how: Bury): void => {
      bury = how;
    },
    close: (): void => {
      streams.close();
      stopListening();
    },
  };
};

/**
 * Opens a bus over Redis. Agents of this process hear one another as ever; what they publish also goes, signed
 * and where it matters sealed, to the members of other processes. A server that cannot be used is told in one line, and
 * nothing here waits for it. See docs/messages.md and docs/threats.md.
 */
export const createRedisBus = (options: RedisBusOptions): RedisBus => {
  const { cursors, replicas = 0, random = Math.random, primitives = nativePrimitives } = options;
  const local = createInProcessBus(options.capacity);
  const readers = createReaders(local, cursors.commit);
  const links = openLinks(options, () => outbox.wake());
  const outbox: BusOutbox = createOutbox(links.writer, { ...options, replicas, random, primitives });
  const inlet = openInlet(options, links, readers);
  const stats = (): RedisBusStats => ({
    isUp: links.writer.isUp() && links.reader.isUp(),
    outgoing: outbox.counts(),
    incoming: inlet.counts(),
    seen: inlet.seen(),
    isIdle: outbox.isEmpty(),
  });
  const upkeep = keepUp(options, links, stats);
  inlet.buryWith(upkeep.bury);
  let closing: Promise<void> | undefined;
  const closeAll = (): Promise<void> => {
    for (const part of [local, outbox, inlet, upkeep, ...Object.values(links)]) part.close();
    return cursors.close();
  };
  const close = (): Promise<void> => (closing ??= closeAll());
  const as = (identity?: Identity): Bus => ({
    publish: (topic, message) => {
      if (closing !== undefined) return;
      local.publish(topic, message);
      if (identity !== undefined) outbox.put(identity, topic, message);
    },
    open: readers.open,
    close: () => void close(),
  });
  return { as, stats, close };
};
