import type { AddressBook } from "../deployments/schema.ts";
import { createInProcessBus } from "./adapters/bus/inProcess.ts";
import { addressesOf } from "./adapters/chain/addresses.ts";
import { createKey, keccak } from "./adapters/chain/keys.ts";
import { type ChainNode, connectNode } from "./adapters/chain/node.ts";
import { patiently } from "./adapters/chain/patience.ts";
import { type AgentStateWatch, watchAgentState } from "./adapters/chain/agentState.ts";
import { watchVoters } from "./adapters/chain/voters.ts";
import { systemClock } from "./adapters/clock/system.ts";
import { ballotHasher } from "./core/ballot.ts";
import type { Bus } from "./core/bus.ts";
import type { Clock } from "./core/clock.ts";
import { FatalError } from "./core/errors.ts";
import type { EmitEvent } from "./core/events.ts";
import { proposalHasher, safeHasher } from "./core/proposalHash.ts";
import type { Address } from "./core/units.ts";
import { type Loop, type LoopHealth, startLoop } from "./runtime/loop.ts";
import type { Common } from "./wiring/agentKind.ts";
import { type AgentConfig, type KeeperConfig, KINDS, partOf, paysGas } from "./wiring/config.ts";
import type { SharedBus } from "./wiring/sharedBus.ts";

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
const openShared = async (common: Common<KeeperConfig>, isGiven: boolean): Promise<SharedBus | undefined> => {
  const { bus } = common.config;
  if (bus === undefined || isGiven) return undefined;
  const { openSharedBus } = await import("./wiring/sharedBus.ts");
  return openSharedBus(common, openNode(common, "bus"), {
    url: bus.redis.reveal(),
    prefix: bus.prefix,
    replicas: bus.replicas,
  });
};

type Started = { readonly name: string; readonly loop: Loop };

/** Waits for the end, whichever it is, and closes up behind it. */
const closeAfter = async (ended: Promise<unknown>, close: () => Promise<void>): Promise<void> => {
  try {
    await ended;
  } finally {
    await close();
  }
};

/** Tells each change of an agent's own state in the registry. */
const tellAgentState = (
  { addresses: { registry }, emit }: Common,
  { node, name, signer }: { readonly node: ChainNode; readonly name: string; readonly signer: Address },
): void => {
  const onChange: AgentStateWatch["onChange"] = (now, before) => emit({ kind: "agentState", agent: name, now, before });
  const onTrouble = (what: string): void => emit({ kind: "trouble", agent: name, what });
  watchAgentState(node, { registry, signer, onChange, onTrouble });
};

/** Starts one agent on a connection of its own; it is woken by heads and by what its inboxes get. */
const startAgent = async (common: Common<KeeperConfig>, agent: AgentConfig): Promise<Started> => {
  const { config, addresses, bus, emit, nowMs, signal } = common;
  const { name, kind } = agent;
  const own = openNode(common, name);
  const { node, done: endPatience } = patiently(own, config.node.readyTimeoutMs);
  const onTrouble = (what: string): void => emit({ kind: "trouble", agent: name, what });
  try {
    await node.ready;
    const voters = await watchVoters(node, addresses.registry, onTrouble);
    let wake = (): void => undefined;
    const key = createKey(agent.key.reveal());
    const prepared = await KINDS[kind].prepare(common, {
      name,
      node,
      addresses,
      bus,
      voters,
      nowMs,
      emit,
      key,
      hashProposal: safeHasher(proposalHasher(keccak, addresses)),
      hashBallot: ballotHasher(keccak, addresses),
      wake: () => wake(),
    });
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
    return { name, loop: { ...loop, done } };
  } catch (error) {
    node.close();
    throw error;
  }
};

const membersOf = ({ agents }: KeeperConfig): Common["members"] =>
  agents.map(({ name, kind, key }) => {
    const { address: account } = createKey(key.reveal());
    return { name, reviews: partOf(kind) === "reviews", paysGas: paysGas(kind), account };
  });

/** Tells each event to whoever runs the process, and to those of its agents that listen. */
const tellAll = (emit: EmitEvent): Pick<Common, "emit" | "hear"> => {
  const listeners = new Set<EmitEvent>();
  return {
    emit: (event) => {
      emit(event);
      for (const listener of listeners) listener(event);
    },
    hear: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};

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
  const told = tellAll(emit);
  const shape = { config, book, addresses: addressesOf(book), bus, members: membersOf(config) };
  const common = { ...shape, ...told, nowMs: clock.nowMs, signal: either };
  const shared = await openShared(common, deps.bus !== undefined);
  const started = await Promise.allSettled(
    config.agents.map((agent) => startAgent({ ...common, bus: shared?.of(agent.name) ?? bus }, agent)),
  );
  const agents = started.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failed = started.find((result) => result.status === "rejected");
  const ends = agents.map(({ loop }) =>
    loop.done.catch((error: unknown) => {
      stopping.abort();
      throw error;
    }),
  );
  const done = Promise.allSettled(ends).then(async (results) => {
    if (deps.bus === undefined) bus.close();
    await shared?.close();
    const first = results.find((result) => result.status === "rejected");
    if (first !== undefined) throw first.reason;
  });
  if (failed !== undefined) {
    stopping.abort();
    await done.catch(() => undefined);
    throw failed.reason;
  }
  const health = () => Object.fromEntries(agents.map(({ name, loop }) => [name, loop.health()]));
  return { health, done };
};
