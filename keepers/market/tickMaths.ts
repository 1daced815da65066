import { sqrtDown } from "../core/integers.ts";

/** The range of ticks of Uniswap v3: the price of token0 in token1 at tick t is 1.0001^t. */
export const MIN_TICK = -887_272;
export const MAX_TICK = 887_272;

const BITS = 20;
const LOW_BITS = 10;
const LOW_MASK = 2 ** LOW_BITS - 1;
const MAX_UINT256 = (1n << 256n) - 1n;
const GUARD_BITS = 640n;

/**
 * 1.0001^(−2^i ÷ 2) in Q128, rounded to nearest, for i = 0…19: the factors that TickMath of v3-core multiplies. They are
 * derived and not typed in; 640 bits leave more than 500 for the error of twenty squarings.
 */
const bitFactors = (): readonly bigint[] => {
  const one = 1n << GUARD_BITS;
  const half = 1n << (GUARD_BITS - 129n);
  const factors: bigint[] = [];
  let factor = sqrtDown((one * one * 10_000n) / 10_001n);
  for (let bit = 0; bit < BITS; bit += 1) {
    factors.push((factor + half) >> (GUARD_BITS - 128n));
    factor = (factor * factor) >> GUARD_BITS;
  }
  return factors;
};

const FACTORS = bitFactors();

/** Multiplies in the order of the contract, lowest bit first: each shift truncates, so the order is part of the result. */
const multiplyBits = (start: bigint, bits: number, firstBit: number): bigint => {
  let ratio = start;
  for (let bit = firstBit, rest = bits; rest !== 0; bit += 1, rest >>>= 1) {
    if ((rest & 1) !== 0) ratio = (ratio * (FACTORS[bit] ?? 0n)) >> 128n;
  }
  return ratio;
};

/** The products of the ten lowest bits. What the higher bits add is at most ten more multiplications. */
const LOW_PRODUCTS: readonly bigint[] = Array.from({ length: LOW_MASK + 1 }, (_, low) =>
  multiplyBits(1n << 128n, low, 0),
);

/**
 * √(1.0001^tick) in Q64.96, bit for bit as TickMath.getSqrtRatioAtTick of v3-core.
 * @throws RangeError outside [MIN_TICK, MAX_TICK]
 */
export const sqrtRatioAtTick = (tick: number): bigint => {
  const size = Math.abs(tick);
  if (!Number.isInteger(tick) || size > MAX_TICK) throw new RangeError(`no such tick: ${tick}`);
  const low = LOW_PRODUCTS[size & LOW_MASK] ?? 0n;
  const inverse = multiplyBits(low, size >>> LOW_BITS, LOW_BITS);
  const ratio = tick > 0 ? MAX_UINT256 / inverse : inverse;
  return (ratio + 0xffffffffn) >> 32n;
};

/** A swap may move the price up to these, both excluded. */
export const MIN_SQRT_RATIO = sqrtRatioAtTick(MIN_TICK);
export const MAX_SQRT_RATIO = sqrtRatioAtTick(MAX_TICK);

const LOG_OF_HALF_STEP = Math.log(1.0001) / 2;
const Q96 = 2 ** 96;

/** The tick of a price as a real number, good to about 1e-8: a guess and a sanity check, never a result. */
export const roughTickAt = (sqrtPriceX96: bigint): number => Math.log(Number(sqrtPriceX96) / Q96) / LOG_OF_HALF_STEP;

/**
 * The greatest tick whose ratio does not exceed the price, as TickMath.getTickAtSqrtRatio of v3-core. A logarithm
 * guesses, whole numbers decide, so the guess cannot make it wrong.
 * @throws RangeError outside [MIN_SQRT_RATIO, MAX_SQRT_RATIO)
 */
export const tickAtSqrtRatio = (sqrtPriceX96: bigint): number => {
  if (sqrtPriceX96 < MIN_SQRT_RATIO || sqrtPriceX96 >= MAX_SQRT_RATIO) {
    throw new RangeError(`no tick at √price ${sqrtPriceX96}`);
  }
  let tick = Math.min(Math.max(Math.floor(roughTickAt(sqrtPriceX96)), MIN_TICK), MAX_TICK - 1);
  while (sqrtRatioAtTick(tick) > sqrtPriceX96) tick -= 1;
  while (sqrtRatioAtTick(tick + 1) <= sqrtPriceX96) tick += 1;
  return tick;
};
