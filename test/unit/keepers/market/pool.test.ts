import { expect } from "chai";
import fc from "fast-check";
import { type V2State, otherToken, v2Pool, v3Pool } from "../../../../keepers/market/pool.ts";
import {
  MAX_SQRT_RATIO,
  MAX_TICK,
  MIN_SQRT_RATIO,
  MIN_TICK,
  sqrtRatioAtTick,
  tickAtSqrtRatio,
} from "../../../../keepers/market/tickMaths.ts";
import { type V3State, windowOfWords, wordOf } from "../../../../keepers/market/v3State.ts";
import { TOKEN0, TOKEN1, addressOf, stateOf } from "../../../support/pools.ts";

const ticks = fc.integer({ min: MIN_TICK, max: MAX_TICK });

describe("market/tickMaths", () => {
  it("has the price range that v3-core publishes", () => {
    expect(MIN_SQRT_RATIO).to.equal(4_295_128_739n);
    expect(MAX_SQRT_RATIO).to.equal(1461446703485210103287273052203988822378723970342n);
    expect(sqrtRatioAtTick(0)).to.equal(1n << 96n);
  });

  it("rises with the tick, by a half of a hundredth of a per cent each", () => {
    fc.assert(
      fc.property(fc.integer({ min: MIN_TICK, max: MAX_TICK - 1 }), (tick) => {
        const [here, next] = [sqrtRatioAtTick(tick), sqrtRatioAtTick(tick + 1)];
        expect(next > here).to.equal(true);
        // √1.0001 = 1.0000499987…; at the bottom of the range a unit is a fortieth of a millionth of the price.
        expect(Math.abs(Number(next - here) / Number(here) - 0.00004999875)).to.be.at.most(1e-8);
      }),
      { numRuns: 2_000 },
    );
  });

  it("finds the tick of a price: the last whose ratio does not exceed it", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: MIN_TICK, max: MAX_TICK - 1 }),
        fc.bigInt({ min: 0n, max: 1n << 64n }),
        (tick, share) => {
          const [here, next] = [sqrtRatioAtTick(tick), sqrtRatioAtTick(tick + 1)];
          expect(tickAtSqrtRatio(here)).to.equal(tick);
          expect(tickAtSqrtRatio(next - 1n)).to.equal(tick);
          expect(tickAtSqrtRatio(here + ((next - here - 1n) * share) / (1n << 64n))).to.equal(tick);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("refuses ticks and prices out of range, and ticks that are not whole", () => {
    for (const tick of [MIN_TICK - 1, MAX_TICK + 1, 0.5, NaN]) expect(() => sqrtRatioAtTick(tick)).to.throw(RangeError);
    for (const price of [0n, MIN_SQRT_RATIO - 1n, MAX_SQRT_RATIO])
      expect(() => tickAtSqrtRatio(price)).to.throw(RangeError);
  });
});

describe("market/v3State", () => {
  it("knows of each tick in which word of the bitmap it is, and of words which ticks they settle", () => {
    fc.assert(
      fc.property(ticks, fc.constantFrom(1, 10, 60, 200), (tick, spacing) => {
        const word = wordOf(tick, spacing);
        const { lowestKnownTick, highestKnownTick } = windowOfWords(spacing, word, word);
        expect(lowestKnownTick <= tick && tick <= highestKnownTick).to.equal(true);
        if (highestKnownTick < MAX_TICK) expect(wordOf(highestKnownTick + 1, spacing)).to.equal(word + 1);
        if (lowestKnownTick > MIN_TICK) expect(wordOf(lowestKnownTick - 1, spacing)).to.equal(word - 1);
      }),
    );
  });

  const good = stateOf({
    feePips: 3_000n,
    tickSpacing: 60,
    sqrtPriceX96: 1n << 96n,
    positions: [{ lower: -600, upper: 600, liquidity: 1_000n }],
  });
  const tick = (index: number, liquidityNet: bigint) => ({ index, liquidityNet });
  const faults: readonly [string, string, Partial<V3State>][] = [
    ["negative liquidity", "liquidity -1 is negative", { liquidity: -1n }],
    ["a fee of all", "fee 1000000 is not below one", { feePips: 1_000_000n }],
    ["a spacing of nothing", "tick spacing 0 is below one", { tickSpacing: 0 }],
    ["a price out of range", "out of range", { sqrtPriceX96: MAX_SQRT_RATIO }],
    ["a tick that its price contradicts", "tick 2 does not fit", { tick: 2 }],
    ["a tick far below its price", "tick -2 does not fit", { tick: -2 }],
    ["ticks off the spacing", "tick 61 is not on the spacing", { ticks: [tick(61, 0n)] }],
    ["ticks out of order", "out of order", { ticks: [tick(600, 0n), tick(-600, 0n)] }],
    ["a tick that comes twice", "out of order", { ticks: [tick(600, 0n), tick(600, 0n)] }],
    ["a tick above the window", "above the known window", { highestKnownTick: 599 }],
    ["a tick below the window", "below the known window", { lowestKnownTick: -599 }],
    ["a window that ends before it begins", "window is empty", { lowestKnownTick: 1, highestKnownTick: 0, ticks: [] }],
    ["a window beyond all ticks", "window is too wide", { highestKnownTick: MAX_TICK + 1 }],
    ["a price outside the window", "outside the known window", { lowestKnownTick: 120, ticks: [] }],
    ["positions that leave less than nothing", "negative liquidity", { liquidity: 999n }],
    ["positions that take more than there is", "negative liquidity", { ticks: [tick(600, -1_001n)] }],
  ];
  for (const [what, fault, over] of faults) {
    it(`refuses a state with ${what}`, () => {
      expect(() => v3Pool({ ...good, ...over })).to.throw(RangeError, fault);
    });
  }

  it("takes a pool that nobody has given a price, and one whose price came down to a tick", () => {
    expect(v3Pool({ ...good, sqrtPriceX96: 0n, tick: 0 }).kind).to.equal("v3");
    expect(v3Pool({ ...good, tick: -1 }).tick).to.equal(-1);
  });
});

describe("market/pool", () => {
  const state: V2State = {
    address: addressOf(1),
    token0: TOKEN0,
    token1: TOKEN1,
    reserve0: 1n,
    reserve1: 1n,
    feePips: 3_000n,
  };

  it("refuses a v2 pool with negative reserves or a fee of all", () => {
    expect(() => v2Pool({ ...state, reserve0: -1n })).to.throw(RangeError, "a reserve is negative");
    expect(() => v2Pool({ ...state, feePips: 1_000_000n })).to.throw(RangeError, "fee 1000000 is not below one");
  });

  it("tells the token on the other side, and that it trades no third one", () => {
    expect(otherToken(v2Pool(state), TOKEN0)).to.equal(TOKEN1);
    expect(otherToken(v2Pool(state), TOKEN1)).to.equal(TOKEN0);
    expect(otherToken(v2Pool(state), addressOf(9))).to.equal(undefined);
  });
});
