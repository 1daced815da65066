import { readFileSync } from "node:fs";
import { UsageError } from "../lib/command.ts";
import { FlowFileError, parseFlow } from "../sandbox/recordedFlow.ts";

const LARGEST_FILE = 64 * 1024 * 1024;
const MOMENT = /^\d{4}-\d\d-\d\d(?: \d\d:\d\d(?::\d\d)?)?$/;

/** The part of a recorded market that is wanted: minutes from `from` on and before `to`, as far as they are named. */
export type Span = { readonly from?: string | undefined; readonly to?: string | undefined };

const readText = (path: string): string => {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new UsageError(`${path} cannot be read`);
  }
  if (text.length > LARGEST_FILE) throw new UsageError(`${path} is larger than ${LARGEST_FILE} bytes`);
  return text.trimEnd();
};

const checkMoment = (name: string, text: string | undefined): void => {
  if (text === undefined || MOMENT.test(text)) return;
  throw new UsageError(`--${name} is a time like “2023-08-16 14:30” in UTC, got “${text}”`);
};

const isWithin = (line: string, { from, to }: Span): boolean =>
  (from === undefined || line.slice(0, from.length) >= from) && (to === undefined || line.slice(0, to.length) < to);

/**
 * The text of one or more recorded files, separated by commas and in the order of time, as one: the minutes of a span of it.
 * @throws UsageError naming the file, the line and what is wrong with it, or where no minute is left
 */
export const readMarket = (paths: string, span: Span): string => {
  checkMoment("from", span.from);
  checkMoment("to", span.to);
  const files = paths.split(",").map((path) => ({ path, text: readText(path) }));
  for (const { path, text } of files) {
    try {
      parseFlow(text);
    } catch (error) {
      if (error instanceof FlowFileError) throw new UsageError(`${path}, ${error.message}`, { cause: error });
      throw error;
    }
  }
  const [header = ""] = files[0]?.text.split(/\r?\n/, 1) ?? [];
  const lines = files.flatMap(({ text }) => text.split(/\r?\n/).slice(1)).filter((line) => isWithin(line, span));
  if (lines.length === 0) throw new UsageError(`${paths} has no minute in the span that was asked for`);
  const whole = [header, ...lines].join("\n");
  try {
    parseFlow(whole);
  } catch (error) {
    if (error instanceof FlowFileError) {
      throw new UsageError(`the files are not in the order of time: ${error.message} of them all`, { cause: error });
    }
    throw error;
  }
  return whole;
};
