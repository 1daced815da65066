import { execFile } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { removeFolder } from "../lib/removeFolder.ts";

const measured = z.strictObject({
  /** From nothing to a store that answers, in milliseconds. */
  firstStartMs: z.number(),
  /** The same on a folder that is there. */
  startMs: z.number(),
  /** Proportional memory that it added to this process and its children, after all transactions were added. */
  memoryMb: z.number(),
  /** Pending transactions of one kilobyte a second, each durable before the next one. */
  oneByOne: z.number(),
  /** The same by 64 senders at once. */
  together: z.number(),
});

export type StoreRow = z.output<typeof measured> & {
  readonly system: "packaged" | "pglite" | "journal";
  /** Of the machine, when the row began: above one, others were at work. */
  readonly load: number;
};

const SYSTEMS = ["journal", "packaged", "pglite"] as const;
const LIMIT_MS = 120_000;

/** Measures one kind of store in a process of its own, so that memory is its own too. */
const measure = async (system: StoreRow["system"]): Promise<StoreRow> => {
  const folder = await mkdtemp(join(tmpdir(), "nexus-bench-store-"));
  const load = loadavg()[0] ?? 0;
  const script = join(import.meta.dirname, "store/measure.ts");
  try {
    const args = ["--import=tsx", script, system, folder];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: LIMIT_MS });
    return { system, ...measured.parse(JSON.parse(stdout)), load };
  } finally {
    await removeFolder(folder);
  }
};

/** Start, memory and speed of the stores that a fleet can have without installing anything. */
export const benchStore = async (): Promise<readonly StoreRow[]> => {
  const rows: StoreRow[] = [];
  for (const system of SYSTEMS) rows.push(await measure(system));
  return rows;
};
