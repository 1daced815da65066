import { sqrtDown } from "../core/integers.ts";
import type { Address } from "../core/units.ts";
import { PIPS } from "./pips.ts";
import type { Pool, V2Pool, V3Pool } from "./pool.ts";
import { type Refused, refused } from "./refusal.ts";
import { type V2Sides, swapV2 } from "./v2Maths.ts";
import { swapV3 } from "./v3Swap.ts";

/** What it takes to bring a pool to a price. `at-target`: nothing, or less than one unit. */
export type Push =
  | { readonly kind: "push"; readonly tokenIn: Address; readonly amountIn: bigint; readonly amountOut: bigint }
  | { readonly kind: "at-target" }
  | Refused;

const UNLIMITED = (1n << 255n) - 1n;

/**
 * √(amount1 ÷ amount0) in Q64.96, rounded down: the price at which so much of token1 buys so much of token0.
 * @throws RangeError when `amount0` is not positive or `amount1` negative
 */
export const sqrtPriceX96Of = (amount1: bigint, amount0: bigint): bigint => {
  if (amount0 <= 0n) throw new RangeError(`no price per ${amount0} of token0`);
  return sqrtDown((amount1 << 192n) / amount0);
};

/** The price of token0 in token1 as √ in Q64.96, before fees; zero for an empty pool. */
export const spotSqrtPriceX96 = (pool: Pool): bigint => {
  if (pool.kind === "v3") return pool.sqrtPriceX96;
  return pool.reserve0 === 0n ? 0n : sqrtPriceX96Of(pool.reserve1, pool.reserve0);
};

/** Whether the price is still short of the target (in × in × Q192 against out × target²) after the reserves changed. */
const isShort = (sides: V2Sides, amountIn: bigint, target: { readonly up: bigint; readonly down: bigint }): boolean => {
  const swap = swapV2(sides, amountIn);
  const amountOut = swap.kind === "ok" ? swap.amountOut : 0n;
  return (sides.reserveIn + amountIn) * target.up < (sides.reserveOut - amountOut) * target.down;
};

/**
 * The least input x after which in′ ÷ out′ ≥ down ÷ up. With g = 1 − fee, in′ = in + x and out′ = in·out ÷ (in + g·x), so
 * (in + x)(in + g·x) = in·out·down ÷ up: a quadratic in x. Its real root is found first, then whole units decide.
 */
const minInput = (sides: V2Sides, target: { readonly up: bigint; readonly down: bigint }): bigint => {
  const { reserveIn, reserveOut, feePips } = sides;
  const kept = PIPS - feePips;
  const half = (PIPS + kept) * reserveIn;
  const goal = (reserveIn * reserveOut * target.down) / target.up;
  const discriminant = half * half - 4n * kept * PIPS * (reserveIn * reserveIn - goal);
  let high = (sqrtDown(discriminant > 0n ? discriminant : 0n) - half) / (2n * kept) + 1n;
  if (high < 1n) high = 1n;
  let step = 1n;
  while (isShort(sides, high, target)) {
    high += step;
    step *= 2n;
  }
  let low = 0n;
  for (step = 1n; high - step > 0n; step *= 2n) {
    if (isShort(sides, high - step, target)) {
      low = high - step;
      break;
    }
    high -= step;
  }
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (isShort(sides, middle, target)) low = middle;
    else high = middle;
  }
  return high;
};

const pushV2 = (pool: V2Pool, targetX96: bigint): Push => {
  const { reserve0, reserve1, feePips } = pool;
  if (reserve0 === 0n || reserve1 === 0n) return refused("pool-empty");
  const [square, one] = [targetX96 * targetX96, 1n << 192n];
  const falling = reserve0 * square < reserve1 * one;
  if (reserve0 * square === reserve1 * one) return { kind: "at-target" };
  const sides = falling
    ? { reserveIn: reserve0, reserveOut: reserve1, feePips }
    : { reserveIn: reserve1, reserveOut: reserve0, feePips };
  const amountIn = minInput(sides, falling ? { up: square, down: one } : { up: one, down: square });
  const swap = swapV2(sides, amountIn);
  if (swap.kind === "refused") return swap.why === "zero-output" ? { kind: "at-target" } : swap;
  return { kind: "push", tokenIn: falling ? pool.token0 : pool.token1, amountIn, amountOut: swap.amountOut };
};

const pushV3 = (pool: V3Pool, targetX96: bigint): Push => {
  if (targetX96 === pool.sqrtPriceX96) return { kind: "at-target" };
  const zeroForOne = targetX96 < pool.sqrtPriceX96;
  const swap = swapV3(pool, { zeroForOne, amountIn: UNLIMITED, sqrtPriceLimitX96: targetX96 });
  if (swap.kind === "refused") return swap;
  // The routers revert on a swap that moves no token.
  if (swap.spent === 0n) return refused("pool-empty");
  const tokenIn = zeroForOne ? pool.token0 : pool.token1;
  // Without one unit to spare a swap would end where the liquidity before a gap ends, and not cross the gap.
  return { kind: "push", tokenIn, amountIn: swap.spent + 1n, amountOut: swap.amountOut };
};

/**
 * The swap that brings a pool's price to a target.
 *
 * v2: the least input after which the price has reached or just passed the target. v3: one unit more than the input that
 * reaches it exactly; send it with the target as `sqrtPriceLimitX96`, which leaves the unit unspent and cannot overshoot.
 * Refuses as "pool-empty" where there is no liquidity between the price and the target.
 * @param targetX96 the wanted √price of token0 in token1, Q64.96
 */
export const pushToPrice = (pool: Pool, targetX96: bigint): Push =>
  pool.kind === "v2" ? pushV2(pool, targetX96) : pushV3(pool, targetX96);
