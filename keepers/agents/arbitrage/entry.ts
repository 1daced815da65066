import type { Recordable } from "../../core/canonicalJson.ts";
import type { Pool } from "../../market/pool.ts";
import type { Decision, Figures, Plan, Policy, Snapshot } from "./decide.ts";

/** What of a pool a decision depends on; its ladders follow from it. */
const poolRecord = (pool: Pool): Recordable => {
  const { kind, address, token0, token1, feePips } = pool;
  const common = { kind, address, token0, token1, feePips };
  if (pool.kind === "v2") return { ...common, reserve0: pool.reserve0, reserve1: pool.reserve1 };
  const { tickSpacing, sqrtPriceX96, tick, liquidity, ticks, lowestKnownTick, highestKnownTick } = pool;
  const state = { tickSpacing, sqrtPriceX96, tick, liquidity, lowestKnownTick, highestKnownTick };
  return { ...common, ...state, ticks: ticks.map(({ index, liquidityNet }) => [index, liquidityNet]) };
};

const figuresRecord = ({ amountIn, expectedOut, grossProfit, gasCost, netProfit }: Figures): Recordable => ({
  amountIn,
  expectedOut,
  grossProfit,
  gasCost,
  netProfit,
});

const planRecord = (plan: Plan): Recordable => ({
  hops: plan.hops.map(({ pool, tokenIn, tokenOut, amountIn, minOut }) => ({
    pool: pool.address,
    tokenIn,
    tokenOut,
    amountIn,
    // A log keeps the name that it began with, so that what was decided before the renames is replayed to the same bytes.
    leastOut: minOut,
  })),
  snapshotBlock: plan.snapshotBlock,
  deadline: plan.deadline,
  figures: figuresRecord(plan),
});

/** A decision as a record holds it: its pools by their addresses. */
export const decisionRecord = (decision: Decision): Recordable =>
  decision.kind === "propose"
    ? { kind: "propose", plan: planRecord(decision.plan), others: decision.others.map(planRecord) }
    : { kind: "refuse", why: decision.why, best: decision.best && figuresRecord(decision.best) };

/** The version of the record's form and of the rules that made it. */
export const ENTRY_VERSION = 1;

/** All that went into a decision and what came out: who has it can decide again and compare the bytes. [NX-KEE-03] */
export const entryOf = (snapshot: Snapshot, policy: Policy, decision: Decision): Recordable => ({
  version: ENTRY_VERSION,
  snapshot: {
    ...snapshot,
    spendLimits: snapshot.spendLimits.map(({ token, amount }) => ({ token, amount })),
    pools: snapshot.pools.map(poolRecord),
  },
  policy: { ...policy, gasPerHop: { ...policy.gasPerHop } },
  decision: decisionRecord(decision),
});
