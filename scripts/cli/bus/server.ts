import type { Redis } from "ioredis";
import { connectOptions } from "../../../keepers/adapters/bus/address.ts";
import { askOnce } from "../../../keepers/adapters/bus/once.ts";
import { type BusPlace, readerKey } from "../../../keepers/core/envelope/places.ts";
import { busServerIn } from "../../../keepers/core/envelope/server.ts";
import { troubleOf } from "../../../keepers/core/envelope/trouble.ts";
import { RetryableError } from "../../../keepers/core/errors.ts";
import { type Options, type Values, UsageError } from "../../lib/command.ts";
import { bookIn } from "../endpoint.ts";

const REDIS_VARIABLE = "NEXUS_BUS_REDIS";
const PREFIX_VARIABLE = "NEXUS_BUS_PREFIX";
const DEFAULT_PREFIX = "nexus";
const ANSWER_MS = 5_000;

/** What every command of the bus that asks the server is told. */
export const SERVER_OPTIONS: Options = {
  redis: {
    value: "URL",
    about: `the server, its Sentinels or a cluster, best in ${REDIS_VARIABLE} since it holds a password`,
  },
};

/** Where on the server the bus lies. */
export const PLACE_OPTIONS: Options = {
  prefix: { value: "WORD", about: `what its keys begin with (${PREFIX_VARIABLE}; else ${DEFAULT_PREFIX})` },
};

/** The bus of the address book's chain. @throws UsageError without a book, or for a prefix that is none */
export const placeIn = async (values: Values): Promise<BusPlace> => {
  const prefix = values.get("prefix") ?? process.env[PREFIX_VARIABLE] ?? DEFAULT_PREFIX;
  if (!/^[a-zA-Z0-9_{}-]{1,32}$/.test(prefix)) {
    throw new UsageError("--prefix must be 1 to 32 of letters, digits, _, -, { and }");
  }
  return { prefix, chainId: BigInt((await bookIn(values)).chainId) };
};

/** The server is not there, or does not let us do it. */
class NoServerError extends RetryableError {}

/** Works with the server. @throws UsageError without an address; RetryableError in one line when it cannot be used */
export const withServer = async <T>(
  values: Values,
  place: BusPlace,
  work: (client: Redis) => Promise<T>,
): Promise<T> => {
  const url = values.get("redis") ?? process.env[REDIS_VARIABLE];
  if (url === undefined || busServerIn(url) === undefined) {
    throw new UsageError(
      `the server must be in ${REDIS_VARIABLE}, or named by --redis: redis://user:password@host:port, or redis+sentinel or redis+cluster`,
    );
  }
  try {
    return await askOnce(connectOptions(url, readerKey(place, 0n)), ANSWER_MS, work);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { what } = troubleOf(url, error);
    throw new NoServerError(what.replace(/; agents go on.*$/, ""), { cause: error });
  }
};

/** All keys that match, however many the server has. */
export const keysLike = async (client: Redis, pattern: string): Promise<readonly string[]> => {
  const found = new Set<string>();
  let cursor = "0";
  do {
    const [next, keys] = await client.scan(cursor, "MATCH", pattern, "COUNT", 1_000);
    keys.forEach((key) => found.add(key));
    cursor = next;
  } while (cursor !== "0");
  return [...found].sort();
};
