import { writeFileSync, writeSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline/promises";
import type { Log } from "../../keepers/core/log.ts";
import { printable, printableJson } from "../../keepers/core/printable.ts";

/*
 * The only place where commands and views print. What comes from outside, a title, an error of a node, the name of an
 * agent, cannot move the cursor, hide, or pass for a line of ours. `npm run check:house` finds a way round it. [NX-FAC-01]
 */

/** Prints one line for the user; a line break in it is somebody else's, and what follows it is marked. */
export const say = (line: string): void => void process.stdout.write(`${printable(line)}\n`);

/** Prints a text of our own, line by line. */
export const sayLines = (lines: readonly string[]): void => lines.forEach(say);

/** Prints one line for the user beside what a program reads. */
export const complain = (line: string): void => void process.stderr.write(`${printable(line)}\n`);

/** Warns of something beside what a program reads. */
export const warn = (what: string): void => complain(`warning: ${what}`);

/** Amounts of the chain as decimal strings: a JSON number would lose digits. */
const withoutBigints = (_key: string, value: unknown): unknown =>
  typeof value === "bigint" ? value.toString() : value;

/** Where JSON goes: to standard output, or into the file that `--json FILE` named for this process. */
let jsonFile: string | undefined;
export const directJson = (path: string | undefined): void => {
  jsonFile = path;
};

/** Gives one JSON document to a program. */
export const sayJson = (value: unknown): void => {
  const text = `${printableJson(JSON.stringify(value, withoutBigints, 2))}\n`;
  if (jsonFile === undefined) process.stdout.write(text);
  else writeFileSync(jsonFile, text);
};

/** Prints one line of JSON that a logger made. */
export const sayLogged = (line: string): void => void process.stdout.write(`${printableJson(line.trimEnd())}\n`);

const write =
  (level: string): Log["info"] =>
  (event, fields) =>
    void process.stderr.write(`${printableJson(JSON.stringify({ level, event, ...fields }, withoutBigints))}\n`);

/** One JSON line per fact, on standard error; what is only of interest to a developer is left out. */
export const lineLog: Log = { debug: () => undefined, info: write("info"), warn: write("warn"), error: write("error") };

/** A terminal, or whatever the output goes to instead. `write` takes what {@link printable} made, and our own sequences. */
export type Terminal = {
  readonly write: (text: string) => unknown;
  /** The same, done when it returns: for the last words of a process. */
  readonly writeNow: (text: string) => unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

/** Standard output as a view takes it over; its size is asked for at each use, since it changes. */
export const terminal = (): Terminal => ({
  write: (text) => process.stdout.write(text),
  writeNow: (text) => writeSync(process.stdout.fd, text),
  get isTTY() {
    return process.stdout.isTTY;
  },
  get columns() {
    return process.stdout.columns;
  },
  get rows() {
    return process.stdout.rows;
  },
});

/** A person at a terminal, if one is there. `ask`: what the person typed to a question, which the terminal shows and does not obey. */
export type Person = { readonly isThere: boolean; readonly ask: (question: string) => Promise<string> };

/** Whoever sits before this process: nobody, unless it reads from a terminal and writes to one. */
export const personHere = (): Person => ({
  isThere: process.stdin.isTTY && process.stdout.isTTY,
  ask: async (question) => {
    const lines = createInterface({ input: process.stdin, output: process.stdout });
    try {
      return await lines.question(printable(question));
    } finally {
      lines.close();
    }
  },
});

/** Ends the process without a word once nobody reads what it prints: `nexus dao list | head`. */
export const endWithReader = (): void => {
  // oxlint-disable-next-line unicorn/no-process-exit -- there is nobody left to tell
  process.stdout.on("error", () => process.exit(0));
};

/** Starters of programs pass a signal on, so that one Ctrl-C may come twice at once. */
const DOUBLE_MS = 1_000;
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/** A signal that Ctrl-C or the end of the service raises. Asked for a second time, the process ends at once. */
export const untilStopped = (): AbortSignal => {
  const ending = new AbortController();
  let isLate = false;
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (!ending.signal.aborted) {
        ending.abort();
        setTimeout(() => (isLate = true), DOUBLE_MS).unref();
      }
      // oxlint-disable-next-line unicorn/no-process-exit -- who asks twice does not want to wait
      if (isLate) process.exit(SIGNALS[name]);
    });
  }
  return ending.signal;
};
