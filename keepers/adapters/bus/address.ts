import { busServerIn } from "../../core/envelope/server.ts";
import { FatalError } from "../../core/errors.ts";
import { loginOf } from "./login.ts";
import { connectorFor } from "./nodeOfSlot.ts";

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** A Sentinel that says nothing within this time is passed over. */
const SENTINEL_MS = 1_000;

/** How long before the next attempt: twice as long each time, and never two processes in step. */
export const pauseMs = (attempt: number, random: () => number): number =>
  Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * (1 << Math.min(attempt, 16))) * (1 - random() / 2);

/**
 * How ioredis finds the server of an address and names itself there.
 * @param key of the bus: on a cluster, the node that has its slot is the one to talk to
 * @throws FatalError for an address that names no Redis, which the configuration refuses before
 */
export const connectOptions = (url: string, key: string) => {
  const server = busServerIn(url);
  const [first] = server?.addresses ?? [];
  if (server === undefined || first === undefined) throw new FatalError("the address of the bus names no Redis");
  const { kind, isTls, database } = server;
  const login = loginOf(server);
  if (kind === "single") return { ...login, ...first, db: database };
  if (kind === "cluster") return { ...login, Connector: connectorFor(server, key) };
  return {
    ...login,
    sentinels: server.addresses.map((address) => ({ ...address })),
    name: server.group,
    enableTLSForSentinelMode: isTls,
    ...(isTls ? { sentinelTLS: {} } : {}),
    sentinelCommandTimeout: SENTINEL_MS,
    // Without a pause it would give up for ever once no Sentinel answers.
    sentinelRetryStrategy: (attempt: number) => pauseMs(attempt, () => 0),
  };
};
