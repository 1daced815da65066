import { existsSync } from "node:fs";
import { join } from "node:path";
import { type FileJournal, type ToTransaction, openFileJournal } from "../adapters/journal/file.ts";
import { underLock } from "../adapters/lock/lockFile.ts";
import { openTransactionJournal } from "../adapters/store/journal.ts";
import { FatalError } from "../core/errors.ts";
import type { StoredTransaction, TransactionStore } from "../core/store.ts";
import type { Address } from "../core/units.ts";
import { type SignedTransaction, unresolved } from "../sending/pending.ts";
import { type AgentTools, type Common, closeOnFailure } from "./agentKind.ts";

/** Where an agent's transactions are stored before they are broadcast. */
export type OpenTransactions = { readonly store: TransactionStore; readonly close: () => Promise<void> };

/**
 * Files of an agent that sends. `notes`: written before there was a store, and by a steward still. `bought`: prices that it paid for
 * within the last day.
 */
export const sendingFiles = (dataDir: string, name: string) => ({
  transactions: join(dataDir, `${name}.transactions.log`),
  notes: join(dataDir, `${name}.journal.jsonl`),
  bought: join(dataDir, `${name}.bought.json`),
});

/** Refuses what another account has under way: nobody would look after it. @throws FatalError */
const refuseStrangers = (pending: readonly Pick<StoredTransaction, "account">[], own: Address, path: string): void => {
  const stranger = pending.find(({ account }) => account !== own);
  if (stranger === undefined) return;
  throw new FatalError(
    `the journal ${path} has an open transaction of ${stranger.account}, and we send as ${own}: start the agent with that key until it is resolved`,
  );
};

/** The fleet's store must have nothing under way that was to be looked after there. @throws FatalError */
const refuseElsewhere = async (store: Common["store"], account: Address): Promise<void> => {
  const pending = (await store?.transactions.pending(account)) ?? [];
  if (pending.length === 0) return;
  throw new FatalError(
    `the fleet's store has ${pending.length} open transactions of ${account}: leave NEXUS_STORE_TRANSACTIONS at replica until nexus tx list shows none`,
  );
};

const openOwnDisk = async (
  path: string,
  { account, store }: { readonly account: Address; readonly store: Common["store"] },
): Promise<OpenTransactions> => {
  await refuseElsewhere(store, account);
  const journal = await openTransactionJournal(path);
  return closeOnFailure(journal, async () => {
    refuseStrangers(await journal.pending(), account, path);
    return { store: journal, close: journal.close };
  });
};

/** Adds a transaction that another journal has. Where its operation has another one it is looked after all the same. */
const takeOver = async (store: TransactionStore, tx: StoredTransaction): Promise<void> => {
  const answer = await store.add(tx);
  if (answer.kind !== "stored") await store.add({ ...tx, operation: tx.transaction });
};

/** Moves what an agent's own disk has open, from before it was told to use the fleet's store. */
const moveOwnDisk = async (path: string, account: Address, store: TransactionStore): Promise<void> => {
  const journal = await openTransactionJournal(path);
  try {
    const open = await journal.pending();
    refuseStrangers(open, account, path);
    const detail = "the fleet's store has it";
    for (const tx of open) {
      await takeOver(store, tx);
      await journal.resolve(tx.transaction, { kind: "superseded", block: tx.block, gasPaid: 0n, detail }, 0);
    }
  } finally {
    await journal.close();
  }
};

const openInStore = async (path: string, account: Address, store: TransactionStore): Promise<OpenTransactions> => {
  if (existsSync(path)) await moveOwnDisk(path, account, store);
  return { store, close: () => Promise.resolve() };
};

/**
 * Opens what an agent's transactions are stored in: the fleet's store, or a journal on its own disk. The key is locked with
 * it: two senders with one account would use each nonce twice. What the other one of both has open is taken over, or refused:
 * it is never forgotten. [NX-KEE-01] [NX-KEE-07]
 * @throws FatalError when another process has one of the two, or the journal is another account's
 */
export const openTransactions = (
  { config: { dataDir }, store, transactions }: Pick<Common, "config" | "store" | "transactions">,
  { name, key }: Pick<AgentTools, "name" | "key">,
): Promise<OpenTransactions> =>
  underLock(join(dataDir, key.address), () => {
    const path = sendingFiles(dataDir, name).transactions;
    const account = key.address;
    return transactions === undefined
      ? openOwnDisk(path, { account, store })
      : openInStore(path, account, transactions);
  });

/** What a pending transaction of an earlier journal is for, as the store has it. */
export type ToStored<I> = (pending: I) => Pick<StoredTransaction, "operation" | "details">;

/**
 * Moves what a journal of an earlier release left unresolved to the store. Twice is harmless: what was moved says so.
 * @throws FatalError when it belongs to another account
 */
export const moveEarlier = async <I extends SignedTransaction>(
  { journal, path }: { readonly journal: FileJournal<I>; readonly path: string },
  { store, account }: { readonly store: TransactionStore; readonly account: Address },
  toStored: ToStored<I>,
): Promise<void> => {
  const open = unresolved(await journal.load());
  refuseStrangers(open, account, path);
  for (const pending of open) {
    const { accountNonce, gasPrice, raw, transaction, block, deadline } = pending;
    const signed = { account, accountNonce, gasPrice, raw, transaction, block, deadline };
    await takeOver(store, { ...signed, ...toStored(pending) });
    await journal.append({ kind: "resolved", transaction, how: "moved" });
  }
};

/** Moves what an earlier release's journal has, if there is one, and closes it. @throws as {@link moveEarlier} */
export const moveEarlierFile = async <I extends SignedTransaction>(
  path: string,
  toTransaction: ToTransaction<I>,
  to: { readonly store: TransactionStore; readonly account: Address; readonly toStored: ToStored<I> },
): Promise<void> => {
  if (!existsSync(path)) return;
  const journal = await openFileJournal(path, toTransaction);
  try {
    await moveEarlier({ journal, path }, to, to.toStored);
  } finally {
    await journal.close();
  }
};
