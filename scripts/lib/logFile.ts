import { appendFileSync } from "node:fs";
import { UsageError } from "./command.ts";

const reasonIn = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Opens a file to which a log is added, one entry a line. It is found by its name at each entry, so that it may be moved away. A
 * disk that is full loses entries and never ends who writes them: that is told once until there is room again.
 * @throws UsageError when there is no such place, or it is no file that may be written
 */
export const openLogFile = (path: string, onTrouble: (what: string) => void): ((line: string) => void) => {
  try {
    appendFileSync(path, "");
  } catch (cause) {
    throw new UsageError(`the log cannot be written: ${reasonIn(cause)}`, { cause });
  }
  let isLosing = false;
  return (line) => {
    try {
      // What was lost may have been written in part.
      appendFileSync(path, isLosing ? `\n${line}` : line);
      isLosing = false;
    } catch (error) {
      if (!isLosing) onTrouble(`the log loses entries, nothing else stops: ${reasonIn(error)}`);
      isLosing = true;
    }
  };
};
