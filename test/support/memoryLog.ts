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
