import type { AddressBook } from "../../deployments/schema.ts";
import { systemClock } from "../adapters/clock/system.ts";
import type { AgentProgram, ProcessSign } from "../adapters/orchestrator/child.ts";
import { steadily } from "../adapters/orchestrator/timer.ts";
import type { Clock } from "../core/clock.ts";
import { FatalError } from "../core/errors.ts";
import type { EmitEvent } from "../core/events.ts";
import type { Address } from "../core/units.ts";
import type { DesiredProcess } from "../orchestrator/fleet.ts";
import { NO_ORDER } from "../orchestrator/orders.ts";
import { type ProcessPerformance, type Watched, watched, watchedAfter } from "../orchestrator/performance.ts";
import {
  type Orchestrator,
  type OrchestratorNote,
  emptyOrchestratorMemory,
  keepWatch,
  tick,
} from "../orchestrator/tick.ts";
import { startLoop } from "../runtime/loop.ts";
import type { KeeperConfig } from "./config.ts";
import { processConfigOf, processesOf, revisionOf } from "./fleetProcesses.ts";
import { openKubernetes } from "./kubernetes.ts";
import { type OpenLeadership, WATCH_MS, leadershipOf } from "./leadership.ts";
import { type Processes, ownProcesses } from "./processes.ts";

/** How often the fleet is looked at; what changes in between wakes the orchestrator too. */
const LOOK_MS = 500;
/** What operators' commands ask of the process of an account, beside the configuration. */
export type OrderOf = (account: Address) => Pick<DesiredProcess, "state" | "restarts">;

export type OrchestratorDeps = {
  readonly book: AddressBook;
  readonly program: AgentProgram;
  readonly environment: NodeJS.ProcessEnv;
  /** Ends the fleet; each agent finishes what it is at. */
  readonly signal: AbortSignal;
  /** What the agents tell. */
  readonly emit: EmitEvent;
  readonly tell: (note: OrchestratorNote) => void;
  readonly orderOf?: OrderOf;
  readonly clock?: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
};

export type RunningOrchestrator = {
  /** What was seen of each process. */
  readonly performance: () => readonly ProcessPerformance[];
  /** Resolves once each process has been ready, or the fleet has ended. */
  readonly ready: Promise<void>;
  /** The fencing token of its lead; zero while it does not lead. */
  readonly token: () => number;
  /** What runs now, by name: processes of this machine, or pods of a cluster. */
  readonly pids: Processes["pids"];
  readonly pods: Processes["pods"];
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

/** A promise that is kept once each of these names has been told. */
const createRollCall = (names: readonly string[]) => {
  const [missing, all] = [new Set(names), Promise.withResolvers<undefined>()];
  const tell = (name: string): void => {
    missing.delete(name);
    if (missing.size === 0) all.resolve(undefined);
  };
  return { tell, all: all.promise };
};

type Parts = {
  readonly processes: Processes;
  readonly orchestrator: Orchestrator;
  readonly leadership: OpenLeadership;
};

const putTogether = (
  config: KeeperConfig,
  deps: OrchestratorDeps,
  { nowMs, onSign, wake }: { nowMs: () => number; onSign: (name: string, sign: ProcessSign) => void; wake: () => void },
): Parts => {
  const { book, program, environment, orderOf = () => NO_ORDER, random, tell } = deps;
  const processes = processesOf(config);
  const texts = new Map(processes.map((process) => [process.name, processConfigOf(config, process)]));
  const revisions = new Map([...texts].map(([name, text]) => [name, revisionOf(text)]));
  const { leaseMs: _leaseMs, redis: _redis, prefix: _prefix, ...policy } = config.orchestrator;
  const configOf = (name: string): string | undefined => texts.get(name);
  const { graceMs } = policy;
  const onTrouble = (what: string): void => deps.emit({ kind: "trouble", agent: "orchestrator", what });
  const cluster = openKubernetes(config, { book, configOf, nowMs, random, onSign, wake, onTrouble });
  const running =
    cluster?.processes ?? ownProcesses({ program, book, configOf, environment, graceMs, nowMs, onSign, wake });
  const desired = (): Promise<readonly DesiredProcess[]> =>
    Promise.resolve(
      processes.map(({ name, account }) => ({ name, revision: revisions.get(name) ?? "", ...orderOf(account) })),
    );
  const leadership = cluster?.leadership ?? leadershipOf(config, { nowMs, random, onTrouble });
  const ports = { leadership, backEnd: running, desired, abandon: running.abandon, nowMs, random, tell };
  const memory = emptyOrchestratorMemory();
  const { marginMs } = leadership;
  return { processes: running, leadership, orchestrator: { ports, memory, config: { policy, marginMs } } };
};

/** The names of a fleet's processes. @throws FatalError when they have no bus to talk over */
const namesOn = (config: KeeperConfig): readonly string[] => {
  const names = processesOf(config).map(({ name }) => name);
  if (names.length === 1 || config.bus !== undefined) return names;
  throw new FatalError("agents in processes of their own hear one another over a Redis alone: set bus.redis");
};

/** Looks at the fleet now and then until the loop ends, and leaves nothing behind. */
const endAfter = async (ended: Promise<unknown>, parts: Parts & { readonly wake: () => void }) => {
  const { processes, orchestrator, leadership, wake } = parts;
  const stopLooking = steadily(LOOK_MS, wake);
  const stopWatching = steadily(WATCH_MS, () => void keepWatch(orchestrator));
  try {
    await ended;
  } finally {
    stopLooking();
    stopWatching();
    await processes.close();
    await leadership.release();
    leadership.close();
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
  const [watch, roll] = [createWatch(namesOn(config), nowMs), createRollCall(namesOn(config))];
  let wake = (): void => undefined;
  const onSign = (name: string, sign: ProcessSign): void => {
    watch.note(name, { ...sign, atMs: nowMs() });
    if (sign.kind === "event") emit(sign.event);
    if (sign.kind === "ready") roll.tell(name);
  };
  const hear = (note: OrchestratorNote): void => {
    if (note.kind === "exit") watch.note(note.exit.name, { kind: "exit", exit: note.exit, atMs: note.exit.atMs });
    tell(note);
  };
  const parts = putTogether(config, { ...deps, tell: hear }, { nowMs, onSign, wake: () => wake() });
  const { processes, orchestrator } = parts;
  const onTrouble = (what: string): void => emit({ kind: "trouble", agent: "orchestrator", what });
  const deadlineMs = config.orchestrator.graceMs + config.tickDeadlineMs;
  const loop = startLoop({ tick: () => tick(orchestrator), signal, deadlineMs, nowMs, onTrouble });
  wake = loop.wake;
  loop.wake();
  const done = endAfter(loop.done, { ...parts, wake });
  const token = (): number => orchestrator.memory.held?.token ?? 0;
  const ready = Promise.race([roll.all, done.catch(() => undefined)]).then(() => undefined);
  return { performance: watch.all, ready, token, pids: processes.pids, pods: processes.pods, wake: loop.wake, done };
};
