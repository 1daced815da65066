import { PIPS } from "./pips.ts";
import { type Refused, refused } from "./refusal.ts";

const MAX_RESERVE = (1n << 112n) - 1n;

export type V2Sides = { readonly reserveIn: bigint; readonly reserveOut: bigint; readonly feePips: bigint };

/**
 * What a pair pays for an exact input: UniswapV2Library.getAmountOut, with the fee as a parameter. At 3000 pips it is
 * the genuine 997/1000 formula, numerator and denominator both times 1000, so the quotient is the same.
 * Refuses what `UniswapV2Pair.swap` reverts on: nothing in, nothing out, reserves beyond 112 bits.
 */
export const swapV2 = (
  sides: V2Sides,
  amountIn: bigint,
): { readonly kind: "ok"; readonly amountOut: bigint } | Refused => {
  const { reserveIn, reserveOut, feePips } = sides;
  if (amountIn <= 0n) return refused("zero-amount");
  if (reserveIn === 0n || reserveOut === 0n) return refused("pool-empty");
  if (reserveIn + amountIn > MAX_RESERVE) return refused("amount-too-large");
  const afterFee = amountIn * (PIPS - feePips);
  const amountOut = (afterFee * reserveOut) / (reserveIn * PIPS + afterFee);
  return amountOut === 0n ? refused("zero-output") : { kind: "ok", amountOut };
};
