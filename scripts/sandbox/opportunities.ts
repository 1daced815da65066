import type { PoolSpec, SandboxTokenName } from "./pools.ts";

/** A pool with its present price: one base in quote, whole units. */
export type PricedPool = Pick<PoolSpec, "name" | "base" | "quote" | "feePips"> & { readonly price: number };

/** The best cycle at the margin: what an endlessly small trade around it would gain after the pools' fees. */
export type Opportunity = { readonly path: readonly string[]; readonly gainBps: number };

/** Closer than this, two cycles are one, entered at different tokens. */
const SAME = 1e-6;

type Hop = {
  readonly pool: string;
  readonly from: SandboxTokenName;
  readonly to: SandboxTokenName;
  readonly rate: number;
};

const hopsOf = (pool: PricedPool): readonly Hop[] => {
  const kept = 1 - pool.feePips / 1e6;
  return [
    { pool: pool.name, from: pool.base, to: pool.quote, rate: pool.price * kept },
    { pool: pool.name, from: pool.quote, to: pool.base, rate: kept / pool.price },
  ];
};

/** All cycles of two and three hops from one token over distinct pools. */
const cyclesFrom = (start: SandboxTokenName, hops: readonly Hop[]): readonly (readonly Hop[])[] => {
  const next = (path: readonly Hop[]): readonly (readonly Hop[])[] => {
    const last = path.at(-1);
    return hops
      .filter((hop) => hop.from === (last?.to ?? start) && path.every((used) => used.pool !== hop.pool))
      .map((hop) => [...path, hop]);
  };
  const one = next([]);
  const two = one.flatMap(next);
  const three = two.filter((path) => path.at(-1)?.to !== start).flatMap(next);
  return [...two, ...three].filter((path) => path.at(-1)?.to === start);
};

/**
 * The widest gap between the pools, in basis points after fees; negative when every cycle loses. For showing and
 * measuring only: what a cycle is worth at its best size is for agents to find out.
 */
export const widestOpportunity = (pools: readonly PricedPool[]): Opportunity => {
  const hops = pools.flatMap(hopsOf);
  const cycles = (["USDC", "WSEI", "WETH"] as const).flatMap((start) => cyclesFrom(start, hops));
  return cycles.reduce<Opportunity>(
    (best, cycle) => {
      const gainBps = (cycle.reduce((product, hop) => product * hop.rate, 1) - 1) * 10_000;
      return gainBps > best.gainBps + SAME ? { path: cycle.map((hop) => hop.pool), gainBps } : best;
    },
    { path: [], gainBps: Number.NEGATIVE_INFINITY },
  );
};
