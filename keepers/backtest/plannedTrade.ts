import { type Plan, decide } from "../agents/arbitrage/decide.ts";
import { recordedInput } from "../agents/arbitrage/replay.ts";
import type { Pool } from "../market/pool.ts";

/** A searcher's decision to trade, and the pools that it was made on. */
export type PlannedTrade = { readonly plan: Plan; readonly pools: readonly Pool[] };

const isSearchers = (record: unknown): boolean =>
  typeof record === "object" && record !== null && "version" in record && "snapshot" in record;

/**
 * Decides again on what a record of a live decision log says was seen.
 * @param record a record as `JSON.parse` returns it
 * @returns undefined where nothing is proposed, or the record is none of a searcher
 * @throws TypeError or RangeError where a searcher's record is malformed, or of another version
 */
export const plannedIn = (record: unknown): PlannedTrade | undefined => {
  if (!isSearchers(record)) return undefined;
  const { snapshot, policy } = recordedInput(record);
  const decision = decide(snapshot, policy);
  return decision.kind === "propose" ? { plan: decision.plan, pools: snapshot.pools } : undefined;
};
