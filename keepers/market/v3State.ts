import type { Address } from "../core/units.ts";
import { PIPS } from "./pips.ts";
import { MAX_SQRT_RATIO, MAX_TICK, MIN_SQRT_RATIO, MIN_TICK, roughTickAt } from "./tickMaths.ts";

/** An initialised tick: what the liquidity in range gains when the price crosses it upwards. */
export type V3Tick = { readonly index: number; readonly liquidityNet: bigint };

/** A concentrated-liquidity pool as read from the chain at one block. */
export type V3State = {
  readonly address: Address;
  readonly token0: Address;
  readonly token1: Address;
  readonly feePips: bigint;
  readonly tickSpacing: number;
  readonly sqrtPriceX96: bigint;
  readonly tick: number;
  readonly liquidity: bigint;
  /** All initialised ticks from `lowestKnownTick` to `highestKnownTick`, both included, in ascending order. */
  readonly ticks: readonly V3Tick[];
  readonly lowestKnownTick: number;
  readonly highestKnownTick: number;
};

/** The window of a loader that has read every tick there is. */
export const WHOLE_RANGE = { lowestKnownTick: MIN_TICK, highestKnownTick: MAX_TICK } as const;

/** The word of the tick bitmap that a tick is in. */
export const wordOf = (tick: number, tickSpacing: number): number => Math.floor(Math.floor(tick / tickSpacing) / 256);

/** What a loader knows that has read the bitmap from `firstWord` to `lastWord`, both included. */
export const windowOfWords = (
  tickSpacing: number,
  firstWord: number,
  lastWord: number,
): Pick<V3State, "lowestKnownTick" | "highestKnownTick"> => ({
  lowestKnownTick: Math.max(firstWord * 256 * tickSpacing, MIN_TICK),
  highestKnownTick: Math.min((lastWord + 1) * 256 * tickSpacing - 1, MAX_TICK),
});

const faultOfTicks = ({ ticks, tickSpacing, lowestKnownTick, highestKnownTick }: V3State): string | undefined => {
  let before = lowestKnownTick - 1;
  for (const { index } of ticks) {
    if (index % tickSpacing !== 0) return `tick ${index} is not on the spacing`;
    if (index <= before) return `tick ${index} is out of order or below the known window`;
    before = index;
  }
  return before > highestKnownTick ? `tick ${before} is above the known window` : undefined;
};

const faultOfPrice = (state: V3State): string | undefined => {
  const { sqrtPriceX96, tick, lowestKnownTick, highestKnownTick } = state;
  if (sqrtPriceX96 === 0n) return undefined;
  if (sqrtPriceX96 < MIN_SQRT_RATIO || sqrtPriceX96 >= MAX_SQRT_RATIO) return `√price ${sqrtPriceX96} is out of range`;
  // A price on a tick's own ratio belongs to that tick, or to the one below when it came down to it.
  const rough = roughTickAt(sqrtPriceX96);
  if (tick > rough + 0.01 || tick < rough - 1.01) return `tick ${tick} does not fit √price ${sqrtPriceX96}`;
  // One below the window is where a swap down to its last tick ends.
  if (tick < lowestKnownTick - 1 || tick > highestKnownTick) return `tick ${tick} is outside the known window`;
  return undefined;
};

/** Why a state contradicts itself, or undefined. */
const faultOf = (state: V3State): string | undefined => {
  if (state.liquidity < 0n) return `liquidity ${state.liquidity} is negative`;
  if (state.feePips < 0n || state.feePips >= PIPS) return `fee ${state.feePips} is not below one`;
  if (!(state.tickSpacing >= 1)) return `tick spacing ${state.tickSpacing} is below one`;
  if (state.lowestKnownTick < MIN_TICK || state.highestKnownTick > MAX_TICK) return "the known window is too wide";
  if (state.lowestKnownTick > state.highestKnownTick) return "the known window is empty";
  return faultOfTicks(state) ?? faultOfPrice(state);
};

/** @throws RangeError when the state contradicts itself: a wrong quote must not come from a wrong snapshot */
export const checkV3State = (state: V3State): void => {
  const fault = faultOf(state);
  if (fault !== undefined) throw new RangeError(`v3 pool ${state.address}: ${fault}`);
};
