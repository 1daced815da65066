import { mulDivDown, sqrtDown } from "../../keepers/core/integers.ts";

const WAD = 10n ** 18n;
const PIPS = 1_000_000n;
const Q192 = 1n << 192n;
const V2_KEPT = 997n;
const V2_WHOLE = 1000n;

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

/**
 * What to pay into a v2 pair so that afterwards one unit in costs `reserveOut ÷ reserveIn` = `outAfter ÷ inAfter`, raw
 * units; zero when the pair is already there or beyond.
 *
 * With fee f = 997 ÷ 1000 and payment a, the reserves become x + a and y·x ÷ (x + f·a). Setting their ratio to r gives
 * f·a² + (1 + f)·x·a + x² − x·y ÷ r = 0, whose positive root this is, rounded down.
 */
export const v2AmountToRatio = (
  reserves: { readonly in: bigint; readonly out: bigint },
  after: { readonly in: bigint; readonly out: bigint },
): bigint => {
  const { in: x, out: y } = reserves;
  const missing = mulDivDown(x * y, after.in, after.out) - x * x;
  if (missing <= 0n) return 0n;
  const b = (V2_WHOLE + V2_KEPT) * x;
  const root = sqrtDown(b * b + 4n * V2_KEPT * V2_WHOLE * missing);
  return root > b ? (root - b) / (2n * V2_KEPT) : 0n;
};

/** What a v2 pair pays for `amountIn`, as Uniswap's library computes it. */
export const v2AmountOut = (amountIn: bigint, reserveIn: bigint, reserveOut: bigint): bigint => {
  const kept = amountIn * V2_KEPT;
  return (kept * reserveOut) / (reserveIn * V2_WHOLE + kept);
};
