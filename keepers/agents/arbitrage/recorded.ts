import { memo } from "../../core/memo.ts";
import { type RecordValue } from "../../core/record.ts";
import {
  isAddress,
  isBigint,
  isBlockNumber,
  isInteger,
  isSeconds,
  isUnixSeconds,
  listOf,
  objectOf,
  oneOf,
} from "../../core/shape.ts";
import { type Pool, type RecordedPool, poolFrom, recordedPoolOf } from "../../market/pool.ts";
import { isRecordedPool } from "../../market/poolShapes.ts";
import { type Policy, type Snapshot, type SpendLimit, decide } from "./decide.ts";
import { decisionRecord } from "./entry.ts";

type Recorded = {
  readonly snapshot: Omit<Snapshot, "pools"> & { readonly pools: readonly RecordedPool[] };
  readonly policy: Policy;
};

const statesOf: (pools: readonly Pool[]) => readonly RecordedPool[] = memo((pools) => pools.map(recordedPoolOf));

/** All that a decision depends on, as a record holds it. */
export const huntInput = (snapshot: Snapshot, policy: Policy): RecordValue => ({
  snapshot: { ...snapshot, pools: statesOf(snapshot.pools) },
  policy,
});

const isRecorded = objectOf<Recorded>({
  snapshot: objectOf<Recorded["snapshot"]>({
    block: isBlockNumber,
    timestamp: isUnixSeconds,
    gasPrice: isBigint,
    nativePriceE18: isBigint,
    base: isAddress,
    baseDecimals: isInteger,
    balance: isBigint,
    spendLimits: listOf(objectOf<SpendLimit>({ token: isAddress, amount: isBigint })),
    pools: listOf(isRecordedPool),
  }),
  policy: objectOf<Policy>({
    minProfit: isBigint,
    gasOverhead: isBigint,
    gasPerHop: objectOf<Policy["gasPerHop"]>({ v2: isBigint, v3: isBigint }),
    maxHops: oneOf<2 | 3>(2, 3),
    lifetime: isSeconds,
    maxPlans: isInteger,
  }),
});

/**
 * Decides again on what was recorded. [NX-KEE-03]
 * @throws TypeError where it is no input of a searcher, RangeError where a pool contradicts itself
 */
export const huntAgain = (input: unknown): RecordValue => {
  if (!isRecorded(input)) throw new TypeError("this is no input of an arbitrage searcher");
  const { snapshot, policy } = input;
  return decisionRecord(decide({ ...snapshot, pools: snapshot.pools.map(poolFrom) }, policy));
};
