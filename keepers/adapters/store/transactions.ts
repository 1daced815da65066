import { type Kysely, type Selectable, sql } from "kysely";
import { FatalError } from "../../core/errors.ts";
import { type Hex, hex } from "../../core/hex.ts";
import type { AddAnswer, ResolvedTransaction, StoredTransaction, TransactionStore } from "../../core/store.ts";
import { address, blockNumber, unixSeconds } from "../../core/units.ts";
import { type Database, withoutWarning } from "./connect.ts";
import { guarded } from "./failures.ts";
import type { Tables } from "./tables.ts";

/** Where a pending transaction must be before it may be broadcast. */
export type Durability = "server" | "replica";

const RESULTS = ["mined", "reverted", "expired", "superseded"] as const;

const toRow = (of: StoredTransaction) => ({
  transaction: of.transaction,
  raw: of.raw,
  account: of.account,
  account_nonce: of.accountNonce,
  gas_price: of.gasPrice,
  block: of.block,
  deadline: of.deadline,
  operation: of.operation,
  details: of.details,
});

const fromRow = (row: Selectable<Omit<Tables["pending_transactions"], "id">>): StoredTransaction => ({
  transaction: hex(row.transaction),
  raw: hex(row.raw),
  account: address(row.account),
  accountNonce: row.account_nonce,
  gasPrice: row.gas_price,
  block: blockNumber(row.block),
  deadline: unixSeconds(row.deadline),
  operation: hex(row.operation),
  details: row.details,
});

const resolvedFromRow = (row: Selectable<Tables["transactions"]>): ResolvedTransaction => {
  const kind = RESULTS.find((known) => known === row.result);
  if (kind === undefined) throw new FatalError(`the store has a transaction with the unknown result ${row.result}`);
  const result = { kind, block: blockNumber(row.result_block), gasPaid: row.gas_paid, detail: row.detail };
  return { ...fromRow(row), result, atMs: Number(row.at_ms) };
};

/** Refuses to write where no replica confirms it. @throws FatalError */
const demandReplica = async (db: Kysely<Tables>): Promise<void> => {
  const { rows } = await sql<{ readonly names: string; readonly commit: string }>`
    select current_setting('synchronous_standby_names') as names, current_setting('synchronous_commit') as commit
  `.execute(db);
  const [{ names, commit } = { names: "", commit: "" }] = rows;
  if (names !== "" && (commit === "on" || commit === "remote_apply")) return;
  throw new FatalError(
    "the store has no synchronous replica, and pending transactions are to rest on one: set synchronous_standby_names and synchronous_commit=on on the server, or keep a journal on the sender's disk",
  );
};

const UNIQUE_VIOLATION = "23505";
const isTaken = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "code" in error && error.code === UNIQUE_VIOLATION;

/** The pending transaction of an operation. */
const pendingOf = (db: Kysely<Tables>, operation: Hex) =>
  db.selectFrom("pending_transactions").select("transaction").where("operation", "=", operation).executeTakeFirst();

/**
 * Writes the row, or writes it again where it is there. The second write is no waste: an earlier one may have been
 * committed on this server only, and a commit that waits for the replica carries all that came before.
 */
const insert = async (db: Kysely<Tables>, tx: StoredTransaction): Promise<AddAnswer> => {
  const statement = db
    .insertInto("pending_transactions")
    .values(toRow(tx))
    .onConflict((conflict) => conflict.column("transaction").doUpdateSet({ raw: tx.raw }));
  try {
    await statement.execute();
    return { kind: "stored" };
  } catch (error) {
    if (!isTaken(error)) throw error;
    const rival = await pendingOf(db, tx.operation);
    // None: it was resolved meanwhile, and the operation is free again.
    return rival === undefined ? insert(db, tx) : { kind: "busy", transaction: hex(rival.transaction) };
  }
};

const add = (database: Database, tx: StoredTransaction, durability: Durability): Promise<AddAnswer> =>
  withoutWarning(database, async () => {
    if (durability === "replica") await demandReplica(database.db);
    return insert(database.db, tx);
  });

const resolve = async (
  db: Kysely<Tables>,
  transaction: Hex,
  { kind, block, gasPaid, detail, atMs }: ResolvedTransaction["result"] & { readonly atMs: number },
): Promise<void> =>
  db.transaction().execute(async (trx) => {
    const row = await trx
      .deleteFrom("pending_transactions")
      .where("transaction", "=", transaction)
      .returningAll()
      .executeTakeFirst();
    if (row === undefined) return;
    await trx
      .insertInto("transactions")
      .values({ ...row, result: kind, result_block: block, gas_paid: gasPaid, detail, at_ms: BigInt(atMs) })
      .onConflict((conflict) => conflict.column("transaction").doNothing())
      .execute();
  });

/** Pending and resolved transactions in a database. All that sending rests on is read from the primary. */
export const transactionStore = (database: Database, durability: Durability): TransactionStore => {
  const { db } = database;
  return {
    add: (tx) => guarded("store a pending transaction", () => add(database, tx, durability)),
    resolve: (transaction, result, atMs) =>
      guarded("store a transaction's result", () => resolve(db, transaction, { ...result, atMs })),
    pending: (account) =>
      guarded("read pending transactions", async () => {
        const query = db.selectFrom("pending_transactions").selectAll().where("account", "=", account).orderBy("id");
        return (await query.execute()).map(fromRow);
      }),
    resolved: (limit, account) =>
      guarded("read transactions", async () => {
        const all = db.selectFrom("transactions").selectAll();
        const query = account === undefined ? all : all.where("account", "=", account);
        return (await query.orderBy("id", "desc").limit(limit).execute()).map(resolvedFromRow);
      }),
  };
};
