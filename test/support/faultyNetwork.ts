import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocket, WebSocketServer } from "ws";
import { isRecord } from "../../keepers/adapters/chain/rpc.ts";
import { portOf } from "./portOf.ts";

type Message = Readonly<Record<string, unknown>>;

/** One message on its way: a client's request, or a node's answer or notification. Answers know what was asked. */
export type Frame = {
  readonly kind: "request" | "answer" | "notification";
  readonly method: string;
  readonly params: readonly unknown[];
  readonly message: Message;
};

/** A message that is delivered, perhaps later, perhaps as a text that is no JSON. */
export type Delivery = { readonly message: Message | string; readonly afterMs?: number };

/** What becomes of a frame. `forward`: what goes on in its place, nothing when it is empty; `reply`: what goes back. */
export type Fate = { readonly forward?: readonly Delivery[]; readonly reply?: readonly Delivery[] };

/** Decides about frames; undefined leaves one as it is. */
export type Fault = (frame: Frame) => Fate | undefined;

/** What meets a new connection, or a request over HTTP. */
export type EntryPoint = "open" | "closed" | "mute" | "429" | "html";

/** A network before a node that does whatever a test wants, over WebSocket and HTTP. */
export type FaultyNetwork = {
  readonly wsUrl: string;
  readonly rpcUrl: string;
  /** The faults that hold from now on, the first that decides about a frame wins. */
  readonly set: (...faults: readonly Fault[]) => void;
  readonly entryPoint: (entryPoint: EntryPoint) => void;
  /** Swallows all bytes of the connections that are open, both ways, without a word; new ones are not touched. */
  readonly freeze: () => void;
  /** Cuts the connections that are open. */
  readonly cut: () => void;
  /** How many WebSockets were opened, and requests counted by method. */
  readonly opened: () => number;
  readonly asked: ReadonlyMap<string, number>;
  readonly close: () => Promise<void>;
};

const parse = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
};

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const textOf = (message: Message | string): string => (typeof message === "string" ? message : JSON.stringify(message));

/** Sends what is to be delivered, each when its time comes, while there is somebody. */
const deliver = (deliveries: readonly Delivery[], send: (text: string) => void): void => {
  for (const { message, afterMs = 0 } of deliveries) {
    if (afterMs === 0) send(textOf(message));
    else setTimeout(() => send(textOf(message)), afterMs).unref();
  }
};

type Shared = {
  faults: readonly Fault[];
  entryPoint: EntryPoint;
  opened: number;
  readonly asked: Map<string, number>;
  readonly links: Set<{ readonly freeze: () => void; readonly cut: () => void }>;
};

const fateOf = ({ faults }: Shared, frame: Frame): Fate => {
  for (const fault of faults) {
    const fate = fault(frame);
    if (fate !== undefined) return fate;
  }
  return { forward: [{ message: frame.message }] };
};

const requestFrame = (shared: Shared, message: Message): Frame => {
  const method = String(message["method"]);
  shared.asked.set(method, (shared.asked.get(method) ?? 0) + 1);
  return { kind: "request", method, params: listOf(message["params"]), message };
};

/** Joins a client to the node, with the faults in between. */
const join = (shared: Shared, client: WebSocket, socket: Duplex, target: string): void => {
  const node = new WebSocket(target, { perMessageDeflate: false });
  const state = { isFrozen: false };
  const asked = new Map<unknown, Frame>();
  const waiting: string[] = [];
  const toNode = (text: string): void => {
    if (state.isFrozen) return;
    if (node.readyState === WebSocket.OPEN) node.send(text);
    else waiting.push(text);
  };
  const toClient = (text: string): void => {
    if (!state.isFrozen && client.readyState === WebSocket.OPEN) client.send(text);
  };
  const cut = (): void => {
    shared.links.delete(link);
    socket.destroy();
    node.terminate();
  };
  const link = {
    cut,
    freeze: () => {
      state.isFrozen = true;
      // Nothing of what comes is read any more, a close or a ping least of all.
      socket.removeAllListeners("data");
      socket.pause();
    },
  };
  shared.links.add(link);
  client.on("message", (data: Buffer) => {
    const message = parse(data.toString());
    if (!isRecord(message)) return;
    const frame = requestFrame(shared, message);
    asked.set(message["id"], frame);
    const { forward = [], reply = [] } = fateOf(shared, frame);
    deliver(forward, toNode);
    deliver(reply, toClient);
  });
  node.on("open", () => waiting.splice(0).forEach(toNode));
  node.on("message", (data: Buffer) => {
    const message = parse(data.toString());
    if (!isRecord(message)) return;
    const isNotification = typeof message["method"] === "string";
    const question = asked.get(message["id"]);
    asked.delete(message["id"]);
    const params = isNotification ? [message["params"]] : (question?.params ?? []);
    const method = isNotification ? String(message["method"]) : (question?.method ?? "");
    const frame: Frame = { kind: isNotification ? "notification" : "answer", method, params, message };
    deliver(fateOf(shared, frame).forward ?? [], toClient);
  });
  for (const end of [client, node]) end.on("error", () => undefined).on("close", cut);
  socket.on("error", () => undefined);
};

/** As public nodes answer, which pages of any origin may read. */
const JSON_TYPE = { "content-type": "application/json", "access-control-allow-origin": "*" };
const PREFLIGHT = { ...JSON_TYPE, "access-control-allow-headers": "*", "access-control-allow-methods": "POST" };
const HTML = "<html><body><h1>502 Bad Gateway</h1></body></html>";

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

/** One request of an HTTP body, through the faults, to the node and back. A lost one is answered by nothing. */
const askOverHttp = async (shared: Shared, target: string, message: Message): Promise<readonly Delivery[]> => {
  const frame = requestFrame(shared, message);
  const { forward = [], reply = [] } = fateOf(shared, frame);
  const [sent] = forward;
  if (sent === undefined) return reply;
  const answer = await fetch(target, {
    method: "POST",
    headers: JSON_TYPE,
    body: textOf(sent.message),
  });
  const result: unknown = await answer.json();
  const answered: Frame = { ...frame, kind: "answer", message: isRecord(result) ? result : {} };
  return fateOf(shared, answered).forward ?? [];
};

/** What a batch is asked as; its first parameter is how many requests it has. */
export const BATCH = "batch";

const serve = async (shared: Shared, target: string, request: IncomingMessage, response: ServerResponse) => {
  if (shared.entryPoint === "mute") return;
  if (shared.entryPoint === "closed") {
    request.socket.destroy();
    return;
  }
  if (request.method === "OPTIONS") {
    response.writeHead(204, PREFLIGHT).end();
    return;
  }
  const body = parse(await bodyOf(request));
  if (shared.entryPoint !== "open") {
    response.writeHead(shared.entryPoint === "429" ? 429 : 502, { "content-type": "text/html" }).end(HTML);
    return;
  }
  const messages = (Array.isArray(body) ? body : [body]).filter(isRecord);
  if (Array.isArray(body)) {
    const frame: Frame = { kind: "request", method: BATCH, params: [body.length], message: {} };
    const [refusal] = fateOf(shared, frame).reply ?? [];
    if (refusal !== undefined) {
      response.writeHead(200, JSON_TYPE).end(textOf(refusal.message));
      return;
    }
  }
  const answers = (await Promise.all(messages.map((message) => askOverHttp(shared, target, message)))).flat();
  const delay = Math.max(0, ...answers.map(({ afterMs = 0 }) => afterMs));
  if (answers.length === 0) return;
  const texts = answers.map(({ message }) => textOf(message));
  const text = Array.isArray(body) ? `[${texts.join(",")}]` : (texts[0] ?? "");
  setTimeout(() => response.writeHead(200, JSON_TYPE).end(text), delay);
};

/** Puts a faulty network before a node. It is faultless until a test says otherwise. */
export const createFaultyNetwork = async (target: {
  readonly wsUrl: string;
  readonly rpcUrl?: string;
}): Promise<FaultyNetwork> => {
  const shared: Shared = { faults: [], entryPoint: "open", opened: 0, asked: new Map(), links: new Set() };
  const upgrader = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const sockets = new Set<Duplex>();
  const server = createServer((request, response) => {
    serve(shared, target.rpcUrl ?? "", request, response).catch(() => response.destroy());
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    if (shared.entryPoint === "closed") socket.destroy();
  });
  server.on("upgrade", (request, socket, head) => {
    if (shared.entryPoint === "mute") return;
    if (shared.entryPoint !== "open") {
      const status = shared.entryPoint === "429" ? "429 Too Many Requests" : "502 Bad Gateway";
      socket.end(`HTTP/1.1 ${status}\r\nContent-Type: text/html\r\nContent-Length: ${HTML.length}\r\n\r\n${HTML}`);
      return;
    }
    shared.opened += 1;
    upgrader.handleUpgrade(request, socket, head, (client) => join(shared, client, socket, target.wsUrl));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const port = portOf(server);
  const cut = (): void => {
    for (const link of shared.links) link.cut();
  };
  return {
    wsUrl: `ws://127.0.0.1:${port}`,
    rpcUrl: `http://127.0.0.1:${port}`,
    set: (...faults) => (shared.faults = faults),
    entryPoint: (entryPoint) => (shared.entryPoint = entryPoint),
    freeze: () => {
      for (const link of shared.links) link.freeze();
    },
    cut,
    opened: () => shared.opened,
    asked: shared.asked,
    close: () =>
      new Promise((resolve) => {
        cut();
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
};
