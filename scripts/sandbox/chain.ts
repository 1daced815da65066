import { AsyncLocalStorage } from "node:async_hooks";
import { channel } from "node:diagnostics_channel";
import { Socket, createServer } from "node:net";
import { hooks as hardhatHooks, network as hardhatNetwork } from "hardhat";
import type { HardhatHooks } from "hardhat/types/hooks";
import type { EthereumProvider, JsonRpcRequest, JsonRpcResponse } from "hardhat/types/providers";
import { SEI_FEES, nextBaseFee } from "./fees.ts";
import { refusalOf } from "./guard.ts";
import { type SandboxHead, type HeadOptions, type HeadSource, followHeads } from "./heads.ts";
import { txpoolContent } from "./txpool.ts";

/** A request by the sandbox itself: it never leaves the process and passes the guard. */
export type Control = (method: string, params?: readonly unknown[]) => Promise<unknown>;

/** A local chain that looks like Sei. Everybody but the holder of `control` passes the guard. */
export type Chain = {
  readonly rpcUrl: string;
  readonly wsUrl: string;
  readonly control: Control;
  /** Calls `listener` for each new block; returns what ends it. */
  readonly onHead: (listener: (head: SandboxHead) => void) => () => void;
  /** Ends automine; from now on a block comes every `intervalMs`, with Sei's base fee. */
  readonly startMining: (intervalMs: number) => Promise<void>;
  /** Ends mining, closes the port and every connection to it. A second call does nothing. */
  readonly stop: () => Promise<void>;
};

type NetworkHooks = Partial<HardhatHooks["network"]>;
type Notification = { readonly subscription: string; readonly result: unknown };

const HOST = "127.0.0.1";
const NETWORK = "sandbox";
const METHOD_NOT_FOUND = -32601;

/**
 * The node ends each filter that nobody asked for five minutes, subscriptions included, though they are never asked. So
 * each of them is asked this often; the answer does not matter.
 */
const RENEWAL_MS = 60_000;

/** Five of Sei's blocks. */
const SILENCE_MS = 2_000;

/** Marks what the sandbox does itself; a request that comes in by the port never carries the mark. */
const own = new AsyncLocalStorage<symbol>();

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const isNotification = (value: unknown): value is Notification =>
  isRecord(value) && typeof value["subscription"] === "string";

/** Hardhat's server does not say when it cannot listen, so that is found out first. @throws Error when the port is taken */
const assertFree = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (cause) => {
      reject(new Error(`port ${port} of ${HOST} cannot be used`, { cause }));
    });
    probe.listen(port, HOST, () => {
      probe.close(() => {
        resolve();
      });
    });
  });

/** Calls `tick` every `ms`, without keeping the process alive. */
const every: HeadOptions["every"] = (ms, tick) => {
  const timer = setInterval(tick, ms);
  timer.unref();
  return () => clearInterval(timer);
};

/** The subscriptions that are open, whoever's they are. */
const createSubscriptions = () => {
  const open = new Set<unknown>();
  const note = (request: JsonRpcRequest, response: JsonRpcResponse): void => {
    if (!("result" in response)) return;
    if (request.method === "eth_subscribe") open.add(response.result);
    if (request.method === "eth_unsubscribe" && Array.isArray(request.params)) open.delete(request.params[0]);
  };
  /** Keeps them from ending by their age; answers what ends that. */
  const renew = (control: Control): (() => void) =>
    every(RENEWAL_MS, () => {
      for (const id of open) control("eth_getFilterChanges", [id]).catch(() => open.delete(id));
    });
  return { note, renew };
};

type Answer = (request: JsonRpcRequest) => Promise<JsonRpcResponse>;

/** What Sei answers: the node has no `txpool_content`, but lists the same in another form. */
const answerTo = async (request: JsonRpcRequest, node: Answer): Promise<JsonRpcResponse> => {
  if (request.method !== "txpool_content") return node(request);
  const listed = await node({ ...request, method: "eth_pendingTransactions", params: [] });
  return "result" in listed ? { ...listed, result: txpoolContent(listed.result) } : listed;
};

/**
 * Hardhat's own server with a guard inside: its hook sees every request before the node does, so that there is one port,
 * no proxy and no added latency. The hooks are told apart from those of other networks by `mark`.
 */
const guardedServer = async (port: number) => {
  const mark = Symbol("sandbox");
  const subscriptions = createSubscriptions();
  const providers: EthereumProvider[] = [];
  const hooks: NetworkHooks = {
    newConnection: async (context, next) => {
      const connection = await next(context);
      if (own.getStore() === mark) providers.push(connection.provider);
      return connection;
    },
    onRequest: async (...[context, connection, request, next]) => {
      const guarded = providers[0] === connection.provider && own.getStore() !== mark;
      const refusal = guarded ? refusalOf(request) : undefined;
      if (refusal !== undefined) {
        return { jsonrpc: "2.0", id: request.id, error: { code: METHOD_NOT_FOUND, message: refusal } };
      }
      const response = await answerTo(request, (asked) => next(context, connection, asked));
      if (providers[0] === connection.provider) subscriptions.note(request, response);
      return response;
    },
  };
  const unhook = (): void => {
    hardhatHooks.unregisterHandlers("network", hooks);
  };
  hardhatHooks.registerHandlers("network", hooks);
  // Hardhat takes the second in which its configuration was read, which in a long process lies minutes back.
  const network = { network: NETWORK, override: { initialDate: new Date() } };
  const server = await own
    .run(mark, () => hardhatNetwork.createServer(network, HOST, port))
    .catch((error: unknown) => {
      unhook();
      throw error;
    });
  const [provider] = providers;
  if (provider === undefined) throw new Error("Hardhat made a server without a connection");
  // Each WebSocket of an agent is one listener, and there may be many.
  provider.setMaxListeners(0);
  const control: Control = (method, params = []) => own.run(mark, () => provider.request({ method, params }));
  return { server, provider, control, renew: subscriptions.renew, unhook };
};

/** Remembers the open connections of a port, since a server that waits for its clients to leave may wait for ever. */
const trackSockets = (isOurs: (socket: Socket) => boolean) => {
  const sockets = new Set<Socket>();
  const opened = channel("net.server.socket");
  const onSocket = (message: unknown): void => {
    const socket = isRecord(message) ? message["socket"] : undefined;
    if (!(socket instanceof Socket) || !isOurs(socket)) return;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  };
  opened.subscribe(onSocket);
  return () => {
    opened.unsubscribe(onSocket);
    for (const socket of sockets) socket.destroy();
  };
};

/** The node's own heads. */
const headSource = (provider: EthereumProvider, control: Control): HeadSource => ({
  subscribe: async (onHeader) => {
    const subscription = await control("eth_subscribe", ["newHeads"]);
    const onNotification = (message: unknown): void => {
      if (isNotification(message) && message.subscription === subscription) onHeader(message.result);
    };
    provider.on("notification", onNotification);
    return async () => {
      provider.off("notification", onNotification);
      await control("eth_unsubscribe", [subscription]);
    };
  },
  latest: () => control("eth_getBlockByNumber", ["latest", false]),
});

/** Sets the base fee of each next block by Sei's rule, in place of Ethereum's. */
const followSeiFees = (control: Control, onHead: Chain["onHead"]): (() => void) => {
  let fee: bigint = SEI_FEES.floorWei;
  return onHead((head) => {
    fee = nextBaseFee(fee, head.gasUsed);
    // A node that is being stopped refuses; the fee of a block that never comes does not matter.
    control("hardhat_setNextBlockBaseFeePerGas", [`0x${fee.toString(16)}`]).catch(() => undefined);
  });
};

/**
 * Starts the `sandbox` network of hardhat.config.ts behind a guarded JSON-RPC port (HTTP and WebSocket), under automine.
 * @param port port on 127.0.0.1; 0 takes a free one
 * @param onRenewed called when the chain's own subscription had ended without a word
 * @throws Error when the port is taken or Hardhat's configuration has no `sandbox` network
 */
export const startChain = async (
  port: number,
  onRenewed: HeadOptions["onRenewed"] = () => undefined,
): Promise<Chain> => {
  if (port !== 0) await assertFree(port);
  const { server, provider, control, renew, unhook } = await guardedServer(port);
  let listening = 0;
  const closeSockets = trackSockets((socket) => socket.localPort === listening);
  listening = (await server.listen()).port;
  const watch = { silenceMs: SILENCE_MS, every, onRenewed };
  const { onHead, stop: unwatch } = await followHeads(headSource(provider, control), watch);
  const stopRenewing = renew(control);
  let stopped = false;
  let stopFees: (() => void) | undefined;

  const startMining = async (intervalMs: number): Promise<void> => {
    stopFees = followSeiFees(control, onHead);
    await control("hardhat_setNextBlockBaseFeePerGas", [`0x${SEI_FEES.floorWei.toString(16)}`]);
    await control("evm_setAutomine", [false]);
    await control("evm_setIntervalMining", [intervalMs]);
  };
  const stop = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    stopFees?.();
    stopRenewing();
    await control("evm_setIntervalMining", [0]);
    await unwatch();
    const closed = server.close();
    closeSockets();
    await closed;
    unhook();
    await provider.close();
  };
  const at = `${HOST}:${listening}`;
  return { rpcUrl: `http://${at}`, wsUrl: `ws://${at}`, control, onHead, startMining, stop };
};
