import { PIPS } from "./pips.ts";

const Q96 = 1n << 96n;
const TWO_256 = 1n << 256n;
const ceilDiv = (n: bigint, d: bigint): bigint => (n + d - 1n) / d;

/** One step of a swap: from a price towards a target, within one range of constant liquidity. */
export type StepInput = {
  readonly sqrtPriceX96: bigint;
  readonly targetX96: bigint;
  readonly liquidity: bigint;
  readonly feePips: bigint;
};

/** What moves when the price goes all the way to the target. `spent` includes the fee. */
export type Reach = { readonly spent: bigint; readonly amountOut: bigint };

/** The outcome of a step with a given input. `reached` says that the price is now the target. */
export type Step = Reach & { readonly sqrtPriceX96: bigint; readonly reached: boolean };

const withFee = (amountIn: bigint, feePips: bigint): bigint => amountIn + ceilDiv(amountIn * feePips, PIPS - feePips);

// The contract divides by one price after the other; rounding the same way twice is dividing by the product once.
const neededDown = ({ sqrtPriceX96, targetX96, liquidity }: StepInput): bigint =>
  ceilDiv((liquidity << 96n) * (sqrtPriceX96 - targetX96), sqrtPriceX96 * targetX96);

/** Token0 in, the price falls all the way: SwapMath.computeSwapStep of v3-core where the target is reached. */
export const reachDown = (input: StepInput): Reach => ({
  spent: withFee(neededDown(input), input.feePips),
  amountOut: (input.liquidity * (input.sqrtPriceX96 - input.targetX96)) >> 96n,
});

/** Token1 in, the price rises all the way. */
export const reachUp = ({ sqrtPriceX96, targetX96, liquidity, feePips }: StepInput): Reach => ({
  spent: withFee(ceilDiv(liquidity * (targetX96 - sqrtPriceX96), Q96), feePips),
  amountOut: ((liquidity << 96n) * (targetX96 - sqrtPriceX96)) / (targetX96 * sqrtPriceX96),
});

const reachedAt = ({ spent, amountOut }: Reach, sqrtPriceX96: bigint): Step => ({
  spent,
  amountOut,
  sqrtPriceX96,
  reached: true,
});

/**
 * SwapMath.computeSwapStep of v3-core for an exact input of token0.
 *
 * The contract asks first whether the input (less fee) covers what the target needs. Here the price that the input leads
 * to is worked out first, and the target counts as reached when that price is at or past it. It is the same question:
 * the input is a whole number, so it covers the need rounded up exactly if it covers the real need, and the new
 * price, rounded away from the target, is beyond a whole target exactly if the real one is. Only where the contract's
 * 256-bit product or sum would wrap does it divide first and lose precision; there the need itself is asked.
 */
export const stepDown = (input: StepInput, remaining: bigint): Step => {
  const { sqrtPriceX96, targetX96, liquidity, feePips } = input;
  if (liquidity === 0n) return reachedAt({ spent: 0n, amountOut: 0n }, targetX96);
  const available = (remaining * (PIPS - feePips)) / PIPS;
  const scaled = liquidity << 96n;
  const product = available * sqrtPriceX96;
  const denominator = scaled + product;
  let next: bigint;
  if (denominator < TWO_256) {
    next = ceilDiv(scaled * sqrtPriceX96, denominator);
    if (next <= targetX96) return reachedAt(reachDown(input), targetX96);
  } else {
    if (available >= neededDown(input)) return reachedAt(reachDown(input), targetX96);
    next = ceilDiv(scaled, scaled / sqrtPriceX96 + available);
  }
  const amountOut = (liquidity * (sqrtPriceX96 - next)) >> 96n;
  return { sqrtPriceX96: next, spent: remaining, amountOut, reached: false };
};

/** The same for an exact input of token1. Nothing can wrap here that would not have reached the target. */
export const stepUp = (input: StepInput, remaining: bigint): Step => {
  const { sqrtPriceX96, targetX96, liquidity, feePips } = input;
  if (liquidity === 0n) return reachedAt({ spent: 0n, amountOut: 0n }, targetX96);
  const available = (remaining * (PIPS - feePips)) / PIPS;
  const next = sqrtPriceX96 + (available << 96n) / liquidity;
  if (next >= targetX96) return reachedAt(reachUp(input), targetX96);
  const amountOut = ((liquidity << 96n) * (next - sqrtPriceX96)) / (next * sqrtPriceX96);
  return { sqrtPriceX96: next, spent: remaining, amountOut, reached: false };
};
