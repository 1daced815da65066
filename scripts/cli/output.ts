import type { Log } from "../../keepers/core/log.ts";

/** Prints one line for the user. */
export const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Amounts of the chain as decimal strings: a JSON number would lose digits. */
const withoutBigints = (_key: string, value: unknown): unknown =>
  typeof value === "bigint" ? value.toString() : value;

/** Prints one JSON document for a program. */
export const sayJson = (value: unknown): void => {
  say(JSON.stringify(value, withoutBigints, 2));
};

const write =
  (level: string): Log["info"] =>
  (event, fields) => {
    const text = JSON.stringify({ level, event, ...fields }, withoutBigints);
    process.stderr.write(`${text}\n`);
  };

/** One JSON line per fact, on standard error; what is only of interest to a developer is left out. */
export const lineLog: Log = { debug: () => undefined, info: write("info"), warn: write("warn"), error: write("error") };

/** A signal that Ctrl-C or the end of the service raises. */
export const untilStopped = (): AbortSignal => {
  const ending = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => ending.abort());
  return ending.signal;
};
