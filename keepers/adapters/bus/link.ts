import { Redis, type RedisOptions } from "ioredis";
import { type Trouble, troubleOf } from "../../core/envelope/trouble.ts";
import { connectOptions, pauseMs } from "./address.ts";

/** Permissions to read a key without writing it, and sharded channels, came with this version. */
const MIN_MAJOR = 7;
/** No question waits longer for its answer: after it the connection is given up and a new one is tried. */
export const ANSWER_MS = 3_000;

export type LinkOptions = {
  readonly url: string;
  /** A key of the bus: on a cluster, the node that has its slot is the one to talk to. */
  readonly key: string;
  /** How the connection is called in the server's list of clients. */
  readonly name: string;
  /** Whether commands of one turn go out in one piece. What a reader waits for would hold up all that goes with it. */
  readonly isBatching: boolean;
  /** A number in [0, 1): how far a pause is shortened. */
  readonly random: () => number;
  readonly onUp: () => void;
  readonly onTrouble: (trouble: Trouble) => void;
};

/** One connection that comes back by itself. */
export type Link = {
  readonly client: Redis;
  /** Whether the server was found fit and answers. */
  readonly isUp: () => boolean;
  readonly trouble: (error: unknown) => void;
  readonly close: () => void;
};

/** @throws Error for a server that a bus cannot use */
const checkServer = async (client: Redis): Promise<void> => {
  const [server, replication] = await Promise.all([client.info("server"), client.info("replication")]);
  const version = /^redis_version:(\d+)/m.exec(server)?.[1];
  if (Number(version ?? 0) < MIN_MAJOR) throw new Error(`redis_version ${version ?? "unknown"}`);
  if (/^role:slave/m.test(replication)) throw new Error("role:slave");
};

/** How ioredis is told to do no more than we can follow: no queue, nothing sent again behind our back. */
const OPTIONS = {
  // Replies then have the same form from every version.
  protocol: 2,
  lazyConnect: true,
  connectTimeout: ANSWER_MS,
  socketTimeout: ANSWER_MS,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  // What is under way fails when the connection is lost; else its promise would never settle.
  maxRetriesPerRequest: 0,
  maxLoadingRetryTime: ANSWER_MS,
  disableClientInfo: true,
} as const satisfies RedisOptions;

/** Finds out whether a server that answers is one for us. @returns why not */
const faultOf = async (client: Redis): Promise<unknown> => {
  try {
    await checkServer(client);
    return undefined;
  } catch (error) {
    return error ?? new Error("no answer");
  }
};

/** What the server says once it is no longer the one to write to: the next connection looks for the one that is. */
const MOVED_AWAY = /^(?:READONLY|MOVED|ASK|CLUSTERDOWN|MASTERDOWN)\b/;

/** Opens a connection. It is tried again for as long as it is not closed; nothing is queued in the meantime. */
export const openLink = ({ url, key, name, isBatching, random, onUp, onTrouble }: LinkOptions): Link => {
  let [attempt, isUp, isClosed] = [0, false, false];
  const retryStrategy = (): number | null => {
    attempt += 1;
    return isClosed ? null : pauseMs(attempt - 1, random);
  };
  const own = { connectionName: name, enableAutoPipelining: isBatching, retryStrategy };
  const client = new Redis({ ...OPTIONS, ...connectOptions(url, key), ...own });
  const trouble = (error: unknown): void => {
    if (isClosed) return;
    onTrouble(troubleOf(url, error));
    if (error instanceof Error && MOVED_AWAY.test(error.message)) client.disconnect(true);
  };
  const onReady = async (): Promise<void> => {
    const fault = await faultOf(client);
    if (isClosed) return;
    if (fault !== undefined) {
      trouble(fault);
      client.disconnect(true);
      return;
    }
    [isUp, attempt] = [true, 0];
    onUp();
  };
  client.on("error", trouble);
  client.on("ready", () => void onReady());
  client.on("close", () => {
    if (isUp) trouble(new Error("closed"));
    isUp = false;
  });
  // What a failure means is told by the events.
  client.connect().catch(() => undefined);
  const close = (): void => {
    [isClosed, isUp] = [true, false];
    client.disconnect();
  };
  return { client, isUp: () => isUp, trouble, close };
};
