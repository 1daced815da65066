import type { BlockNumber } from "../../core/units.ts";
import { type Foreseen, comesAfter, foresee } from "../../market/foresight/foresee.ts";
import type { PendingOrder, PendingView } from "../../market/foresight/pending.ts";
import type { Pool } from "../../market/pool.ts";
import { recordedPoolOf } from "../../market/pool.ts";
import { type Decision, type Plan, type Policy, type Snapshot, decide } from "./decide.ts";
import type { Venues } from "./plan.ts";

/** What is foreseen for the block after `block`. */
export type Outlook = {
  readonly block: BlockNumber;
  readonly foreseen: Foreseen;
  /** A plan that can only come after the foreseen swaps, and what it was decided on. */
  readonly armed: { readonly plan: Plan; readonly snapshot: Snapshot; readonly decision: Decision } | undefined;
};

/** What foresight needs to know beside what is pending. Base fee in wei per gas. */
export type OutlookTerms = {
  readonly policy: Policy;
  readonly order: PendingOrder;
  readonly baseFee: bigint;
  readonly routerOf: Venues["routerOf"];
};

/**
 * What the pools will be once what is pending is mined, and the plan for then. A plan is kept only where it fails unless the foreseen swaps in
 * its pools have all come before it. Undefined where nothing of the pools' routers is pending.
 */
export const outlookOf = (snapshot: Snapshot, view: PendingView, terms: OutlookTerms): Outlook | undefined => {
  const routed = snapshot.pools.flatMap((pool) => {
    const router = terms.routerOf(pool.address);
    return router === undefined ? [] : [{ pool, router }];
  });
  const { order, baseFee, policy } = terms;
  const foreseen = foresee(routed, view, { order, baseFee, time: snapshot.timestamp });
  if (foreseen.swaps.length === 0 && foreseen.leftOut.length === 0) return undefined;
  const after: Snapshot = { ...snapshot, pools: foreseen.pools };
  const decision = decide(after, policy);
  const { block } = snapshot;
  if (decision.kind === "refuse" || !comesAfter(decision.plan.hops, snapshot.pools, foreseen.swaps)) {
    return { block, foreseen, armed: undefined };
  }
  return { block, foreseen, armed: { plan: decision.plan, snapshot: after, decision } };
};

const standsAs = (pool: Pool, foreseen: Pool): boolean => {
  const [is, was] = [recordedPoolOf(pool), recordedPoolOf(foreseen)];
  if (is.kind === "v2") return was.kind === "v2" && is.reserve0 === was.reserve0 && is.reserve1 === was.reserve1;
  return was.kind === "v3" && is.sqrtPriceX96 === was.sqrtPriceX96 && is.liquidity === was.liquidity;
};

/** How many of the pools that foreseen swaps touch stand as foreseen, and how many do not. */
export const checkOutlook = (
  { foreseen }: Outlook,
  pools: readonly Pool[],
): { readonly asForeseen: number; readonly otherwise: number } => {
  const touched = new Set(foreseen.swaps.flatMap(({ left }) => left.map(({ address }) => address)));
  const expected = foreseen.pools.filter(({ address }) => touched.has(address));
  const now = new Map(pools.map((pool) => [pool.address, pool]));
  const asForeseen = expected.filter((pool) => {
    const is = now.get(pool.address);
    return is !== undefined && standsAs(is, pool);
  }).length;
  return { asForeseen, otherwise: expected.length - asForeseen };
};

/** Whether two plans make the same swaps. */
export const isSamePlan = ({ hops }: Plan, other: Plan): boolean =>
  hops.length === other.hops.length &&
  hops.every((hop, index) => {
    const its = other.hops[index];
    return its?.pool.address === hop.pool.address && its.tokenIn === hop.tokenIn && its.amountIn === hop.amountIn;
  });
