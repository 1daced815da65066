import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FatalError } from "../../core/errors.ts";
import { type Hex, hex } from "../../core/hex.ts";

/**
 * What somebody asks of the process that has a journal open, which nobody else may write to: one empty file for each
 * transaction to be cancelled, in a folder beside the journal.
 */
export type CancelRequests = {
  readonly add: (transaction: Hex) => Promise<void>;
  readonly list: () => Promise<readonly Hex[]>;
  readonly remove: (transaction: Hex) => Promise<void>;
};

const HASH = /^0x[0-9a-f]{64}$/;

const isMissing = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT";

/** Requests beside the journal at `path`. Other files in the folder are nobody's, and are passed over. */
export const cancelRequestsAt = (path: string): CancelRequests => {
  const folder = `${path}.cancel`;
  return {
    add: async (transaction) => {
      try {
        await mkdir(folder, { recursive: true });
        await writeFile(join(folder, transaction), "");
      } catch (cause) {
        throw new FatalError(`${folder} cannot be written: run as the user of the keeper`, { cause });
      }
    },
    list: async () => {
      const names = await readdir(folder).catch((error: unknown) => {
        if (isMissing(error)) return [];
        throw new FatalError(`${folder} cannot be read`, { cause: error });
      });
      return names.filter((name) => HASH.test(name)).map(hex);
    },
    remove: (transaction) => rm(join(folder, transaction), { force: true }),
  };
};
