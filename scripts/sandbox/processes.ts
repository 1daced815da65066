import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { AgentProgram } from "../../keepers/adapters/orchestrator/child.ts";
import type { OrchestratorNote } from "../../keepers/orchestrator/tick.ts";
import type { ProcessPerformance } from "../../keepers/orchestrator/performance.ts";
import { startOrchestrator } from "../../keepers/wiring/orchestrator.ts";
import { type OwnRedis, startOwnRedis } from "../lib/redisServer.ts";
import { type Fleet, type FleetOptions, fleetConfig } from "./keepers.ts";

export type ProcessFleetOptions = FleetOptions & {
  readonly program: AgentProgram;
  readonly tell: (note: OrchestratorNote) => void;
};

/** The sandbox's fleet with each agent in a process of its own. */
export type ProcessFleet = Fleet & {
  readonly redis: OwnRedis;
  readonly pids: () => ReadonlyMap<string, number>;
  readonly performance: () => readonly ProcessPerformance[];
  /** Where journals lie; gone once the fleet has stopped, unless `keepData` is called before. */
  readonly dataDir: string;
  readonly keepData: () => void;
};

/** Runs the sandbox's fleet as processes over a Redis of its own. All of it is gone after `stop`. */
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
  let isKept = false;
  let stopping: Promise<void> | undefined;
  const stopOnce = async (): Promise<void> => {
    ending.abort();
    await running.done.catch(() => undefined);
    await redis.end();
    if (!isKept) await rm(dataDir, { recursive: true, force: true });
  };
  const keepData = (): void => {
    isKept = true;
  };
  const stop = (): Promise<void> => (stopping ??= stopOnce());
  const { pids, performance, done } = running;
  return { done, stop, redis, pids, performance, dataDir, keepData };
};
