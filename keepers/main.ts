import { join } from "node:path";
import type { AddressBook } from "../deployments/schema.ts";
import { createInProcessBus } from "./adapters/bus/inProcess.ts";
import { type Addresses, addressesOf } from "./adapters/chain/addresses.ts";
import { createKey, keccak } from "./adapters/chain/keys.ts";
import { type ChainNode, connectNode } from "./adapters/chain/node.ts";
import { createSimulator, probeCode } from "./adapters/chain/simulate.ts";
import { readSeat, watchVoters } from "./adapters/chain/voters.ts";
import { systemClock } from "./adapters/clock/system.ts";
import { openFileJournal, proposalIntent } from "./adapters/journal/file.ts";
import { arbitragePorts, venuesOf } from "./adapters/ports/arbitrage.ts";
import { executionPorts } from "./adapters/ports/execution.ts";
import { riskPorts } from "./adapters/ports/risk.ts";
import { type AgentTools, totalHasher } from "./adapters/ports/shared.ts";
import { openDecisionLog } from "./adapters/record/decisionLog.ts";
import { emptyArbitrageMemory, tick as arbitrageTick } from "./arbitrage/tick.ts";
import type { AgentConfig, KeeperConfig } from "./config/schema.ts";
import type { Bus } from "./core/bus.ts";
import type { Clock } from "./core/clock.ts";
import { assertNever } from "./core/assertNever.ts";
import { FatalError } from "./core/errors.ts";
import type { EmitEvent } from "./core/events.ts";
import { proposalHasher } from "./core/proposalHash.ts";
import { type Address, seconds } from "./core/units.ts";
import { emptyMemory } from "./execution/memory.ts";
import { recover, tick as executionTick } from "./execution/tick.ts";
import { emptyRiskMemory, tick as riskTick } from "./risk/tick.ts";
import { type Loop, type LoopHealth, startLoop } from "./runtime/loop.ts";

export { loadConfig } from "./config/load.ts";
export type { KeeperConfig, KeeperConfigInput } from "./config/schema.ts";

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

/** What the agents of one process share. */
type Common = {
  readonly config: KeeperConfig;
  readonly addresses: Addresses;
  readonly bus: Bus;
  readonly emit: EmitEvent;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
};

/** An agent that is ready: its tick, and what must be closed behind it. */
type Prepared = { readonly tick: () => Promise<void>; readonly close: () => Promise<void> };

const tokenNamed = ({ addresses }: Common, name: string): Address => {
  const found = addresses.tokens.find(({ symbol }) => symbol === name);
  if (found === undefined) throw new FatalError(`the address book has no traded token ${name}`);
  return found.address;
};

const seatedId = async (tools: AgentTools): Promise<bigint> => {
  const agentId = await readSeat(tools.node, tools.addresses.registry, tools.key.address);
  if (agentId === 0n) throw new FatalError(`${tools.name}: the key ${tools.key.address} has no seat in the registry`);
  return agentId;
};

const prepareArbitrage = async (common: Common, tools: AgentTools): Promise<Prepared> => {
  const { arbitrage, execution, dataDir } = common.config;
  const agentId = await seatedId(tools);
  const trouble = (what: string): void => common.emit({ kind: "trouble", agent: tools.name, what });
  const decisions = await openDecisionLog(join(dataDir, `${tools.name}.decisions.jsonl`), trouble);
  const ports = arbitragePorts(tools, decisions, { agentId, tickReach: arbitrage.tickReachWords });
  const settings = {
    name: tools.name,
    agentId,
    signer: tools.key.address,
    treasury: common.addresses.treasury,
    base: tokenNamed(common, common.config.baseToken),
    native: tokenNamed(common, common.config.nativeToken),
    policy: {
      minProfit: arbitrage.minProfit,
      gasOverhead: arbitrage.gasOverhead,
      gasPerHop: { v2: arbitrage.gasPerV2Hop, v3: arbitrage.gasPerV3Hop },
      maxHops: arbitrage.maxHops,
      lifetime: seconds(arbitrage.lifetimeSeconds),
      maxPlans: 1,
    },
    gasTerms: { tip: execution.tipWei, maxGasPrice: execution.maxGasPriceWei },
    venues: venuesOf(common.addresses),
  };
  const memory = emptyArbitrageMemory();
  return { tick: () => arbitrageTick(ports, memory, settings), close: decisions.close };
};

const prepareRisk = async (common: Common, tools: AgentTools): Promise<Prepared> => {
  const agentId = await seatedId(tools);
  const simulator = createSimulator(tools.node, common.addresses, await probeCode(tools.node));
  const ports = riskPorts(tools, simulator, agentId);
  const settings = {
    name: tools.name,
    signer: tools.key.address,
    keccak,
    around: common.addresses.around,
    policy: common.config.risk,
  };
  const memory = emptyRiskMemory();
  return { tick: () => riskTick(ports, memory, settings), close: () => Promise.resolve() };
};

const prepareExecution = async (common: Common, tools: AgentTools): Promise<Prepared> => {
  const { execution, dryRun, dataDir } = common.config;
  const journal = await openFileJournal(join(dataDir, `${tools.name}.journal.jsonl`), proposalIntent);
  const simulator = createSimulator(tools.node, common.addresses, await probeCode(tools.node));
  const ports = executionPorts(tools, simulator, journal);
  const policy = {
    name: tools.name,
    sender: tools.key.address,
    dryRun,
    maxAgeBlocks: execution.maxAgeBlocks,
    gasMarginPercent: execution.gasMarginPercent,
    tip: execution.tipWei,
    maxGasPrice: execution.maxGasPriceWei,
  };
  const engine = { ports, memory: emptyMemory(), policy };
  await recover(engine);
  return { tick: () => executionTick(engine), close: journal.close };
};

const prepare = (kind: AgentConfig["kind"], common: Common, tools: AgentTools): Promise<Prepared> => {
  switch (kind) {
    case "arbitrage":
      return prepareArbitrage(common, tools);
    case "risk":
      return prepareRisk(common, tools);
    case "execution":
      return prepareExecution(common, tools);
    default:
      return assertNever(kind);
  }
};

const openNode = ({ config, addresses, nowMs, emit }: Common, name: string): ChainNode =>
  connectNode({
    ...config.node,
    url: config.rpcUrl,
    chainId: addresses.chainId,
    nowMs,
    onConnection: (up) => emit({ kind: "connection", agent: name, up }),
  });

type Started = { readonly name: string; readonly loop: Loop };

/** Waits for the end, whichever it is, and closes up behind it. */
const closeAfter = async (ended: Promise<unknown>, close: () => Promise<void>): Promise<void> => {
  try {
    await ended;
  } finally {
    await close();
  }
};

/** Starts one agent on a connection of its own; it is woken by heads and by what its inboxes get. */
const startAgent = async (common: Common, agent: AgentConfig): Promise<Started> => {
  const { config, addresses, bus, emit, nowMs, signal } = common;
  const { name, kind } = agent;
  const node = openNode(common, name);
  try {
    await node.ready;
    const voters = await watchVoters(node, addresses.registry, (what) => emit({ kind: "trouble", agent: name, what }));
    let wake = (): void => undefined;
    const prepared = await prepare(kind, common, {
      name,
      node,
      addresses,
      bus,
      voters,
      nowMs,
      emit,
      key: createKey(agent.key.reveal()),
      hashProposal: totalHasher(proposalHasher(keccak, addresses)),
      wake: () => wake(),
    });
    const onTrouble = (what: string): void => emit({ kind: "trouble", agent: name, what });
    const loop = startLoop({ tick: prepared.tick, signal, deadlineMs: config.tickDeadlineMs, nowMs, onTrouble });
    wake = loop.wake;
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
  const common = { config, addresses: addressesOf(book), bus, emit, nowMs: clock.nowMs, signal: either };
  const started = await Promise.allSettled(config.agents.map((agent) => startAgent(common, agent)));
  const agents = started.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failed = started.find((result) => result.status === "rejected");
  const ends = agents.map(({ loop }) =>
    loop.done.catch((error: unknown) => {
      stopping.abort();
      throw error;
    }),
  );
  const done = Promise.allSettled(ends).then((results) => {
    if (deps.bus === undefined) bus.close();
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
