import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { z } from "zod";
import type { RecordSink } from "../../keepers/backtest/recorder.ts";
import { UsageError } from "../lib/command.ts";

/** Lines are collected up to so many characters before they are written. */
const BATCH = 1 << 20;

/** A file of decision records that is being written; `close` writes what is left. */
export type RecordFile = RecordSink & { readonly close: () => void };

/**
 * Opens a file of records: one line of JSON for each part and each record, `{"part":NAME,"text":TEXT}` and
 * `{"record":HASH,"text":TEXT}`, the text being the bytes that were hashed. What was there before is lost.
 * @throws UsageError where the file cannot be written
 */
export const openRecordFile = (path: string): RecordFile => {
  let file: number;
  try {
    file = openSync(path, "w");
  } catch {
    throw new UsageError(`${path} cannot be written`);
  }
  let lines: string[] = [];
  let size = 0;
  const flush = (): void => {
    if (lines.length > 0) writeSync(file, lines.join(""));
    [lines, size] = [[], 0];
  };
  const add = (line: string): void => {
    lines.push(`${line}\n`);
    size += line.length;
    if (size > BATCH) flush();
  };
  return {
    part: (name, text) => add(JSON.stringify({ part: name, text })),
    record: (hash, text) => add(JSON.stringify({ record: hash, text })),
    close: () => {
      flush();
      closeSync(file);
    },
  };
};

const line = z.union([
  z.strictObject({ part: z.string(), text: z.string() }),
  z.strictObject({ record: z.string(), text: z.string() }),
]);

/** The records of a file, in their order, and its parts by name; and those of a live fleet's log, by the evidence of their proposals. */
export type ReadRecords = {
  readonly logged: readonly (readonly [evidence: string, text: string])[];
  readonly records: readonly (readonly [hash: string, text: string])[];
  readonly parts: ReadonlyMap<string, string>;
};

const parseLine = (text: string): z.output<typeof line> | undefined => {
  try {
    const result = line.safeParse(JSON.parse(text));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
};

/** A line of a live decision log: the record stands in it byte for byte as it was hashed. */
const LOGGED = /^\{"evidence":"(0x[0-9a-f]{64})","record":(\{.*\})\}$/;

/** What is read so far. */
type Reading = {
  readonly records: (readonly [string, string])[];
  readonly logged: (readonly [string, string])[];
  readonly parts: Map<string, string>;
};

/** Takes one line in. @returns whether it is one */
const takeLine = ({ records, logged, parts }: Reading, text: string): boolean => {
  const [, evidence, record] = LOGGED.exec(text) ?? [];
  if (evidence !== undefined && record !== undefined) {
    logged.push([evidence, record]);
    return true;
  }
  const parsed = parseLine(text);
  if (parsed === undefined) return false;
  if ("part" in parsed) parts.set(parsed.part, parsed.text);
  else records.push([parsed.record, parsed.text]);
  return true;
};

/**
 * Reads a file of records: of a backtest, or the decision log of a live fleet. A last line that was cut off, by a process that was
 * killed, is left out.
 * @throws UsageError naming the first line that is none
 */
export const readRecordFile = (path: string): ReadRecords => {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new UsageError(`${path} cannot be read`);
  }
  const isCut = !text.endsWith("\n");
  const lines = text.split("\n").filter((one) => one !== "");
  const reading: Reading = { records: [], logged: [], parts: new Map() };
  const bad = lines.findIndex((one) => !takeLine(reading, one));
  if (bad === -1 || (isCut && bad === lines.length - 1)) return reading;
  throw new UsageError(`${path}, line ${bad + 1}: no decision record and no part of one`);
};
