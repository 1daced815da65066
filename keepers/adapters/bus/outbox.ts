import { setImmediate as nextTask } from "node:timers/promises";
import type { BusMessages, Topic } from "../../core/bus.ts";
import { type Directory, sealKeyOf } from "../../core/envelope/members.ts";
import type { Primitives } from "../../core/envelope/primitives.ts";
import { TOPIC_RULES } from "../../core/envelope/windows.ts";
import { type Identity, type Realm, writeEnvelope } from "../../core/envelope/write.ts";
import type { Hex } from "../../core/hex.ts";
import { encodeBody } from "./bodies.ts";
import type { Cursors } from "./cursors.ts";
import { pauseMs } from "./address.ts";
import type { Link } from "./link.ts";
import { createQueue } from "./queue.ts";
import { createReplication } from "./replicas.ts";
import { createTurn } from "./turn.ts";
import { type BusPlace, channelName, streamKey } from "../../core/envelope/places.ts";

/** So many messages wait for a server that is slow or gone; the oldest are dropped then, and counted. */
const MAX_WAITING = 4_096;
/** So many are on their way at once. */
const MAX_UNDER_WAY = 512;
/** Between so many, which takes a millisecond or two, other work of the process gets its turn. */
const TURN = 16;

export type OutboxOptions = {
  readonly place: BusPlace;
  readonly realm: Realm;
  readonly primitives: Primitives;
  readonly directory: Directory;
  readonly cursors: Pick<Cursors, "next">;
  /** So many replicas must hold a message before it counts as acknowledged; 0 where the server has none. */
  readonly replicas: number;
  readonly nowMs: () => number;
  readonly random: () => number;
};

/** A message on its way. Bytes that may have arrived are sent again as they are; a refused one is numbered again. */
type Letter = {
  readonly topic: Topic;
  readonly identity: Identity;
  readonly body: Uint8Array;
  readonly sentAtMs: number;
  bytes: Uint8Array | undefined;
};

export type OutboxCounts = {
  /** Taken by the server. What is sent again after a lost connection counts again. */
  sent: number;
  /** Of those that must arrive: held by the server and by as many replicas as are wanted. */
  acknowledged: number;
  /** Dropped because too many waited. */
  unsent: number;
  /** Not sent because nobody could have read them, they do not fit an envelope, or are too old by now. */
  unfit: number;
};

/** What of our own messages is not yet on the server. */
export type BusOutbox = {
  readonly put: (identity: Identity, topic: Topic, message: BusMessages[Topic]) => void;
  /** Sends what waits, and again what may be lost, now that the server is there. */
  readonly wake: () => void;
  readonly counts: () => Readonly<OutboxCounts>;
  readonly isEmpty: () => boolean;
  readonly close: () => void;
};

/** All members, the sender included: an agent without a seat, in another process of its operator, reads with its key. */
const recipientsOf = ({ directory }: OutboxOptions, { topic }: Letter): readonly Hex[] | undefined => {
  if (!TOPIC_RULES[topic].isSealed) return undefined;
  return directory.members().flatMap((member) => sealKeyOf(member, directory.chainTime()) ?? []);
};

/** The bytes of a letter; undefined where nobody could read it, or it is too long. */
const bytesOf = (options: OutboxOptions, letter: Letter): Uint8Array | undefined => {
  if (letter.bytes !== undefined) return letter.bytes;
  const recipients = recipientsOf(options, letter);
  if (recipients?.length === 0) return undefined;
  const { topic, identity, body, sentAtMs } = letter;
  const sequence = options.cursors.next(topic, identity.agentId, options.nowMs());
  try {
    letter.bytes = writeEnvelope(options, identity, { topic, body, sequence, sentAtMs, recipients });
    return letter.bytes;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
};

/** A letter as it goes on its way. */
type Sealed = Pick<Letter, "topic" | "identity"> & { readonly bytes: Buffer };

const sendTo = ({ client }: Link, { place }: OutboxOptions, { topic, identity, bytes }: Sealed) => {
  const { carriage, maxLength } = TOPIC_RULES[topic];
  return carriage === "channel"
    ? client.spublish(channelName(place, topic, identity.agentId), bytes)
    : client.xadd(streamKey(place, topic, identity.agentId), "MAXLEN", "~", maxLength, "*", "e", bytes);
};

/** Whether the server said no; else nobody knows whether it has the message. */
const isAnswer = (error: unknown): boolean => error instanceof Error && error.name === "ReplyError";

const isTooOld = ({ nowMs }: OutboxOptions, { topic, sentAtMs }: Letter): boolean =>
  nowMs() - sentAtMs > TOPIC_RULES[topic].maxAgeMs;

/** Sends a handful. @returns those that the server has, those that it does not have for certain, and the first reason */
const sendBatch = async (
  link: Link,
  options: OutboxOptions,
  { batch, counts }: { readonly batch: readonly Letter[]; readonly counts: OutboxCounts },
): Promise<{ readonly taken: readonly Letter[]; readonly failed: readonly Letter[]; readonly why: unknown }> => {
  const [taken, failed]: [Letter[], Letter[]] = [[], []];
  let why: unknown;
  const send = async (letter: Letter): Promise<void> => {
    const bytes = isTooOld(options, letter) ? undefined : bytesOf(options, letter);
    if (bytes === undefined) {
      counts.unfit += 1;
      return;
    }
    try {
      const { topic, identity } = letter;
      await sendTo(link, options, {
        topic,
        identity,
        bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
      });
      counts.sent += 1;
      taken.push(letter);
    } catch (error) {
      // The server may have it after all: the same bytes are then a repetition, which readers refuse.
      if (isAnswer(error)) letter.bytes = undefined;
      why ??= error;
      failed.push(letter);
    }
  };
  const under: Promise<void>[] = [];
  for (const letter of batch) {
    under.push(send(letter));
    if (under.length % TURN === 0) await nextTask();
  }
  await Promise.all(under);
  // In the order in which they were sent, whichever failed first.
  return { taken, failed: batch.filter((letter) => failed.includes(letter)), why };
};

/** Tries again after a pause that grows with each failure. */
const createRetry = (link: Link, { random }: OutboxOptions, again: () => void) => {
  let attempt = 0;
  let pause: NodeJS.Timeout | undefined;
  return {
    later: (why: unknown): void => {
      link.trouble(why);
      clearTimeout(pause);
      pause = setTimeout(again, pauseMs(attempt, random));
      attempt += 1;
    },
    well: (): void => {
      attempt = 0;
    },
    close: (): void => clearTimeout(pause),
  };
};

/**
 * Makes an outbox over a connection. Messages of one sender and topic arrive in order, each at least once while the server
 * is there; while it is not, the newest wait.
 */
export const createOutbox = (link: Link, options: OutboxOptions): BusOutbox => {
  const counts: OutboxCounts = { sent: 0, acknowledged: 0, unsent: 0, unfit: 0 };
  const queue = createQueue<Letter>(MAX_WAITING, (over) => (counts.unsent += over));
  const replication = createReplication<Letter>(link, options.replicas);
  const retry = createRetry(link, options, () => {
    replication.askAgain();
    turn.announce();
  });
  const acknowledge = async (): Promise<void> => {
    try {
      counts.acknowledged += await replication.confirm();
      retry.well();
    } catch (error) {
      retry.later(error);
    }
  };
  const flush = async (): Promise<void> => {
    // Closed links are not up.
    while (link.isUp() && !(queue.isEmpty() && !replication.isDue())) {
      const { taken, failed, why } = await sendBatch(link, options, { batch: queue.next(MAX_UNDER_WAY), counts });
      replication.note(taken.filter(({ topic }) => TOPIC_RULES[topic].carriage === "stream"));
      queue.giveBack(failed);
      if (failed.length > 0) {
        retry.later(why);
        return;
      }
      if (replication.isDue()) await acknowledge();
    }
  };
  const turn = createTurn(flush, link.trouble);
  const put: BusOutbox["put"] = (identity, topic, message) => {
    queue.add({ topic, identity, body: encodeBody(message), sentAtMs: options.nowMs(), bytes: undefined });
    turn.announce();
  };
  const wake = (): void => {
    queue.giveBack(replication.takeBack());
    turn.announce();
  };
  const isEmpty = (): boolean => queue.isEmpty() && replication.isEmpty() && turn.isIdle();
  return { put, wake, counts: () => counts, isEmpty, close: retry.close };
};
