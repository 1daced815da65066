import { type Kysely, sql } from "kysely";
import { Migrator, type Migration } from "kysely/migration";
import { FatalError } from "../../core/errors.ts";
import { SCHEMA, type Tables } from "./tables.ts";

/** A uint256 or int256, exactly. */
const UINT = sql.raw("numeric(78, 0)");

const transactionColumns = sql`
  transaction text not null unique, raw text not null, account text not null, account_nonce ${UINT} not null,
  gas_price ${UINT} not null, block bigint not null, deadline ${UINT} not null, operation text not null,
  details text not null`;

const createTransactions = async (db: Kysely<unknown>): Promise<void> => {
  await sql`create table nexus.pending_transactions (id bigint generated always as identity primary key,
    ${transactionColumns}, to_cancel boolean not null default false)`.execute(db);
  await sql`create table nexus.operations (operation text primary key, transaction text not null)`.execute(db);
  await sql`create index pending_account on nexus.pending_transactions (account, id)`.execute(db);
  await sql`create table nexus.transactions (id bigint primary key, ${transactionColumns}, result text not null,
    result_block bigint not null, gas_paid ${UINT} not null, detail text not null, at_ms bigint not null)`.execute(db);
  await sql`create index transactions_at on nexus.transactions (at_ms)`.execute(db);
  await sql`create index transactions_account on nexus.transactions (account, id)`.execute(db);
};

const createHistory = async (db: Kysely<unknown>): Promise<void> => {
  const id = sql.raw("id bigint generated always as identity primary key");
  await sql`create table nexus.decisions (${id}, agent text not null, evidence text not null, record text not null,
    at_ms bigint not null, unique (agent, evidence))`.execute(db);
  await sql`create index decisions_at on nexus.decisions (at_ms)`.execute(db);
  await sql`create table nexus.performance_reports (${id}, hash text not null unique, agent_id ${UINT} not null,
    result text not null, block bigint not null, gain ${UINT} not null, loss ${UINT} not null,
    gas_paid ${UINT} not null, at_ms bigint not null)`.execute(db);
  await sql`create index performance_reports_at on nexus.performance_reports (at_ms)`.execute(db);
  await sql`create table nexus.prices (${id}, source text not null, token text not null, price ${UINT} not null,
    at_ms bigint not null, unique (token, source, at_ms))`.execute(db);
  await sql`create index prices_token_at on nexus.prices (token, at_ms)`.execute(db);
  await sql`create index prices_at on nexus.prices (at_ms)`.execute(db);
  await sql`create table nexus.alerts (${id}, code text not null, subject text not null, severity text not null,
    what text not null, next text not null, raised_at_ms bigint not null, cleared_at_ms bigint)`.execute(db);
  await sql`create unique index alerts_raised on nexus.alerts (code, subject) where cleared_at_ms is null`.execute(db);
  await sql`create index alerts_at on nexus.alerts (raised_at_ms)`.execute(db);
};

const first: Migration = {
  up: async (db: Kysely<unknown>) => {
    await sql`create table nexus.deployment (one_row boolean primary key default true check (one_row),
      chain_id ${UINT} not null, registry text not null)`.execute(db);
    await createTransactions(db);
    await createHistory(db);
    await sql`create table nexus.cursors (name text primary key, position ${UINT} not null)`.execute(db);
  },
};

/** Every change of the tables, by a name that sorts after the earlier ones. A migration that was released never changes. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = { "0001_first": first };

/** Names of the migrations that the database has. */
const appliedMigrations = async (db: Kysely<Tables>): Promise<readonly string[]> => {
  const table = sql<{ readonly found: string | null }>`select to_regclass('nexus.kysely_migration')::text as found`;
  const [{ found } = { found: null }] = (await table.execute(db)).rows;
  if (found === null) return [];
  const { rows } = await sql<{ readonly name: string }>`select name from nexus.kysely_migration`.execute(db);
  return rows.map(({ name }) => name);
};

/** Refuses tables that this version does not know. @throws FatalError when a newer version of NEXUS has changed them */
const refuseNewer = async (db: Kysely<Tables>): Promise<readonly string[]> => {
  const applied = await appliedMigrations(db);
  const newer = applied
    .filter((name) => !(name in MIGRATIONS))
    .toSorted()
    .at(-1);
  if (newer === undefined) return applied;
  throw new FatalError(
    `the store was migrated by a newer NEXUS (${newer}): start that version, or restore a backup from before it`,
  );
};

/** Sees that the tables are of this version, and changes nothing. @throws FatalError when they are older or newer */
export const checkMigrated = async (db: Kysely<Tables>): Promise<void> => {
  const applied = await refuseNewer(db);
  if (Object.keys(MIGRATIONS).every((name) => applied.includes(name))) return;
  throw new FatalError("there is no store of this version in the database: start a keeper with it first");
};

/**
 * Brings the tables up to date. Several processes may do it at once: one does it, and the others wait.
 * @throws FatalError when a newer version of NEXUS has changed the tables
 */
export const migrate = async (db: Kysely<Tables>): Promise<void> => {
  await refuseNewer(db);
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) },
    migrationTableSchema: SCHEMA,
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined)
    throw error instanceof Error ? error : new FatalError("the migration failed", { cause: error });
};
