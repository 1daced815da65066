import { Kysely, PostgresDialect, sql } from "kysely";
import { Pool, types } from "pg";
import { FatalError, RetryableError } from "../../core/errors.ts";
import { guarded } from "./failures.ts";
import type { Tables } from "./tables.ts";

/** A database that answers SQL as Postgres does. */
export type Database = {
  readonly db: Kysely<Tables>;
  /** How many warnings the server has sent on any connection. */
  readonly warnings: () => number;
  readonly close: () => Promise<void>;
};

/** Numbers of Postgres that are read as `bigint`, by type: int8 and numeric. None of our columns has a fraction. */
export const INTEGER_PARSERS: Readonly<Record<number, (text: string) => bigint>> = { 20: BigInt, 1700: BigInt };

/** The oldest server that is tested against. */
const MIN_VERSION = 140_000;

const SUCCESS = "00000";
const CONNECTIONS = 4;

const makePool = (url: string, timeoutMs: number): Pool => {
  try {
    return new Pool({
      connectionString: url,
      max: CONNECTIONS,
      connectionTimeoutMillis: timeoutMs,
      // By the client alone: a server that gives up waiting for its replica reports success.
      query_timeout: timeoutMs,
      keepAlive: true,
      // A process may end while connections idle.
      allowExitOnIdle: true,
      application_name: "nexus",
      // oxlint-disable-next-line typescript/no-unsafe-return -- the client's own parsers return `any`
      types: { getTypeParser: (oid, format) => INTEGER_PARSERS[oid] ?? types.getTypeParser(oid, format) },
    });
  } catch (cause) {
    throw new FatalError("the store's address is not a Postgres URL: postgres://user:password@host:port/database", {
      cause,
    });
  }
};

/**
 * Connects to a Postgres server; nothing is sent before the first statement.
 * @param timeoutMs the most that a connection or a statement may take, in milliseconds
 */
export const connectPostgres = (url: string, timeoutMs: number): Database => {
  let warnings = 0;
  const pool = makePool(url, timeoutMs);
  // A connection that breaks while it idles is replaced; the next statement says if there is none.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => {
    // One that breaks while it is in use also says so by itself, beside the statement that fails.
    client.on("error", () => undefined);
    client.on("notice", ({ code }) => {
      if (code !== SUCCESS) warnings += 1;
    });
  });
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return { db, warnings: () => warnings, close: () => db.destroy() };
};

/** Refuses a server that is too old. @throws FatalError */
export const checkVersion = async ({ db }: Database): Promise<void> => {
  const query = sql<{ readonly number: string; readonly shown: string }>`
    select current_setting('server_version_num') as number, current_setting('server_version') as shown`;
  const { rows } = await guarded("ask for its version", () => query.execute(db));
  const [{ number, shown } = { number: "0", shown: "none" }] = rows;
  if (Number(number) >= MIN_VERSION) return;
  throw new FatalError(`the store's Postgres is ${shown}: NEXUS needs 14 or newer`);
};

/**
 * Runs a write and counts it as durable only if the server sent no warning meanwhile. A server that stops waiting for its
 * synchronous replica, because an operator cancelled the wait or ended the connection, reports success with a warning.
 * @throws RetryableError when the write may be on one server only
 */
export const withoutWarning = async <T>({ warnings }: Database, write: () => Promise<T>): Promise<T> => {
  const before = warnings();
  const result = await write();
  if (warnings() !== before) {
    throw new RetryableError("the store warned during a write: it may not be on the synchronous replica");
  }
  return result;
};
