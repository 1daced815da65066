import process from "node:process";
import { printable } from "../../keepers/core/printable.ts";
import type { Terminal } from "../lib/output.ts";
import { painted } from "./colours.ts";

/** Where lines go: a terminal that is redrawn, or a log that grows. */
export type Screen = {
  /** Draws these lines in place of those before; asked for too often, only the newest are drawn. */
  readonly draw: (lines: () => readonly string[]) => void;
  /** Draws what waits, and gives the terminal back. */
  readonly close: () => void;
};

/** At most four times a second. */
const MIN_MS = 250;
const OTHER_SCREEN = "\u001b[?1049h\u001b[?25l";
const BACK = "\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
const CLEAR_LINE = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";

/** Takes over a terminal until it is closed, or the process ends in whatever way it can still hear of. */
export const openScreen = ({ write, writeNow }: Pick<Terminal, "write" | "writeNow">): Screen => {
  const isPlain = process.env["NO_COLOR"] !== undefined;
  let isOpen = true;
  let waiting: (() => readonly string[]) | undefined;
  let timer: NodeJS.Timeout | undefined;
  const drawn = (line: string): string => (isPlain ? printable(line) : painted(printable(line)));
  const giveBack = (): void => {
    if (!isOpen) return;
    isOpen = false;
    process.off("exit", giveBack).off("uncaughtExceptionMonitor", giveBack);
    clearTimeout(timer);
    writeNow(BACK);
  };
  const flush = (): void => {
    timer = undefined;
    if (waiting === undefined) return;
    const lines = waiting();
    waiting = undefined;
    write(`${HOME}${lines.map((line) => `${drawn(line)}${CLEAR_LINE}`).join("\n")}${CLEAR_BELOW}`);
    timer = setTimeout(flush, MIN_MS);
  };
  write(OTHER_SCREEN);
  // An error is printed on the user's own screen, where it stays to be read.
  process.on("exit", giveBack).on("uncaughtExceptionMonitor", giveBack);
  return {
    draw: (lines) => {
      if (!isOpen) return;
      waiting = lines;
      timer ??= setTimeout(flush, 0);
    },
    close: giveBack,
  };
};
