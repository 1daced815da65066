import type { Address } from "../core/units.ts";
import { type Pool, otherToken } from "./pool.ts";
import { type Hop, quotePath } from "./quote.ts";

export type BruteForce = {
  readonly pools: readonly Pool[];
  readonly base: Address;
  readonly maxHops: 2 | 3;
  /** The most that may be spent of a token in one hop; zero where it may not be spent. */
  readonly limitOf: (token: Address) => bigint;
  /** What trading a cycle costs in gas, in the base token. */
  readonly costOf: (hops: readonly Hop[]) => bigint;
};

export type BruteBest = {
  readonly hops: readonly Hop[];
  readonly amountIn: bigint;
  readonly amountOut: bigint;
  readonly netProfit: bigint;
};

const MIN_GRID = 4n;

/** Every way round from base to base in at most so many hops, through distinct pools and tokens. */
const allCycles = ({ pools, base, maxHops }: BruteForce): readonly (readonly Hop[])[] => {
  const cycles: (readonly Hop[])[] = [];
  const extend = (path: readonly Hop[], token: Address): void => {
    if (path.length > 0 && token === base) {
      if (path.length > 1) cycles.push(path);
      return;
    }
    if (path.length === maxHops) return;
    for (const pool of pools) {
      const out = otherToken(pool, token);
      if (out === undefined || path.some((hop) => hop.pool === pool || (hop.tokenIn === out && out !== base))) continue;
      extend([...path, { pool, tokenIn: token }], out);
    }
  };
  extend([], base);
  return cycles;
};

/** The gain of an input in whole units, or undefined when it cannot be traded within the limits. */
const gainOf = (brute: BruteForce, hops: readonly Hop[], amountIn: bigint): bigint | undefined => {
  const quote = quotePath(hops, amountIn);
  if (quote.kind === "refused") return undefined;
  const isWithin = quote.amounts.every((amount, hop) => amount <= brute.limitOf(hops[hop]?.tokenIn ?? brute.base));
  return isWithin ? quote.amountOut - amountIn : undefined;
};

type Trial = { readonly amountIn: bigint; readonly gain: bigint };

/**
 * Tries sizes from one unit to the limit, each a quarter larger than the one before, then ever finer grids around the best so
 * far down to single units. It knows nothing of slopes and trusts no real number.
 */
const bestSizeOf = (brute: BruteForce, hops: readonly Hop[]): Trial | undefined => {
  const limit = brute.limitOf(brute.base);
  let best: Trial | undefined;
  const trySize = (amountIn: bigint): void => {
    const gain = amountIn > 0n && amountIn <= limit ? gainOf(brute, hops, amountIn) : undefined;
    if (gain !== undefined && (best === undefined || gain > best.gain)) best = { amountIn, gain };
  };
  for (let size = 1n; size <= limit; size += size / 4n + 1n) trySize(size);
  trySize(limit);
  if (best === undefined) return undefined;
  const start: Trial = best;
  for (let step = start.amountIn / MIN_GRID; step > 0n; step /= 2n) {
    const { amountIn: centre }: Trial = best;
    for (const offset of [-3n, -2n, -1n, 1n, 2n, 3n]) trySize(centre + offset * step);
  }
  return best;
};

/**
 * The most profitable cycle by trial of all cycles and many sizes, in exact integers. Slow, plain, and independent of the way that
 * `decide` takes: it values what could have been taken, and it is what `decide` is tested against.
 * @returns undefined when no cycle can be traded at all; the best may be a loss
 */
export const bestCycleBruteForce = (brute: BruteForce): BruteBest | undefined => {
  let best: BruteBest | undefined;
  for (const hops of allCycles(brute)) {
    const trial = bestSizeOf(brute, hops);
    if (trial === undefined) continue;
    const netProfit = trial.gain - brute.costOf(hops);
    if (best !== undefined && netProfit <= best.netProfit) continue;
    best = { hops, amountIn: trial.amountIn, amountOut: trial.amountIn + trial.gain, netProfit };
  }
  return best;
};
