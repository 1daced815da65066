import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import type { Bought, BoughtCount } from "../../agents/monitor/updates.ts";
import { RetryableError } from "../../core/errors.ts";
import { unixSeconds } from "../../core/units.ts";

/** Only the operator's own user writes what counts as paid. */
const PRIVATE_FILE = 0o600;
const ENTRIES = z.array(z.strictObject({ time: z.string().regex(/^\d{1,15}$/), count: z.int().min(0) }));

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

const readEarlier = async (path: string, onTrouble: (what: string) => void): Promise<Bought | undefined> => {
  try {
    const entries = ENTRIES.parse(JSON.parse(await readFile(path, "utf8")));
    return entries.map(({ time, count }) => ({ time: unixSeconds(BigInt(time)), count }));
  } catch (error) {
    if (isMissing(error)) return [];
    onTrouble(`${path} cannot be read, so no price is paid for within a day: delete it to count from zero`);
    return undefined;
  }
};

/** Writes a file to the disk, to its end. */
const writeWhole = async (file: FileHandle, text: string): Promise<void> => {
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
};

/** Replaces the count whole: whoever reads it sees the old one or the new one. */
const keepAt = async (path: string, bought: Bought): Promise<void> => {
  const beside = `${path}.${randomUUID()}.new`;
  const text = JSON.stringify(bought.map(({ time, count }) => ({ time: String(time), count })));
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeWhole(await open(beside, "wx", PRIVATE_FILE), text);
    await rename(beside, path);
  } catch (cause) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw new RetryableError(`${path} cannot be written, so no price is paid for`, { cause });
  }
};

/**
 * Opens the count of prices that an agent paid for within a day. Where it cannot be read the day's number counts as spent: a count
 * that is lost must not be one that starts from zero. [NX-MON-03]
 */
export const openBoughtCount = async (path: string, onTrouble: (what: string) => void): Promise<BoughtCount> => ({
  earlier: await readEarlier(path, onTrouble),
  keep: (bought) => keepAt(path, bought),
});
