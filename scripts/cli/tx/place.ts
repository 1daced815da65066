import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { connectPostgres } from "../../../keepers/adapters/store/connect.ts";
import { type Inspection, inspectStore } from "../../../keepers/adapters/store/inspect.ts";
import { type Options, type Values, UsageError } from "../../lib/command.ts";

const STORE_VARIABLE = "NEXUS_STORE_URL";
const ANSWER_MS = 5_000;

/** Where every command about transactions finds them. */
export const STORE_OPTIONS: Options = {
  store: {
    value: "URL",
    about: `the store: a Postgres address, best in ${STORE_VARIABLE} since it holds a password, or the folder of a keeper's own`,
  },
};

/** The socket of the server that a keeper runs on its own folder. @throws UsageError when none runs there */
const ownServer = (folder: string): string => {
  const sockets = existsSync(folder) ? readdirSync(folder).find((name) => name.startsWith("sockets-")) : undefined;
  if (sockets === undefined) throw new UsageError(`no keeper runs a store in ${folder}`);
  return `postgres://nexus@localhost/postgres?host=${encodeURIComponent(resolve(join(folder, sockets)))}`;
};

const urlIn = (values: Values): string => {
  const given = values.get("store") ?? process.env[STORE_VARIABLE];
  if (given === undefined) {
    throw new UsageError(`the store must be in ${STORE_VARIABLE}, or named by --store: postgres://user@host/database`);
  }
  return /^postgres(?:ql)?:\/\//.test(given) ? given : ownServer(given);
};

/** Works with the store. @throws UsageError without an address; otherwise as {@link inspectStore} */
export const withStore = async <T>(values: Values, work: (store: Inspection) => Promise<T>): Promise<T> => {
  const database = connectPostgres(urlIn(values), ANSWER_MS);
  try {
    return await work(await inspectStore(database));
  } finally {
    await database.close();
  }
};
