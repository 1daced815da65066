import { type TokenState, valueAt } from "../../core/chainSnapshot.ts";
import { mulDivDown } from "../../core/integers.ts";
import { type Address, type UnixSeconds, addSeconds } from "../../core/units.ts";
import { type MindAnswer, type Wish, outsideWords, readWish } from "./answer.ts";
import type { OutsidePolicy, OutsideSeen } from "./seen.ts";

/** A trade that a mind asked for, within what it may ask for. What voters vote on is made of it by us. */
export type OutsideTrade = {
  readonly pool: Address;
  readonly tokenIn: Address;
  readonly tokenOut: Address;
  readonly amountIn: bigint;
  readonly minOut: bigint;
  /** What it may lose by the oracles' prices, in USD with 18 decimals. */
  readonly maxLoss: bigint;
  readonly deadline: UnixSeconds;
  /** What the treasury may hold of what is bought afterwards at the most, in USD with 18 decimals; of the base asset nothing is said. */
  readonly ceilingUsd: bigint | undefined;
  /** What it must hold of what is sold afterwards at the least, in the token's units. */
  readonly floor: bigint;
  /** The mind's own words. */
  readonly why: string;
};

export type OutsideRefusal =
  | "mind-silent"
  | "mind-unreadable"
  | "unknown-pool"
  | "not-in-pool"
  | "breaker-tripped"
  | "oracle-not-ready"
  | "more-than-held"
  | "trade-too-large"
  | "price-off-oracle";

export type OutsideDecision =
  | { readonly kind: "trade"; readonly trade: OutsideTrade }
  | { readonly kind: "rest" }
  | { readonly kind: "refused"; readonly why: OutsideRefusal; readonly detail: string };

const BPS = 10_000n;

const refused = (why: OutsideRefusal, detail: string): OutsideDecision => ({ kind: "refused", why, detail });

type Wanted = Extract<Wish, { readonly kind: "trade" }>;
type Sides = { readonly sold: TokenState; readonly bought: TokenState };

/** What of the two tokens' state speaks against any trade; undefined when nothing does. */
const stateFault = ({ sold, bought }: Sides, { view }: OutsideSeen): OutsideDecision | undefined => {
  const levels = [view.everything, sold.level, bought.level];
  if (levels.some((level) => level !== "Normal")) return refused("breaker-tripped", levels.join(", "));
  const statuses = [sold.status, bought.status];
  return statuses.every((status) => status === "Ready") ? undefined : refused("oracle-not-ready", statuses.join(", "));
};

/** The two tokens of a trade as they stand; or why there is no such trade. */
const sidesOf = ({ pool, tokenIn }: Wanted, { view, pools }: OutsideSeen): Sides | OutsideDecision => {
  const found = pools.find(({ address }) => address === pool);
  if (found === undefined) return refused("unknown-pool", pool);
  const { token0, token1 } = found;
  if (tokenIn !== token0 && tokenIn !== token1) return refused("not-in-pool", tokenIn);
  const stateOf = (token: Address): TokenState | undefined => view.tokens.find((state) => state.token === token);
  const [sold, bought] = [stateOf(tokenIn), stateOf(tokenIn === token0 ? token1 : token0)];
  if (sold !== undefined && bought !== undefined) return { sold, bought };
  return refused("not-in-pool", "a token that the treasury does not know");
};

/** What speaks against the amounts; undefined when nothing does. */
const amountFault = (
  { amountIn, minOut }: Wanted,
  { sold, bought }: Sides,
  { maxTradeUsd, slippageBps }: OutsidePolicy,
): OutsideDecision | undefined => {
  if (amountIn > sold.balance) return refused("more-than-held", `${amountIn} of ${sold.balance}`);
  const usd = valueAt(sold, amountIn, sold.price.upper);
  if (usd > maxTradeUsd) return refused("trade-too-large", `${usd} of ${maxTradeUsd}`);
  const middle = valueAt(sold, amountIn, sold.price.middle);
  const fair =
    bought.price.middle === 0n ? 0n : mulDivDown(middle, 10n ** BigInt(bought.decimals), bought.price.middle);
  const least = (fair * (BPS - slippageBps)) / BPS;
  return minOut < least || fair === 0n ? refused("price-off-oracle", `${minOut}, at least ${least}`) : undefined;
};

const tradeOf = (
  { pool, tokenIn, amountIn, minOut, why }: Wanted,
  { sold, bought }: Sides,
  { deadline, base }: { readonly deadline: UnixSeconds; readonly base: Address },
): OutsideTrade => {
  const [paid, got] = [valueAt(sold, amountIn, sold.price.upper), valueAt(bought, minOut, bought.price.lower)];
  // Half a trade more than it is: the same trade made twice would end beyond it.
  const half = amountIn / 2n;
  const ceilingUsd = valueAt(bought, bought.balance, bought.price.upper) + paid + paid / 2n;
  return {
    pool,
    tokenIn,
    tokenOut: bought.token,
    amountIn,
    minOut,
    maxLoss: paid > got ? paid - got : 0n,
    deadline,
    ceilingUsd: bought.token === base ? undefined : ceilingUsd,
    floor: sold.balance > amountIn + half ? sold.balance - amountIn - half : 0n,
    why,
  };
};

/**
 * What is made of a mind's answer: the trade that it asked for, if it may ask for it, or why not. Pure and total: the same answer
 * to the same snapshot decides the same, so a record is decided again without asking anybody. [NX-OUT-01]
 */
export const decide = (seen: OutsideSeen, answer: MindAnswer, policy: OutsidePolicy): OutsideDecision => {
  if (answer.kind === "silent") return refused("mind-silent", outsideWords(answer.why));
  const wish = readWish(answer.text);
  if (wish.kind === "rest") return wish;
  if (wish.kind === "unreadable") return refused("mind-unreadable", wish.detail);
  const sides = sidesOf(wish, seen);
  if ("kind" in sides) return sides;
  const fault = stateFault(sides, seen) ?? amountFault(wish, sides, policy);
  if (fault !== undefined) return fault;
  const deadline = addSeconds(seen.view.time, policy.lifetime);
  return { kind: "trade", trade: tradeOf(wish, sides, { deadline, base: policy.base }) };
};
