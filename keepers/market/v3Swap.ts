import type { V3Pool } from "./pool.ts";
import { type Refused, refused } from "./refusal.ts";
import { MAX_SQRT_RATIO, MIN_SQRT_RATIO, tickAtSqrtRatio } from "./tickMaths.ts";
import type { Ladder } from "./v3Ladder.ts";
import { type Step, type StepInput, reachDown, reachUp, stepDown, stepUp } from "./v3Step.ts";

export type V3Swap = {
  readonly zeroForOne: boolean;
  readonly amountIn: bigint;
  /** Where the price must stop; by default the end of the price range, as the routers choose it. */
  readonly sqrtPriceLimitX96?: bigint;
};

/** The pool after a swap. `tick` is undefined where it follows from the price alone: it is seldom asked for, and dear. */
export type V3Moved = { readonly sqrtPriceX96: bigint; readonly tick: number | undefined; readonly liquidity: bigint };

export type V3SwapResult =
  { readonly kind: "ok"; readonly spent: bigint; readonly amountOut: bigint; readonly moved: V3Moved } | Refused;

const MAX_AMOUNT = (1n << 255n) - 1n;

/** A swap on its way: `segment` is the one that the price is in or about to enter. */
type Place = {
  readonly segment: number;
  readonly sqrtPriceX96: bigint;
  /** Undefined when it follows from the price. */
  readonly tick: number | undefined;
  readonly remaining: bigint;
  readonly amountOut: bigint;
};

/** What differs between the two directions. */
type Course = {
  readonly down: boolean;
  readonly ladder: Ladder;
  readonly feePips: bigint;
  readonly limitX96: bigint;
  /** The segment that the limit lies in. */
  readonly lastSegment: number;
};

/** The first of `count` positions for which the claim holds, given that it holds from some position on. */
const firstWhere = (count: number, holds: (position: number) => boolean): number => {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
};

const limitOf = (pool: V3Pool, { zeroForOne, sqrtPriceLimitX96 }: V3Swap): bigint | undefined => {
  const limit = sqrtPriceLimitX96 ?? (zeroForOne ? MIN_SQRT_RATIO + 1n : MAX_SQRT_RATIO - 1n);
  const allowed = zeroForOne
    ? limit < pool.sqrtPriceX96 && limit > MIN_SQRT_RATIO
    : limit > pool.sqrtPriceX96 && limit < MAX_SQRT_RATIO;
  return allowed ? limit : undefined;
};

const ratioAt = (ladder: Ladder, stop: number): bigint => ladder.ratiosX96[stop] ?? ladder.endX96;

const courseOf = (pool: V3Pool, down: boolean, limitX96: bigint): Course => {
  const ladder = down ? pool.ladders.down : pool.ladders.up;
  const count = ladder.stops.length;
  const isAtOrPast = (stop: number): boolean =>
    down ? ratioAt(ladder, stop) <= limitX96 : ratioAt(ladder, stop) >= limitX96;
  const lastSegment = count > 0 && isAtOrPast(count - 1) ? firstWhere(count, isAtOrPast) : count;
  return { down, ladder, feePips: pool.feePips, limitX96, lastSegment };
};

/** The segment that the pool's price is in: stops at the tick itself count going down, and not going up. */
const segmentOf = ({ down, ladder }: Course, tick: number): number =>
  firstWhere(ladder.stops.length, (position) => {
    const stop = ladder.stops[position] ?? 0;
    return down ? stop <= tick : stop > tick;
  });

/** What pays for a whole segment pays for any part of it: spares the question where the price would end otherwise. */
const paysWholeSegment = ({ ladder, lastSegment }: Course, { segment, remaining }: Place): boolean => {
  if (segment === 0 || segment >= lastSegment) return false;
  return remaining >= (ladder.spentTo[segment] ?? 0n) - (ladder.spentTo[segment - 1] ?? 0n);
};

const stepTowards = (course: Course, place: Place, targetX96: bigint): Step => {
  const { sqrtPriceX96, remaining, segment } = place;
  const liquidity = course.ladder.liquidity[segment] ?? 0n;
  const input: StepInput = { sqrtPriceX96, targetX96, liquidity, feePips: course.feePips };
  if (paysWholeSegment(course, place)) {
    const { spent, amountOut } = course.down ? reachDown(input) : reachUp(input);
    return { spent, amountOut, sqrtPriceX96: targetX96, reached: true };
  }
  return course.down ? stepDown(input, remaining) : stepUp(input, remaining);
};

/** Books a step. Reaching a stop crosses it; going down, the price then belongs to the tick below. */
const afterStep = (course: Course, place: Place, step: Step): Place => {
  const stop = course.ladder.stops[place.segment];
  const crosses = step.reached && stop !== undefined && step.sqrtPriceX96 === course.ladder.ratiosX96[place.segment];
  const stays = step.sqrtPriceX96 === place.sqrtPriceX96 ? place.tick : undefined;
  return {
    segment: crosses ? place.segment + 1 : place.segment,
    sqrtPriceX96: step.sqrtPriceX96,
    tick: crosses ? (course.down ? stop - 1 : stop) : stays,
    remaining: place.remaining - step.spent,
    amountOut: place.amountOut + step.amountOut,
  };
};

/** Passes as many whole segments as the input pays for, by the ladder's sums. `place` stands on a stop. */
const leap = (course: Course, place: Place): Place => {
  const { ladder, down, lastSegment } = course;
  const from = place.segment - 1;
  const spentBefore = ladder.spentTo[from] ?? 0n;
  const reachable = place.remaining + spentBefore;
  // A swap that has spent all at a stop ends there, although what follows may cost nothing for want of liquidity.
  const affords = (stop: number): boolean =>
    (ladder.spentTo[stop] ?? 0n) <= reachable && (ladder.spentTo[stop - 1] ?? 0n) < reachable;
  if (place.remaining === 0n) return place;
  let stride = 1;
  while (from + stride < lastSegment && affords(from + stride)) stride *= 2;
  const start = from + (stride >>> 1);
  const end = Math.min(from + stride, lastSegment);
  const to = start + firstWhere(end - start, (offset) => !affords(start + offset)) - 1;
  if (to <= from) return place;
  const spentTo = ladder.spentTo[to] ?? 0n;
  const stop = ladder.stops[to] ?? 0;
  return {
    segment: to + 1,
    sqrtPriceX96: ratioAt(ladder, to),
    tick: down ? stop - 1 : stop,
    remaining: reachable - spentTo,
    amountOut: place.amountOut + (ladder.outTo[to] ?? 0n) - (ladder.outTo[from] ?? 0n),
  };
};

/**
 * Where the step from this place ends at the farthest, and whether the price may go there. In the last segment of a
 * window that is not the whole range the next stop is unknown, but every price up to the window's end is good.
 */
const targetOf = (course: Course, { segment }: Place): { readonly targetX96: bigint; readonly known: boolean } => {
  const { ladder, down, limitX96, lastSegment } = course;
  if (segment < lastSegment) return { targetX96: ratioAt(ladder, segment), known: true };
  if (segment < ladder.stops.length) return { targetX96: limitX96, known: true };
  if (down)
    return limitX96 >= ladder.endX96
      ? { targetX96: limitX96, known: true }
      : { targetX96: ladder.endX96 - 1n, known: false };
  return limitX96 <= ladder.endX96
    ? { targetX96: limitX96, known: true }
    : { targetX96: ladder.endX96 + 1n, known: false };
};

/** One step from a place, or undefined when it would leave the window. */
const move = (course: Course, place: Place): Place | undefined => {
  const { targetX96, known } = targetOf(course, place);
  const isPast = course.down ? place.sqrtPriceX96 <= targetX96 : place.sqrtPriceX96 >= targetX96;
  if (!known && isPast) return undefined;
  const step = stepTowards(course, place, targetX96);
  return step.reached && !known ? undefined : afterStep(course, place, step);
};

/** The first segment from where the price stands, whole segments by their sums, and what is left into the last one. */
const run = (course: Course, start: Place): Place | undefined => {
  const first = move(course, start);
  if (first === undefined || first.segment === start.segment || first.sqrtPriceX96 === course.limitX96) return first;
  const place = leap(course, first);
  return place.remaining === 0n ? place : move(course, place);
};

/**
 * Swaps an exact input in a v3 pool, bit for bit as UniswapV3Pool.swap of v3-core, until the input is spent or the price
 * limit is reached. `spent` is less than `amountIn` in the second case only. Never relies on a tick outside the window.
 */
export const swapV3 = (pool: V3Pool, swap: V3Swap): V3SwapResult => {
  const { zeroForOne, amountIn } = swap;
  if (amountIn <= 0n) return refused("zero-amount");
  if (amountIn > MAX_AMOUNT) return refused("amount-too-large");
  if (pool.sqrtPriceX96 === 0n) return refused("pool-empty");
  const limitX96 = limitOf(pool, swap);
  if (limitX96 === undefined) return refused("price-at-limit");
  const course = courseOf(pool, zeroForOne, limitX96);
  const { sqrtPriceX96, tick } = pool;
  const start = { segment: segmentOf(course, tick), sqrtPriceX96, tick, remaining: amountIn, amountOut: 0n };
  const end = run(course, start);
  if (end === undefined) return refused("outside-known-ticks");
  const liquidity = course.ladder.liquidity[end.segment] ?? 0n;
  const moved = { sqrtPriceX96: end.sqrtPriceX96, tick: end.tick, liquidity };
  return { kind: "ok", spent: amountIn - end.remaining, amountOut: end.amountOut, moved };
};

/** The pool value after a swap. Its ladders are those of the pool before, since no position changed. */
export const v3PoolAfter = (pool: V3Pool, { sqrtPriceX96, tick, liquidity }: V3Moved): V3Pool => ({
  ...pool,
  sqrtPriceX96,
  liquidity,
  tick: tick ?? tickAtSqrtRatio(sqrtPriceX96),
});
