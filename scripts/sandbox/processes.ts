import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import type { AgentProgram } from "../../keepers/adapters/orchestrator/child.ts";
import type { OrchestratorNote } from "../../keepers/orchestrator/tick.ts";
import { startOrchestrator } from "../../keepers/wiring/orchestrator.ts";
import { startOwnRedis } from "../lib/redisServer.ts";
import { type Fleet, type FleetOptions, fleetConfig } from "./keepers.ts";
import { removeFolder } from "../lib/removeFolder.ts";

export type ProcessFleetOptions = FleetOptions & {
  readonly program: AgentProgram;
  readonly tell: (note: OrchestratorNote) => void;
};

/** The sandbox's fleet with each agent in a process of its own. */
export type ProcessFleet = Fleet & {
  readonly pids: () => ReadonlyMap<string, number>;
};

/** Whoever waits for a fleet waits no longer: what is not ready by then gets ready while the others work. */
const READY_MS = 60_000;

/**
 * Runs the sandbox's fleet as processes over a Redis of its own, and waits until they are ready. All of it is gone after `stop`.
 * @throws Error when there is no Redis
 */
export const startProcessFleet = async (options: ProcessFleetOptions): Promise<ProcessFleet> => {
  const { wsUrl, book, emit, tell, program, adapt = {} } = options;
  const redis = await startOwnRedis();
  const dataDir = await mkdtemp(join(tmpdir(), "nexus-"));
  const ending = new AbortController();
  const running = startOrchestrator(fleetConfig(wsUrl, dataDir, { ...adapt, bus: { redis: redis.url } }), {
    book,
    program,
    environment: process.env,
    signal: ending.signal,
    emit,
    tell,
    random: Math.random,
  });
  // Who does not wait for the end must not be ended by it.
  running.done.catch(() => undefined);
  let stopping: Promise<void> | undefined;
  const stopOnce = async (): Promise<void> => {
    ending.abort();
    await running.done.catch(() => undefined);
    await redis.end();
    await removeFolder(dataDir);
  };
  const stop = (): Promise<void> => (stopping ??= stopOnce());
  await Promise.race([running.ready, delay(READY_MS, undefined, { signal: ending.signal }).catch(() => undefined)]);
  const { pids, done } = running;
  return { done, stop, pids };
};
