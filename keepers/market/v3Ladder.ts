import { sqrtRatioAtTick } from "./tickMaths.ts";
import type { V3State } from "./v3State.ts";
import { type Reach, type StepInput, reachDown, reachUp } from "./v3Step.ts";

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
  /** √price at the end of the window. */
  readonly endX96: bigint;
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

const ladderOf = (
  rungs: Rungs,
  feePips: bigint,
  direction: { reach: (input: StepInput) => Reach; end: number },
): Ladder => {
  const ratiosX96 = rungs.stops.map(sqrtRatioAtTick);
  const spentTo: bigint[] = [];
  const outTo: bigint[] = [];
  let total: Reach = { spent: 0n, amountOut: 0n };
  for (const [k, targetX96] of ratiosX96.entries()) {
    const sqrtPriceX96 = ratiosX96[k - 1] ?? targetX96;
    const reach = direction.reach({ sqrtPriceX96, targetX96, liquidity: rungs.liquidity[k] ?? 0n, feePips });
    total = { spent: total.spent + reach.spent, amountOut: total.amountOut + reach.amountOut };
    spentTo.push(total.spent);
    outTo.push(total.amountOut);
  }
  return { ...rungs, ratiosX96, spentTo, outTo, endX96: sqrtRatioAtTick(direction.end) };
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
    down: ladderOf(rungs.down, feePips, { reach: reachDown, end: lowestKnownTick }),
    up: ladderOf(rungs.up, feePips, { reach: reachUp, end: highestKnownTick }),
  };
};
