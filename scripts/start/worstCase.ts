import { setTimeout as delay } from "node:timers/promises";
import { openHttpProvider } from "../lib/provider.ts";
import { readWorstCases } from "../../keepers/adapters/readers/worstCase.ts";
import type { StartWorld } from "../run/worldProcess.ts";
import { worstCaseLine } from "../../keepers/views/worstCase.ts";

/** It changes as fast as limits refill: by a thousandth in a minute and a half. */
const EVERY_MS = 5_000;

/** What a corrupt quorum could take, in one line that is read again now and then. */
export type WorstCaseLine = {
  readonly watch: (world: Pick<StartWorld, "rpcUrl" | "book">) => void;
  /** Undefined until it was read. */
  readonly line: () => string | undefined;
  readonly stop: () => void;
};

/** @param sayFirst is told the first line */
export const createWorstCaseLine = (sayFirst: (line: string) => void): WorstCaseLine => {
  const ending = new AbortController();
  const isOver = (): boolean => ending.signal.aborted;
  let line: string | undefined;
  const note = (next: string): void => {
    if (line === undefined) sayFirst(next);
    line = next;
  };
  const read = async ({ rpcUrl, book }: Pick<StartWorld, "rpcUrl" | "book">): Promise<void> => {
    const provider = openHttpProvider(rpcUrl, { chainId: book.chainId });
    while (!isOver()) {
      const next = await readWorstCases(book, provider).then(
        (cases) => worstCaseLine(cases, book),
        () => "unknown: the chain does not answer",
      );
      if (!isOver()) note(next);
      await delay(EVERY_MS, undefined, { signal: ending.signal }).catch(() => undefined);
    }
    provider.destroy();
  };
  return { watch: (world) => void read(world), line: () => line, stop: () => ending.abort() };
};
