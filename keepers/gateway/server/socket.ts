import type { WebSocket } from "@fastify/websocket";
import type { FastifyInstance } from "fastify";
import type { Access } from "../access/gate.ts";
import { requestSchema } from "../stream/topics.ts";
import type { Hub } from "./hub.ts";
import { PROBLEM_CODES, sendProblem } from "./problems.ts";
import { admissionOf } from "./session.ts";

/** No more listeners than this; each of them costs memory of the process that trades. */
const MAX_CLIENTS = 1_000;
/** Requests of one client before it is refused, and the span in which they count, in milliseconds. */
const MAX_REQUESTS = 60;
const SPAN_MS = 10_000;
const POLICY = 1008;
const TRY_LATER = 1013;

const parse = (text: string) => {
  try {
    return requestSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
};

const textOf = (data: Buffer | ArrayBuffer | readonly Buffer[]): string => {
  if (Buffer.isBuffer(data)) return data.toString("utf8");
  return data instanceof ArrayBuffer ? Buffer.from(data).toString("utf8") : Buffer.concat([...data]).toString("utf8");
};

/** Counts what a client says: it is refused once it says too much. */
const createCounter = (nowMs: () => number) => {
  let [since, count] = [nowMs(), 0];
  return (): boolean => {
    if (nowMs() - since > SPAN_MS) [since, count] = [nowMs(), 0];
    count += 1;
    return count <= MAX_REQUESTS;
  };
};

type Door = { readonly hub: Hub; readonly nowMs: () => number; readonly mayRead: () => boolean };

/** What a new connection is given: a place in the hub, as long as there is one. */
const welcome = (socket: WebSocket, { hub, nowMs, mayRead }: Door): void => {
  if (hub.clients() >= MAX_CLIENTS) {
    socket.close(TRY_LATER, "too many listeners");
    return;
  }
  const member = hub.join({
    send: (text) => socket.send(text),
    waiting: () => socket.bufferedAmount,
    mayRead,
    close: (code, why) => socket.close(code, why),
  });
  const isInTime = createCounter(nowMs);
  socket.on("message", (data) => {
    if (!isInTime()) return socket.close(POLICY, "too many requests");
    const request = parse(textOf(data));
    if (request === undefined) member.refuse("This is no request of the stream: /docs says what is one.");
    else member.hear(request);
  });
  socket.on("close", member.leave);
  socket.on("error", member.leave);
};

export type SocketOptions = {
  readonly hub: Hub;
  readonly nowMs: () => number;
  /** Who may read; undefined where everybody may. */
  readonly access: Access | undefined;
};

/** Registers the stream. The server's own hooks have looked at Host, Origin and reader before a socket is opened. */
export const registerSocket = (server: FastifyInstance, { hub, nowMs, access }: SocketOptions): void => {
  server.route({
    method: "GET",
    url: "/v1/stream",
    schema: { hide: true },
    handler: (request, reply) => {
      const detail = PROBLEM_CODES["upgrade-required"];
      return sendProblem(request, reply.header("upgrade", "websocket"), {
        status: 426,
        code: "upgrade-required",
        detail,
      });
    },
    wsHandler: (socket, request) =>
      welcome(socket, { hub, nowMs, mayRead: () => admissionOf(access, request) === "allowed" }),
  });
};
