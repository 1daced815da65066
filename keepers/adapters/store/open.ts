import { type RawBuilder, sql } from "kysely";
import { FatalError } from "../../core/errors.ts";
import type { CursorStore, Retention, Store } from "../../core/store.ts";
import { type Address, address } from "../../core/units.ts";
import { type Database, checkVersion } from "./connect.ts";
import { guarded } from "./failures.ts";
import { historyStore } from "./history.ts";
import { migrate } from "./migrations.ts";
import { wholeMs } from "./tables.ts";
import { type Durability, transactionStore } from "./transactions.ts";

/** The deployment that a store belongs to. */
export type Deployment = { readonly chainId: bigint; readonly registry: Address };

export type DatabaseOptions = {
  readonly primary: Database;
  /** A server that follows the primary; only displays and reports read from it. */
  readonly replica?: Database;
  readonly deployment: Deployment;
  readonly durability: Durability;
};

/** Makes the store the deployment's own, or sees that it is. @throws FatalError when it belongs to another one */
const takeFor = async ({ db }: Database, { chainId, registry }: Deployment): Promise<void> => {
  const insert = db.insertInto("deployment").values({ chain_id: chainId, registry });
  await insert.onConflict((conflict) => conflict.doNothing()).execute();
  const owner = await db.selectFrom("deployment").selectAll().executeTakeFirstOrThrow();
  if (owner.chain_id === chainId && address(owner.registry) === registry) return;
  throw new FatalError(
    `the store belongs to the registry ${owner.registry} on chain ${owner.chain_id}, and this is ${registry} on chain ${chainId}: give each deployment a database of its own`,
  );
};

const cursorStore = ({ db }: Database): CursorStore => ({
  advance: (name, position) =>
    guarded("store a cursor", async () => {
      const insert = db.insertInto("cursors").values({ name, position });
      await insert
        .onConflict((conflict) =>
          conflict.column("name").doUpdateSet({ position }).where("cursors.position", "<", position),
        )
        .execute();
    }),
  position: (name) =>
    guarded("read a cursor", async () => {
      const row = await db.selectFrom("cursors").select("position").where("name", "=", name).executeTakeFirst();
      return row?.position;
    }),
});

/** So many rows go in one statement, so that none holds its locks for long. */
const BATCH = 5_000n;

const deleted = async ({ db }: Database, statement: RawBuilder<unknown>): Promise<bigint> =>
  (await statement.execute(db)).numAffectedRows ?? 0n;

/** Deletes rows of one table that are too old or too many, some at a time. */
const pruneTable = async (
  database: Database,
  table: string,
  {
    when,
    beforeMs,
    maxRows,
    only,
  }: {
    readonly when: string;
    readonly beforeMs: number;
    readonly maxRows: number;
    /** A condition that a row must meet to be deleted. */
    readonly only?: RawBuilder<unknown>;
  },
): Promise<bigint> => {
  const name = sql.id("nexus", table);
  const may = only ?? sql`true`;
  const old = sql`delete from ${name} where id in (select id from ${name}
    where ${sql.ref(when)} < ${wholeMs(beforeMs)} and ${may} limit ${BATCH})`;
  const many = sql`delete from ${name} where id in (select id from ${name}
    where id <= (select id from ${name} order by id desc offset ${BigInt(maxRows)} limit 1) and ${may} limit ${BATCH})`;
  let sum = 0n;
  for (const statement of [old, many]) {
    let count = BATCH;
    while (count === BATCH) {
      count = await deleted(database, statement);
      sum += count;
    }
  }
  return sum;
};

const prune = async (database: Database, keep: Retention, nowMs: number): Promise<number> => {
  const { maxRows } = keep;
  const of = (when: string, keptMs: number) => ({ when, beforeMs: nowMs - keptMs, maxRows });
  const isCleared = sql`cleared_at_ms is not null`;
  const counts = [
    await pruneTable(database, "transactions", of("at_ms", keep.transactionsMs)),
    await pruneTable(database, "decisions", of("at_ms", keep.decisionsMs)),
    await pruneTable(database, "performance_reports", of("at_ms", keep.reportsMs)),
    await pruneTable(database, "prices", of("at_ms", keep.pricesMs)),
    await pruneTable(database, "alerts", { ...of("raised_at_ms", keep.alertsMs), only: isCleared }),
  ];
  // An operation is remembered as long as its transaction.
  await sql`delete from nexus.operations where not exists
      (select 1 from nexus.pending_transactions p where p.transaction = operations.transaction)
    and not exists (select 1 from nexus.transactions t where t.transaction = operations.transaction)`.execute(
    database.db,
  );
  return Number(counts.reduce((sum, count) => sum + count, 0n));
};

/**
 * Opens the store: brings its tables up to date and sees that it belongs to this deployment.
 * @throws RetryableError when the server does not answer
 * @throws FatalError when an operator must act: a wrong password, a newer version's tables, another deployment's store
 */
export const openStore = async ({ primary, replica, deployment, durability }: DatabaseOptions): Promise<Store> => {
  const close = async (): Promise<void> => {
    await Promise.all([primary.close(), replica?.close()]);
  };
  try {
    await checkVersion(primary);
    await guarded("bring its tables up to date", () => migrate(primary.db));
    const own = { ...primary, db: primary.db.withSchema("nexus") };
    const read = replica === undefined ? undefined : { ...replica, db: replica.db.withSchema("nexus") };
    await guarded("read whose it is", () => takeFor(own, deployment));
    return {
      transactions: transactionStore(own, durability),
      history: historyStore(own, read),
      cursors: cursorStore(own),
      prune: (retention, nowMs) => guarded("delete old rows", () => prune(own, retention, nowMs)),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
};
