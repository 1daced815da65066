import { join } from "node:path";
import { nativePrimitives } from "../adapters/bus/nacl.ts";
import { addressesOf } from "../adapters/chain/addresses.ts";
import { systemClock } from "../adapters/clock/system.ts";
import { takeLock } from "../adapters/lock/lockFile.ts";
import { type FleetStatus, serveControl } from "../adapters/orchestrator/control.ts";
import { type OrderFile, openOrderFile } from "../adapters/orchestrator/orderFile.ts";
import type { Hex } from "../core/hex.ts";
import type { Address } from "../core/units.ts";
import { type CommandRefusal, type Commanded, judgeCommand } from "../orchestrator/command.ts";
import { NO_ORDER, type StandingOrder } from "../orchestrator/orders.ts";
import { percentile } from "../views/percentile.ts";
import type { KeeperConfig } from "./config.ts";
import { type FleetProcess, processesOf } from "./fleetProcesses.ts";
import { type OrchestratorDeps, type RunningOrchestrator, startOrchestrator } from "./orchestrator.ts";

/** Where the orchestrator of a data folder listens for this machine's user. */
export const controlPathOf = (dataDir: string): string => join(dataDir, "orchestrator.sock");

/** The key whose commands a process obeys: its own operator's, else the fleet's; undefined where agents of it disagree. */
const operatorKeyOf = ({ agents }: FleetProcess, config: KeeperConfig): Hex | undefined => {
  const keys = new Set(agents.map(({ operatorKey }) => operatorKey ?? config.orchestrator.operatorKey));
  const [key] = keys;
  return keys.size === 1 ? key : undefined;
};

const orderIn = (file: OrderFile, account: Address): StandingOrder => file.orders().get(account) ?? NO_ORDER;

/** Judges commands one after the other, keeps what is accepted, and lets the orchestrator look at once. [NX-ORC-03] */
const createObey = (
  config: KeeperConfig,
  { book }: OrchestratorDeps,
  { file, wake }: { readonly file: OrderFile; readonly wake: () => void },
) => {
  const processes = new Map(processesOf(config).map((process) => [process.account, process]));
  const { chainId, registry } = addressesOf(book);
  const { nowMs } = systemClock();
  const commanded = (account: Address): Commanded | undefined => {
    const process = processes.get(account);
    if (process === undefined) return undefined;
    const { lastSequence, state } = orderIn(file, account);
    return { operatorKey: operatorKeyOf(process, config), lastSequence, isTerminated: state === "terminated" };
  };
  let turn: Promise<unknown> = Promise.resolve();
  const obey = async (bytes: Uint8Array): Promise<CommandRefusal | undefined> => {
    const world = { primitives: nativePrimitives, realm: { chainId, registry }, commanded, nowMs: nowMs() };
    const judged = judgeCommand(world, bytes);
    if (judged.kind === "refused") return judged.reason;
    await file.append(judged.command);
    wake();
    return undefined;
  };
  return (bytes: Uint8Array): Promise<CommandRefusal | undefined> => {
    const next = turn.then(() => obey(bytes));
    turn = next.catch(() => undefined);
    return next;
  };
};

const statusOf = (config: KeeperConfig, file: OrderFile, running: RunningOrchestrator): FleetStatus => {
  const seen = new Map(running.performance().map((one) => [one.name, one]));
  const [pids, pods] = [running.pids(), running.pods()];
  const processes = processesOf(config).flatMap(({ name, account, agents }) => {
    const performance = seen.get(name);
    if (performance === undefined) return [];
    const { starts, crashes, longestSilenceMs, longestOutageMs } = performance;
    const { proposals, votes, refusals, troubles, voteMs } = performance;
    const { state } = orderIn(file, account);
    return [
      {
        name,
        account,
        agents: agents.map((agent) => agent.name),
        state,
        pid: pids.get(name),
        pod: pods.get(name),
        starts,
        crashes,
        longestSilenceMs,
        longestOutageMs,
        proposals,
        votes,
        refusals,
        troubles,
        voteP50Ms: percentile(voteMs, 50),
        voteP99Ms: percentile(voteMs, 99),
      },
    ];
  });
  const sinceMs = Math.min(...[...seen.values()].map((one) => one.sinceMs));
  return { token: running.token(), watchedMs: systemClock().nowMs() - sinceMs, processes };
};

const NOT_YET: FleetStatus = { token: 0, watchedMs: 0, processes: [] };

const closingAfter = async (done: Promise<void>, close: () => Promise<void>): Promise<void> => {
  try {
    await done;
  } finally {
    await close();
  }
};

/**
 * Runs a fleet as processes, as the only orchestrator of its data folder, and lets its operators command it.
 * @throws FatalError when another one runs there, a file cannot be read, or the socket cannot be opened
 */
export const runFleet = async (
  config: KeeperConfig,
  deps: Omit<OrchestratorDeps, "orderOf">,
): Promise<RunningOrchestrator> => {
  const { dataDir } = config;
  const lock = await takeLock(join(dataDir, "orchestrator"));
  const closers: (() => Promise<void>)[] = [lock.release];
  const closeAll = async (): Promise<void> => {
    for (const close of closers.toReversed()) await close();
  };
  try {
    const file = await openOrderFile(join(dataDir, "orchestrator.orders.jsonl"));
    closers.push(file.close);
    const fleet: { running: RunningOrchestrator | undefined } = { running: undefined };
    const wake = (): void => fleet.running?.wake();
    const control = await serveControl(controlPathOf(dataDir), {
      status: () => (fleet.running === undefined ? NOT_YET : statusOf(config, file, fleet.running)),
      command: createObey(config, { ...deps }, { file, wake }),
    });
    closers.push(control.close);
    const running = startOrchestrator(config, { ...deps, orderOf: (account) => orderIn(file, account) });
    fleet.running = running;
    return { ...running, done: closingAfter(running.done, closeAll) };
  } catch (error) {
    await closeAll();
    throw error;
  }
};
