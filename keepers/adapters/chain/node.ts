import { deferred } from "../../core/deferred.ts";
import { FatalError, RetryableError } from "../../core/errors.ts";
import { type BlockNumber, type UnixSeconds, blockNumber, unixSeconds } from "../../core/units.ts";
import { type Socket, openSocket } from "./socket.ts";

/** What a `newHeads` notification says. Its use is to wake: what it says of the state is not trusted. Fee in wei. */
export type Head = {
  readonly block: BlockNumber;
  readonly time: UnixSeconds;
  readonly baseFee: bigint;
  readonly seenAtMs: number;
};

/** One agent's own connection to one node. */
export type ChainNode = {
  readonly request: (method: string, params: readonly unknown[]) => Promise<unknown>;
  /** The newest head, or undefined before the first. */
  readonly head: () => Head | undefined;
  /** Calls `listener` at each new head; returns what ends it. */
  readonly onHead: (listener: (head: Head) => void) => () => void;
  /** Resolves at the first connection whose chain id is right. @throws FatalError for a wrong one */
  readonly ready: Promise<unknown>;
  readonly isUp: () => boolean;
  readonly close: () => void;
};

export type NodeOptions = {
  readonly url: string;
  readonly chainId: bigint;
  readonly requestTimeoutMs: number;
  readonly reconnectDelayMs: number;
  /** How long the first connection may take. */
  readonly readyTimeoutMs: number;
  /** After this long without a head the connection counts as dead, whatever the socket says. */
  readonly silenceMs: number;
  readonly nowMs: () => number;
  readonly onConnection: (up: boolean) => void;
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** A hexadecimal quantity of an answer. @throws RetryableError when it is none: the node is not well */
export const quantityOf = (value: unknown, what: string): bigint => {
  if (typeof value !== "string" || !/^0x[0-9a-f]+$/i.test(value)) {
    throw new RetryableError(`the node's ${what} is no quantity: ${String(value)}`);
  }
  return BigInt(value);
};

const parseHead = (params: unknown, seenAtMs: number): Head | undefined => {
  const header = isRecord(params) ? params["result"] : undefined;
  if (!isRecord(header) || typeof header["number"] !== "string") return undefined;
  return {
    block: blockNumber(quantityOf(header["number"], "block number")),
    time: unixSeconds(quantityOf(header["timestamp"], "timestamp")),
    baseFee: quantityOf(header["baseFeePerGas"] ?? "0x0", "base fee"),
    seenAtMs,
  };
};

/** Checks the chain and subscribes, anew after each reconnection: a subscription dies with its connection. */
const greet = async (socket: Socket, chainId: bigint): Promise<void> => {
  const actual = quantityOf(await socket.request("eth_chainId", []), "chain id");
  if (actual !== chainId) throw new FatalError(`the node is on chain ${actual}, the configuration says ${chainId}`);
  await socket.request("eth_subscribe", ["newHeads"]);
};

/** Remembers the newest head and tells listeners of it. Heads that go back or repeat are passed over. */
const createHeads = () => {
  const listeners = new Set<(head: Head) => void>();
  let newest: Head | undefined;
  return {
    newest: () => newest,
    arrive: (next: Head): void => {
      if (newest !== undefined && next.block <= newest.block) return;
      newest = next;
      for (const listener of listeners) listener(next);
    },
    onHead: (listener: (head: Head) => void): (() => void) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
};

const noNode = ({ url, readyTimeoutMs }: NodeOptions): FatalError =>
  new FatalError(`no node at ${url} within ${readyTimeoutMs} ms`);

/** Opens an agent's connection. */
export const connectNode = (options: NodeOptions): ChainNode => {
  const { silenceMs, nowMs } = options;
  const ready = deferred<undefined>();
  // Who does not wait for readiness still learns of its failure by the requests that fail.
  ready.promise.catch(() => undefined);
  const heads = createHeads();
  let heardAt = nowMs();
  const onGreeted = (): void => {
    clearTimeout(giveUp);
    ready.resolve(undefined);
    options.onConnection(true);
  };
  const onGreetingFailed = (error: unknown): void => {
    if (error instanceof FatalError) ready.reject(error);
    else socket.drop();
  };
  const socket: Socket = openSocket({
    ...options,
    onUp: () => {
      heardAt = nowMs();
      greet(socket, options.chainId).then(onGreeted, onGreetingFailed);
    },
    onDown: () => options.onConnection(false),
    onNotification: (params) => {
      heardAt = nowMs();
      const head = parseHead(params, heardAt);
      if (head !== undefined) heads.arrive(head);
    },
  });
  const giveUp = setTimeout(() => ready.reject(noNode(options)), options.readyTimeoutMs);
  const watchdog = setInterval(() => {
    if (socket.isUp() && nowMs() - heardAt > silenceMs) socket.drop();
  }, silenceMs);
  const close = (): void => {
    clearTimeout(giveUp);
    clearInterval(watchdog);
    socket.close();
  };
  const { request, isUp } = socket;
  return { request, isUp, close, head: heads.newest, onHead: heads.onHead, ready: ready.promise };
};
