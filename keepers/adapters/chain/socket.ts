import { RetryableError } from "../../core/errors.ts";

/** An error that the node answered with; `data` is what a reverted call returned. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly code: number;
  readonly data: unknown;

  constructor(message: string, code: number, data: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

/** A JSON-RPC connection over one WebSocket. */
export type Socket = {
  /** @throws RpcError when the node refuses, RetryableError when the connection is down or the answer is late */
  readonly request: (method: string, params: readonly unknown[]) => Promise<unknown>;
  readonly isUp: () => boolean;
  /** Hangs up, so that the connection is opened anew. */
  readonly drop: () => void;
  readonly close: () => void;
};

/** How a socket behaves; all times in milliseconds. */
export type SocketOptions = {
  readonly url: string;
  readonly requestTimeoutMs: number;
  readonly reconnectDelayMs: number;
  /** Called after each time the connection came up, before any request that waits. */
  readonly onUp: () => void;
  readonly onDown: () => void;
  readonly onNotification: (params: unknown) => void;
};

type Waiting = { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void };

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const toError = (error: unknown): Error => {
  if (!isRecord(error)) return new RpcError("the node answered with an error of no kind", 0, undefined);
  const { message, code, data } = error;
  return new RpcError(String(message), typeof code === "number" ? code : 0, data);
};

/** Requests that wait for their answer, by id. */
const createWaitingRoom = (timeoutMs: number) => {
  const waiting = new Map<number, Waiting>();
  let nextId = 1;
  const settle = (id: unknown): Waiting | undefined => {
    if (typeof id !== "number") return undefined;
    const found = waiting.get(id);
    waiting.delete(id);
    return found;
  };
  const enter = (method: string) => {
    const id = nextId;
    nextId += 1;
    const answer = new Promise<unknown>((resolve, reject) => {
      const timer = setTimeout(() => {
        settle(id)?.reject(new RetryableError(`no answer to ${method} within ${timeoutMs} ms`));
      }, timeoutMs);
      const end =
        <T>(then: (value: T) => void) =>
        (value: T): void => {
          clearTimeout(timer);
          then(value);
        };
      waiting.set(id, { resolve: end(resolve), reject: end(reject) });
    });
    return { id, answer };
  };
  const failAll = (why: string): void => {
    const all = [...waiting.values()];
    waiting.clear();
    for (const { reject } of all) reject(new RetryableError(why));
  };
  return { enter, settle, failAll };
};

type WaitingRoom = ReturnType<typeof createWaitingRoom>;

/** What a frame says; undefined for one that is no JSON, which no answer is. */
const parse = (text: unknown): unknown => {
  try {
    return typeof text === "string" ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
};

/** Hands each message to the request that it answers, or on as a notification. */
const dispatch = (text: unknown, room: WaitingRoom, onNotification: SocketOptions["onNotification"]): void => {
  const message = parse(text);
  if (!isRecord(message)) return;
  if (typeof message["method"] === "string") {
    onNotification(message["params"]);
    return;
  }
  const waiting = room.settle(message["id"]);
  if (message["error"] !== undefined) waiting?.reject(toError(message["error"]));
  else waiting?.resolve(message["result"]);
};

/**
 * Opens a connection and keeps it open: when it drops, all requests under way fail as retryable, and it is opened again
 * after a delay, until `close`.
 */
export const openSocket = (options: SocketOptions): Socket => {
  const { url, requestTimeoutMs } = options;
  const room = createWaitingRoom(requestTimeoutMs);
  const state = { up: false, closed: false };
  let socket: WebSocket | undefined;
  let retry: NodeJS.Timeout | undefined;
  const onEnd = (): void => {
    if (state.up) options.onDown();
    state.up = false;
    room.failAll(`the connection to ${url} is down`);
    if (!state.closed) retry = setTimeout(connect, options.reconnectDelayMs);
  };
  const connect = (): void => {
    socket = new WebSocket(url);
    socket.addEventListener("open", () => {
      state.up = true;
      options.onUp();
    });
    socket.addEventListener("message", (event) => dispatch(event.data, room, options.onNotification));
    // Whatever went wrong, `close` follows; without a listener the error would be uncaught.
    socket.addEventListener("error", () => undefined);
    socket.addEventListener("close", onEnd);
  };
  const request: Socket["request"] = async (method, params) => {
    if (!state.up || socket === undefined) throw new RetryableError(`the connection to ${url} is down`);
    const { id, answer } = room.enter(method);
    socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    return answer;
  };
  const drop = (): void => socket?.close();
  const close = (): void => {
    state.closed = true;
    clearTimeout(retry);
    room.failAll("the connection was closed");
    drop();
  };
  connect();
  return { request, isUp: () => state.up, drop, close };
};
