import { PGlite } from "@electric-sql/pglite";
import { Kysely, PGliteDialect } from "kysely";
import { type Database, INTEGER_PARSERS } from "../../../keepers/adapters/store/connect.ts";
import type { Tables } from "../../../keepers/adapters/store/tables.ts";

/** Postgres as WebAssembly in this process, on a folder. It stands beside ours in the bench. */
export const openPgliteDatabase = async (folder: string): Promise<Database> => {
  const pglite = await PGlite.create(folder, { parsers: { ...INTEGER_PARSERS } });
  const db = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite }) });
  return { db, warnings: () => 0, close: () => db.destroy() };
};
