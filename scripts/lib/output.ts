import { writeFileSync, writeSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline/promises";
import type { Log } from "../../keepers/core/log.ts";
import { printable, printableJson } from "../../keepers/core/printable.ts";
import { EXIT } from "./program.ts";

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
  writeNow: (text) => {
    try {
      writeSync(process.stdout.fd, text);
    } catch {
      // A terminal that was closed has nobody to see it.
    }
  },
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

/** How a write fails once its reader is gone: of a pipe, and of a terminal. */
const READER_GONE: ReadonlySet<string> = new Set(["EPIPE", "EIO"]);

type Losses = {
  /** Nobody reads any more what is printed. */
  readonly readerGone: () => void;
  /** Something printed is lost, as on a full disk; the next line may go through. */
  readonly lineLost: (why: string) => void;
};

/** Of who gives one answer: nobody wants it any more, or it is not whole. */
let losses: Losses = {
  // oxlint-disable-next-line unicorn/no-process-exit -- there is nobody left to tell
  readerGone: () => process.exit(EXIT.done),
  lineLost: (why) => {
    complain(`nexus: not all of the answer could be printed: ${why}`);
    // oxlint-disable-next-line unicorn/no-process-exit -- what follows would be taken for the whole
    process.exit(EXIT.wrong);
  },
};

/**
 * Ends the process without a word once nobody reads what it prints: `nexus dao list | head`. An answer that a full disk cuts off
 * is a failure. A process that runs until it is stopped ends cleanly where its reader is gone, and goes on without lines that are
 * lost.
 */
export const endWithReader = (): void => {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (READER_GONE.has(error.code ?? "")) losses.readerGone();
    else losses.lineLost(error.message);
  });
  // Nobody can be told of that.
  process.stderr.on("error", () => undefined);
};

/** Starters of programs pass a signal on, so that one Ctrl-C may come twice at once. */
const DOUBLE_MS = 1_000;
const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Tells once that lines are lost, and goes on. */
const goOnWithout = (): Losses["lineLost"] => {
  let isTold = false;
  return (why) => {
    if (isTold) return;
    isTold = true;
    warn(`what is printed is lost, this process goes on: ${why}`);
  };
};

/**
 * A signal that Ctrl-C, the end of the service, a terminal that is closed or a reader that leaves raises. Asked for a second time,
 * the process ends at once.
 */
export const untilStopped = (): AbortSignal => {
  const ending = new AbortController();
  let isLate = false;
  const stop = (): void => {
    if (ending.signal.aborted) return;
    ending.abort();
    setTimeout(() => (isLate = true), DOUBLE_MS).unref();
  };
  losses = { readerGone: stop, lineLost: goOnWithout() };
  for (const name of ["SIGHUP", "SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      stop();
      // oxlint-disable-next-line unicorn/no-process-exit -- who asks twice does not want to wait
      if (isLate) process.exit(SIGNALS[name]);
    });
  }
  return ending.signal;
};
