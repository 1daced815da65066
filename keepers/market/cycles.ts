import type { Address } from "../core/units.ts";
import type { Pool } from "./pool.ts";
import { type RealEdge, realEdge } from "./realEdge.ts";

/** Closed paths from a token back to it. */
export type Cycle = readonly RealEdge[];

const append = (lists: Map<Address, RealEdge[]>, key: Address, edge: RealEdge): void => {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [edge]);
  else list.push(edge);
};

const NONE: readonly RealEdge[] = [];

/**
 * All cycles of two and three hops from `base` whose first drop would gain, over every choice of pools. No pool comes
 * twice: in two hops that is checked, in three the pairs differ.
 *
 * Leaving out the others loses nothing: a pool never pays more than its rate times the input (its price only worsens,
 * and it rounds in its own favour), so a cycle pays at most the product of the rates. The rates carry a few units of
 * the last place of error each; a cycle left out for that could gain one part in 10^14 of its input at the very best.
 * @param isUsable whether a token may be spent at all
 */
export const gainfulCycles = (
  pools: readonly Pool[],
  base: Address,
  search: { readonly maxHops: 2 | 3; readonly isUsable: (token: Address) => boolean },
): readonly Cycle[] => {
  const from = new Map<Address, RealEdge[]>();
  const home = new Map<Address, RealEdge[]>();
  for (const pool of pools) {
    for (const zeroForOne of [true, false]) {
      if (!search.isUsable(zeroForOne ? pool.token0 : pool.token1)) continue;
      const edge = realEdge(pool, zeroForOne);
      if (edge === undefined) continue;
      if (edge.tokenOut === base) append(home, edge.tokenIn, edge);
      else append(from, edge.tokenIn, edge);
    }
  }
  const found: Cycle[] = [];
  for (const first of from.get(base) ?? NONE) {
    for (const last of home.get(first.tokenOut) ?? NONE) {
      if (first.rate * last.rate > 1 && first.pool !== last.pool) found.push([first, last]);
    }
    if (search.maxHops === 2) continue;
    for (const second of from.get(first.tokenOut) ?? NONE) {
      const rate = first.rate * second.rate;
      for (const last of home.get(second.tokenOut) ?? NONE) if (rate * last.rate > 1) found.push([first, second, last]);
    }
  }
  return found;
};
