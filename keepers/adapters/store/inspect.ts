import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { ResolvedTransaction, StoredTransaction } from "../../core/store.ts";
import { type Database, checkVersion } from "./connect.ts";
import { guarded } from "./failures.ts";
import { type Inspection, inspectJournal } from "./journal.ts";
import { checkMigrated } from "./migrations.ts";
import { transactionStore } from "./transactions.ts";

export type { Inspection } from "./journal.ts";

const JOURNAL = /\.transactions\.log$/;

const oldestFirst = (a: StoredTransaction, b: StoredTransaction): number => (a.block < b.block ? -1 : 1);
const newestFirst = (a: ResolvedTransaction, b: ResolvedTransaction): number => b.atMs - a.atMs;

/**
 * Looks into all journals of a keeper's data folder, whether it runs or not.
 * @returns undefined where there is none
 * @throws FatalError when one cannot be read
 */
export const inspectJournals = async (folder: string): Promise<Inspection | undefined> => {
  const names = await readdir(folder).catch(() => []);
  const paths = names.filter((name) => JOURNAL.test(name)).map((name) => join(folder, name));
  if (paths.length === 0) return undefined;
  const journals = await Promise.all(paths.toSorted().map(inspectJournal));
  return {
    pending: async (account) =>
      (await Promise.all(journals.map((journal) => journal.pending(account)))).flat().toSorted(oldestFirst),
    resolved: async (limit, account) =>
      (await Promise.all(journals.map((journal) => journal.resolved(limit, account))))
        .flat()
        .toSorted(newestFirst)
        .slice(0, limit),
    requestCancel: async (transaction) =>
      (await Promise.all(journals.map((journal) => journal.requestCancel(transaction)))).some((isAsked) => isAsked),
  };
};

/**
 * Looks into a store that a keeper keeps: migrates nothing, and belongs to no deployment. Closing the database is the
 * caller's.
 * @throws FatalError when there is no store of this version, RetryableError when the server does not answer
 */
export const inspectStore = async (database: Database): Promise<Inspection> => {
  await checkVersion(database);
  await guarded("read its version", () => checkMigrated(database.db));
  return transactionStore({ ...database, db: database.db.withSchema("nexus") }, "server");
};
