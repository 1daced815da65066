import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Hex } from "../../core/hex.ts";

/** Where decision records are kept, so that each can be replayed. */
export type DecisionLog = {
  readonly keep: (evidence: Hex, record: string) => void;
  readonly close: () => Promise<void>;
};

/**
 * A file with one line for each decision: `{"evidence":"0x…","record":…}`. The record stands there byte for byte as it was
 * hashed. Written behind the back of whoever decides: a trade does not wait for it.
 * @param onTrouble told once for each failure to write
 */
export const openDecisionLog = async (path: string, onTrouble: (what: string) => void): Promise<DecisionLog> => {
  await mkdir(dirname(path), { recursive: true });
  const stream = createWriteStream(path, { flags: "a" });
  stream.on("error", (error) => onTrouble(`the decision log ${path} cannot be written: ${error.message}`));
  return {
    keep: (evidence, record) => void stream.write(`{"evidence":"${evidence}","record":${record}}\n`),
    close: () =>
      new Promise((resolve) => {
        if (stream.destroyed) resolve();
        else stream.end(resolve);
      }),
  };
};
