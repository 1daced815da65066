import type { Log, LogFields } from "../../core/log.ts";

const LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LEVELS)[number];

/**
 * A log of one JSON line for each fact.
 * @param write takes a line without its end
 * @param context fields that every line carries
 */
export const jsonLog = (write: (line: string) => void, least: LogLevel, context: LogFields = {}): Log => {
  const at =
    (level: LogLevel) =>
    (event: string, fields: LogFields = {}): void => {
      if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return;
      const entry = { level, event, ...context, ...fields };
      write(JSON.stringify(entry, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value)));
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
};
