import type { Hex } from "../core/hex.ts";
import { type RecordValue, recordWriter } from "../core/record.ts";
import type { Decided } from "./stage.ts";

/** The version of the records' form. */
export const RECORD_FORMAT = "nexus-decisions-1";

/** What decided: the version of the code by its digest, and the engine that ran it. */
export type Origin = { readonly code: string; readonly engine: string };

/** Where records go, in the order in which they are written: a part before the first record that names it. */
export type RecordSink = {
  readonly part: (name: Hex, text: string) => void;
  readonly record: (hash: Hex, text: string) => void;
};

/** Counts of what was recorded, in records, parts and characters. */
export type RecordCounts = {
  readonly records: number;
  readonly parts: number;
  readonly size: number;
};

export type Recorder = {
  readonly record: (decided: Decided & { readonly block: bigint; readonly time: bigint }) => Hex;
  readonly counts: () => RecordCounts;
};

/**
 * Records decisions: canonical bytes, and their hash, which answers for the parts too, since they are named by theirs. What many
 * decisions share (policies, pools that nobody traded in, the seats, a block's view) is stored once.
 */
export const openRecorder = (origin: Origin, hash: (text: string) => Hex, sink: RecordSink): Recorder => {
  const stored = new Set<Hex>();
  let [records, size] = [0, 0];
  const keep = (text: string): Hex => {
    const name = hash(text);
    if (stored.has(name)) return name;
    stored.add(name);
    size += text.length;
    sink.part(name, text);
    return name;
  };
  const write = recordWriter(keep);
  return {
    record: ({ kind, agent, input, decision, block, time }) => {
      const whole: RecordValue = { format: RECORD_FORMAT, ...origin, kind, agent, block, time, input, decision };
      const text = write(whole);
      const name = hash(text);
      records += 1;
      size += text.length;
      sink.record(name, text);
      return name;
    },
    counts: () => ({ records, parts: stored.size, size }),
  };
};
