import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { connectPostgres } from "../../../keepers/adapters/store/connect.ts";
import { type Inspection, inspectJournals, inspectStore } from "../../../keepers/adapters/store/inspect.ts";
import { type Options, type Values, UsageError } from "../../lib/command.ts";

const STORE_VARIABLE = "NEXUS_STORE_URL";
const ANSWER_MS = 5_000;

/** Where a keeper keeps its journals, unless it is told otherwise. */
const FOLDER_VARIABLE = "NEXUS_DATA_DIR";
const DEFAULT_FOLDER = ".nexus";

/** Where every command about transactions finds them. */
export const STORE_OPTIONS: Options = {
  store: {
    value: "PLACE",
    about: `the data folder of a keeper (${FOLDER_VARIABLE}, or ${DEFAULT_FOLDER}), or a Postgres address, best in ${STORE_VARIABLE} since it holds a password`,
  },
};

const isUrl = (place: string): boolean => /^postgres(?:ql)?:\/\//.test(place);

/** Where the transactions are: what is named, a server of the environment, or the keeper's folder. */
const placeIn = (values: Values): string =>
  values.get("store") ?? process.env[STORE_VARIABLE] ?? process.env[FOLDER_VARIABLE] ?? DEFAULT_FOLDER;

/** The socket of the server that a keeper runs on its own folder. @throws UsageError when none runs there */
const ownServer = (folder: string): string => {
  const sockets = existsSync(folder) ? readdirSync(folder).find((name) => name.startsWith("sockets-")) : undefined;
  if (sockets === undefined)
    throw new UsageError(
      `no keeper has transactions in ${folder}: name its data folder by --store, or its Postgres in ${STORE_VARIABLE}`,
    );
  return `postgres://nexus@localhost/postgres?host=${encodeURIComponent(resolve(join(folder, sockets)))}`;
};

/**
 * Works with what keepers have stored. @throws UsageError where nothing is; otherwise as {@link inspectStore} and
 * {@link inspectJournals}
 */
export const withStore = async <T>(values: Values, work: (store: Inspection) => Promise<T>): Promise<T> => {
  const place = placeIn(values);
  const journals = isUrl(place) ? undefined : await inspectJournals(place);
  if (journals !== undefined) return work(journals);
  const database = connectPostgres(isUrl(place) ? place : ownServer(place), ANSWER_MS);
  try {
    return await work(await inspectStore(database));
  } finally {
    await database.close();
  }
};
