import { minOf } from "../core/integers.ts";
import { type Hop, type PathQuote, quotePath } from "./quote.ts";

/** A size for a cycle in whole units: what goes into each hop, and what comes out of the last. */
export type ExactSize = { readonly amounts: readonly bigint[]; readonly amountIn: bigint; readonly amountOut: bigint };

export type SizeSearch = {
  readonly hops: readonly Hop[];
  /** The most that may go into each hop, in the token of that hop. */
  readonly limits: readonly bigint[];
};

const RETRIES = 8;

const isWithin = (quote: PathQuote, limits: readonly bigint[]): boolean =>
  quote.kind === "ok" && quote.amounts.every((amount, hop) => amount <= (limits[hop] ?? 0n));

const exact = ({ hops, limits }: SizeSearch, amountIn: bigint): ExactSize | undefined => {
  if (amountIn <= 0n) return undefined;
  const quote = quotePath(hops, amountIn);
  if (quote.kind === "refused" || !isWithin(quote, limits)) return undefined;
  return { amounts: quote.amounts, amountIn, amountOut: quote.amountOut };
};

/** The guess, or something a little less where a limit or the end of a window is in the way by a rounding. */
const exactNear = (search: SizeSearch, guess: bigint): ExactSize | undefined => {
  let amountIn = minOf(guess, search.limits[0] ?? 0n);
  for (let attempt = 0; attempt < RETRIES; attempt += 1) {
    const size = exact(search, amountIn);
    if (size !== undefined) return size;
    amountIn -= (amountIn >> 32n) + (1n << BigInt(attempt * 2));
  }
  return undefined;
};

/** The least input that still gets the same output: where tokens are coarse, many inputs do. */
const trimmed = (search: SizeSearch, size: ExactSize): ExactSize => {
  const paysAsMuch = (amountIn: bigint): ExactSize | undefined => {
    const smaller = exact(search, amountIn);
    return smaller !== undefined && smaller.amountOut >= size.amountOut ? smaller : undefined;
  };
  let best = size;
  let tooLittle = 0n;
  for (let step = 1n; ; step *= 2n) {
    const smaller = paysAsMuch(best.amountIn - step);
    if (smaller === undefined) {
      tooLittle = best.amountIn - step;
      break;
    }
    best = smaller;
  }
  while (best.amountIn - tooLittle > 1n) {
    const middle = (best.amountIn + tooLittle) >> 1n;
    const smaller = paysAsMuch(middle);
    if (smaller === undefined) tooLittle = middle;
    else best = smaller;
  }
  return best;
};

/**
 * Turns the size found in real numbers into whole units, exactly quoted, and trims the input.
 *
 * Tolerance: a cycle's exact gain is never above its gain in real numbers, since every hop rounds in the pool's favour,
 * and falls short of it by less than a unit of each hop's output for each step that hop takes, valued in the base
 * token. So the gain is within that of the best that any whole number gives.
 * @returns undefined when no size near the guess can be quoted within the limits
 */
export const exactSize = (search: SizeSearch, guess: number): ExactSize | undefined => {
  if (!Number.isFinite(guess) || guess < 0.5) return undefined;
  const size = exactNear(search, BigInt(Math.round(guess)));
  return size === undefined ? undefined : trimmed(search, size);
};
