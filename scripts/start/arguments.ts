import { readFile } from "node:fs/promises";
import { type Command, type Values, UsageError, wholeNumber } from "../lib/command.ts";
import { understand } from "../lib/program.ts";

/** What `npm start` was asked for. */
export type StartOptions = {
  /** Blocks to run unattended after the market has started; undefined: until stopped. */
  readonly blocks: number | undefined;
  readonly seed: number;
  readonly marketFile: string | undefined;
  readonly blocksPerRow: number | undefined;
  /** Where the report goes. */
  readonly json: string | undefined;
  /** Whether each agent runs in a process of its own, over a Redis. */
  readonly isProcesses: boolean;
};

export type StartRequest =
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "fault"; readonly text: string }
  | { readonly kind: "run"; readonly options: StartOptions };

const DEFAULT_SEED = 1;

const start: Command = {
  about: "a local Sei, NEXUS deployed on it, five voting agents and what they do, live",
  example: "--blocks 150 --seed 7 --json report.json",
  options: {
    blocks: { value: "N", about: "stop after N blocks of the market; without it, at Ctrl-C" },
    seed: { value: "N", about: `the market's seed (${DEFAULT_SEED})` },
    market: { value: "FILE", about: "replay recorded flow instead of the seeded market" },
    "blocks-per-row": { value: "N", about: "blocks that one recorded minute takes (1)" },
    json: { value: "FILE", about: "write the report of the run; wants --blocks" },
    processes: { about: "run each agent in a process of its own, over a Redis that is gone afterwards" },
  },
  run: () => Promise.resolve(0),
};

const optionsFrom = (values: Values): StartOptions => {
  const options = {
    blocks: wholeNumber(values, "blocks", 1),
    seed: wholeNumber(values, "seed", 0) ?? DEFAULT_SEED,
    marketFile: values.get("market"),
    blocksPerRow: wholeNumber(values, "blocks-per-row", 1),
    json: values.get("json"),
    isProcesses: values.has("processes"),
  };
  if (options.json !== undefined && options.blocks === undefined) throw new UsageError("--json wants --blocks as well");
  if (options.blocksPerRow !== undefined && options.marketFile === undefined) {
    throw new UsageError("--blocks-per-row wants --market as well");
  }
  return options;
};

/** Understands the command line of `npm start`; a fault is one line. */
export const parseStart = (args: readonly string[]): StartRequest => {
  const request = understand(["start", ...args], { start });
  if (request.kind !== "run") return request;
  try {
    return { kind: "run", options: optionsFrom(request.values) };
  } catch (error) {
    if (error instanceof UsageError) return { kind: "fault", text: error.message };
    throw error;
  }
};

/** Makes sure that a market file can be read before anything is started. @throws UsageError when it cannot */
export const checkMarketFile = async (path: string | undefined): Promise<void> => {
  if (path === undefined) return;
  await readFile(path).catch((cause: unknown) => {
    throw new UsageError(`cannot read the market file ${path}`, { cause });
  });
};
