import { isChainSnapshot } from "../../core/chainShapes.ts";
import { memo } from "../../core/memo.ts";
import type { RecordValue } from "../../core/record.ts";
import { isAddress, isBigint, isInteger, isSeconds, listOf, mapOf, maybe, objectOf, setOf } from "../../core/shape.ts";
import { type Pool, type RecordedPool, poolFrom, recordedPoolOf } from "../../market/pool.ts";
import { isRecordedPool } from "../../market/poolShapes.ts";
import { type RebalanceDecision, decide } from "./decide.ts";
import type { OptimisePolicy, RebalancePolicy, RebalanceSeen } from "./policy.ts";
import { isPriceWindow, isSizing } from "../../quant/shapes.ts";

type RecordedSeen = Omit<RebalanceSeen, "pools"> & { readonly pools: readonly RecordedPool[] };
type Recorded = { readonly seen: RecordedSeen; readonly policy: RebalancePolicy };

const statesOf: (pools: readonly Pool[]) => readonly RecordedPool[] = memo((pools) => pools.map(recordedPoolOf));

/** All that a decision depends on, as a record holds it. */
export const rebalanceInput = (seen: RebalanceSeen, policy: RebalancePolicy): RecordValue => ({
  seen: { ...seen, pools: statesOf(seen.pools) },
  policy,
});

/** A decision as a record holds it: its pool by its address. */
export const rebalanceRecord = (decision: RebalanceDecision): RecordValue => {
  if (decision.kind === "rest") return decision;
  const { pool, ...trade } = decision.trade;
  return { kind: decision.kind, trade: { ...trade, pool: pool.address } };
};

const isRecorded = objectOf<Recorded>({
  seen: objectOf<RecordedSeen>({
    view: isChainSnapshot,
    pools: listOf(isRecordedPool),
    skip: setOf(isAddress),
    window: isPriceWindow,
    atMost: mapOf(isAddress, isBigint),
  }),
  policy: objectOf<RebalancePolicy>({
    base: isAddress,
    targets: mapOf(isAddress, isBigint),
    bandBps: isBigint,
    edgeBps: isBigint,
    maxTradeUsd: isBigint,
    slippageBps: isBigint,
    lifetime: isSeconds,
    sizing: maybe(isSizing),
    optimise: maybe(
      objectOf<OptimisePolicy>({
        capsBps: mapOf(isAddress, isBigint),
        sampleSeconds: isBigint,
        rows: isInteger,
        leastRows: isInteger,
        holdingRows: isInteger,
      }),
    ),
  }),
});

/**
 * Decides again on what was recorded. [NX-KEE-03]
 * @throws TypeError where it is no input of a rebalancer, RangeError where a pool contradicts itself
 */
export const rebalanceAgain = (input: unknown): RecordValue => {
  if (!isRecorded(input)) throw new TypeError("this is no input of a rebalancer");
  const { seen, policy } = input;
  return rebalanceRecord(decide({ ...seen, pools: seen.pools.map(poolFrom) }, policy));
};
