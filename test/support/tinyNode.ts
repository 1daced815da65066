import { type WebSocket, WebSocketServer } from "ws";
import { isRecord } from "../../keepers/adapters/chain/rpc.ts";
import { portOf } from "./portOf.ts";

/** A node that only tells of blocks, for tests of the connection. */
export type TinyNode = {
  readonly wsUrl: string;
  /** Makes blocks and tells of them. */
  readonly mine: (blocks?: number) => void;
  readonly block: () => number;
  readonly close: () => Promise<void>;
};

const TIME = 1_700_000_000;

/** Starts a node on a chain. */
export const startTinyNode = async (chainId = 1329, first = 100): Promise<TinyNode> => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await new Promise((resolve) => server.once("listening", resolve));
  const port = portOf(server);
  const subscribers = new Set<WebSocket>();
  let block = first;
  const headerOf = (number: number) => ({
    number: `0x${number.toString(16)}`,
    timestamp: `0x${(TIME + number).toString(16)}`,
    baseFeePerGas: "0xba43b7400",
  });
  const answer = (method: unknown, [param]: readonly unknown[], client: WebSocket): unknown => {
    if (method === "eth_chainId") return `0x${chainId.toString(16)}`;
    if (method === "eth_blockNumber") return `0x${block.toString(16)}`;
    if (method === "eth_subscribe") {
      subscribers.add(client);
      return "0x1";
    }
    if (method !== "eth_getBlockByNumber") return "0x2a";
    const number = param === "latest" ? block : Number(param);
    return number > block ? null : headerOf(number);
  };
  server.on("connection", (client) => {
    client.on("error", () => undefined).on("close", () => subscribers.delete(client));
    client.on("message", (data: Buffer) => {
      const message: unknown = JSON.parse(data.toString());
      const { id, method, params } = isRecord(message) ? message : {};
      const result = answer(method, Array.isArray(params) ? params : [], client);
      client.send(JSON.stringify({ jsonrpc: "2.0", id, result }));
    });
  });
  const mine = (blocks = 1): void => {
    for (let made = 0; made < blocks; made += 1) {
      block += 1;
      const params = { subscription: "0x1", result: headerOf(block) };
      for (const client of subscribers) {
        client.send(JSON.stringify({ jsonrpc: "2.0", method: "eth_subscription", params }));
      }
    }
  };
  return {
    wsUrl: `ws://127.0.0.1:${port}`,
    mine,
    block: () => block,
    close: () =>
      new Promise((resolve) => {
        for (const client of server.clients) client.terminate();
        server.close(() => resolve());
      }),
  };
};
