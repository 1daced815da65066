import fc from "fast-check";
import { type Address, address } from "../../keepers/core/units.ts";
import type { V3State, V3Tick } from "../../keepers/market/v3State.ts";
import { WHOLE_RANGE } from "../../keepers/market/v3State.ts";
import { MAX_TICK, MIN_TICK, sqrtRatioAtTick, tickAtSqrtRatio } from "../../keepers/market/tickMaths.ts";

/** An address that a reader can tell apart: the number in hex. */
export const addressOf = (number: number): Address => address(`0x${number.toString(16).padStart(40, "0")}`);

export const TOKEN0 = addressOf(0xa0);
export const TOKEN1 = addressOf(0xb0);

export type Position = { readonly lower: number; readonly upper: number; readonly liquidity: bigint };

/** The initialised ticks that a set of positions makes, and the liquidity they give at a tick. */
export const ticksOf = (positions: readonly Position[]): readonly V3Tick[] => {
  const nets = new Map<number, bigint>();
  for (const { lower, upper, liquidity } of positions) {
    nets.set(lower, (nets.get(lower) ?? 0n) + liquidity);
    nets.set(upper, (nets.get(upper) ?? 0n) - liquidity);
  }
  return [...nets].map(([index, liquidityNet]) => ({ index, liquidityNet })).sort((a, b) => a.index - b.index);
};
export const liquidityAt = (positions: readonly Position[], tick: number): bigint =>
  positions.reduce((sum, { lower, upper, liquidity }) => (lower <= tick && tick < upper ? sum + liquidity : sum), 0n);

/** A pool of which every tick is known, at a tick's ratio plus a little. */
export const stateOf = (over: {
  readonly feePips: bigint;
  readonly tickSpacing: number;
  readonly sqrtPriceX96: bigint;
  readonly positions: readonly Position[];
}): V3State => {
  const tick = tickAtSqrtRatio(over.sqrtPriceX96);
  return {
    address: addressOf(0xc0),
    token0: TOKEN0,
    token1: TOKEN1,
    feePips: over.feePips,
    tickSpacing: over.tickSpacing,
    sqrtPriceX96: over.sqrtPriceX96,
    tick,
    liquidity: liquidityAt(over.positions, tick),
    ticks: ticksOf(over.positions),
    ...WHOLE_RANGE,
  };
};

/** Log-uniform, so that every order of magnitude is as likely as any other. */
export const amounts = (bits: number): fc.Arbitrary<bigint> =>
  fc
    .tuple(fc.integer({ min: 1, max: bits }), fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n }))
    .map(([size, noise]) => {
      const value = BigInt.asUintN(size, noise);
      return value === 0n ? 1n : value;
    });

const TIERS = [
  { feePips: 100n, tickSpacing: 1 },
  { feePips: 500n, tickSpacing: 10 },
  { feePips: 3_000n, tickSpacing: 60 },
  { feePips: 10_000n, tickSpacing: 200 },
  { feePips: 0n, tickSpacing: 7 },
  { feePips: 999_999n, tickSpacing: 2_000 },
] as const;

const priceAt = (tick: number, share: bigint): bigint => {
  const [low, high] = [sqrtRatioAtTick(tick), sqrtRatioAtTick(tick + 1)];
  return low + ((high - low) * share) / 1_000n;
};

/** Pools of all fee tiers with positions that overlap, touch or leave gaps around the price. */
export const v3States: fc.Arbitrary<V3State> = fc
  .record({
    tier: fc.constantFrom(...TIERS),
    centre: fc.integer({ min: -300_000, max: 300_000 }),
    share: fc.bigInt({ min: 0n, max: 999n }),
    ranges: fc.array(
      fc.record({
        offset: fc.integer({ min: -2_000, max: 2_000 }),
        width: fc.integer({ min: 1, max: 1_500 }),
        liquidity: amounts(100),
      }),
      { maxLength: 6 },
    ),
  })
  .map(({ tier, centre, share, ranges }) => {
    const { feePips, tickSpacing } = tier;
    const onGrid = (tick: number): number =>
      Math.trunc(Math.min(Math.max(tick, MIN_TICK), MAX_TICK) / tickSpacing) * tickSpacing;
    const positions = ranges
      .map(({ offset, width, liquidity }) => ({
        lower: onGrid(centre + offset * tickSpacing),
        upper: onGrid(centre + (offset + width) * tickSpacing),
        liquidity,
      }))
      .filter(({ lower, upper }) => lower < upper);
    return stateOf({ feePips, tickSpacing, sqrtPriceX96: priceAt(centre, share), positions });
  });
