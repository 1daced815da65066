import type { TransactionStore } from "../../core/store.ts";
import { type Database, checkVersion } from "./connect.ts";
import { guarded } from "./failures.ts";
import { checkMigrated } from "./migrations.ts";
import { transactionStore } from "./transactions.ts";

/** What a person may do with transactions from outside the process that sends them. */
export type Inspection = Pick<TransactionStore, "pending" | "resolved" | "requestCancel">;

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
