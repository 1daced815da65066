import { memo } from "../core/memo.ts";
import type { Address } from "../core/units.ts";
import { PIPS } from "./pips.ts";
import { type Footholds, type Ladders, baseLiquidity, buildLadders, footholdsOf } from "./v3Ladder.ts";
import { type V3State, checkV3State } from "./v3State.ts";

/** A constant-product pool at one block. `feePips` is 3000 for a genuine pair. */
export type V2State = {
  readonly address: Address;
  readonly token0: Address;
  readonly token1: Address;
  readonly reserve0: bigint;
  readonly reserve1: bigint;
  readonly feePips: bigint;
};

export type V2Pool = V2State & { readonly kind: "v2" };

/** A v3 pool with what its quotes share. Made by `v3Pool` only. */
export type V3Pool = V3State & { readonly kind: "v3"; readonly ladders: Ladders; readonly footholds: Footholds };

export type Pool = V2Pool | V3Pool;

/** @throws RangeError for negative reserves or a fee of one and more */
export const v2Pool = (state: V2State): V2Pool => {
  const { reserve0, reserve1, feePips } = state;
  if (reserve0 < 0n || reserve1 < 0n) throw new RangeError(`v2 pool ${state.address}: a reserve is negative`);
  if (feePips < 0n || feePips >= PIPS)
    throw new RangeError(`v2 pool ${state.address}: fee ${feePips} is not below one`);
  return { ...state, kind: "v2" };
};

const sharesLadders = (state: V3State, earlier: V3Pool): boolean =>
  state.ticks === earlier.ticks &&
  state.lowestKnownTick === earlier.lowestKnownTick &&
  state.highestKnownTick === earlier.highestKnownTick &&
  state.feePips === earlier.feePips &&
  state.tickSpacing === earlier.tickSpacing &&
  baseLiquidity(state) === earlier.ladders.base;

/**
 * Builds a pool value for quoting. √price zero stands for a pool that nobody has initialised.
 * @param earlier the same pool in an older snapshot. When its list of ticks is the same object and no position across the
 *   whole window came or went, its ladders still hold and are kept; a price alone does not change them.
 * @throws RangeError when the state contradicts itself
 */
export const v3Pool = (state: V3State, earlier?: V3Pool): V3Pool => {
  checkV3State(state);
  const ladders = earlier !== undefined && sharesLadders(state, earlier) ? earlier.ladders : buildLadders(state);
  return { ...state, kind: "v3", ladders, footholds: footholdsOf(state, ladders) };
};

/** The token that comes out when `tokenIn` goes in, or undefined when the pool does not trade it. */
export const otherToken = (pool: Pool, tokenIn: Address): Address | undefined => {
  if (tokenIn === pool.token0) return pool.token1;
  return tokenIn === pool.token1 ? pool.token0 : undefined;
};

/** All that a pool's quotes depend on, without what follows from it. */
export type RecordedPool = (V2State & { readonly kind: "v2" }) | (V3State & { readonly kind: "v3" });

/** What a pool is made of; the same object each time for the same pool. */
export const recordedPoolOf: (pool: Pool) => RecordedPool = memo((pool) => {
  if (pool.kind === "v2") return pool;
  const { ladders: _ladders, footholds: _footholds, ...state } = pool;
  return state;
});

/** The pool that is made of this. @throws RangeError when the state contradicts itself */
export const poolFrom = (state: RecordedPool): Pool => (state.kind === "v2" ? v2Pool(state) : v3Pool(state));
