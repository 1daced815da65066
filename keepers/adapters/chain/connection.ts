import { shownEndpoint } from "../../core/endpoint.ts";
import { RetryableError } from "../../core/errors.ts";
import { BehindError, WrongChainError, greet } from "./greeting.ts";
import type { Head, Learnt } from "./heads.ts";
import { type Watch, rhythmOf, watchWire } from "./watch.ts";
import { type Wire, openWire } from "./wire.ts";

export type ConnectionOptions = {
  readonly urls: readonly string[];
  /** The endpoint to begin with, by its place in `urls`. */
  readonly first: number;
  readonly chainId: bigint;
  readonly requestTimeoutMs: number;
  /** Pause before an endpoint that hung up is replaced; it grows while none is of use. */
  readonly reconnectDelayMs: number;
  readonly silenceMs: number;
  readonly nowMs: () => number;
  /** What was learnt from all endpoints. */
  readonly learnt: Learnt;
  readonly onHead: (head: Head) => void;
  readonly onUp: (where: string) => void;
  readonly onDown: (why: string) => void;
  /** Called when an endpoint could not be used at all, in place of `onDown`. */
  readonly onFailed: (why: string) => void;
  /** Called when an endpoint is of another chain. */
  readonly onWrongChain: (error: WrongChainError) => void;
  /** Called when no endpoint has the highest block that was known, and heads begin lower again. */
  readonly onStepBack: (why: string) => void;
  readonly onTrouble: (what: string) => void;
};

/** A connection that is kept up, to one endpoint after the other. */
export type Connection = {
  /** @throws RpcError when the node refuses, RetryableError when the connection is not up, or the answer is late */
  readonly request: Wire["request"];
  readonly isUp: () => boolean;
  /** Which endpoint it is connected to, by its place in `urls`. */
  readonly place: () => number;
  /** Leaves the endpoint for the next one. */
  readonly leave: (why: string) => void;
  readonly close: () => void;
};

/** Each with a deadline: opening and greeting have the requests' own, `up` the silence limit, `down` the pause. */
type Phase = "opening" | "greeting" | "up" | "down" | "closed";

/** A pause grows up to so many times the first one. */
const LONGEST_PAUSE = 4;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What a connection is at. `behind`: how many endpoints in a row did not have the highest block. */
const beginAt = (first: number) => ({
  phase: "down" as Phase,
  place: first,
  failures: 0,
  behind: 0,
  why: "not connected yet",
  wire: undefined as Wire | undefined,
  watch: undefined as Watch | undefined,
  pause: undefined as NodeJS.Timeout | undefined,
});
type State = ReturnType<typeof beginAt>;

/** The endpoint that it is at. `where`: as it may be printed. */
type At = { readonly wire: Wire; readonly where: string; readonly state: State };

/** Has an endpoint greeted; one that is behind like all others is taken as it is. */
const greetOrStepBack = async ({ wire, where, state }: At, options: ConnectionOptions): Promise<Head> => {
  const { learnt, silenceMs, urls } = options;
  try {
    return await greet(wire, { ...options, where, catchUpMs: silenceMs, pollMs: rhythmOf(silenceMs).pulseMs });
  } catch (error) {
    if (!(error instanceof BehindError)) throw error;
    state.behind += 1;
    if (state.behind < urls.length) throw error;
    options.onStepBack(`no endpoint has block ${learnt.highest}; going on from block ${error.head.block}`);
    learnt.highest = error.head.block;
    return error.head;
  }
};

/** From here on the endpoint is used. */
const goUp = ({ wire, where, state }: At, head: Head, options: ConnectionOptions): void => {
  const { learnt } = options;
  Object.assign(state, { phase: "up", failures: 0, behind: 0 });
  learnt.highest = head.block;
  learnt.baseFee = head.baseFee;
  state.watch = watchWire(wire, head, { ...options, where });
  options.onUp(where);
  options.onHead(head);
};

const meet = async (at: At, options: ConnectionOptions): Promise<void> => {
  const { wire, state } = at;
  state.phase = "greeting";
  try {
    const head = await greetOrStepBack(at, options);
    if (state.wire === wire) goUp(at, head, options);
  } catch (error) {
    if (error instanceof WrongChainError) options.onWrongChain(error);
    wire.end(reasonOf(error));
  }
};

/** What follows the end of a wire, unless it was closed: the next endpoint, after a pause. */
const goOn = (state: State, why: string, { options, open }: { options: ConnectionOptions; open: () => void }): void => {
  const wasUp = state.phase === "up";
  state.watch?.stop();
  Object.assign(state, { phase: "down", why, wire: undefined, watch: undefined });
  if (wasUp) options.onDown(why);
  else options.onFailed(why);
  const grown = Math.min(1 << Math.min(state.failures, 16), LONGEST_PAUSE);
  state.failures += 1;
  state.place = (state.place + 1) % options.urls.length;
  state.pause = setTimeout(open, options.reconnectDelayMs * grown);
};

/** Opens a connection and keeps it up, until `close`. */
export const keepConnected = (options: ConnectionOptions): Connection => {
  const { urls, requestTimeoutMs } = options;
  const state = beginAt(options.first % urls.length);
  const open = (): void => {
    const url = urls[state.place] ?? "";
    state.phase = "opening";
    const wire: Wire = openWire({
      url,
      requestTimeoutMs,
      onEnd: (why) => {
        if (state.phase !== "closed") goOn(state, why, { options, open });
      },
      onNotification: (params) => state.watch?.hear(params),
      onOpen: () => void meet({ wire, where: shownEndpoint(url), state }, options),
    });
    state.wire = wire;
  };
  const request: Wire["request"] = async (method, params) => {
    if (state.phase === "up" && state.wire !== undefined) return state.wire.request(method, params);
    throw new RetryableError(`the connection is down: ${state.why}`);
  };
  const close = (): void => {
    state.phase = "closed";
    clearTimeout(state.pause);
    state.watch?.stop();
    state.wire?.end("it was closed");
  };
  open();
  return {
    request,
    isUp: () => state.phase === "up",
    place: () => state.place,
    leave: (why) => state.wire?.end(why),
    close,
  };
};
