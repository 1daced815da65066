import { z } from "zod";
import { journalOn } from "../../keepers/adapters/store/journal.ts";
import type { Hex } from "../../keepers/core/hex.ts";
import type { TransactionStore } from "../../keepers/core/store.ts";
import type { DurableLog, LogContents } from "../../keepers/adapters/payments/log.ts";

/** A disk: what was synced outlives a process, and what was not may or may not. */
export type MemoryDisk = { lines: readonly string[] };

/**
 * A log on a disk in memory. `step` is awaited before a line is on the disk, and after, so that a process can be killed at
 * both.
 */
export const memoryLog = (disk: MemoryDisk, step: (what: string) => Promise<void>): DurableLog => ({
  append: async (record) => {
    await step("before the disk has it");
    disk.lines = [...disk.lines, record];
    await step("after the disk has it");
  },
  rewrite: async (of) => {
    await step("before the disk is rewritten");
    disk.lines = of();
  },
  close: () => Promise.resolve(),
});

export const recoveredFrom = ({ lines }: MemoryDisk): LogContents => ({ records: lines, damaged: 0 });

/** The journal of one life of a process on a disk. */
export const journalOf = (disk: MemoryDisk): TransactionStore =>
  journalOn(
    recoveredFrom(disk),
    memoryLog(disk, () => Promise.resolve()),
    "a disk",
  );

const recordShape = z.object({
  kind: z.string(),
  transaction: z.string().optional(),
  tx: z.looseObject({}).optional(),
});
type DiskTransaction = { readonly transaction: string; readonly raw: string; readonly gasPrice: bigint };

/** What a disk has of signed transactions, in the order in which they were stored. */
export const signedOn = ({ lines }: MemoryDisk): readonly DiskTransaction[] =>
  lines.flatMap((line) => {
    const { kind, tx } = recordShape.parse(JSON.parse(line));
    if (kind !== "pending" || tx === undefined) return [];
    const { transaction, raw, gasPrice } = tx;
    return [{ transaction: String(transaction), raw: String(raw), gasPrice: BigInt(String(gasPrice)) }];
  });

/** Transactions of which a disk does not say how they ended. */
export const unresolvedOn = (disk: MemoryDisk): readonly string[] => {
  const records = disk.lines.map((line) => recordShape.parse(JSON.parse(line)));
  const ended = new Set(records.flatMap(({ kind, transaction }) => (kind === "resolved" ? [transaction] : [])));
  return signedOn(disk)
    .map(({ transaction }) => transaction)
    .filter((transaction) => !ended.has(transaction));
};

/** Whether bytes are on a disk. */
export const isOnDisk = (disk: MemoryDisk, raw: Hex): boolean => signedOn(disk).some((tx) => tx.raw === raw);
