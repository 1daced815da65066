import { PIPS } from "./pips.ts";

const Q96 = 1n << 96n;
const TWO_256 = 1n << 256n;
const ceilDiv = (n: bigint, d: bigint): bigint => (n + d - 1n) / d;

/** A way from a price to a target within one range of constant liquidity. */
export type Way = {
  readonly sqrtPriceX96: bigint;
  readonly targetX96: bigint;
  readonly liquidity: bigint;
  readonly feePips: bigint;
};

/**
 * What moves when the price goes the whole way; `spent` includes the fee.
 *
 * An input covers the way exactly if it is at least `spent`. The contract asks the question before the fee is added: is
 * floor(input·(1 − f)) at least what is needed? The need n is whole, so that is input·(1 − f) ≥ n, or input ≥ n ÷ (1 − f),
 * which for a whole input is input ≥ n + ceil(n·f ÷ (1 − f)), the need with the fee that the contract then takes.
 */
export type Reach = { readonly spent: bigint; readonly amountOut: bigint };

/** Where a price ends up that does not go the whole way, and what the pool pays. */
export type Part = { readonly sqrtPriceX96: bigint; readonly amountOut: bigint };

const withFee = (amountIn: bigint, feePips: bigint): bigint => amountIn + ceilDiv(amountIn * feePips, PIPS - feePips);

/** What is left of an input for the swap itself, as the contract rounds it. */
export const afterFee = (amount: bigint, feePips: bigint): bigint => (amount * (PIPS - feePips)) / PIPS;

/** Token0 in, the price falls all the way: SwapMath.computeSwapStep of v3-core where the target is reached. */
export const reachDown = ({ sqrtPriceX96, targetX96, liquidity, feePips }: Way): Reach => {
  const fall = sqrtPriceX96 - targetX96;
  // The contract divides by one price after the other; rounding the same way twice is dividing by the product once.
  const needed = ceilDiv((liquidity << 96n) * fall, sqrtPriceX96 * targetX96);
  return { spent: withFee(needed, feePips), amountOut: (liquidity * fall) >> 96n };
};

/** Token1 in, the price rises all the way. */
export const reachUp = ({ sqrtPriceX96, targetX96, liquidity, feePips }: Way): Reach => {
  const rise = targetX96 - sqrtPriceX96;
  const needed = ceilDiv(liquidity * rise, Q96);
  return { spent: withFee(needed, feePips), amountOut: ((liquidity << 96n) * rise) / (targetX96 * sqrtPriceX96) };
};

/**
 * Token0 in, not enough for the whole way. The new price is L·√P ÷ (L + x·√P) rounded up, so the fall is x·P ÷ (L + x·√P)
 * rounded down. Where the contract's 256-bit product or sum would wrap, it divides first and loses precision.
 * @param amount the input less the fee
 */
export const partDown = (sqrtPriceX96: bigint, liquidity: bigint, amount: bigint): Part => {
  const scaled = liquidity << 96n;
  const product = amount * sqrtPriceX96;
  const denominator = scaled + product;
  const fall =
    denominator < TWO_256
      ? (product * sqrtPriceX96) / denominator
      : sqrtPriceX96 - ceilDiv(scaled, scaled / sqrtPriceX96 + amount);
  return { sqrtPriceX96: sqrtPriceX96 - fall, amountOut: (liquidity * fall) >> 96n };
};

/** Token1 in, not enough for the whole way. Nothing can wrap that would not have gone the whole way. */
export const partUp = (sqrtPriceX96: bigint, liquidity: bigint, amount: bigint): Part => {
  const rise = (amount << 96n) / liquidity;
  const next = sqrtPriceX96 + rise;
  return { sqrtPriceX96: next, amountOut: ((liquidity << 96n) * rise) / (next * sqrtPriceX96) };
};
