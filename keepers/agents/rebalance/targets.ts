import { type TokenState, valueAt } from "../../core/chainSnapshot.ts";
import { minOf, mulDivDown } from "../../core/integers.ts";
import type { Address } from "../../core/units.ts";
import { otherToken } from "../../market/pool.ts";
import { type Allocation, type TradeCosts, allocate } from "../../quant/allocate.ts";
import { columnMeans, sampleCovariance } from "../../quant/covariance.ts";
import { costRateOf } from "../../quant/costs.ts";
import { simpleReturns } from "../../quant/returns.ts";
import type { OptimisePolicy, RebalancePolicy, RebalanceSeen } from "./policy.ts";
import { rowsIn, tableOf } from "../../quant/priceWindow.ts";

/** Where targets come from. `instead`: the fixed ones, because there is no optimum to be had. `limits`: what held the answer back. */
export type TargetBasis =
  | { readonly kind: "fixed" }
  | { readonly kind: "instead"; readonly why: string }
  | { readonly kind: "optimised"; readonly rows: number; readonly limits: readonly string[]; readonly gap: number };

export type Targets = { readonly bps: ReadonlyMap<Address, bigint>; readonly basis: TargetBasis };

const LEVEL = 0.95;
const BPS = 10_000n;

type Book = {
  readonly seen: RebalanceSeen;
  readonly policy: RebalancePolicy;
  readonly optimise: OptimisePolicy;
  /** The base asset first, then the tokens that have targets. */
  readonly states: readonly TokenState[];
  readonly total: bigint;
};

const sumOf = (values: Iterable<bigint>): bigint => {
  let total = 0n;
  for (const value of values) total += value;
  return total;
};

const worthOf = (state: TokenState): bigint => valueAt(state, state.balance, state.price.middle);

/** The cheapest rate at which so much of the base asset becomes a token, or undefined where no pool takes it. */
const rateFor = ({ seen, optimise, policy, states, total }: Book, state: TokenState): number | undefined => {
  const [base] = states;
  if (base === undefined || base.price.middle === 0n) return undefined;
  const usd = minOf(policy.maxTradeUsd, total / 100n);
  const amountIn = mulDivDown(usd, 10n ** BigInt(base.decimals), base.price.middle);
  const rates = seen.pools.flatMap((pool) => {
    if (otherToken(pool, base.token) !== state.token) return [];
    const priceOf = ({ price, decimals }: TokenState) => ({ price: price.middle, decimals });
    const [priceIn, priceOut] = [priceOf(base), priceOf(state)];
    const cost = costRateOf({ pool, tokenIn: base.token, amountIn, priceIn, priceOut, periods: optimise.holdingRows });
    return cost.kind === "rate" ? [cost.rate] : [];
  });
  return rates.length === 0 ? undefined : Math.min(...rates);
};

/** What is held now, and what it costs to change it; or the token that no pool takes. */
const costsOf = (book: Book): TradeCosts | Address => {
  const { states, total } = book;
  const rates: number[] = [];
  for (const [index, state] of states.entries()) {
    const rate = index === 0 ? 0 : rateFor(book, state);
    if (rate === undefined) return state.token;
    rates.push(rate);
  }
  return { heldBps: states.map((state) => Number((worthOf(state) * BPS) / total)), rates };
};

const instead = ({ targets }: RebalancePolicy, why: string): Targets => ({
  bps: targets,
  basis: { kind: "instead", why },
});

/** The caps in the order of the states: the base asset is what the sum of the targets leaves. */
const capsOf = ({ policy, optimise, states }: Book): readonly number[] => {
  const sleeve = sumOf(policy.targets.values());
  return states.map(({ token }, index) =>
    Number(index === 0 ? BPS - sleeve : minOf(optimise.capsBps.get(token) ?? sleeve, sleeve)),
  );
};

const wordsOf = (answer: Exclude<Allocation, { readonly kind: "allocated" }>): string =>
  answer.kind === "infeasible" ? `limits contradict one another: ${answer.conflict.join("; ")}` : answer.detail;

const optimised = (book: Book): Targets => {
  const { seen, policy, optimise, states } = book;
  const have = rowsIn(seen.window);
  if (have < optimise.leastRows) return instead(policy, `too little data: ${have} of ${optimise.leastRows} samples`);
  const returns = simpleReturns(tableOf(seen.window, optimise));
  if (returns.kind === "refused") return instead(policy, `${returns.reason}: ${returns.detail}`);
  const costs = costsOf(book);
  if (typeof costs === "string") return instead(policy, `no pool takes ${costs}`);
  const { matrix } = returns;
  const input = {
    assets: states.map(({ token }) => token),
    scenarios: matrix,
    means: columnMeans(matrix),
    covariance: sampleCovariance(matrix),
    limits: { capsBps: capsOf(book), groups: [] },
    costs,
  };
  const answer = allocate(input, { kind: "least-risk", measure: { kind: "cvar", level: LEVEL } });
  if (answer.kind !== "allocated") return instead(policy, wordsOf(answer));
  const bps = new Map(states.slice(1).map(({ token }, index) => [token, BigInt(answer.weightsBps[index + 1] ?? 0)]));
  const limits = answer.active.map(({ words }) => words);
  return { bps, basis: { kind: "optimised", rows: matrix.rows, limits, gap: answer.certificate.gap } };
};

/**
 * What the treasury is meant to be. Pure and total: without an optimum that is proved, the fixed targets stay, and the answer says why.
 */
export const targetsFor = (seen: RebalanceSeen, policy: RebalancePolicy): Targets => {
  const { optimise } = policy;
  if (optimise === undefined) return { bps: policy.targets, basis: { kind: "fixed" } };
  const { view, window } = seen;
  const wanted = [policy.base, ...policy.targets.keys()];
  const states = wanted.flatMap((token) => view.tokens.find((state) => state.token === token) ?? []);
  if (states.length !== wanted.length || window.tokens.join() !== wanted.join()) {
    return instead(policy, "a token of the targets is unknown");
  }
  const total = sumOf(view.tokens.map(worthOf));
  if (total === 0n) return instead(policy, "the treasury holds nothing that has a price");
  return optimised({ seen, policy, optimise, states, total });
};
