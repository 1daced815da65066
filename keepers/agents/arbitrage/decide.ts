import { type Address, type BlockNumber, type Seconds, type UnixSeconds, addSeconds } from "../../core/units.ts";
import { minOf } from "../../core/integers.ts";
import { type ExactSize, exactSize } from "../../market/bestSize.ts";
import { type Cycle, gainfulCycles } from "../../market/cycles.ts";
import { gasCostInToken } from "../../market/gas.ts";
import type { Pool } from "../../market/pool.ts";
import { bestApproximateSize } from "../../market/approximateSize.ts";

/** What the treasury may put into one action, in smallest units. A token that is not listed may not be spent. */
export type SpendLimit = { readonly token: Address; readonly amount: bigint };

/** The world at one block. Amounts of the base token are in its smallest units. */
export type Snapshot = {
  readonly block: BlockNumber;
  readonly timestamp: UnixSeconds;
  /** Wei per unit of gas. */
  readonly gasPrice: bigint;
  /** Whole base tokens for one whole native token, × 10^18; zero when nobody knows. */
  readonly nativePriceE18: bigint;
  readonly base: Address;
  readonly baseDecimals: number;
  /** Base tokens that the treasury holds. */
  readonly balance: bigint;
  readonly spendLimits: readonly SpendLimit[];
  readonly pools: readonly Pool[];
};

export type Policy = {
  /** The least profit after gas worth a proposal, in base tokens. */
  readonly minProfit: bigint;
  /** Gas of an enacted proposal with no hop in it, and of each hop by the kind of its pool. */
  readonly gasOverhead: bigint;
  readonly gasPerHop: Readonly<Record<Pool["kind"], bigint>>;
  readonly maxHops: 2 | 3;
  /** How long a proposal stays good. */
  readonly lifetime: Seconds;
  /** How many plans that share no pool are wanted at most. */
  readonly maxPlans: number;
};

export type PlannedHop = {
  readonly pool: Pool;
  readonly tokenIn: Address;
  readonly tokenOut: Address;
  readonly amountIn: bigint;
  readonly minOut: bigint;
};

/** What a cycle would bring, in base tokens. `netProfit` may be negative. */
export type Figures = {
  readonly amountIn: bigint;
  readonly expectedOut: bigint;
  readonly grossProfit: bigint;
  readonly gasCost: bigint;
  readonly netProfit: bigint;
};

/**
 * A cycle to be traded. Each hop spends exactly what the hop before is quoted to pay, so it also demands it: `minOut` of a
 * hop is `amountIn` of the next. A hop that pays one unit less makes the whole action fail, and nothing of the
 * treasury's own stock of a middle token is touched. The last hop must pay the input, the gas and `minProfit`.
 */
export type Plan = Figures & {
  readonly hops: readonly PlannedHop[];
  readonly snapshotBlock: BlockNumber;
  readonly deadline: UnixSeconds;
};

export type ArbitrageRefusal = "no-capital" | "gas-price-unknown" | "no-gainful-cycle" | "below-minimum";

export type Decision =
  | { readonly kind: "propose"; readonly plan: Plan; readonly others: readonly Plan[] }
  | { readonly kind: "refuse"; readonly why: ArbitrageRefusal; readonly best: Figures | undefined };

/** A cycle with its size in real numbers, waiting to be worked out exactly. */
type Candidate = { readonly cycle: Cycle; readonly amountIn: number; readonly net: number; readonly gasCost: bigint };

type Sized = { readonly candidate: Candidate; readonly size: ExactSize; readonly netProfit: bigint };

type Limits = ReadonlyMap<Address, bigint>;

/** The gas of a cycle depends on how many pools of each kind it has, so a dozen costs serve thousands of cycles. */
const gasCostsOf = (snapshot: Snapshot, policy: Policy): ((cycle: Cycle) => bigint) => {
  const pricing = { ...snapshot, decimals: snapshot.baseDecimals };
  const costs = Array.from({ length: 16 }, (_, index) => {
    const [v2, v3] = [BigInt(index >> 2), BigInt(index & 3)];
    return gasCostInToken(policy.gasOverhead + v2 * policy.gasPerHop.v2 + v3 * policy.gasPerHop.v3, pricing);
  });
  return (cycle) => {
    let index = 0;
    for (const { pool } of cycle) index += pool.kind === "v2" ? 4 : 1;
    return costs[index] ?? 0n;
  };
};

const limitsOf = ({ spendLimits, base, balance }: Snapshot): Limits => {
  const limits = new Map(spendLimits.map(({ token, amount }) => [token, amount]));
  limits.set(base, minOf(limits.get(base) ?? 0n, balance));
  return limits;
};

const exactLimits = (cycle: Cycle, limits: Limits): readonly bigint[] =>
  cycle.map(({ tokenIn }) => limits.get(tokenIn) ?? 0n);

/** Cycles that would gain, with their size and gain in real numbers, best after gas first. */
const candidatesOf = (snapshot: Snapshot, policy: Policy, limits: Limits): readonly Candidate[] => {
  const approximateLimits = new Map([...limits].map(([token, amount]) => [token, Number(amount)]));
  const isUsable = (token: Address): boolean => (limits.get(token) ?? 0n) > 0n;
  const gasCostOf = gasCostsOf(snapshot, policy);
  const candidates: Candidate[] = [];
  for (const cycle of gainfulCycles(snapshot.pools, snapshot.base, { maxHops: policy.maxHops, isUsable })) {
    const { amountIn, gain } = bestApproximateSize(
      cycle,
      cycle.map(({ tokenIn }) => approximateLimits.get(tokenIn) ?? 0),
    );
    const gasCost = gasCostOf(cycle);
    if (gain > 0) candidates.push({ cycle, amountIn, net: gain - Number(gasCost), gasCost });
  }
  return candidates.toSorted((a, b) => b.net - a.net);
};

/** How far an exact profit may lie above the one in real numbers: the error of a few hundred operations on doubles. */
const slackOf = ({ amountIn }: Candidate): number => 2 + amountIn * 1e-9;

/**
 * The best candidate by exact profit. Exact profits are never above the real ones but for the slack, so the search ends at the
 * first candidate that could not be better even so.
 */
const bestExact = (candidates: readonly Candidate[], limits: Limits, taken: ReadonlySet<Pool>): Sized | undefined => {
  let best: Sized | undefined;
  for (const candidate of candidates) {
    const { cycle, gasCost, net } = candidate;
    if (best !== undefined && net + slackOf(candidate) < Number(best.netProfit)) break;
    if (cycle.some(({ pool }) => taken.has(pool))) continue;
    const size = exactSize({ hops: cycle, limits: exactLimits(cycle, limits) }, candidate.amountIn);
    if (size === undefined) continue;
    const netProfit = size.amountOut - size.amountIn - gasCost;
    if (best === undefined || netProfit > best.netProfit) best = { candidate, size, netProfit };
  }
  return best;
};

const figuresOf = ({ candidate, size, netProfit }: Sized): Figures => ({
  amountIn: size.amountIn,
  expectedOut: size.amountOut,
  grossProfit: size.amountOut - size.amountIn,
  gasCost: candidate.gasCost,
  netProfit,
});

const planOf = (sized: Sized, snapshot: Snapshot, policy: Policy): Plan => {
  const { cycle, gasCost } = sized.candidate;
  const { amounts, amountIn } = sized.size;
  const hops = cycle.map(({ pool, tokenIn, tokenOut }, hop) => ({
    pool,
    tokenIn,
    tokenOut,
    amountIn: amounts[hop] ?? 0n,
    minOut: amounts[hop + 1] ?? amountIn + gasCost + policy.minProfit,
  }));
  const deadline = addSeconds(snapshot.timestamp, policy.lifetime);
  return { hops, ...figuresOf(sized), snapshotBlock: snapshot.block, deadline };
};

const isWorthwhile = ({ netProfit }: Sized, { minProfit }: Policy): boolean => netProfit > 0n && netProfit >= minProfit;

/** The best plan and then the best of those that share no pool with the ones before. */
const plansOf = (
  snapshot: Snapshot,
  policy: Policy,
  search: { candidates: readonly Candidate[]; limits: Limits; first: Sized },
) => {
  const plans: Plan[] = [];
  const taken = new Set<Pool>();
  let next: Sized | undefined = search.first;
  while (next !== undefined && isWorthwhile(next, policy)) {
    plans.push(planOf(next, snapshot, policy));
    for (const { pool } of next.candidate.cycle) taken.add(pool);
    next = plans.length < policy.maxPlans ? bestExact(search.candidates, search.limits, taken) : undefined;
  }
  return plans;
};

const refuse = (why: ArbitrageRefusal, best?: Sized): Decision => ({
  kind: "refuse",
  why,
  best: best === undefined ? undefined : figuresOf(best),
});

/**
 * Looks at every cycle of two and three hops from the base token and proposes the most profitable one, sized to the unit.
 * Pure and total: same snapshot and policy, same answer, and a refusal always has its reason.
 */
export const decide = (snapshot: Snapshot, policy: Policy): Decision => {
  const limits = limitsOf(snapshot);
  if ((limits.get(snapshot.base) ?? 0n) <= 0n) return refuse("no-capital");
  if (snapshot.nativePriceE18 <= 0n) return refuse("gas-price-unknown");
  const candidates = candidatesOf(snapshot, policy, limits);
  const first = bestExact(candidates, limits, new Set());
  if (first === undefined) return refuse("no-gainful-cycle");
  const [plan, ...others] = plansOf(snapshot, policy, { candidates, limits, first });
  return plan === undefined ? refuse("below-minimum", first) : { kind: "propose", plan, others };
};
