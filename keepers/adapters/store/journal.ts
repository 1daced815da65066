import { readFile } from "node:fs/promises";
import { z } from "zod";
import { FatalError } from "../../core/errors.ts";
import { type Hex, hex } from "../../core/hex.ts";
import type { ResolvedTransaction, StoredTransaction, TransactionStore } from "../../core/store.ts";
import { type Address, address, blockNumber, unixSeconds } from "../../core/units.ts";
import { underLock } from "../lock/lockFile.ts";
import { type DurableLog, type LogContents, openLog, readLines, resumeLog } from "../payments/log.ts";
import { type CancelRequests, cancelRequestsAt } from "./requests.ts";

/** Transactions in a file on the sender's own disk. */
export type TransactionJournal = TransactionStore & { readonly close: () => Promise<void> };

/** So many resolved transactions are kept for displays; the database has the history. */
const RESOLVED_KEPT = 1_000;
/** The file is written again when it has this many records that no longer count. */
const REWRITE_AFTER = 10_000;

const integer = z.string().regex(/^\d+$/).transform(BigInt);
const bytes = z.string().transform(hex);

const pendingShape = z.strictObject({
  transaction: bytes,
  raw: bytes,
  account: z.string().transform(address),
  accountNonce: integer,
  gasPrice: integer,
  block: integer.transform(blockNumber),
  deadline: integer.transform(unixSeconds),
  operation: bytes,
  details: z.string(),
});

const recordShape = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("pending"), tx: pendingShape }),
  z.strictObject({ kind: z.literal("cancel"), transaction: bytes }),
  z.strictObject({
    kind: z.literal("resolved"),
    transaction: bytes,
    result: z.strictObject({
      kind: z.enum(["mined", "reverted", "expired", "superseded"]),
      block: integer.transform(blockNumber),
      gasPaid: integer,
      detail: z.string(),
    }),
    atMs: z.number(),
  }),
]);

type JournalRecord = z.output<typeof recordShape>;

const toText = (record: JournalRecord): string =>
  JSON.stringify(record, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value));

type Memory = {
  readonly pending: Map<Hex, StoredTransaction>;
  readonly toCancel: Set<Hex>;
  resolved: readonly ResolvedTransaction[];
};

/** Takes one record into memory; one that is there already changes nothing. */
const apply = (memory: Memory, record: JournalRecord): void => {
  if (record.kind === "pending") {
    memory.pending.set(record.tx.transaction, record.tx);
    return;
  }
  if (record.kind === "cancel") {
    memory.toCancel.add(record.transaction);
    return;
  }
  const { transaction, result, atMs } = record;
  memory.toCancel.delete(transaction);
  const tx = memory.pending.get(transaction);
  if (tx === undefined) return;
  memory.pending.delete(transaction);
  memory.resolved = [{ ...tx, result, atMs }, ...memory.resolved].slice(0, RESOLVED_KEPT);
};

/** The records that memory comes from. */
const entriesOf = ({ pending, toCancel, resolved }: Memory): readonly JournalRecord[] => [
  ...resolved.toReversed().flatMap(({ result, atMs, ...tx }): readonly JournalRecord[] => [
    { kind: "pending", tx },
    { kind: "resolved", transaction: tx.transaction, result, atMs },
  ]),
  ...[...pending.values()].map((tx): JournalRecord => ({ kind: "pending", tx })),
  ...[...toCancel].map((transaction): JournalRecord => ({ kind: "cancel", transaction })),
];

/** @throws FatalError when a line cannot be read: a transaction that it had may be under way */
const readMemory = ({ records, damaged }: LogContents, path: string): Memory => {
  if (damaged > 0) {
    throw new FatalError(
      `${damaged} lines of the journal ${path} are damaged: restore it, or move it away once no transaction of its account is pending`,
    );
  }
  const memory: Memory = { pending: new Map(), toCancel: new Set(), resolved: [] };
  for (const [index, text] of records.entries()) {
    try {
      apply(memory, recordShape.parse(JSON.parse(text)));
    } catch (cause) {
      throw new FatalError(`line ${index + 1} of the journal ${path} was written by another version`, { cause });
    }
  }
  return memory;
};

/** Appends records, and writes the file again when most of it no longer counts. */
const writer = (memory: Memory, log: DurableLog, count: number) => {
  let superseded = count;
  return async (record: JournalRecord): Promise<void> => {
    apply(memory, record);
    superseded += 1;
    const written = [log.append(toText(record))];
    if (superseded > REWRITE_AFTER) {
      superseded = 0;
      written.push(log.rewrite(() => entriesOf(memory).map(toText)));
    }
    await Promise.all(written);
  };
};

const isMinedIn = ({ resolved }: Memory, operation: Hex): boolean =>
  resolved.some((tx) => tx.operation === operation && tx.result.kind === "mined");

/** What is asked of memory alone. */
const reads = (memory: Memory): Pick<TransactionStore, "cancelRequests" | "pending" | "stateOf" | "resolved"> => {
  const pending = (account?: Address): readonly StoredTransaction[] =>
    [...memory.pending.values()].filter((tx) => account === undefined || tx.account === account);
  return {
    cancelRequests: (account) => {
      const own = pending(account).map(({ transaction }) => transaction);
      return Promise.resolve(own.filter((transaction) => memory.toCancel.has(transaction)));
    },
    pending: (account) => Promise.resolve(pending(account)),
    stateOf: (operation) => {
      const isPending = pending().some((tx) => tx.operation === operation);
      return Promise.resolve(isPending ? "pending" : isMinedIn(memory, operation) ? "mined" : "free");
    },
    resolved: (limit, account) => {
      const mine = memory.resolved.filter((tx) => account === undefined || tx.account === account);
      return Promise.resolve(mine.slice(0, limit));
    },
  };
};

/**
 * A journal on a log, from what was in it.
 * @throws FatalError when a record cannot be read
 */
export const journalOn = (recovered: LogContents, log: DurableLog, path: string): TransactionJournal => {
  const memory = readMemory(recovered, path);
  const write = writer(memory, log, recovered.records.length);
  /** Writes that are not yet on the disk: whoever asks for the same waits for them. */
  const waiting = new Map<Hex, Promise<void>>();
  return {
    add: async (tx) => {
      const { transaction, operation } = tx;
      if (isMinedIn(memory, operation)) return { kind: "done" };
      const rival = [...memory.pending.values()].find((one) => one.operation === operation);
      if (rival !== undefined && rival.transaction !== transaction) {
        return { kind: "busy", transaction: rival.transaction };
      }
      if (rival === undefined) waiting.set(transaction, write({ kind: "pending", tx }));
      await waiting.get(transaction);
      waiting.delete(transaction);
      return { kind: "stored" };
    },
    resolve: async (transaction, result, atMs) => {
      if (memory.pending.has(transaction)) await write({ kind: "resolved", transaction, result, atMs });
    },
    requestCancel: async (transaction) => {
      if (!memory.pending.has(transaction)) return false;
      await write({ kind: "cancel", transaction });
      return true;
    },
    ...reads(memory),
    close: log.close,
  };
};

/** A journal with what others asked to cancel, who cannot write to it. */
const withRequests = (journal: TransactionJournal, requests: CancelRequests): TransactionJournal => ({
  ...journal,
  cancelRequests: async (account) => {
    const [own, asked, pending] = await Promise.all([
      journal.cancelRequests(account),
      requests.list(),
      journal.pending(account),
    ]);
    const isPending = new Set(pending.map(({ transaction }) => transaction));
    return [...new Set([...own, ...asked.filter((transaction) => isPending.has(transaction))])];
  },
  resolve: async (transaction, ...rest) => {
    await journal.resolve(transaction, ...rest);
    await requests.remove(transaction);
  },
});

/**
 * Opens a journal of transactions in a file, which one process at a time may have open. What is added is on this
 * machine's disk before the answer comes.
 * @throws FatalError when another process has it or it cannot be read
 */
export const openTransactionJournal = (path: string): Promise<TransactionJournal> =>
  underLock(path, async () =>
    withRequests(journalOn(await resumeLog(path), await openLog(path), path), cancelRequestsAt(path)),
  );

/** What a person may do with transactions from outside the process that sends them. */
export type Inspection = Pick<TransactionStore, "pending" | "resolved" | "requestCancel">;

/**
 * Looks into a journal that a keeper may have open, as it is now; writes nothing to it. A request to cancel lies beside it.
 * @throws FatalError when it cannot be read
 */
export const inspectJournal = async (path: string): Promise<Inspection> => {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new FatalError(`the journal ${path} cannot be read`, { cause });
  });
  const { pending, resolved } = reads(readMemory(readLines(text), path));
  return {
    pending,
    resolved,
    requestCancel: async (transaction) => {
      const isPending = (await pending()).some((tx) => tx.transaction === transaction);
      if (isPending) await cancelRequestsAt(path).add(transaction);
      return isPending;
    },
  };
};
