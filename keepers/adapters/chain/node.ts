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
  readonly ready: Promise<void>;
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

/** Opens an agent's connection. Heads that go back or repeat are passed over. */
export const connectNode = (options: NodeOptions): ChainNode => {
  const listeners = new Set<(head: Head) => void>();
  const ready = deferred<void>();
  let head: Head | undefined;
  let heardAt = options.nowMs();
  const giveUp = setTimeout(() => {
    ready.reject(new FatalError(`no node at ${options.url} within ${options.readyTimeoutMs} ms`));
  }, options.readyTimeoutMs);

  const socket: Socket = openSocket({
    ...options,
    onUp: () => {
      heardAt = options.nowMs();
      greet(socket, options.chainId).then(
        () => {
          clearTimeout(giveUp);
          ready.resolve();
          options.onConnection(true);
        },
        (error: unknown) => {
          // A connection that broke while it was being greeted is greeted again when it is back.
          if (error instanceof FatalError) ready.reject(error);
          else socket.drop();
        },
      );
    },
    onDown: () => options.onConnection(false),
    onNotification: (_method, params) => {
      heardAt = options.nowMs();
      const next = parseHead(params, heardAt);
      if (next === undefined || (head !== undefined && next.block <= head.block)) return;
      head = next;
      for (const listener of listeners) listener(next);
    },
  });
  const watchdog = setInterval(() => {
    if (socket.isUp() && options.nowMs() - heardAt > options.silenceMs) socket.drop();
  }, options.silenceMs);
  // Who does not wait for readiness still learns of its failure by the requests that fail.
  ready.promise.catch(() => undefined);
  return {
    request: socket.request,
    head: () => head,
    onHead: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ready: ready.promise,
    isUp: socket.isUp,
    close: () => {
      clearTimeout(giveUp);
      clearInterval(watchdog);
      socket.close();
    },
  };
};
