import { WebSocket } from "ws";
import { shownEndpoint, withoutSecrets } from "../../core/endpoint.ts";
import { RetryableError } from "../../core/errors.ts";
import { type WaitingRoom, createWaitingRoom, readMessage } from "./rpc.ts";

/** One WebSocket to one endpoint, which is used until it ends and never opened again. */
export type Wire = {
  /** @throws RpcError when the node refuses, RetryableError when it is busy, late, or the wire is not open */
  readonly request: (method: string, params: readonly unknown[]) => Promise<unknown>;
  /** Gives the wire up at once, whatever the other side does. A second call does nothing. */
  readonly end: (why: string) => void;
};

/** How a wire behaves; all times in milliseconds. */
export type WireOptions = {
  readonly url: string;
  /** How long opening may take, and how long one answer. */
  readonly requestTimeoutMs: number;
  readonly onOpen: () => void;
  /** Called once, with the reason; nothing else is called after it. */
  readonly onEnd: (why: string) => void;
  readonly onNotification: (params: unknown) => void;
};

/** A node that left so many requests in a row without an answer serves nobody, whatever else it sends. */
const MAX_UNANSWERED = 3;
/** A message of more bytes is none that we asked for. */
const MAX_BYTES = 64 * 1024 * 1024;

type Endings = { readonly end: Wire["end"]; readonly hasEnded: () => boolean };

/** Listens to a socket until it has ended. */
const listenTo = (
  socket: WebSocket,
  { end, hasEnded }: Endings,
  on: { readonly where: string; readonly open: () => void; readonly message: (text: string) => void },
): void => {
  socket.on("open", () => {
    if (!hasEnded()) on.open();
  });
  socket.on("message", (data: Buffer) => {
    if (!hasEnded()) on.message(data.toString());
  });
  // Given up, a socket that was still opening says so by an error, which nobody needs to hear.
  socket.on("error", ({ message }) => end(`${on.where}: ${withoutSecrets(message)}`));
  socket.on("close", (code) => end(`${on.where} hung up (${code})`));
};

/** Hands each message to the request that it answers, or on as a notification. */
const dispatcher =
  (room: WaitingRoom, onAnswer: () => void, onNotification: WireOptions["onNotification"]) =>
  (text: string): void => {
    const message = readMessage(text);
    if (message === undefined) return;
    if (message.kind === "notification") {
      onNotification(message.params);
      return;
    }
    onAnswer();
    const waiting = room.settle(message.id);
    if (message.kind === "error") waiting?.reject(message.error);
    else waiting?.resolve(message.result);
  };

/** Opens a wire. */
export const openWire = (options: WireOptions): Wire => {
  const { url, requestTimeoutMs } = options;
  const where = shownEndpoint(url);
  const state = { isOpen: false, hasEnded: false, unanswered: 0 };
  const socket = new WebSocket(url, { maxPayload: MAX_BYTES, perMessageDeflate: false });
  const opening = setTimeout(() => end(`${where} did not open within ${requestTimeoutMs} ms`), requestTimeoutMs);
  const room = createWaitingRoom(requestTimeoutMs, () => {
    state.unanswered += 1;
    if (state.unanswered >= MAX_UNANSWERED) end(`${where} left ${state.unanswered} requests in a row unanswered`);
  });
  const end = (why: string): void => {
    if (state.hasEnded) return;
    Object.assign(state, { hasEnded: true, isOpen: false });
    clearTimeout(opening);
    // Not a polite close: that would wait for an answer from who may have fallen silent.
    socket.terminate();
    room.failAll(`the connection is down: ${why}`);
    options.onEnd(why);
  };
  const open = (): void => {
    clearTimeout(opening);
    state.isOpen = true;
    options.onOpen();
  };
  const message = dispatcher(room, () => (state.unanswered = 0), options.onNotification);
  listenTo(socket, { end, hasEnded: () => state.hasEnded }, { where, open, message });
  const request: Wire["request"] = async (method, params) => {
    if (!state.isOpen) throw new RetryableError(`the connection to ${where} is down`);
    const { id, answer } = room.enter(method);
    socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    return answer;
  };
  return { request, end };
};
