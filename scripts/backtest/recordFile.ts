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

/** The records of a file, in their order, and its parts by name. */
export type ReadRecords = {
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

/**
 * Reads a file of records. A last line that was cut off, by a process that was killed, is left out.
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
  const records: (readonly [string, string])[] = [];
  const parts = new Map<string, string>();
  for (const [index, one] of lines.entries()) {
    const parsed = parseLine(one);
    if (parsed === undefined && isCut && index === lines.length - 1) break;
    if (parsed === undefined) throw new UsageError(`${path}, line ${index + 1}: no decision record and no part of one`);
    if ("part" in parsed) parts.set(parsed.part, parsed.text);
    else records.push([parsed.record, parsed.text]);
  }
  return { records, parts };
};
