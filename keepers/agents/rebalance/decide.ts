import { type TokenState, valueAt } from "../../core/chainSnapshot.ts";
import { maxOf, minOf, mulDivDown } from "../../core/integers.ts";
import type { Address, UnixSeconds } from "../../core/units.ts";
import { addSeconds } from "../../core/units.ts";
import { type Pool, otherToken } from "../../market/pool.ts";
import { sizeLimit } from "../../quant/risk/sizing.ts";
import { quoteExactInput } from "../../market/quote.ts";
import type { RebalancePolicy, RebalanceSeen } from "./policy.ts";
import { type TargetBasis, targetsFor } from "./targets.ts";

/** A trade that brings a token's part of the treasury back towards its target. */
export type Rebalance = {
  readonly token: Address;
  readonly pool: Pool;
  readonly tokenIn: Address;
  readonly tokenOut: Address;
  readonly amountIn: bigint;
  readonly minOut: bigint;
  /** What it may lose by the oracles' prices, in USD with 18 decimals. */
  readonly maxLoss: bigint;
  readonly deadline: UnixSeconds;
  /** Where the target comes from. */
  readonly basis: TargetBasis;
  /** The token's part before, and its target, in basis points. */
  readonly partBps: bigint;
  readonly targetBps: bigint;
  /** What the treasury may hold of the token afterwards at the most, in USD with 18 decimals. */
  readonly ceilingUsd: bigint;
  /** What it must hold of it afterwards at the least, in the token's units. */
  readonly floor: bigint;
};

export type RebalanceDecision =
  | { readonly kind: "rebalance"; readonly trade: Rebalance }
  | {
      readonly kind: "rest";
      readonly why: "oracle-not-ready" | "empty" | "within-bands" | "no-pool" | "risk-budget";
      /** Where the targets come from; undefined where none were looked at. */
      readonly basis?: TargetBasis;
    };

const BPS = 10_000n;

type Deviation = {
  readonly state: TokenState;
  readonly targetBps: bigint;
  readonly partBps: bigint;
  readonly deviationUsd: bigint;
};

const rest = (why: Extract<RebalanceDecision, { kind: "rest" }>["why"], basis?: TargetBasis): RebalanceDecision => ({
  kind: "rest",
  why,
  ...(basis === undefined ? {} : { basis }),
});

const abs = (n: bigint): bigint => (n < 0n ? -n : n);

const unitsFor = (state: TokenState, usd: bigint): bigint =>
  mulDivDown(usd, 10n ** BigInt(state.decimals), state.price.middle);

/** The tokens that lie outside their bands, the one farthest off in money first; `skip` are left alone. */
const deviationsOf = (
  { view, skip }: RebalanceSeen,
  { bandBps }: RebalancePolicy,
  targets: ReadonlyMap<Address, bigint>,
): readonly Deviation[] => {
  const worthOf = (state: TokenState): bigint => valueAt(state, state.balance, state.price.middle);
  const total = view.tokens.reduce((sum, state) => sum + worthOf(state), 0n);
  const deviations = view.tokens.flatMap((state): readonly Deviation[] => {
    const targetBps = targets.get(state.token);
    if (targetBps === undefined || skip.has(state.token) || total === 0n) return [];
    const worth = worthOf(state);
    const partBps = (worth * BPS) / total;
    const deviationUsd = (total * targetBps) / BPS - worth;
    return abs(partBps - targetBps) <= bandBps ? [] : [{ state, targetBps, partBps, deviationUsd }];
  });
  return deviations.toSorted((a, b) => {
    const [left, right] = [abs(a.deviationUsd), abs(b.deviationUsd)];
    return left === right ? (a.state.token < b.state.token ? -1 : 1) : left > right ? -1 : 1;
  });
};

/** The pool that pays the most, and what it pays. */
const bestPool = (pools: readonly Pool[], swap: { tokenIn: Address; tokenOut: Address; amountIn: bigint }) => {
  let best: { readonly pool: Pool; readonly amountOut: bigint } | undefined;
  for (const pool of pools) {
    if (otherToken(pool, swap.tokenIn) !== swap.tokenOut) continue;
    const quote = quoteExactInput(pool, swap.tokenIn, swap.amountIn);
    if (quote.kind !== "ok" || (best !== undefined && quote.amountOut <= best.amountOut)) continue;
    best = { pool, amountOut: quote.amountOut };
  }
  return best;
};

/** The pool that pays the most, and the least that it must pay; undefined where none is fair. */
const termsFor = (
  { sold, bought, amountIn }: { readonly sold: TokenState; readonly bought: TokenState; readonly amountIn: bigint },
  pools: readonly Pool[],
  { slippageBps }: RebalancePolicy,
): { readonly pool: Pool; readonly minOut: bigint } | undefined => {
  const best = bestPool(pools, { tokenIn: sold.token, tokenOut: bought.token, amountIn });
  if (best === undefined) return undefined;
  const kept = BPS - slippageBps;
  const fair = unitsFor(bought, valueAt(sold, amountIn, sold.price.middle));
  // A pool that pays much less than the oracles say is not traded with, and one that pays more must keep its word.
  if (best.amountOut * BPS < fair * kept) return undefined;
  return { pool: best.pool, minOut: (minOf(best.amountOut, fair) * kept) / BPS };
};

type Book = {
  readonly seen: RebalanceSeen;
  readonly policy: RebalancePolicy;
  readonly base: TokenState;
  readonly basis: TargetBasis;
};

/** How much of a token may still be bought by its risk and by what reviewers said, in USD at the middle price. */
const roomFor = ({ seen, policy }: Book, state: TokenState): bigint | undefined => {
  const { sizing } = policy;
  const limit = sizing === undefined ? undefined : sizeLimit(seen, state.token, sizing);
  const told = seen.atMost.get(state.token);
  const limits = [...(limit?.kind === "limit" ? [limit.mostUsd] : []), ...(told === undefined ? [] : [told])];
  const [first, ...others] = limits;
  if (first === undefined) return undefined;
  const worth = valueAt(state, state.balance, state.price.upper);
  const room = maxOf(others.reduce(minOf, first) - worth, 0n);
  return state.price.upper === 0n ? 0n : mulDivDown(room, state.price.middle, state.price.upper);
};

/** What is traded for a gap, in USD; undefined where so little may be bought that it is worth no vote. */
const sizeOf = (
  book: Book,
  { state, deviationUsd }: Deviation,
  moneyOf: (bps: bigint) => bigint,
): bigint | undefined => {
  const { policy } = book;
  const wanted = minOf(abs(deviationUsd) - moneyOf(policy.edgeBps), policy.maxTradeUsd);
  const room = deviationUsd > 0n ? roomFor(book, state) : undefined;
  if (room === undefined || room >= wanted) return wanted;
  return room * 2n < moneyOf(policy.bandBps) ? undefined : room;
};

/** The trade for one gap through the best pool, or why there is none: no pool can take it on fair terms, or its risk is too much. */
const tradeFor = (book: Book, deviation: Deviation): Rebalance | "no-pool" | "risk-budget" => {
  const { seen, policy, base, basis } = book;
  const { state, targetBps, partBps, deviationUsd } = deviation;
  const isBuying = deviationUsd > 0n;
  const distanceBps = maxOf(abs(targetBps - partBps), 1n);
  const moneyOf = (bps: bigint): bigint => (abs(deviationUsd) * bps) / distanceBps;
  const usd = sizeOf(book, deviation, moneyOf);
  if (usd === undefined) return "risk-budget";
  const [sold, bought] = isBuying ? [base, state] : [state, base];
  const amountIn = minOf(unitsFor(sold, usd), sold.balance);
  const terms = amountIn === 0n ? undefined : termsFor({ sold, bought, amountIn }, seen.pools, policy);
  if (terms === undefined) return "no-pool";
  const paid = valueAt(sold, amountIn, sold.price.upper);
  const got = valueAt(bought, terms.minOut, bought.price.lower);
  const worth = valueAt(state, state.balance, state.price.upper);
  // Less than the trade itself, so that the same trade made twice would end beyond it.
  const band = minOf(moneyOf(policy.bandBps - policy.edgeBps), usd / 2n);
  return {
    token: state.token,
    tokenIn: sold.token,
    tokenOut: bought.token,
    amountIn,
    ...terms,
    maxLoss: paid > got ? paid - got : 0n,
    deadline: addSeconds(seen.view.time, policy.lifetime),
    basis,
    partBps,
    targetBps,
    ceilingUsd: isBuying ? worth + usd + band : 0n,
    floor: isBuying ? 0n : state.balance - amountIn - unitsFor(state, band),
  };
};

/** Whether the treasury is spread as it is meant to be, and the one trade that helps the most. Pure and total. */
export const decide = (seen: RebalanceSeen, policy: RebalancePolicy): RebalanceDecision => {
  const { view } = seen;
  const base = view.tokens.find(({ token }) => token === policy.base);
  const isKnown = view.tokens.every(
    ({ token, status }) => status === "Ready" || !(policy.targets.has(token) || token === policy.base),
  );
  if (base === undefined || !isKnown) return rest("oracle-not-ready");
  if (view.tokens.every(({ balance }) => balance === 0n)) return rest("empty");
  const { bps, basis } = targetsFor(seen, policy);
  const deviations = deviationsOf(seen, policy, bps);
  const book = { seen, policy, base, basis };
  let why: "within-bands" | "no-pool" | "risk-budget" = "within-bands";
  for (const deviation of deviations) {
    const trade = tradeFor(book, deviation);
    if (typeof trade !== "string") return { kind: "rebalance", trade };
    why = trade;
  }
  return rest(why, basis);
};
