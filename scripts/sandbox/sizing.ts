import { mulDivDown, sqrtDown } from "../../keepers/core/integers.ts";
import { PIPS } from "../../keepers/market/pips.ts";

const WAD = 10n ** 18n;
const Q192 = 1n << 192n;

/** A pool's two tokens as the chain sorts them, with what the base token is. */
export type Orientation = {
  readonly baseIsToken0: boolean;
  readonly baseDecimals: number;
  readonly quoteDecimals: number;
};

/** How far `price` is from `target`, in pips of the target, without sign. */
export const distancePips = (price: bigint, target: bigint): bigint =>
  ((price > target ? price - target : target - price) * PIPS) / target;

/** One base in quote (18 decimals) from reserves of a v2 pair in raw units. */
export const priceFromReserves = (reserve0: bigint, reserve1: bigint, side: Orientation): bigint => {
  const [base, quote] = side.baseIsToken0 ? [reserve0, reserve1] : [reserve1, reserve0];
  return mulDivDown(quote * 10n ** BigInt(side.baseDecimals), WAD, base * 10n ** BigInt(side.quoteDecimals));
};

/** One base in quote (18 decimals) from a v3 pool's √(token1 ÷ token0) × 2⁹⁶. */
export const priceFromSqrt = (sqrtPriceX96: bigint, side: Orientation): bigint => {
  const [up, down] = side.baseIsToken0 ? [sqrtPriceX96 ** 2n, Q192] : [Q192, sqrtPriceX96 ** 2n];
  return (up * 10n ** BigInt(side.baseDecimals) * WAD) / (down * 10n ** BigInt(side.quoteDecimals));
};

/** The v3 square root price, × 2⁹⁶ and rounded down, at which one base costs `price` quote (18 decimals). */
export const sqrtFromPrice = (price: bigint, side: Orientation): bigint => {
  const quote = price * 10n ** BigInt(side.quoteDecimals);
  const base = WAD * 10n ** BigInt(side.baseDecimals);
  return side.baseIsToken0 ? sqrtDown((quote * Q192) / base) : sqrtDown((base * Q192) / quote);
};
