import type { Address } from "../core/units.ts";
import { type Pool, type V2Pool, otherToken } from "./pool.ts";
import { type QuoteRefusal, type Refused, refused } from "./refusal.ts";
import { swapV2 } from "./v2Maths.ts";
import { type V3Moved, swapV3, v3PoolAfter } from "./v3Swap.ts";

/** What a swap leaves behind, cheap to make; `poolAfter` turns it into a pool. */
export type Moved =
  { readonly kind: "v2"; readonly reserve0: bigint; readonly reserve1: bigint } | ({ readonly kind: "v3" } & V3Moved);

export type Quote = { readonly kind: "ok"; readonly amountOut: bigint; readonly moved: Moved } | Refused;

/** A pool entered with a token. */
export type Hop = { readonly pool: Pool; readonly tokenIn: Address };

export type PathQuote =
  | { readonly kind: "ok"; readonly amounts: readonly bigint[]; readonly amountOut: bigint }
  | { readonly kind: "refused"; readonly why: QuoteRefusal; readonly hop: number };

const quoteV2 = (pool: V2Pool, zeroForOne: boolean, amountIn: bigint): Quote => {
  const { reserve0, reserve1, feePips } = pool;
  const sides = zeroForOne
    ? { reserveIn: reserve0, reserveOut: reserve1, feePips }
    : { reserveIn: reserve1, reserveOut: reserve0, feePips };
  const swap = swapV2(sides, amountIn);
  if (swap.kind === "refused") return swap;
  const { amountOut } = swap;
  const moved = zeroForOne
    ? { reserve0: reserve0 + amountIn, reserve1: reserve1 - amountOut }
    : { reserve0: reserve0 - amountOut, reserve1: reserve1 + amountIn };
  return { kind: "ok", amountOut, moved: { kind: "v2", ...moved } };
};

/**
 * What the pool pays for exactly `amountIn` of `tokenIn` (smallest units), to the last unit as its contract does.
 * Worked out again at each call. Refuses where the swap would revert, where the pool could not take the whole input,
 * and where the answer depends on ticks that the snapshot does not hold.
 */
export const quoteExactInput = (pool: Pool, tokenIn: Address, amountIn: bigint): Quote => {
  const zeroForOne = tokenIn === pool.token0;
  if (!zeroForOne && tokenIn !== pool.token1) return refused("foreign-token");
  if (pool.kind === "v2") return quoteV2(pool, zeroForOne, amountIn);
  const swap = swapV3(pool, { zeroForOne, amountIn });
  if (swap.kind === "refused") return swap;
  if (swap.spent !== amountIn) return refused("input-not-consumed");
  return swap;
};

/** The pool as a quoted swap would leave it. `moved` must come from a quote of the same pool. */
export const poolAfter = (pool: Pool, moved: Moved): Pool => {
  if (pool.kind === "v2" && moved.kind === "v2") return { ...pool, reserve0: moved.reserve0, reserve1: moved.reserve1 };
  if (pool.kind === "v3" && moved.kind === "v3") return v3PoolAfter(pool, moved);
  throw new TypeError(`a ${moved.kind} swap cannot move the ${pool.kind} pool ${pool.address}`);
};

/**
 * Quotes hop after hop, each fed with all that the one before pays. A pool that comes twice is entered the second time as
 * the first left it.
 * @returns the amount into each hop, and out of the last; or the refusal and the position of the hop that refused
 */
export const quotePath = (hops: readonly Hop[], amountIn: bigint): PathQuote => {
  const amounts: bigint[] = [];
  const left = new Map<Address, Pool>();
  let amount = amountIn;
  for (const [index, { pool, tokenIn }] of hops.entries()) {
    const current = left.get(pool.address) ?? pool;
    const quote = quoteExactInput(current, tokenIn, amount);
    if (quote.kind === "refused") return { kind: "refused", why: quote.why, hop: index };
    if (hops.some((later, at) => at > index && later.pool.address === pool.address)) {
      left.set(pool.address, poolAfter(current, quote.moved));
    }
    amounts.push(amount);
    amount = quote.amountOut;
  }
  return { kind: "ok", amounts, amountOut: amount };
};

/** The token that a path ends with, or undefined when a hop does not trade what the one before pays. */
export const pathEnd = (hops: readonly Hop[]): Address | undefined => {
  let token = hops[0]?.tokenIn;
  for (const { pool, tokenIn } of hops) {
    if (tokenIn !== token) return undefined;
    token = otherToken(pool, tokenIn);
  }
  return token;
};
