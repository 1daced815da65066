import type { AddressBook } from "../deployments/schema.ts";
import { createInProcessBus } from "./adapters/bus/inProcess.ts";
import { addressesOf } from "./adapters/chain/addresses.ts";
import { createKey, keccak } from "./adapters/chain/keys.ts";
import { type ChainNode, connectNode } from "./adapters/chain/node.ts";
import { patiently } from "./adapters/chain/patience.ts";
import { watchVoters } from "./adapters/chain/voters.ts";
import { systemClock } from "./adapters/clock/system.ts";
import { ballotHasher } from "./core/ballot.ts";
import type { Bus } from "./core/bus.ts";
import type { Clock } from "./core/clock.ts";
import { FatalError } from "./core/errors.ts";
import type { EmitEvent } from "./core/events.ts";
import { proposalHasher, safeHasher } from "./core/proposalHash.ts";
import { type Loop, type LoopHealth, startLoop } from "./runtime/loop.ts";
import type { Lane } from "./sending/pipeline.ts";
import type { AgentTools, Common } from "./wiring/agentKind.ts";
import { tellAgentState } from "./wiring/agentState.ts";
import { type AgentConfig, type KeeperConfig, KINDS, partOf, paysGas } from "./wiring/config.ts";
import { tellAll } from "./wiring/listeners.ts";
import { startKeyCare } from "./wiring/keyCare.ts";
import { openKeyRings } from "./wiring/keyRings.ts";
import type { SharedBus } from "./wiring/sharedBus.ts";
import type { FleetStore } from "./wiring/store.ts";

export { loadConfig } from "./wiring/config.ts";
export type { KeeperConfig, KeeperConfigInput } from "./wiring/config.ts";

/** What a process brings along. */
export type KeeperDeps = {
  readonly book: AddressBook;
  /** Stops all agents; each finishes what it is at. */
  readonly signal: AbortSignal;
  readonly emit?: EmitEvent;
  readonly clock?: Clock;
  /** Shared with other fleets of this process; by default one of our own. */
  readonly bus?: Bus;
  /** What tells this process from others that share its data folder. */
  readonly process?: string;
};

export type RunningKeepers = {
  readonly health: () => Readonly<Record<string, LoopHealth>>;
  /** Resolves when every agent has ended. @throws FatalError when one had to give up; all are stopped then */
  readonly done: Promise<void>;
};

const openNode = ({ config, addresses, nowMs, emit }: Common, name: string): ChainNode =>
  connectNode({
    ...config.node,
    urls: config.rpcUrl,
    chainId: addresses.chainId,
    nowMs,
    onConnection: (up, detail) => emit({ kind: "connection", agent: name, up, detail }),
    onTrouble: (what) => emit({ kind: "trouble", agent: name, what }),
  });

/** The bus that other fleets are on too, if the configuration names one; loaded only then. */
const openShared = async (
  common: Common<KeeperConfig>,
  { bus: given, process: name }: KeeperDeps,
): Promise<SharedBus | undefined> => {
  const { bus } = common.config;
  if (bus === undefined || given !== undefined) return undefined;
  const { openSharedBus } = await import("./wiring/sharedBus.ts");
  return openSharedBus(common, openNode(common, "bus"), {
    url: bus.redis.reveal(),
    prefix: bus.prefix,
    replicas: bus.replicas,
    process: name,
  });
};

/** The store that the configuration names, if it names one; loaded only then. */
const openStore = async (common: Common<KeeperConfig>): Promise<FleetStore | undefined> => {
  const { store } = common.config;
  if (store === undefined) return undefined;
  const { openFleetStore } = await import("./wiring/store.ts");
  return openFleetStore(store, common);
};

/** An agent that runs, over its own connection, and the accounts that it sends from. */
type Started = {
  readonly name: string;
  readonly loop: Loop;
  readonly node: ChainNode;
  readonly lanes: readonly Lane[];
  readonly keyCare: Loop;
};

/** Waits for the end, whichever it is, and closes up behind it. */
const closeAfter = async (ended: Promise<unknown>, close: () => Promise<void>): Promise<void> => {
  try {
    await ended;
  } finally {
    await close();
  }
};

const hashersOf = ({ addresses }: Common): Pick<AgentTools, "hashProposal" | "hashBallot"> => ({
  hashProposal: safeHasher(proposalHasher(keccak, addresses)),
  hashBallot: ballotHasher(keccak, addresses),
});

/** Starts one agent on a connection of its own; it is woken by heads and by what its inboxes get. */
const startAgent = async (common: Common<KeeperConfig>, agent: AgentConfig): Promise<Started> => {
  const { config, addresses, bus, emit, nowMs, signal } = common;
  const { name, kind } = agent;
  const { node, done: endPatience } = patiently(openNode(common, name), config.node.readyTimeoutMs);
  const onTrouble = (what: string): void => emit({ kind: "trouble", agent: name, what });
  try {
    await node.ready;
    const voters = await watchVoters(node, addresses.registry, onTrouble);
    let wake = (): void => undefined;
    const key = createKey(agent.key.reveal());
    const tools: AgentTools = {
      name,
      node,
      addresses,
      bus,
      voters,
      nowMs,
      emit,
      key,
      ...hashersOf(common),
      wake: () => wake(),
    };
    const prepared = await KINDS[kind].prepare(common, tools);
    const loop = startLoop({ tick: prepared.tick, signal, deadlineMs: config.tickDeadlineMs, nowMs, onTrouble });
    endPatience();
    wake = loop.wake;
    tellAgentState(common, { node, name, signer: key.address });
    node.onHead(() => loop.wake());
    loop.wake();
    const done = closeAfter(loop.done, () => {
      node.close();
      return prepared.close();
    });
    const keyCare = startKeyCare(common, tools, prepared);
    return { name, node, lanes: prepared.pipeline?.lanes ?? [], loop: { ...loop, done }, keyCare };
  } catch (error) {
    node.close();
    throw error;
  }
};

/** Looks after the accounts that the agents send from, over the connection of the first of them; loaded only where there is one. */
const startWallets = async (common: Common<KeeperConfig>, agents: readonly Started[]): Promise<readonly Loop[]> => {
  const sending = agents.filter(({ lanes }) => lanes.length > 0);
  const [first] = sending;
  if (first === undefined) return [];
  const { node } = first;
  const { openWallets } = await import("./wiring/wallets.ts");
  const lanes = sending.flatMap((agent) => agent.lanes);
  const { tick, close } = await openWallets(common, node, lanes);
  const { config, signal, nowMs, emit } = common;
  const onTrouble = (what: string): void => {
    // Its connection ends with its agent.
    if (!signal.aborted) emit({ kind: "trouble", agent: "wallets", what });
  };
  const loop = startLoop({ tick, signal, deadlineMs: config.tickDeadlineMs, nowMs, onTrouble });
  node.onHead(() => loop.wake());
  loop.wake();
  return [{ ...loop, done: closeAfter(loop.done, close) }];
};

/** Starts all agents, and what looks after their accounts. What was started is there also where something failed. */
const startAll = async (common: Common<KeeperConfig>, shared: SharedBus | undefined) => {
  const { config, bus } = common;
  const started = await Promise.allSettled(
    config.agents.map((agent) => startAgent({ ...common, bus: shared?.of(agent.name) ?? bus }, agent)),
  );
  const agents = started.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const loops = agents.flatMap(({ loop, keyCare }) => [loop, keyCare]);
  const failed = started.find((result) => result.status === "rejected");
  if (failed !== undefined) return { agents, loops, failed };
  const [wallets] = await Promise.allSettled([startWallets(common, agents)]);
  if (wallets.status === "rejected") return { agents, loops, failed: wallets };
  return { agents, loops: [...loops, ...wallets.value], failed: undefined };
};

/** Resolves when all loops have ended and all is closed; one that gives up stops the others. @throws what it gave up for */
const endOf = async (
  loops: readonly Loop[],
  { stop, close }: { readonly stop: () => void; readonly close: () => Promise<void> },
): Promise<void> => {
  const ends = loops.map(({ done }) =>
    done.catch((error: unknown) => {
      stop();
      throw error;
    }),
  );
  const results = await Promise.allSettled(ends);
  await close();
  const first = results.find((result) => result.status === "rejected");
  if (first !== undefined) throw first.reason;
};

const membersOf = ({ agents }: KeeperConfig): Common["members"] =>
  agents.map(({ name, kind, key }) => {
    const { address: account } = createKey(key.reveal());
    return { name, reviews: partOf(kind) === "reviews", paysGas: paysGas(kind), account };
  });

/**
 * Runs the configured agents until `signal` aborts: one of them or a fleet, each with its own key and connection, over one
 * bus. This is the only place where all parts meet.
 * @throws FatalError for a book of another chain, a missing contract, no node, or a key without a seat
 */
export const runKeepers = async (config: KeeperConfig, deps: KeeperDeps): Promise<RunningKeepers> => {
  const { book, signal, emit = () => undefined, clock = systemClock() } = deps;
  if (BigInt(book.chainId) !== config.chainId) {
    throw new FatalError(`the address book is of chain ${book.chainId}, the configuration says ${config.chainId}`);
  }
  const stopping = new AbortController();
  const bus = deps.bus ?? createInProcessBus(config.busCapacity);
  const either = AbortSignal.any([signal, stopping.signal]);
  const shape = { config, book, addresses: addressesOf(book), bus, members: membersOf(config) };
  const shown = { ...shape, ...tellAll(emit), nowMs: clock.nowMs, signal: either };
  const rings = await openKeyRings(config);
  const store = await openStore(shown);
  const { store: own, history, transactions } = store ?? {};
  const common = { ...shown, store: own, history, transactions, rings };
  const shared = await openShared(common, deps).catch(async (error: unknown) => {
    await store?.close();
    throw error;
  });
  const { agents, loops, failed } = await startAll(common, shared);
  const close = async (): Promise<void> => {
    if (deps.bus === undefined) bus.close();
    await shared?.close();
    await store?.close();
  };
  const done = endOf(loops, { stop: () => stopping.abort(), close });
  if (failed !== undefined) {
    stopping.abort();
    await done.catch(() => undefined);
    throw failed.reason;
  }
  const health = () => Object.fromEntries(agents.map(({ name, loop }) => [name, loop.health()]));
  return { health, done };
};
