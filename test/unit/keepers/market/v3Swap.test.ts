import { expect } from "chai";
import fc from "fast-check";
import { type V3Pool, v3Pool } from "../../../../keepers/market/pool.ts";
import { MAX_SQRT_RATIO, MIN_SQRT_RATIO, sqrtRatioAtTick } from "../../../../keepers/market/tickMaths.ts";
import { type V3Swap, type V3SwapResult, swapV3, v3PoolAfter } from "../../../../keepers/market/v3Swap.ts";
import type { V3State } from "../../../../keepers/market/v3State.ts";
import { plainSwapV3 } from "../../../support/plainV3.ts";
import { amounts, stateOf, v3States } from "../../../support/pools.ts";

const okOf = (result: V3SwapResult) => {
  if (result.kind !== "ok") throw new Error(`refused: ${result.why}`);
  return result;
};

/** The outcome with the tick filled in, as the plain twin gives it. */
const settled = (pool: V3Pool, swap: V3Swap) => {
  const { spent, amountOut, moved } = okOf(swapV3(pool, swap));
  const { sqrtPriceX96, tick, liquidity } = v3PoolAfter(pool, moved);
  return { spent, amountOut, moved: { sqrtPriceX96, tick, liquidity } };
};

const limitAt = (pool: V3Pool, zeroForOne: boolean, perMille: number): bigint => {
  const end = zeroForOne ? MIN_SQRT_RATIO + 1n : MAX_SQRT_RATIO - 1n;
  const limit =
    pool.sqrtPriceX96 + ((end - pool.sqrtPriceX96) * BigInt(perMille)) / (zeroForOne ? 1_000n : 1_000_000_000n);
  return limit === pool.sqrtPriceX96 ? end : limit;
};

/** One range of liquidity 10^18 around price one. */
const simplePool = (over: Partial<V3State> = {}): V3Pool => {
  const positions = [{ lower: -600, upper: 600, liquidity: 10n ** 18n }];
  return v3Pool({ ...stateOf({ feePips: 3_000n, tickSpacing: 60, sqrtPriceX96: 1n << 96n, positions }), ...over });
};

const UP: V3Swap = { zeroForOne: false, amountIn: 1n };
const DOWN: V3Swap = { zeroForOne: true, amountIn: 1n };

describe("market/v3Swap", () => {
  it("gives what the plain step-by-step swap gives: amounts, price, tick and liquidity", () => {
    fc.assert(
      fc.property(v3States, amounts(130), fc.boolean(), (state, amountIn, zeroForOne) => {
        const swap = { zeroForOne, amountIn };
        expect(settled(v3Pool(state), swap)).to.deep.equal(plainSwapV3(state, swap));
      }),
      { numRuns: 400 },
    );
  });

  it("stops at a price limit as the plain swap does", () => {
    fc.assert(
      fc.property(v3States, amounts(130), fc.boolean(), fc.nat(1_000), (state, amountIn, zeroForOne, perMille) => {
        const pool = v3Pool(state);
        const swap = { zeroForOne, amountIn, sqrtPriceLimitX96: limitAt(pool, zeroForOne, perMille) };
        expect(settled(pool, swap)).to.deep.equal(plainSwapV3(state, swap));
      }),
      { numRuns: 300 },
    );
  });

  it("goes on from where a swap ended as if it had been read again from the chain", () => {
    fc.assert(
      fc.property(v3States, fc.array(fc.tuple(fc.boolean(), amounts(100)), { maxLength: 5 }), (state, swaps) => {
        let [pool, plain] = [v3Pool(state), state];
        for (const [zeroForOne, amountIn] of swaps) {
          const swap = { zeroForOne, amountIn };
          const result = swapV3(pool, swap);
          if (result.kind === "refused") {
            expect(result.why).to.equal("price-at-limit");
            return;
          }
          pool = v3PoolAfter(pool, result.moved);
          const expected = plainSwapV3(plain, swap);
          plain = { ...plain, ...expected.moved };
          expect({ spent: result.spent, amountOut: result.amountOut }).to.deep.equal({
            spent: expected.spent,
            amountOut: expected.amountOut,
          });
          expect(pool).to.include({ ...expected.moved });
        }
      }),
      { numRuns: 300 },
    );
  });

  it("is exact where an input just reaches a stop, falls one unit short of it, or has one unit to spare", () => {
    fc.assert(
      fc.property(v3States, fc.boolean(), fc.nat(12), (state, zeroForOne, ahead) => {
        const pool = v3Pool(state);
        const ladder = zeroForOne ? pool.ladders.down : pool.ladders.up;
        const foothold = zeroForOne ? pool.footholds.down : pool.footholds.up;
        const spentTo = ladder.spentTo[foothold.segment + ahead];
        if (spentTo === undefined) return;
        const sqrtPriceLimitX96 = ladder.ratiosX96[foothold.segment + ahead] ?? 0n;
        for (const spare of [-1n, 0n, 1n]) {
          const swap = { zeroForOne, amountIn: spentTo - foothold.spentAhead + spare };
          if (swap.amountIn <= 0n) continue;
          expect(settled(pool, swap)).to.deep.equal(plainSwapV3(state, swap));
          if (sqrtPriceLimitX96 === state.sqrtPriceX96) continue;
          // The same with the limit on that very stop.
          const limited = { ...swap, sqrtPriceLimitX96 };
          expect(settled(pool, limited)).to.deep.equal(plainSwapV3(state, limited));
        }
      }),
      { numRuns: 400 },
    );
  });

  it("is exact where an input just reaches a limit between two stops, or falls one unit short of it", () => {
    fc.assert(
      fc.property(v3States, fc.boolean(), fc.nat(1_000), (state, zeroForOne, perMille) => {
        const pool = v3Pool(state);
        const sqrtPriceLimitX96 = limitAt(pool, zeroForOne, perMille);
        const { spent } = plainSwapV3(state, { zeroForOne, amountIn: 1n << 250n, sqrtPriceLimitX96 });
        for (const amountIn of [spent - 1n, spent, spent + 1n]) {
          const swap = { zeroForOne, amountIn, sqrtPriceLimitX96 };
          if (amountIn > 0n) expect(settled(pool, swap)).to.deep.equal(plainSwapV3(state, swap));
        }
      }),
      { numRuns: 200 },
    );
  });

  it("lets a price go to the very end of a window, and not one unit past it", () => {
    const seen = { ok: 0, refused: 0, atEnd: 0 };
    for (const [zeroForOne, liquidity] of [true, false].flatMap((way) =>
      [10n ** 18n, 1n << 110n].map((l) => [way, l] as const),
    )) {
      const state = stateOf({
        feePips: 500n,
        tickSpacing: 60,
        sqrtPriceX96: 1n << 96n,
        positions: [{ lower: -600, upper: 600, liquidity }],
      });
      const pool = v3Pool({ ...state, ticks: [], lowestKnownTick: -100, highestKnownTick: 100 });
      const end = sqrtRatioAtTick(zeroForOne ? -100 : 100);
      const { spent } = plainSwapV3(state, { zeroForOne, amountIn: 1n << 200n, sqrtPriceLimitX96: end });
      for (let spare = -(1n << 16n); spare <= 1n << 16n; spare += 1n << 9n) {
        const swap = { zeroForOne, amountIn: spent + spare };
        const price = plainSwapV3(state, swap).moved.sqrtPriceX96;
        const result = swapV3(pool, swap);
        seen[result.kind] += 1;
        if (price === end) seen.atEnd += 1;
        expect(result.kind).to.equal((zeroForOne ? price >= end : price <= end) ? "ok" : "refused");
      }
    }
    expect(Math.min(seen.ok, seen.refused, seen.atEnd)).to.be.greaterThan(1);
  });

  it("within a window gives the true answer or refuses, and refuses only what could depend on unknown ticks", () => {
    const window = fc.tuple(fc.nat(30_000), fc.nat(30_000));
    let refusals = 0;
    fc.assert(
      fc.property(v3States, window, amounts(110), fc.boolean(), (state, [below, above], amountIn, zeroForOne) => {
        const lowestKnownTick = Math.max(state.tick - below, state.lowestKnownTick);
        const highestKnownTick = Math.min(state.tick + above, state.highestKnownTick);
        const ticks = state.ticks.filter(({ index }) => index >= lowestKnownTick && index <= highestKnownTick);
        const pool = v3Pool({ ...state, ticks, lowestKnownTick, highestKnownTick });
        const truth = plainSwapV3(state, { zeroForOne, amountIn });
        const price = truth.moved.sqrtPriceX96;
        const result = swapV3(pool, { zeroForOne, amountIn });
        const inside = zeroForOne
          ? price >= sqrtRatioAtTick(lowestKnownTick)
          : price <= sqrtRatioAtTick(highestKnownTick) && state.tick < highestKnownTick;
        if (result.kind === "refused") {
          refusals += 1;
          expect(result.why).to.equal("outside-known-ticks");
          expect(inside && truth.moved.liquidity !== 0n).to.equal(false);
        } else {
          expect(inside).to.equal(true);
          expect(settled(pool, { zeroForOne, amountIn })).to.deep.equal(truth);
        }
      }),
      { numRuns: 400 },
    );
    expect(refusals).to.be.greaterThan(20);
  });

  it("never pays less for more, and never pays a round trip", () => {
    fc.assert(
      fc.property(v3States, amounts(110), amounts(110), fc.boolean(), (state, first, second, zeroForOne) => {
        const pool = v3Pool(state);
        const [less, more] = first < second ? [first, second] : [second, first];
        const small = okOf(swapV3(pool, { zeroForOne, amountIn: less }));
        const large = okOf(swapV3(pool, { zeroForOne, amountIn: more }));
        expect(small.amountOut <= large.amountOut && small.spent <= large.spent).to.equal(true);
        if (large.amountOut === 0n) return;
        const back = swapV3(v3PoolAfter(pool, large.moved), { zeroForOne: !zeroForOne, amountIn: large.amountOut });
        if (back.kind === "ok") expect(back.amountOut <= large.spent).to.equal(true);
      }),
      { numRuns: 300 },
    );
  });

  it("keeps the ladders of an earlier snapshot when only the price moved, and builds new ones when a position did", () => {
    const before = simplePool();
    const moved = okOf(swapV3(before, { zeroForOne: true, amountIn: 10n ** 15n })).moved;
    const { kind: _kind, ladders: _ladders, ...state } = v3PoolAfter(before, moved);
    expect(v3Pool(state, before).ladders).to.equal(before.ladders);
    expect(v3Pool({ ...state, ticks: [...state.ticks] }, before).ladders).to.not.equal(before.ladders);
    expect(v3Pool({ ...state, liquidity: state.liquidity + 1n }, before).ladders).to.not.equal(before.ladders);
    expect(v3Pool({ ...state, feePips: 500n }, before).ladders).to.not.equal(before.ladders);
  });

  const refusals: readonly [string, string, () => V3SwapResult][] = [
    ["an input of nothing", "zero-amount", () => swapV3(simplePool(), { zeroForOne: true, amountIn: 0n })],
    [
      "an input beyond int256",
      "amount-too-large",
      () => swapV3(simplePool(), { zeroForOne: true, amountIn: 1n << 255n }),
    ],
    [
      "a pool that has no price yet",
      "pool-empty",
      () => swapV3({ ...simplePool(), sqrtPriceX96: 0n }, { zeroForOne: true, amountIn: 1n }),
    ],
    [
      "a limit on the wrong side of the price",
      "price-at-limit",
      () => swapV3(simplePool(), { zeroForOne: true, amountIn: 1n, sqrtPriceLimitX96: (1n << 96n) + 1n }),
    ],
    [
      "a limit at the end of the price range",
      "price-at-limit",
      () => swapV3(simplePool(), { zeroForOne: false, amountIn: 1n, sqrtPriceLimitX96: MAX_SQRT_RATIO }),
    ],
    [
      "going up where the window ends at the price",
      "outside-known-ticks",
      () =>
        swapV3(
          simplePool({ highestKnownTick: 600, tick: 600, liquidity: 0n, sqrtPriceX96: sqrtRatioAtTick(600) + 1n }),
          UP,
        ),
    ],
    [
      "going up through liquidity where the window ends below the price",
      "outside-known-ticks",
      () => swapV3(simplePool({ ticks: [], highestKnownTick: 0, sqrtPriceX96: (1n << 96n) + (1n << 80n) }), UP),
    ],
    [
      "going down where the window ends above the price",
      "outside-known-ticks",
      () =>
        swapV3(
          simplePool({ lowestKnownTick: -600, tick: -601, liquidity: 0n, sqrtPriceX96: sqrtRatioAtTick(-600) }),
          DOWN,
        ),
    ],
  ];
  for (const [what, why, swap] of refusals) {
    it(`refuses ${what}: ${why}`, () => {
      expect(swap()).to.deep.equal({ kind: "refused", why });
    });
  }
});
