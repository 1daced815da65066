import { deferred } from "../../core/deferred.ts";
import { shownEndpoint } from "../../core/endpoint.ts";
import { FatalError } from "../../core/errors.ts";
import { type Connection, type ConnectionOptions, keepConnected } from "./connection.ts";
import type { WrongChainError } from "./greeting.ts";
import type { Head, Learnt } from "./heads.ts";

/** What a second endpoint says to the same question; `none` where there is no second one, or it cannot say. */
export type SecondAnswer = { readonly kind: "answer"; readonly result: unknown } | { readonly kind: "none" };

/** One agent's own connection to the chain, over whichever of its endpoints is well. */
export type ChainNode = {
  /** @throws RpcError when the node refuses, RetryableError when it cannot be asked now */
  readonly request: (method: string, params: readonly unknown[]) => Promise<unknown>;
  /** Asks another endpoint than `request` does. Never throws. Which reads need it: keepers/README.md. */
  readonly askSecond: (method: string, params: readonly unknown[]) => Promise<SecondAnswer>;
  /** The newest head, or undefined before the first. */
  readonly head: () => Head | undefined;
  /** Calls `listener` at each new head; returns what ends it. */
  readonly onHead: (listener: (head: Head) => void) => () => void;
  /** Resolves when an endpoint was greeted. @throws FatalError when none can be within the time, or all are of another chain */
  readonly ready: Promise<unknown>;
  readonly isUp: () => boolean;
  readonly close: () => void;
};

export type NodeOptions = Pick<
  ConnectionOptions,
  "urls" | "chainId" | "requestTimeoutMs" | "reconnectDelayMs" | "silenceMs" | "nowMs" | "onTrouble"
> & {
  /** How long the first connection may take. */
  readonly readyTimeoutMs: number;
  /** In wei: the base fee while no head has told one. */
  readonly baseFeeFloor: bigint;
  /** `what`: the endpoint that is up, or why it is no longer. */
  readonly onConnection: (up: boolean, what: string) => void;
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
    stepBack: (): void => {
      newest = undefined;
    },
    onHead: (listener: (head: Head) => void): (() => void) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
};

/** What is waited for at the start: the first greeting, or that there will be none. */
const createReadiness = ({ urls, readyTimeoutMs }: NodeOptions) => {
  const ready = deferred<undefined>();
  // Who does not wait for readiness still learns of its failure by the requests that fail.
  ready.promise.catch(() => undefined);
  const wrong = new Set<string>();
  let lastTrouble = "";
  const timer = setTimeout(() => {
    const where = urls.map(shownEndpoint).join(", ");
    ready.reject(new FatalError(`no node at ${where} within ${readyTimeoutMs} ms${lastTrouble}`));
  }, readyTimeoutMs);
  return {
    promise: ready.promise,
    note: (why: string): void => {
      lastTrouble = `: ${why}`;
    },
    /** All endpoints being of another chain, waiting cannot help. */
    refuse: (error: WrongChainError): void => {
      wrong.add(error.message);
      if (wrong.size >= urls.length) ready.reject(error);
    },
    end: (): void => clearTimeout(timer),
    settle: (): void => {
      clearTimeout(timer);
      ready.resolve(undefined);
    },
  };
};

/** A second endpoint's connection, which only answers; undefined where there is one endpoint. */
const openSecond = (options: ConnectionOptions): Connection | undefined =>
  options.urls.length < 2
    ? undefined
    : keepConnected({
        ...options,
        first: 1,
        onHead: () => undefined,
        onUp: () => undefined,
        onDown: () => undefined,
        onFailed: () => undefined,
        onWrongChain: () => undefined,
        onTrouble: () => undefined,
      });

/** Keeps the two apart: where they meet, the second one goes on, no more often than once in `pauseMs`. */
const asker = (first: Connection, second: Connection | undefined, pauseMs: number): ChainNode["askSecond"] => {
  let leftAt = -Infinity;
  return async (method, params) => {
    if (second?.isUp() !== true) return { kind: "none" };
    if (second.place() === first.place()) {
      if (performance.now() - leftAt < pauseMs) return { kind: "none" };
      leftAt = performance.now();
      second.leave("the first connection came here");
      return { kind: "none" };
    }
    try {
      return { kind: "answer", result: await second.request(method, params) };
    } catch {
      return { kind: "none" };
    }
  };
};

/** Opens an agent's connection. */
export const connectNode = (options: NodeOptions): ChainNode => {
  const heads = createHeads();
  const readiness = createReadiness(options);
  const learnt: Learnt = { highest: undefined, baseFee: options.baseFeeFloor };
  const shared: ConnectionOptions = {
    ...options,
    first: 0,
    learnt,
    onHead: heads.arrive,
    onUp: (where) => {
      readiness.settle();
      options.onConnection(true, where);
    },
    onDown: (why) => options.onConnection(false, why),
    onFailed: readiness.note,
    onWrongChain: (error) => {
      options.onTrouble(error.message);
      readiness.refuse(error);
    },
    onStepBack: (why) => {
      heads.stepBack();
      options.onTrouble(why);
    },
  };
  const first = keepConnected(shared);
  const second = openSecond(shared);
  return {
    request: first.request,
    askSecond: asker(first, second, options.silenceMs),
    isUp: first.isUp,
    close: () => {
      readiness.end();
      first.close();
      second?.close();
    },
    head: heads.newest,
    onHead: heads.onHead,
    ready: readiness.promise,
  };
};
