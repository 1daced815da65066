import { type Kysely, type Selectable, sql } from "kysely";
import { FatalError } from "../../core/errors.ts";
import { type Hex, hex } from "../../core/hex.ts";
import type { AddAnswer, ResolvedTransaction, StoredTransaction, TransactionStore } from "../../core/store.ts";
import { address, blockNumber, unixSeconds } from "../../core/units.ts";
import { type Database, withoutWarning } from "./connect.ts";
import { guarded } from "./failures.ts";
import { type Tables, wholeMs } from "./tables.ts";

/** Where a pending transaction must be before it may be broadcast. */
export type Durability = "server" | "replica";

const RESULTS = ["mined", "reverted", "expired", "superseded"] as const;

const fromRow = (row: Selectable<Omit<Tables["pending_transactions"], "id" | "to_cancel">>): StoredTransaction => ({
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

/** Which transaction an operation has, and whether that is pending. */
const findReservation = async (
  db: Kysely<Tables>,
  operation: Hex,
): Promise<{ readonly transaction: string; readonly isPending: boolean } | undefined> => {
  const row = await db
    .selectFrom("operations")
    .leftJoin("pending_transactions", "pending_transactions.transaction", "operations.transaction")
    .select(["operations.transaction", "pending_transactions.id"])
    .where("operations.operation", "=", operation)
    .executeTakeFirst();
  return row === undefined ? undefined : { transaction: row.transaction, isPending: row.id !== null };
};

/**
 * Reserves the operation and writes the row, in one statement; or writes both again where they are there. The second write is no
 * waste: an earlier one may have been committed on this server only, and a commit that waits for the replica carries all
 * that came before.
 */
const insert = async (db: Kysely<Tables>, tx: StoredTransaction): Promise<AddAnswer> => {
  const { transaction, raw, account, accountNonce, gasPrice, block, deadline, operation, details } = tx;
  const { rows } = await sql`with reserved as (
      insert into nexus.operations (operation, transaction) values (${operation}, ${transaction})
      on conflict (operation) do update set transaction = excluded.transaction
      where operations.transaction = excluded.transaction returning transaction)
    insert into nexus.pending_transactions
      (transaction, raw, account, account_nonce, gas_price, block, deadline, operation, details)
    select transaction, ${raw}, ${account}, ${accountNonce}::numeric, ${gasPrice}::numeric, ${block}::bigint,
      ${deadline}::numeric, ${operation}, ${details} from reserved
    where not exists (select 1 from nexus.transactions where transaction = ${transaction})
    on conflict (transaction) do update set raw = excluded.raw returning id`.execute(db);
  if (rows.length > 0) return { kind: "stored" };
  const reservation = await findReservation(db, operation);
  // None: it was given up meanwhile, and the operation is free again.
  if (reservation === undefined) return insert(db, tx);
  return reservation.isPending ? { kind: "busy", transaction: hex(reservation.transaction) } : { kind: "done" };
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
    const { to_cancel: _, ...columns } = row;
    await trx
      .insertInto("transactions")
      .values({ ...columns, result: kind, result_block: block, gas_paid: gasPaid, detail, at_ms: wholeMs(atMs) })
      .execute();
    if (kind === "mined") return;
    await trx.deleteFrom("operations").where("transaction", "=", transaction).execute();
  });

/** Pending and resolved transactions in a database. All that sending rests on is read from the primary. */
export const transactionStore = (database: Database, durability: Durability): TransactionStore => {
  const { db } = database;
  return {
    add: (tx) => guarded("store a pending transaction", () => add(database, tx, durability)),
    resolve: (transaction, result, atMs) =>
      guarded("store a transaction's result", () => resolve(db, transaction, { ...result, atMs })),
    requestCancel: (transaction) =>
      guarded("ask for a cancellation", async () => {
        const update = db.updateTable("pending_transactions").set({ to_cancel: true });
        const { numUpdatedRows } = await update.where("transaction", "=", transaction).executeTakeFirst();
        return numUpdatedRows > 0n;
      }),
    cancelRequests: (account) =>
      guarded("read what is to be cancelled", async () => {
        const query = db.selectFrom("pending_transactions").select("transaction").where("account", "=", account);
        return (await query.where("to_cancel", "=", true).execute()).map(({ transaction }) => hex(transaction));
      }),
    pending: (account) =>
      guarded("read pending transactions", async () => {
        const all = db.selectFrom("pending_transactions").selectAll();
        const query = account === undefined ? all : all.where("account", "=", account);
        return (await query.orderBy("id").execute()).map(fromRow);
      }),
    stateOf: (operation) =>
      guarded("read how an operation stands", async () => {
        const reservation = await findReservation(db, operation);
        if (reservation === undefined) return "free";
        return reservation.isPending ? "pending" : "mined";
      }),
    resolved: (limit, account) =>
      guarded("read transactions", async () => {
        const all = db.selectFrom("transactions").selectAll();
        const query = account === undefined ? all : all.where("account", "=", account);
        return (await query.orderBy("id", "desc").limit(limit).execute()).map(resolvedFromRow);
      }),
  };
};
