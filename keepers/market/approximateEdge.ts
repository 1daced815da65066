import type { Address } from "../core/units.ts";
import { PIPS } from "./pips.ts";
import type { Pool, V2Pool, V3Pool } from "./pool.ts";

/**
 * Pools in real numbers, for finding what is worth computing exactly. Nothing here decides an amount.
 *
 * Within one range of liquidity a pool is a constant product of virtual reserves: an input d pays out·g·d ÷ (in + g·d),
 * g being one less the fee. A v2 pair is one such range, a v3 pool a chain of them.
 */
export type ApproximateRange = {
  readonly reserveIn: number;
  readonly reserveOut: number;
  /** Input, fee included, that the range takes. */
  readonly room: number;
};

/** A pool entered in one direction. */
export type ApproximateEdge = {
  readonly pool: Pool;
  readonly tokenIn: Address;
  readonly tokenOut: Address;
  readonly keptShare: number;
  /** Output per input of the first drop, fee taken: no amount does better, as every pool's price only worsens. */
  readonly rate: number;
  /** Range k in the order of travel, or undefined where the pool, or what is known of it, ends. */
  readonly rangeAt: (k: number) => ApproximateRange | undefined;
};

const Q96 = 2 ** 96;

const rangesOfV2 = (pool: V2Pool, zeroForOne: boolean): readonly ApproximateRange[] => {
  const [first, second] = [Number(pool.reserve0), Number(pool.reserve1)];
  const [reserveIn, reserveOut] = zeroForOne ? [first, second] : [second, first];
  return reserveIn > 0 && reserveOut > 0 ? [{ reserveIn, reserveOut, room: Infinity }] : [];
};

/** Between two √prices at a liquidity. In token1 prices turn round: the reserve that falls is then token0. */
const rangeBetween = (at: { from: number; to: number; liquidity: number; keptShare: number }): ApproximateRange => {
  const { from, to, liquidity, keptShare } = at;
  if (to < from) {
    const [reserveIn, reserveOut] = [liquidity / from, liquidity * from];
    return { reserveIn, reserveOut, room: (reserveIn * (from - to)) / to / keptShare };
  }
  const [reserveIn, reserveOut] = [liquidity * from, liquidity / from];
  return { reserveIn, reserveOut, room: (liquidity * (to - from)) / keptShare };
};

/** The ranges of a v3 pool from its price on, made as they are asked for; stretches without liquidity are left out. */
const rangesOfV3 = (
  pool: V3Pool,
  zeroForOne: boolean,
  keptShare: number,
): ((k: number) => ApproximateRange | undefined) => {
  const ladder = zeroForOne ? pool.ladders.down : pool.ladders.up;
  const made: ApproximateRange[] = [];
  let { segment } = zeroForOne ? pool.footholds.down : pool.footholds.up;
  let from = Number(pool.sqrtPriceX96) / Q96;
  const makeNext = (): boolean => {
    if (segment > ladder.stops.length) return false;
    const to = Number(ladder.ratiosX96[segment] ?? ladder.endX96) / Q96;
    const liquidity = Number(ladder.liquidity[segment] ?? 0n);
    const advances = zeroForOne ? to < from : to > from;
    if (liquidity > 0 && advances) made.push(rangeBetween({ from, to, liquidity, keptShare }));
    from = to;
    segment += 1;
    return true;
  };
  return (k) => {
    while (made.length <= k) if (!makeNext()) return undefined;
    return made[k];
  };
};

/** One direction of a pool, or undefined when there is nothing to be had that way. */
export const approximateEdge = (pool: Pool, zeroForOne: boolean): ApproximateEdge | undefined => {
  const keptShare = Number(PIPS - pool.feePips) / Number(PIPS);
  const [tokenIn, tokenOut] = zeroForOne ? [pool.token0, pool.token1] : [pool.token1, pool.token0];
  if (pool.kind === "v3" && pool.sqrtPriceX96 === 0n) return undefined;
  const ranges = pool.kind === "v2" ? rangesOfV2(pool, zeroForOne) : undefined;
  const rangeAt = pool.kind === "v2" ? (k: number) => ranges?.[k] : rangesOfV3(pool, zeroForOne, keptShare);
  const first = rangeAt(0);
  if (first === undefined) return undefined;
  return { pool, tokenIn, tokenOut, keptShare, rate: (keptShare * first.reserveOut) / first.reserveIn, rangeAt };
};
