import { createHash } from "node:crypto";
import { join } from "node:path";
import type { AddressBook } from "../../deployments/schema.ts";
import { createKey } from "../adapters/chain/keys.ts";
import { systemClock } from "../adapters/clock/system.ts";
import type { AgentProgram, ProcessSign } from "../adapters/orchestrator/child.ts";
import { type Children, createChildren } from "../adapters/orchestrator/children.ts";
import { steadily } from "../adapters/orchestrator/timer.ts";
import { type Lock, takeLock } from "../adapters/lock/lockFile.ts";
import type { Clock } from "../core/clock.ts";
import { FatalError } from "../core/errors.ts";
import type { EmitEvent } from "../core/events.ts";
import type { Address } from "../core/units.ts";
import type { DesiredProcess } from "../orchestrator/fleet.ts";
import { type Leadership, alone } from "../orchestrator/lease.ts";
import { type ProcessPerformance, type Watched, watched, watchedAfter } from "../orchestrator/performance.ts";
import {
  type Orchestrator,
  type OrchestratorNote,
  emptyOrchestratorMemory,
  keepWatch,
  tick,
} from "../orchestrator/tick.ts";
import { startLoop } from "../runtime/loop.ts";
import type { AgentConfig, KeeperConfig } from "./config.ts";

/** How often the fleet is looked at; what changes in between wakes the orchestrator too. */
const LOOK_MS = 500;
/** How often the end of the lease is looked at. */
const WATCH_MS = 250;

/** Agents that run in one process: those of one key, since it numbers what it says and sends in one place. */
export type FleetProcess = {
  readonly name: string;
  readonly account: Address;
  readonly agents: readonly AgentConfig[];
};

/** The processes of a fleet, each named for its first agent. */
export const processesOf = ({ agents }: Pick<KeeperConfig, "agents">): readonly FleetProcess[] => {
  const processes = new Map<Address, FleetProcess>();
  for (const agent of agents) {
    const account = createKey(agent.key.reveal()).address;
    const before = processes.get(account);
    processes.set(account, { name: before?.name ?? agent.name, account, agents: [...(before?.agents ?? []), agent] });
  }
  return [...processes.values()];
};

/** Lets one orchestrator at a time run the fleet of a data folder. @throws FatalError naming the process that does */
export const lockFleet = ({ dataDir }: Pick<KeeperConfig, "dataDir">): Promise<Lock> =>
  takeLock(join(dataDir, "orchestrator"));

const isSecret = (value: object): value is { readonly reveal: () => string } =>
  "reveal" in value && typeof value.reveal === "function";

/** A configuration as it is written, secrets in the open: for the channel to a process, and for nothing else. */
const written = (value: unknown): unknown => {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(written);
  if (isSecret(value)) return value.reveal();
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, written(inner)]));
};

/** The configuration of one process as JSON text: the fleet's, with its own agents. */
export const configTextOf = (config: KeeperConfig, { agents }: FleetProcess): string =>
  JSON.stringify(written({ ...config, agents }));

const revisionOf = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);

/** What operators' commands ask of a process, beside the configuration. */
export type Orders = (account: Address) => Pick<DesiredProcess, "state" | "restarts">;

const NO_ORDERS: Orders = () => ({ state: "running", restarts: 0 });

export type OrchestratorDeps = {
  readonly book: AddressBook;
  readonly program: AgentProgram;
  readonly environment: NodeJS.ProcessEnv;
  /** Ends the fleet; each agent finishes what it is at. */
  readonly signal: AbortSignal;
  /** What the agents tell. */
  readonly emit: EmitEvent;
  readonly tell: (note: OrchestratorNote) => void;
  readonly leadership?: Leadership;
  readonly orders?: Orders;
  readonly clock?: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
};

export type RunningOrchestrator = {
  /** What was seen of each process. */
  readonly performance: () => readonly ProcessPerformance[];
  /** What runs now, by name. */
  readonly pids: () => ReadonlyMap<string, number>;
  /** Asks for a round at once: an order has changed. */
  readonly wake: () => void;
  /** Resolves when every process has ended. @throws FatalError when the orchestrator had to give up; all have ended then */
  readonly done: Promise<void>;
};

/** What was seen of the fleet, kept up to date. */
const createWatch = (names: readonly string[], nowMs: () => number) => {
  const seen = new Map<string, Watched>(names.map((name) => [name, watched(name, nowMs())]));
  const note = (name: string, sign: Parameters<typeof watchedAfter>[1]): void => {
    const before = seen.get(name);
    if (before !== undefined) seen.set(name, watchedAfter(before, sign));
  };
  return { note, all: () => [...seen.values()] };
};

type Parts = { readonly children: Children; readonly orchestrator: Orchestrator };

const putTogether = (
  config: KeeperConfig,
  deps: OrchestratorDeps,
  { nowMs, onSign, wake }: { nowMs: () => number; onSign: (name: string, sign: ProcessSign) => void; wake: () => void },
): Parts => {
  const { book, program, environment, leadership = alone, orders = NO_ORDERS, random, tell } = deps;
  const processes = processesOf(config);
  const texts = new Map(processes.map((process) => [process.name, configTextOf(config, process)]));
  const revisions = new Map([...texts].map(([name, text]) => [name, revisionOf(text)]));
  const { leaseMs: _leaseMs, redis: _redis, prefix: _prefix, ...policy } = config.orchestrator;
  const configOf = (name: string): string | undefined => texts.get(name);
  const { graceMs } = policy;
  const children = createChildren({ program, book, configOf, environment, graceMs, nowMs, onSign, wake });
  const desired = (): Promise<readonly DesiredProcess[]> =>
    Promise.resolve(
      processes.map(({ name, account }) => ({ name, revision: revisions.get(name) ?? "", ...orders(account) })),
    );
  const ports = { leadership, backEnd: children, desired, abandon: children.endAll, nowMs, random, tell };
  const memory = emptyOrchestratorMemory();
  // What was started has ended before anybody else leads.
  const marginMs = leadership === alone ? 0 : graceMs + 4 * WATCH_MS;
  return { children, orchestrator: { ports, memory, config: { policy, marginMs } } };
};

/** The names of a fleet's processes. @throws FatalError when they have no bus to talk over */
const namesOn = (config: KeeperConfig): readonly string[] => {
  const names = processesOf(config).map(({ name }) => name);
  if (names.length === 1 || config.bus !== undefined) return names;
  throw new FatalError("agents in processes of their own hear one another over a Redis alone: set bus.redis");
};

/** Looks at the fleet now and then until the loop ends, and leaves nothing behind. */
const endAfter = async (ended: Promise<unknown>, { children, orchestrator, wake }: Parts & { wake: () => void }) => {
  const stopLooking = steadily(LOOK_MS, wake);
  const stopWatching = steadily(WATCH_MS, () => void keepWatch(orchestrator));
  try {
    await ended;
  } finally {
    stopLooking();
    stopWatching();
    await children.endAll();
    await orchestrator.ports.leadership.release();
  }
};

/**
 * Runs a fleet as processes until `signal` aborts: each agent with the others of its key in a process of its own, started
 * again when it ends, replaced when it hangs.
 * @throws FatalError when agents of several processes have no bus to talk over
 */
export const startOrchestrator = (config: KeeperConfig, deps: OrchestratorDeps): RunningOrchestrator => {
  const { signal, emit, tell, clock = systemClock() } = deps;
  const { nowMs } = clock;
  const watch = createWatch(namesOn(config), nowMs);
  let wake = (): void => undefined;
  const onSign = (name: string, sign: ProcessSign): void => {
    watch.note(name, { ...sign, atMs: nowMs() });
    if (sign.kind === "event") emit(sign.event);
  };
  const hear = (note: OrchestratorNote): void => {
    if (note.kind === "exit") watch.note(note.exit.name, { kind: "exit", exit: note.exit, atMs: note.exit.atMs });
    tell(note);
  };
  const parts = putTogether(config, { ...deps, tell: hear }, { nowMs, onSign, wake: () => wake() });
  const { children, orchestrator } = parts;
  const onTrouble = (what: string): void => emit({ kind: "trouble", agent: "orchestrator", what });
  const deadlineMs = config.orchestrator.graceMs + config.tickDeadlineMs;
  const loop = startLoop({ tick: () => tick(orchestrator), signal, deadlineMs, nowMs, onTrouble });
  wake = loop.wake;
  loop.wake();
  const done = endAfter(loop.done, { ...parts, wake });
  return { performance: watch.all, pids: children.pids, wake: loop.wake, done };
};
