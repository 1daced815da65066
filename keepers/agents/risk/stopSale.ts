import { type ChainSnapshot, type TokenState, valueAt } from "../../core/chainSnapshot.ts";
import { maxOf, minOf, mulDivDown } from "../../core/integers.ts";
import { type Condition, CONDITION_KIND, ZERO_ADDRESS } from "../../core/proposal.ts";
import { type Address, type Seconds, type UnixSeconds, addSeconds } from "../../core/units.ts";
import type { Pool } from "../../market/pool.ts";
import {
  type SeenPrices,
  type StopBook,
  type StopPolicy,
  bestSale,
  sliceOf,
  statusOf,
} from "../../quant/risk/stopLoss.ts";

/** One slice that is sold. Amounts in the tokens' units. */
export type StopSale = {
  readonly token: Address;
  readonly base: Address;
  readonly pool: Pool;
  readonly amountIn: bigint;
  readonly minOut: bigint;
  /** What it may lose by the oracles' prices, in USD with 18 decimals. */
  readonly maxLoss: bigint;
  /** What must be left of the token, so that the same slice is not sold twice. */
  readonly left: bigint;
  readonly deadline: UnixSeconds;
};

/** A sale, or why there is none. `pool-too-low`: a stop never sells far under the oracles. */
export type StopDecision =
  | { readonly kind: "sell"; readonly sale: StopSale }
  | { readonly kind: "rest"; readonly why: "not-fired" | "nothing-held" | "no-room" | "pool-too-low" };

const BPS = 10_000n;
/** How far below its quote a pool may pay in the block in which the sale is made, in basis points. */
const MOVE_BPS = 50n;

const rest = (why: Extract<StopDecision, { readonly kind: "rest" }>["why"]): StopDecision => ({ kind: "rest", why });

/** The least that may be got for an amount: so far below the oracles' middle prices. In the base asset's units. */
export const lowestOutput = (
  { sold, base }: { readonly sold: TokenState; readonly base: TokenState },
  amountIn: bigint,
  { slippageBps }: StopPolicy,
): bigint => {
  const usd = valueAt(sold, amountIn, sold.price.middle);
  const fair = base.price.middle === 0n ? 0n : mulDivDown(usd, 10n ** BigInt(base.decimals), base.price.middle);
  return (fair * (BPS - slippageBps)) / BPS;
};

/** What a sale loses by the bands: what is sold at the upper end, what is got at the lower. USD with 18 decimals. */
export const lossOf = (
  { sold, base }: { readonly sold: TokenState; readonly base: TokenState },
  amounts: { readonly amountIn: bigint; readonly minOut: bigint },
): bigint => {
  const paid = valueAt(sold, amounts.amountIn, sold.price.upper);
  return maxOf(paid - valueAt(base, amounts.minOut, base.price.lower), 0n);
};

type Pair = { readonly sold: TokenState; readonly base: TokenState };

/** How much the chain lets one sale be, its loss at the least price included. */
const roomFor = (pair: Pair, view: ChainSnapshot, policy: StopPolicy): bigint => {
  const { sold } = pair;
  const limits = [sold.perAction, sold.remainingForAgent, sold.remainingForAll];
  const amountIn = limits.reduce(minOf, sliceOf(sold, policy));
  const loss = lossOf(pair, { amountIn, minOut: lowestOutput(pair, amountIn, policy) });
  const allowed = minOf(view.lossPerAction, view.remainingLoss);
  return loss <= allowed ? amountIn : mulDivDown(amountIn, allowed, loss);
};

/** The next slice of a position whose stop fired. Pure and total. [NX-QNT-21] */
export const decideSale = (
  book: StopBook,
  { seen, token }: { readonly seen: SeenPrices; readonly token: Address },
  { policy, lifetime }: { readonly policy: StopPolicy; readonly lifetime: Seconds },
): StopDecision => {
  const { view, pools } = seen;
  const [sold, base] = [token, policy.base].map((one) => view.tokens.find((state) => state.token === one));
  if (sold === undefined || base === undefined || statusOf(book, token)?.kind !== "fires") return rest("not-fired");
  if (sold.balance <= 1n) return rest("nothing-held");
  const pair = { sold, base };
  const amountIn = roomFor(pair, view, policy);
  const least = lowestOutput(pair, amountIn, policy);
  if (amountIn === 0n || least === 0n) return rest("no-room");
  const best = bestSale(pools, { token, base: base.token, amountIn });
  if (best === undefined || best.amountOut < least) return rest("pool-too-low");
  const minOut = maxOf(least, (best.amountOut * (BPS - MOVE_BPS)) / BPS);
  // At least one: a sale lets a balance fall, and what may lose nothing is judged as an arbitrage.
  const maxLoss = maxOf(lossOf(pair, { amountIn, minOut }), 1n);
  const deadline = addSeconds(view.time, lifetime);
  const left = sold.balance - amountIn;
  return {
    kind: "sell",
    sale: { token, base: base.token, pool: best.pool, amountIn, minOut, maxLoss, left, deadline },
  };
};

/** What must be true afterwards: only the two tokens move, by no more and no less, and the slice is sold once. */
export const saleConditions = (
  { token, base, amountIn, minOut, left }: Omit<StopSale, "pool" | "maxLoss" | "deadline">,
  treasury: Address,
): readonly Condition[] => {
  const only = (subject: Address): Condition => {
    return { kind: CONDITION_KIND.onlyMoves, subject, holder: ZERO_ADDRESS, amount: 0n };
  };
  return [
    only(token),
    only(base),
    { kind: CONDITION_KIND.balanceDecreasesAtMost, subject: token, holder: treasury, amount: amountIn },
    { kind: CONDITION_KIND.balanceIncreasesAtLeast, subject: base, holder: treasury, amount: minOut },
    { kind: CONDITION_KIND.balanceAtLeast, subject: token, holder: treasury, amount: left },
  ];
};
