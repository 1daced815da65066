import { MAX_SQRT_RATIO, MIN_SQRT_RATIO, sqrtRatioAtTick } from "./tickMaths.ts";
import type { V3State } from "./v3State.ts";
import { type Reach, type Way, reachDown, reachUp } from "./v3Step.ts";

/**
 * Everything about a swap in one direction that does not depend on where it starts or how much it brings.
 *
 * A v3 swap is a chain of steps, each ending at a *stop*: an initialised tick, or the edge of a word of 256 ticks in the
 * pool's bitmap. Nothing happens at an edge, but each step rounds, so the edges are part of the result. From stop to
 * stop the amounts depend on the positions alone; they are summed once when the pool is built, and hold until a
 * position in the window changes. Segment k ends at stop k; the last segment has no stop and ends at the window's end.
 */
export type Ladder = {
  readonly stops: readonly number[];
  readonly ratiosX96: readonly bigint[];
  /** Liquidity of each segment; one more than there are stops. */
  readonly liquidity: readonly bigint[];
  /** Input with fee, and output, of going from stop 0 to stop k. */
  readonly spentTo: readonly bigint[];
  readonly outTo: readonly bigint[];
  /** `spentTo` in doubles, to search quickly; whole numbers confirm what is found. */
  readonly roughSpentTo: Float64Array;
  /** √price at the end of the window. */
  readonly endX96: bigint;
  /** The farthest √price that a swap may ask for, and the segment it lies in. */
  readonly limitX96: bigint;
  readonly limitSegment: number;
};

export type Ladders = {
  /** Liquidity below the window's lowest tick. With the list of ticks it determines both ladders. */
  readonly base: bigint;
  readonly down: Ladder;
  readonly up: Ladder;
};

const WORD = 256;

/** The liquidity below the lowest tick of the window. */
export const baseLiquidity = ({ ticks, tick, liquidity }: V3State): bigint => {
  let base = liquidity;
  for (const { index, liquidityNet } of ticks) {
    if (index > tick) break;
    base -= liquidityNet;
  }
  return base;
};

/** The first of `count` positions for which the claim holds, given that it holds from some position on; else `count`. */
export const firstWhere = (count: number, holds: (position: number) => boolean): number => {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
};

/** The segment that a price lies in: the first whose stop is at or past it. */
export const segmentOfPrice = ({ ratiosX96 }: Pick<Ladder, "ratiosX96">, sqrtPriceX96: bigint, down: boolean): number =>
  firstWhere(ratiosX96.length, (position) => {
    const ratio = ratiosX96[position] ?? 0n;
    return down ? ratio <= sqrtPriceX96 : ratio >= sqrtPriceX96;
  });

/** Where a pool's own price stands on a ladder, and what it takes from there to the next stop. */
export type Foothold = {
  readonly segment: number;
  /** Undefined in the last segment, which has no stop. */
  readonly spent: bigint | undefined;
  /** What the ladder's sums are ahead of sums that start at the price. */
  readonly spentAhead: bigint;
  readonly outAhead: bigint;
};

export type Footholds = { readonly down: Foothold; readonly up: Foothold };

type Price = Pick<V3State, "tick" | "sqrtPriceX96" | "feePips">;

const NOWHERE: Foothold = { segment: 0, spent: undefined, spentAhead: 0n, outAhead: 0n };

const footholdOf = ({ tick, sqrtPriceX96, feePips }: Price, ladder: Ladder, down: boolean): Foothold => {
  if (sqrtPriceX96 === 0n) return NOWHERE;
  // A stop at the tick itself is still ahead going down, and not going up.
  const segment = firstWhere(ladder.stops.length, (position) => {
    const stop = ladder.stops[position] ?? 0;
    return down ? stop <= tick : stop > tick;
  });
  const targetX96 = ladder.ratiosX96[segment];
  if (targetX96 === undefined) return { ...NOWHERE, segment };
  const way: Way = { sqrtPriceX96, targetX96, liquidity: ladder.liquidity[segment] ?? 0n, feePips };
  const { spent, amountOut } = down ? reachDown(way) : reachUp(way);
  const spentAhead = (ladder.spentTo[segment] ?? 0n) - spent;
  return { segment, spent, spentAhead, outAhead: (ladder.outTo[segment] ?? 0n) - amountOut };
};

/** Both footholds of a pool's price; for a pool that has no price yet they mean nothing. */
export const footholdsOf = (price: Price, ladders: Ladders): Footholds => ({
  down: footholdOf(price, ladders.down, true),
  up: footholdOf(price, ladders.up, false),
});

/** Stops in the order of travel, and the liquidity of the segment that ends at each; the last segment has no stop. */
type Rungs = { readonly stops: readonly number[]; readonly liquidity: readonly bigint[] };

/** Walks the window from its top as the contract would: the next stop is an initialised tick or the first of its word. */
const rungsDown = ({ ticks, tickSpacing, lowestKnownTick, highestKnownTick }: V3State, top: bigint): Rungs => {
  const stops: number[] = [];
  const liquidity = [top];
  let tick = highestKnownTick;
  for (let active = top, below = ticks.length - 1; ;) {
    const crossed = ticks[below];
    // Without liquidity nothing moves and nothing is rounded: the steps in between leave no trace.
    const edge = active === 0n ? -Infinity : (Math.floor(tick / tickSpacing) >> 8) * WORD * tickSpacing;
    const stop = Math.max(crossed?.index ?? -Infinity, edge);
    if (stop < lowestKnownTick) return { stops, liquidity };
    if (crossed?.index === stop) {
      active -= crossed.liquidityNet;
      below -= 1;
    }
    stops.push(stop);
    liquidity.push(active);
    tick = stop - 1;
  }
};

/** The same from the bottom up, where the contract looks from the next tick on, to the last tick of that tick's word. */
const rungsUp = ({ ticks, tickSpacing, lowestKnownTick, highestKnownTick }: V3State, base: bigint): Rungs => {
  const stops: number[] = [];
  const liquidity = [base];
  let tick = lowestKnownTick - 1;
  for (let active = base, above = 0; ;) {
    const crossed = ticks[above];
    const word = (Math.floor(tick / tickSpacing) + 1) >> 8;
    const edge = active === 0n ? Infinity : (word * WORD + WORD - 1) * tickSpacing;
    const stop = Math.min(crossed?.index ?? Infinity, edge);
    if (stop > highestKnownTick) return { stops, liquidity };
    if (crossed?.index === stop) {
      active += crossed.liquidityNet;
      above += 1;
    }
    stops.push(stop);
    liquidity.push(active);
    tick = stop;
  }
};

const ladderOf = (rungs: Rungs, feePips: bigint, { down, end }: { down: boolean; end: number }): Ladder => {
  const ratiosX96 = rungs.stops.map(sqrtRatioAtTick);
  const reach = down ? reachDown : reachUp;
  const spentTo: bigint[] = [];
  const outTo: bigint[] = [];
  let [spent, amountOut] = [0n, 0n];
  for (const [k, targetX96] of ratiosX96.entries()) {
    const sqrtPriceX96 = ratiosX96[k - 1] ?? targetX96;
    const segment: Reach = reach({ sqrtPriceX96, targetX96, liquidity: rungs.liquidity[k] ?? 0n, feePips });
    spent += segment.spent;
    amountOut += segment.amountOut;
    spentTo.push(spent);
    outTo.push(amountOut);
  }
  const limitX96 = down ? MIN_SQRT_RATIO + 1n : MAX_SQRT_RATIO - 1n;
  const bare = { ...rungs, ratiosX96, spentTo, outTo, endX96: sqrtRatioAtTick(end), limitX96, limitSegment: 0 };
  return {
    ...bare,
    roughSpentTo: Float64Array.from(spentTo, Number),
    limitSegment: segmentOfPrice(bare, limitX96, down),
  };
};

/**
 * Both ladders of a checked state.
 * @throws RangeError when the positions in the window do not add up: some range would have negative liquidity
 */
export const buildLadders = (state: V3State): Ladders => {
  const base = baseLiquidity(state);
  const top = state.ticks.reduce((active, { liquidityNet }) => active + liquidityNet, base);
  const rungs = { down: rungsDown(state, top), up: rungsUp(state, base) };
  if (rungs.up.liquidity.some((active) => active < 0n)) {
    throw new RangeError(`v3 pool ${state.address}: the ticks in the window leave negative liquidity`);
  }
  const { feePips, lowestKnownTick, highestKnownTick } = state;
  return {
    base,
    down: ladderOf(rungs.down, feePips, { down: true, end: lowestKnownTick }),
    up: ladderOf(rungs.up, feePips, { down: false, end: highestKnownTick }),
  };
};
