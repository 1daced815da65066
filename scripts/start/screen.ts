/** Where lines go: a terminal that is redrawn, or a log that grows. */
export type Screen = {
  /** Draws these lines in place of those before; asked for too often, only the newest are drawn. */
  readonly draw: (lines: () => readonly string[]) => void;
  /** Draws what waits, and gives the terminal back. */
  readonly close: () => void;
};

export type Terminal = { readonly write: (text: string) => void };

/** At most four times a second. */
const LEAST_MS = 250;
const OTHER_SCREEN = "\u001b[?1049h\u001b[?25l";
const BACK = "\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
const CLEAR_LINE = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";

/** Takes over a terminal until it is closed. */
export const openScreen = ({ write }: Terminal): Screen => {
  let waiting: (() => readonly string[]) | undefined;
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    timer = undefined;
    if (waiting === undefined) return;
    const lines = waiting();
    waiting = undefined;
    write(`${HOME}${lines.map((line) => `${line}${CLEAR_LINE}`).join("\n")}${CLEAR_BELOW}`);
    timer = setTimeout(flush, LEAST_MS);
  };
  write(OTHER_SCREEN);
  return {
    draw: (lines) => {
      waiting = lines;
      timer ??= setTimeout(flush, 0);
    },
    close: () => {
      clearTimeout(timer);
      write(BACK);
    },
  };
};
