import type { KeeperEvent } from "../../keepers/core/events.ts";
import { printable } from "../../keepers/core/printable.ts";
import type { Terminal } from "../lib/output.ts";
import { AGENTS } from "../sandbox/keepers.ts";
import { type Names, namesOf } from "../../keepers/views/names.ts";
import { plainLines } from "../../keepers/views/eventLines.ts";
import type { Observer } from "../run/run.ts";
import { type Screen, openScreen } from "./screen.ts";
import type { DisplayState } from "../../keepers/views/stories.ts";
import { summaryLines, viewLines } from "./view.ts";
import { createWorstCaseLine } from "./worstCase.ts";

export type DisplayOptions = {
  readonly stdout: Terminal;
  readonly startedAtMs: number;
  /** What more the view's first line says; asked for at each drawing. */
  readonly told: () => { readonly title: string; readonly agents: number };
};

export type Display = {
  readonly observer: Observer;
  /** Gives the terminal back. */
  readonly close: () => void;
  /** Says what the run came to. */
  readonly sumUp: (state: DisplayState) => void;
};

const COLUMNS = 120;
const ROWS = 40;

/** The view's first line, which says where the dashboard is once that is known. */
export const createHeading = () => {
  let title = "NEXUS on a local Sei";
  return {
    told: () => ({ title, agents: AGENTS }),
    add: (url: string): void => {
      title = `${title} · ${url}`;
    },
  };
};

const nowMs = (): number => performance.timeOrigin + performance.now();

/** How much a view may draw, in characters. A terminal that does not know its size says 0. */
export const sizeOf = ({ columns, rows }: Pick<Terminal, "columns" | "rows">) => {
  const orElse = (size: number | undefined, otherwise: number): number => Math.max(0, size ?? 0) || otherwise;
  return { columns: orElse(columns, COLUMNS), rows: orElse(rows, ROWS) - 1 };
};

const stamped = (line: string, ms: number): string => `${(ms / 1_000).toFixed(1).padStart(6)} s  ${line}`;

/** The live view where there is a terminal, and a line for each fact where there is none. */
export const createDisplay = ({ stdout, startedAtMs, told }: DisplayOptions): Display => {
  const elapsedMs = (): number => nowMs() - startedAtMs;
  const say = (line: string): void => void stdout.write(`${printable(stamped(line, elapsedMs()))}\n`);
  let names: Names | undefined;
  let screen: Screen | undefined;
  let firstTrade: string | undefined;
  let isOver = false;
  const worst = createWorstCaseLine((line) => (screen === undefined ? say(`at risk: ${line}`) : undefined));
  const linesOf = (state: DisplayState, known: Names) => () =>
    viewLines(state, { ...told(), names: known, elapsedMs: elapsedMs(), worstCase: worst.line(), ...sizeOf(stdout) });
  const noteFirst = (event: KeeperEvent): void => {
    if (firstTrade !== undefined || event.kind !== "result" || event.message.result.kind !== "enacted") return;
    firstTrade = `first enacted trade ${(elapsedMs() / 1_000).toFixed(1)} s after the command`;
    if (screen === undefined) say(firstTrade);
  };
  const close = (): void => {
    worst.stop();
    if (screen === undefined) return;
    screen.close();
    [screen, isOver] = [undefined, true];
    if (firstTrade !== undefined) say(firstTrade);
  };
  const observer: Observer = {
    progress: say,
    opened: (world) => {
      say(`agents connect to ${world.rpcUrl}`);
      names = namesOf(world.book);
      worst.watch(world);
      if (stdout.isTTY === true) screen = openScreen(stdout);
    },
    event: (event, state) => {
      if (names === undefined || isOver) return;
      if (screen !== undefined) screen.draw(linesOf(state, names));
      else for (const line of plainLines(event, state, names)) say(line);
      noteFirst(event);
    },
    closed: close,
  };
  return { observer, close, sumUp: (state) => summaryLines(state, elapsedMs()).forEach(say) };
};
