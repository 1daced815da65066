import { closeSync, fdatasync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Topic } from "../../core/bus.ts";
import type { Sequences } from "../../core/envelope/gate.ts";
import { TOPICS } from "../../core/envelope/layout.ts";
import { FatalError } from "../../core/errors.ts";
import { underLock } from "../lock/lockFile.ts";

/** A line of the file with its line break; a line is written again in its place, in one go. */
const LINE_BYTES = 64;
const LINE = /^(in|out) ([a-zA-Z]+) (\d{1,10}) (\d{1,20}) *$/;
/** So many numbers are set aside at once: what a crash leaves unused is passed over. */
const SET_ASIDE = 1_024n;
/** So many numbers has a millisecond of a sender without a file. */
const PER_MS = 1_024n;
const SYNC_MS = 1_000;

/**
 * How far this process has read each sender and numbered its own messages, on its disk. What was committed survives the
 * process; what was committed a second ago survives the machine.
 */
export type Cursors = Sequences & {
  /** Writes down what was accepted of a topic: its messages were taken. */
  readonly commit: (topic: Topic) => void;
  /** The next number of one of our own messages: never given before, whatever happened to process and clock. */
  readonly next: (topic: Topic, sender: bigint, nowMs: number) => bigint;
  readonly close: () => Promise<void>;
};

type Slot = { readonly at: number; written: bigint; value: bigint };

const isTopic = (text: string): text is Topic => TOPICS.some((topic) => topic === text);

/** @throws FatalError for a file that is not one of ours */
const readSlots = (path: string): Map<string, Slot> => {
  const text = readFileSync(path, "latin1");
  const slots = new Map<string, Slot>();
  const lines = text.split("\n").filter((line) => line !== "");
  lines.forEach((line, i) => {
    const [, way = "", topic = "", sender = "", value = ""] = LINE.exec(line) ?? [];
    if (line.length !== LINE_BYTES - 1 || !isTopic(topic)) {
      throw new FatalError(`line ${i + 1} of ${path} cannot be read: delete the file once the bus was quiet for a day`);
    }
    slots.set(`${way} ${topic} ${sender}`, { at: i, written: BigInt(value), value: BigInt(value) });
  });
  return slots;
};

/** The lines of a file, each written in its own place. */
const openSlots = (path: string) => {
  const file = openSync(path, "a+");
  closeSync(file);
  const slots = readSlots(path);
  const writable = openSync(path, "r+");
  return {
    file: writable,
    of: (name: string): Slot => {
      const known = slots.get(name) ?? { at: slots.size, written: 0n, value: 0n };
      slots.set(name, known);
      return known;
    },
    all: () => slots.entries(),
    write: (name: string, slot: Slot): void => {
      writeSync(writable, `${`${name} ${slot.value}`.padEnd(LINE_BYTES - 1)}\n`, slot.at * LINE_BYTES, "latin1");
      slot.written = slot.value;
    },
  };
};

type Slots = ReturnType<typeof openSlots>;

/** Numbers our own messages: ahead of all that the file says and of the clock, some set aside on the disk at a time. */
const numberer = (slots: Slots): Cursors["next"] => {
  const given = new Map<string, bigint>();
  return (topic, sender, nowMs) => {
    const name = `out ${topic} ${sender}`;
    const slot = slots.of(name);
    const clock = BigInt(Math.floor(nowMs)) * PER_MS;
    const next = (given.get(name) ?? (slot.value > clock ? slot.value : clock)) + 1n;
    given.set(name, next);
    if (next > slot.value) {
      slot.value = next + SET_ASIDE;
      slots.write(name, slot);
      fsyncSync(slots.file);
    }
    return next;
  };
};

const open = (path: string): Cursors => {
  const slots = openSlots(path);
  let isDirty = false;
  const timer = setInterval(() => {
    if (!isDirty) return;
    isDirty = false;
    fdatasync(slots.file, () => undefined);
  }, SYNC_MS).unref();
  return {
    last: (topic, sender) => slots.of(`in ${topic} ${sender}`).value,
    accept: (topic, sender, sequence) => {
      slots.of(`in ${topic} ${sender}`).value = sequence;
    },
    commit: (topic) => {
      for (const [name, slot] of slots.all()) {
        if (slot.value === slot.written || !name.startsWith(`in ${topic} `)) continue;
        slots.write(name, slot);
        isDirty = true;
      }
    },
    next: numberer(slots),
    close: () => {
      clearInterval(timer);
      fsyncSync(slots.file);
      closeSync(slots.file);
      return Promise.resolve();
    },
  };
};

/**
 * Opens the file, which one process has at a time.
 * @throws FatalError when another one has it, or it holds what cannot be read
 */
export const openCursors = async (path: string): Promise<Cursors> => {
  await mkdir(dirname(path), { recursive: true });
  // oxlint-disable-next-line typescript/require-await -- the lock wants a promise, and what throws in it is a rejection
  return underLock(path, async () => open(path));
};
