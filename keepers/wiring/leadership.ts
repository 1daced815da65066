import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { openRedisLease } from "../adapters/orchestrator/redisLease.ts";
import { FatalError } from "../core/errors.ts";
import { type Leadership, alone } from "../orchestrator/lease.ts";
import type { KeeperConfig } from "./config.ts";

/** How often the end of the lease is looked at. */
export const WATCH_MS = 250;
/** A lease lasts so much longer than its margin, so that a slow answer does not end it. */
const ROUNDS_MS = 6_000;

/** A lead, and so long before its end what was started must end; milliseconds. */
export type OpenLeadership = Leadership & { readonly marginMs: number; readonly close: () => void };

type LeadershipDeps = {
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly onTrouble: (what: string) => void;
};

/**
 * The lead as the configuration names it: the lease in its Redis, or that of the only orchestrator.
 * @throws FatalError for a lease that is too short for the time that its processes may take to stop
 */
export const leadershipOf = (
  config: Pick<KeeperConfig, "chainId" | "orchestrator">,
  { nowMs, random, onTrouble }: LeadershipDeps,
): OpenLeadership => {
  const { redis, prefix, leaseMs, graceMs } = config.orchestrator;
  if (redis === undefined) return { ...alone, marginMs: 0, close: () => undefined };
  // What was started has ended before anybody else leads.
  const marginMs = graceMs + 4 * WATCH_MS;
  if (leaseMs < marginMs + ROUNDS_MS) {
    throw new FatalError(`orchestrator.leaseMs must be ${marginMs + ROUNDS_MS} or more with this orchestrator.graceMs`);
  }
  const holder = `${hostname().replaceAll(/\s/g, "-")}:${randomUUID()}`;
  const { chainId } = config;
  return {
    ...openRedisLease({ url: redis.reveal(), prefix, chainId, holder, leaseMs, nowMs, random, onTrouble }),
    marginMs,
  };
};
