import type { Address } from "../core/units.ts";
import type { Pool } from "./pool.ts";
import { type ApproximateEdge, approximateEdge } from "./approximateEdge.ts";

/** A closed path from a token back to it. */
export type Cycle = readonly ApproximateEdge[];

export type CycleSearch = {
  readonly maxHops: 2 | 3;
  /** Whether a token may be spent at all. */
  readonly isUsable: (token: Address) => boolean;
};

type EdgeLists = ReadonlyMap<Address, readonly ApproximateEdge[]>;

/** Edges by the token that goes in: those that pay the base token, and all others. */
type Graph = { readonly home: EdgeLists; readonly on: EdgeLists };

const NONE: readonly ApproximateEdge[] = [];

const append = (lists: Map<Address, ApproximateEdge[]>, edge: ApproximateEdge): void => {
  const list = lists.get(edge.tokenIn);
  if (list === undefined) lists.set(edge.tokenIn, [edge]);
  else list.push(edge);
};

const graphOf = (pools: readonly Pool[], base: Address, { isUsable }: CycleSearch): Graph => {
  const home = new Map<Address, ApproximateEdge[]>();
  const on = new Map<Address, ApproximateEdge[]>();
  for (const pool of pools) {
    for (const zeroForOne of [true, false]) {
      const edge = isUsable(zeroForOne ? pool.token0 : pool.token1) ? approximateEdge(pool, zeroForOne) : undefined;
      if (edge !== undefined) append(edge.tokenOut === base ? home : on, edge);
    }
  }
  return { home, on };
};

/** Adds every way home after `path` that gains at first. `rate` is that of the path. */
const closeWith = (
  found: Cycle[],
  path: readonly ApproximateEdge[],
  way: { rate: number; home: readonly ApproximateEdge[] },
): void => {
  for (const last of way.home) if (way.rate * last.rate > 1) found.push([...path, last]);
};

/**
 * All cycles of two and three hops from `base` whose first drop would gain, over every choice of pools.
 *
 * Leaving out the others loses nothing: a pool never pays more than its rate times the input (its price only worsens,
 * and it rounds in its own favour), so a cycle pays at most the product of the rates. The rates carry a few units of
 * the last place of error each; a cycle left out for that could gain one part in 10^14 of its input at the very best.
 * For the same reason no pool comes twice: there and back its rates multiply to the square of what the fee leaves.
 */
export const gainfulCycles = (pools: readonly Pool[], base: Address, search: CycleSearch): readonly Cycle[] => {
  const { home, on } = graphOf(pools, base, search);
  const found: Cycle[] = [];
  for (const first of on.get(base) ?? NONE) {
    closeWith(found, [first], { rate: first.rate, home: home.get(first.tokenOut) ?? NONE });
    if (search.maxHops === 2) continue;
    for (const second of on.get(first.tokenOut) ?? NONE) {
      const rate = first.rate * second.rate;
      closeWith(found, [first, second], { rate, home: home.get(second.tokenOut) ?? NONE });
    }
  }
  return found;
};
