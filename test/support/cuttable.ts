import { type Server, type Socket, connect, createServer } from "node:net";

/** A wire between keepers and a node that a test can cut. */
export type Cuttable = {
  /** Where to connect instead of the node. */
  readonly wsUrl: string;
  /** Drops all connections and takes no new ones until `mend`. */
  readonly cut: () => void;
  readonly mend: () => void;
  /** Lets nothing through to the client, while the connection seems up. */
  readonly mute: (muted: boolean) => void;
  readonly close: () => Promise<void>;
};

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });

/** @param target the node's WebSocket URL */
export const createCuttable = async (target: string): Promise<Cuttable> => {
  const { hostname, port } = new URL(target);
  const pairs = new Set<readonly [Socket, Socket]>();
  const state = { open: true, muted: false };
  const drop = (): void => {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
    pairs.clear();
  };
  const server = createServer((client) => {
    if (!state.open) {
      client.destroy();
      return;
    }
    const node = connect(Number(port), hostname);
    const pair = [client, node] as const;
    pairs.add(pair);
    client.on("data", (data) => node.write(data));
    node.on("data", (data) => {
      if (!state.muted) client.write(data);
    });
    for (const socket of pair) {
      socket.on("error", () => undefined);
      socket.on("close", () => {
        pairs.delete(pair);
        client.destroy();
        node.destroy();
      });
    }
  });
  const listening = await listen(server);
  return {
    wsUrl: `ws://127.0.0.1:${listening}`,
    cut: () => {
      state.open = false;
      drop();
    },
    mend: () => {
      state.open = true;
    },
    mute: (muted) => {
      state.muted = muted;
    },
    close: () => {
      drop();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
};
