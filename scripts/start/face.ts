import type { KeeperEvent } from "../../keepers/core/events.ts";
import { printable } from "../../keepers/core/printable.ts";
import type { Terminal } from "../cli/output.ts";
import { AGENTS } from "./fleet.ts";
import { type Names, namesOf } from "./names.ts";
import { plainLines } from "./plain.ts";
import type { Watcher } from "./run.ts";
import { type Screen, openScreen } from "./screen.ts";
import type { FaceState } from "./state.ts";
import { summaryLines, viewLines } from "./view.ts";

export type FaceOptions = { readonly stdout: Terminal; readonly startedAtMs: number };

export type Face = {
  readonly watcher: Watcher;
  /** Gives the terminal back. */
  readonly close: () => void;
  /** Says what the run came to. */
  readonly sumUp: (state: FaceState) => void;
};

const COLUMNS = 120;
const ROWS = 40;
const TITLE = "NEXUS on a local Sei";

const nowMs = (): number => performance.timeOrigin + performance.now();

const sizeOf = ({ columns = COLUMNS, rows = ROWS }: Terminal) => ({ columns, rows: rows - 1 });

/** The live view where there is a terminal, and a line for each fact where there is none. */
export const createFace = ({ stdout, startedAtMs }: FaceOptions): Face => {
  const elapsedMs = (): number => nowMs() - startedAtMs;
  const stamp = (): string => `${(elapsedMs() / 1_000).toFixed(1).padStart(6)} s`;
  const say = (line: string): void => void stdout.write(`${printable(`${stamp()}  ${line}`)}\n`);
  let names: Names | undefined;
  let screen: Screen | undefined;
  let firstTrade: string | undefined;
  let isOver = false;

  const linesOf = (state: FaceState, known: Names): readonly string[] =>
    viewLines(state, { names: known, title: TITLE, elapsedMs: elapsedMs(), agents: AGENTS, ...sizeOf(stdout) });
  const noteFirst = (event: KeeperEvent): void => {
    if (firstTrade !== undefined || event.kind !== "outcome" || event.message.outcome.kind !== "enacted") return;
    firstTrade = `first enacted trade ${(elapsedMs() / 1_000).toFixed(1)} s after the command`;
    if (screen === undefined) say(firstTrade);
  };
  const close = (): void => {
    if (screen === undefined) return;
    screen.close();
    [screen, isOver] = [undefined, true];
    if (firstTrade !== undefined) say(firstTrade);
  };
  const watcher: Watcher = {
    progress: say,
    opened: ({ book, rpcUrl }) => {
      say(`agents connect to ${rpcUrl}`);
      names = namesOf(book);
      if (stdout.isTTY === true) screen = openScreen(stdout);
    },
    event: (event, state) => {
      if (names === undefined || isOver) return;
      const known = names;
      if (screen !== undefined) screen.draw(() => linesOf(state, known));
      else for (const line of plainLines(event, state, known)) say(line);
      noteFirst(event);
    },
    closed: close,
  };
  const sumUp = (state: FaceState): void => summaryLines(state, elapsedMs()).forEach(say);
  return { watcher, close, sumUp };
};
