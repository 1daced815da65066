import { loadConfig } from "../../keepers/config/load.ts";
import type { KeeperConfig } from "../../keepers/config/schema.ts";
import { shownEndpoint } from "../../keepers/core/endpoint.ts";
import { FatalError } from "../../keepers/core/errors.ts";
import type { KeeperEvent } from "../../keepers/core/events.ts";
import { runKeepers } from "../../keepers/main.ts";
import { readAddressBook } from "../lib/addressBook.ts";
import { namesOf } from "../start/names.ts";
import { plainLines } from "../start/plain.ts";
import { EMPTY_STATE, applyEvent } from "../start/state.ts";
import { type Command, type Values, UsageError } from "./command.ts";
import { NOT_KEEPERS, readJson } from "./keeperConfig.ts";
import { say, untilStopped } from "./output.ts";

/** What stands on the command line is told to the schema as the environment is, and wins over it. */
const overridesOf = (values: Values): Readonly<Record<string, string | undefined>> => {
  const [rpc, chain, book] = [values.get("rpc"), values.get("chain"), values.get("book")];
  const data = values.get("data");
  return {
    ...(rpc === undefined ? {} : { NEXUS_RPC_URL: rpc }),
    ...(chain === undefined ? {} : { NEXUS_CHAIN_ID: chain }),
    ...(book === undefined ? {} : { NEXUS_ADDRESS_BOOK: book }),
    ...(data === undefined ? {} : { NEXUS_DATA_DIR: data }),
    ...(values.has("send") ? { NEXUS_DRY_RUN: "false" } : {}),
  };
};

/** @throws UsageError naming every fault of the configuration */
const readConfig = async (values: Values): Promise<KeeperConfig> => {
  const file = await readJson(values.get("config"));
  try {
    return loadConfig(file, { ...process.env, ...overridesOf(values) }, NOT_KEEPERS);
  } catch (error) {
    if (error instanceof FatalError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
};

const run = async (values: Values): Promise<number> => {
  const config = await readConfig(values);
  const book = await readAddressBook(config.addressBook);
  if (book === undefined) throw new UsageError(`there is no address book ${config.addressBook}`);
  const names = namesOf(book);
  let state = EMPTY_STATE;
  const emit = (event: KeeperEvent): void => {
    state = applyEvent(state, event);
    for (const line of plainLines(event, state, names)) say(line);
  };
  const agents = config.agents.map(({ name, kind }) => `${name} (${kind})`).join(", ");
  say(
    `${config.dryRun ? "dry run, nothing is sent" : "sending"}: ${agents} on ${config.rpcUrl.map(shownEndpoint).join(", ")}`,
  );
  const running = await runKeepers(config, { book, signal: untilStopped(), emit });
  await running.done;
  return 0;
};

/** Runs agents against any chain and address book. What they may do is decided by configuration; sending must be asked for. */
export const keeper: Command = {
  about: "run agents against a chain and an address book; dry run unless --send is given",
  options: {
    rpc: { value: "URL", about: "the chain's WebSocket endpoint (NEXUS_RPC_URL)" },
    chain: { value: "ID", about: "the chain's id (NEXUS_CHAIN_ID)" },
    book: { value: "FILE", about: "the address book (NEXUS_ADDRESS_BOOK)" },
    config: { value: "FILE", about: "the configuration as JSON; the environment wins over it" },
    data: { value: "FOLDER", about: "where journals and decision records lie (NEXUS_DATA_DIR)" },
    send: { about: "really send transactions" },
  },
  run,
};
