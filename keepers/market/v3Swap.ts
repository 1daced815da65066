import type { V3Pool } from "./pool.ts";
import { type Refused, refused } from "./refusal.ts";
import { MAX_SQRT_RATIO, MIN_SQRT_RATIO, tickAtSqrtRatio } from "./tickMaths.ts";
import { type Foothold, type Ladder, footholdsOf, segmentOfPrice } from "./v3Ladder.ts";
import { type Way, afterFee, partDown, partUp, reachDown, reachUp } from "./v3Step.ts";

export type V3Swap = {
  readonly zeroForOne: boolean;
  readonly amountIn: bigint;
  /** Where the price must stop; by default the end of the price range, as the routers choose it. */
  readonly sqrtPriceLimitX96?: bigint;
};

/** The pool after a swap. `tick` is undefined where it follows from the price alone: it is seldom asked for, and expensive. */
export type V3Moved = {
  readonly kind: "v3";
  readonly sqrtPriceX96: bigint;
  readonly tick: number | undefined;
  readonly liquidity: bigint;
};

export type V3SwapResult =
  { readonly kind: "ok"; readonly spent: bigint; readonly amountOut: bigint; readonly moved: V3Moved } | Refused;

const MAX_AMOUNT = (1n << 255n) - 1n;

/** A direction through a pool, up to a price. */
type Course = {
  readonly pool: V3Pool;
  readonly down: boolean;
  readonly ladder: Ladder;
  readonly foothold: Foothold;
  readonly limitX96: bigint;
  /** The segment that the limit lies in. */
  readonly lastSegment: number;
};

/** A swap on its way: `segment` is the one that the price is in or about to enter. */
type Place = {
  readonly segment: number;
  readonly sqrtPriceX96: bigint;
  readonly tick: number | undefined;
  readonly remaining: bigint;
  readonly amountOut: bigint;
};

const isLimitAllowed = (pool: V3Pool, zeroForOne: boolean, limitX96: bigint): boolean =>
  zeroForOne
    ? limitX96 < pool.sqrtPriceX96 && limitX96 > MIN_SQRT_RATIO
    : limitX96 > pool.sqrtPriceX96 && limitX96 < MAX_SQRT_RATIO;

const courseOf = (pool: V3Pool, { zeroForOne: down, sqrtPriceLimitX96 }: V3Swap): Course | undefined => {
  const ladder = down ? pool.ladders.down : pool.ladders.up;
  const foothold = down ? pool.footholds.down : pool.footholds.up;
  const limitX96 = sqrtPriceLimitX96 ?? ladder.limitX96;
  if (!isLimitAllowed(pool, down, limitX96)) return undefined;
  const lastSegment =
    sqrtPriceLimitX96 === undefined ? ladder.limitSegment : segmentOfPrice(ladder, sqrtPriceLimitX96, down);
  return { pool, down, ladder, foothold, limitX96, lastSegment };
};

/**
 * The last stop that the swap reaches, when it reaches the first. `reachable` is the input in the ladder's sums. Doubles find
 * a stop that is never too near, since rounding keeps the order; whole numbers step back from it. A swap that has spent all at a stop ends there, although what follows may
 * cost nothing for want of liquidity.
 */
const lastStop = (course: Course, reachable: bigint): number => {
  const { ladder, lastSegment } = course;
  const { spentTo, roughSpentTo } = ladder;
  const first = course.foothold.segment;
  const rough = Number(reachable);
  const affords = (stop: number): boolean =>
    (spentTo[stop] ?? 0n) <= reachable && (spentTo[stop - 1] ?? 0n) < reachable;
  let stride = 1;
  while (first + stride < lastSegment && (roughSpentTo[first + stride] ?? 0) <= rough) stride *= 2;
  let stop = first + (stride >> 1);
  for (let step = stride >> 2; step > 0; step >>= 1) {
    if (stop + step < lastSegment && (roughSpentTo[stop + step] ?? 0) <= rough) stop += step;
  }
  while (stop > first && !affords(stop)) stop -= 1;
  return stop;
};

/** Where the swap stands after all the stops it passes: at the pool's own price, or on the last stop. */
const placeOf = (course: Course, amountIn: bigint): Place => {
  const { pool, down, ladder, foothold, lastSegment } = course;
  const { segment, spent, spentAhead, outAhead } = foothold;
  if (spent === undefined || segment >= lastSegment || amountIn < spent) {
    return { segment, sqrtPriceX96: pool.sqrtPriceX96, tick: pool.tick, remaining: amountIn, amountOut: 0n };
  }
  const reachable = amountIn + spentAhead;
  const stop = lastStop(course, reachable);
  const tick = ladder.stops[stop] ?? 0;
  return {
    segment: stop + 1,
    sqrtPriceX96: ladder.ratiosX96[stop] ?? 0n,
    // Coming down to a stop crosses it: the price then belongs to the tick below.
    tick: down ? tick - 1 : tick,
    remaining: reachable - (ladder.spentTo[stop] ?? 0n),
    amountOut: (ladder.outTo[stop] ?? 0n) - outAhead,
  };
};

/** Spends the rest within a segment whose end it is known not to reach. */
const spendRest = ({ pool, down, ladder }: Course, place: Place): Place => {
  const { segment, sqrtPriceX96, remaining, amountOut, tick } = place;
  const amount = afterFee(remaining, pool.feePips);
  const part = (down ? partDown : partUp)(sqrtPriceX96, ladder.liquidity[segment] ?? 0n, amount);
  return {
    segment,
    sqrtPriceX96: part.sqrtPriceX96,
    tick: part.sqrtPriceX96 === sqrtPriceX96 ? tick : undefined,
    remaining: 0n,
    amountOut: amountOut + part.amountOut,
  };
};

/** Goes to the price limit, which the rest pays for; on a stop that is crossing it. */
const goToLimit = (course: Course, place: Place, reach: { spent: bigint; amountOut: bigint }): Place => {
  const { ladder, down, limitX96 } = course;
  const stop = ladder.ratiosX96[place.segment] === limitX96 ? ladder.stops[place.segment] : undefined;
  return {
    segment: stop === undefined ? place.segment : place.segment + 1,
    sqrtPriceX96: limitX96,
    tick: stop !== undefined && down ? stop - 1 : stop,
    remaining: place.remaining - reach.spent,
    amountOut: place.amountOut + reach.amountOut,
  };
};

/**
 * The last segment, which holds the limit. At the end of a window the next stop is unknown, but every price up to the
 * window's end is good; so the farthest known target is one unit past it, and reaching that is leaving the window. A price already beyond needs
 * less than nothing to reach it.
 */
const endInLast = (course: Course, place: Place): Place | undefined => {
  const { pool, down, ladder, limitX96 } = course;
  const isOpen = place.segment === ladder.stops.length;
  const leaves = isOpen && (down ? limitX96 < ladder.endX96 : limitX96 > ladder.endX96);
  const targetX96 = leaves ? ladder.endX96 + (down ? -1n : 1n) : limitX96;
  const { sqrtPriceX96, remaining } = place;
  const way: Way = { sqrtPriceX96, targetX96, liquidity: ladder.liquidity[place.segment] ?? 0n, feePips: pool.feePips };
  const reach = down ? reachDown(way) : reachUp(way);
  if (remaining < reach.spent) return spendRest(course, place);
  return leaves ? undefined : goToLimit(course, place, reach);
};

/**
 * Swaps an exact input in a v3 pool, bit for bit as UniswapV3Pool.swap of v3-core, until the input is spent or the price
 * limit is reached. `spent` is less than `amountIn` in the second case only. Never relies on a tick outside the window.
 */
export const swapV3 = (pool: V3Pool, swap: V3Swap): V3SwapResult => {
  const { amountIn } = swap;
  if (amountIn <= 0n) return refused("zero-amount");
  if (amountIn > MAX_AMOUNT) return refused("amount-too-large");
  if (pool.sqrtPriceX96 === 0n) return refused("pool-empty");
  const course = courseOf(pool, swap);
  if (course === undefined) return refused("price-at-limit");
  const place = placeOf(course, amountIn);
  const isSpent = place.remaining === 0n;
  const within = place.segment < course.lastSegment;
  const end = isSpent ? place : within ? spendRest(course, place) : endInLast(course, place);
  if (end === undefined) return refused("outside-known-ticks");
  const { sqrtPriceX96, tick, remaining, amountOut, segment } = end;
  const moved: V3Moved = { kind: "v3", sqrtPriceX96, tick, liquidity: course.ladder.liquidity[segment] ?? 0n };
  return { kind: "ok", spent: amountIn - remaining, amountOut, moved };
};

/** The pool value after a swap. Its ladders are those of the pool before, since no position changed. */
export const v3PoolAfter = (pool: V3Pool, { sqrtPriceX96, liquidity, tick }: V3Moved): V3Pool => {
  const price = { sqrtPriceX96, liquidity, tick: tick ?? tickAtSqrtRatio(sqrtPriceX96) };
  return { ...pool, ...price, footholds: footholdsOf({ ...price, feePips: pool.feePips }, pool.ladders) };
};
