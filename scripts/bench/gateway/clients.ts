import { once } from "node:events";
import { Agent, get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import { z } from "zod";

/** What a busy dashboard and scripts beside it ask for. */
const PATHS = ["/v1/head", "/v1/overview", "/v1/portfolio", "/v1/prices"];
const CONNECTIONS = 32;
const OPENING = 50;
const PATIENCE_MS = 30_000;

/** Whether each request was answered by 200, and how long it took, in milliseconds. */
export type Answered = { readonly times: readonly number[]; readonly failed: number; readonly seconds: number };

const ask = (agent: Agent, url: URL): Promise<boolean> => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const request = get(url, { agent, timeout: PATIENCE_MS }, (response) => {
    response.resume();
    response.on("end", () => resolve(response.statusCode === 200));
    response.on("error", () => resolve(false));
  });
  request.on("timeout", () => request.destroy());
  request.on("error", () => resolve(false));
  return promise;
};

/** Asks for `ms` milliseconds over so many connections, each again as soon as it was answered. */
export const askFor = async (url: string, ms: number): Promise<Answered> => {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const urls = PATHS.map((path) => new URL(path, url));
  const times: number[] = [];
  const [begun, state] = [performance.now(), { failed: 0 }];
  const asker = async (_: unknown, first: number): Promise<void> => {
    for (let n = first; performance.now() - begun < ms; n += 1) {
      const [at, start] = [urls[n % urls.length] ?? new URL(url), performance.now()];
      if (await ask(agent, at)) times.push(performance.now() - start);
      else state.failed += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, asker));
  agent.destroy();
  return { times, failed: state.failed, seconds: (performance.now() - begun) / 1_000 };
};

/** What came over streams: how long each took behind the first client that was told the same, and when each block was heard of first. */
export type Heard = {
  readonly delays: readonly number[];
  readonly blocks: ReadonlyMap<number, number>;
  readonly cut: number;
};

/** A message as far as it is looked at. */
const messageSchema = z.object({
  time: z.iso.datetime(),
  subject: z.literal("head"),
  data: z.object({ asOf: z.object({ block: z.int() }) }),
});
const headSchema = z.object({ params: z.object({ result: z.object({ number: z.string() }) }) });

/** Opens streams of what stands above every page, fifty at a time, and listens for `ms` milliseconds once all are open. */
export const listenFor = async (url: string, count: number, ms: number): Promise<Heard> => {
  const sockets: WebSocket[] = [];
  const delays: number[] = [];
  const blocks = new Map<number, number>();
  const state = { isCounting: false, cut: 0 };
  const hear = (text: string): void => {
    const now = Date.now();
    if (!state.isCounting) return;
    const { success, data: message } = messageSchema.safeParse(JSON.parse(text));
    if (!success) return;
    const { block } = message.data.asOf;
    // Each message is stamped when its own turn comes, so who is told later than the first waited for the others too.
    delays.push(now - (blocks.get(block) ?? Date.parse(message.time)));
    if (!blocks.has(block)) blocks.set(block, now);
  };
  const open = async (): Promise<void> => {
    const socket = new WebSocket(new URL("/v1/stream", url.replace("http", "ws")));
    sockets.push(socket);
    await once(socket, "open", { signal: AbortSignal.timeout(PATIENCE_MS) });
    socket.on("message", (part: Buffer) => hear(part.toString()));
    socket.on("close", () => (state.cut += state.isCounting ? 1 : 0));
    socket.send(JSON.stringify({ kind: "subscribe", topics: ["head"] }));
  };
  try {
    while (sockets.length < count)
      await Promise.all(Array.from({ length: Math.min(OPENING, count - sockets.length) }, open));
    await sleep(2_000);
    state.isCounting = true;
    await sleep(ms);
    state.isCounting = false;
    return { delays, blocks, cut: state.cut };
  } finally {
    state.isCounting = false;
    for (const socket of sockets) socket.terminate();
  }
};

/** Hears of blocks as the chain tells them, until it is closed: when each came, by this process's clock. */
export const watchBlocks = async (wsUrl: string) => {
  const seen = new Map<number, number>();
  const socket = new WebSocket(wsUrl);
  await once(socket, "open", { signal: AbortSignal.timeout(PATIENCE_MS) });
  socket.on("message", (part: Buffer) => {
    const head = headSchema.safeParse(JSON.parse(part.toString()));
    if (head.success) seen.set(Number(head.data.params.result.number), Date.now());
  });
  socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_subscribe", params: ["newHeads"] }));
  return { seen, close: () => socket.terminate() };
};
