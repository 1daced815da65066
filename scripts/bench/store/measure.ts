/**
 * Starts one kind of store in this process, adds pending transactions, and prints what it cost as JSON.
 *
 *   tsx scripts/bench/store/measure.ts packaged|pglite|journal FOLDER
 */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { connectPostgres } from "../../../keepers/adapters/store/connect.ts";
import { openTransactionJournal } from "../../../keepers/adapters/store/journal.ts";
import { openStore } from "../../../keepers/adapters/store/open.ts";
import { startLocalServer } from "../../../keepers/adapters/store/server.ts";
import { hex } from "../../../keepers/core/hex.ts";
import type { StoredTransaction, TransactionStore } from "../../../keepers/core/store.ts";
import { address, blockNumber, unixSeconds } from "../../../keepers/core/units.ts";

type Opened = { readonly transactions: TransactionStore; readonly close: () => Promise<void> };

const DEPLOYMENT = { chainId: 1_329n, registry: address(`0x${"1".repeat(40)}`) };
const TIMEOUT_MS = 60_000;
const SINGLE = 1_000;
const TOGETHER = 4_000;
const AT_ONCE = 64;
const RAW_BYTES = 1_000;

const openPackaged = async (folder: string): Promise<Opened> => {
  const server = await startLocalServer({ folder });
  const primary = connectPostgres(server.url, TIMEOUT_MS);
  const store = await openStore({ primary, deployment: DEPLOYMENT, durability: "server" });
  const close = async (): Promise<void> => {
    await store.close();
    await server.close();
  };
  return { transactions: store.transactions, close };
};

const openPglite = async (folder: string): Promise<Opened> => {
  // Loaded only here: the others do not pay for it.
  const { openPgliteDatabase } = await import("./pglite.ts");
  const store = await openStore({
    primary: await openPgliteDatabase(folder),
    deployment: DEPLOYMENT,
    durability: "server",
  });
  return { transactions: store.transactions, close: store.close };
};

const openJournal = async (folder: string): Promise<Opened> => {
  const journal = await openTransactionJournal(join(folder, "transactions.journal"));
  return { transactions: journal, close: journal.close };
};

const OPENERS: ReadonlyMap<string, (folder: string) => Promise<Opened>> = new Map([
  ["packaged", openPackaged],
  ["pglite", openPglite],
  ["journal", openJournal],
]);

const pssOf = (pid: number): number => {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0) / 1_024;
  } catch {
    // It has ended.
    return 0;
  }
};

const parentOf = (pid: number): number => {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
};

/** Proportional memory of this process and of all that stem from it, in megabytes. */
const memory = (): number => {
  const pids = readdirSync("/proc").map(Number).filter(Number.isInteger);
  const parents = new Map(pids.map((pid) => [pid, parentOf(pid)]));
  const isOurs = (pid: number): boolean => pid === process.pid || (pid > 1 && isOurs(parents.get(pid) ?? 0));
  return pids.filter(isOurs).reduce((sum, pid) => sum + pssOf(pid), 0);
};

const transactionOf = (n: number): StoredTransaction => {
  const hash = hex(`0x${n.toString(16).padStart(64, "0")}`);
  return {
    transaction: hash,
    raw: hex(`0x${"ab".repeat(RAW_BYTES)}`),
    account: DEPLOYMENT.registry,
    accountNonce: BigInt(n),
    gasPrice: 10n ** 11n,
    block: blockNumber(1n),
    deadline: unixSeconds(1n),
    operation: hash,
    details: "{}",
  };
};

/** Adds a second. */
const rate = async (count: number, work: () => Promise<void>): Promise<number> => {
  const begun = performance.now();
  await work();
  return (count * 1_000) / (performance.now() - begun);
};

const addRange = async ({ transactions }: Opened, from: number, to: number): Promise<void> => {
  for (let n = from; n < to; n += 1) await transactions.add(transactionOf(n));
};

const main = async (kind: string, folder: string): Promise<void> => {
  const open = OPENERS.get(kind);
  if (open === undefined) throw new Error(`no store of the kind ${kind}`);
  const before = memory();
  const begun = performance.now();
  const first = await open(folder);
  const firstStartMs = performance.now() - begun;
  await first.close();
  const again = performance.now();
  const opened = await open(folder);
  const startMs = performance.now() - again;
  const oneByOne = await rate(SINGLE, () => addRange(opened, 0, SINGLE));
  const together = await rate(TOGETHER, async () => {
    const each = TOGETHER / AT_ONCE;
    const starts = Array.from({ length: AT_ONCE }, (_, i) => SINGLE + Math.floor(i * each));
    await Promise.all(starts.map((start) => addRange(opened, start, start + Math.floor(each))));
  });
  const memoryMb = memory() - before;
  await opened.close();
  process.stdout.write(`${JSON.stringify({ firstStartMs, startMs, memoryMb, oneByOne, together })}\n`);
};

const [kind = "", folder = ""] = process.argv.slice(2);
await main(kind, folder);
