import { expect } from "chai";
import fc from "fast-check";
import { address } from "../../../keepers/core/units.ts";
import { v2Pool } from "../../../keepers/market/pool.ts";
import type { TradeRequest } from "../../../scripts/sandbox/requests.ts";
import { ordersFor } from "../../../scripts/sandbox/orders.ts";
import {
  type Orientation,
  distancePips,
  priceFromReserves,
  priceFromSqrt,
  sqrtFromPrice,
} from "../../../scripts/sandbox/sizing.ts";

const WAD = 10n ** 18n;
const wethUsdc: Orientation = { baseIsToken0: false, baseDecimals: 18, quoteDecimals: 6 };
const seiUsdc: Orientation = { baseIsToken0: true, baseDecimals: 18, quoteDecimals: 6 };
const sides = fc.constantFrom(wethUsdc, seiUsdc);
/** From a hundredth of a cent to a hundred thousand dollars. */
const prices = fc.bigInt({ min: WAD / 10_000n, max: 100_000n * WAD });

const toPrice = (price: bigint, tolerancePips = 0n): TradeRequest => ({
  kind: "toPrice",
  pool: "p",
  price,
  tolerancePips,
});

const addressOf = (digit: string) => address(`0x${digit.repeat(40)}`);
const v2 = (reserve0: bigint, reserve1: bigint) =>
  v2Pool({
    address: addressOf("1"),
    token0: addressOf("2"),
    token1: addressOf("3"),
    reserve0,
    reserve1,
    feePips: 3000n,
  });

/** A v2 pair of this depth in dollars a side, at about this price. */
const pairAt = (price: bigint, usd: bigint, side: Orientation) => {
  const [base, quote] = [(usd * 10n ** 18n * WAD) / price, usd * 10n ** 6n];
  return side.baseIsToken0 ? v2(base, quote) : v2(quote, base);
};

/** Uniswap v2's own arithmetic, written out apart from the code under test. */
const afterV2 = (pair: ReturnType<typeof pairAt>, side: Orientation, sellsBase: boolean, amountIn: bigint) => {
  const zeroForOne = side.baseIsToken0 === sellsBase;
  const [x, y] = zeroForOne ? [pair.reserve0, pair.reserve1] : [pair.reserve1, pair.reserve0];
  const out = (amountIn * 997n * y) / (x * 1000n + amountIn * 997n);
  const [nextIn, nextOut] = [x + amountIn, y - out];
  const [reserve0, reserve1] = zeroForOne ? [nextIn, nextOut] : [nextOut, nextIn];
  return { out, price: priceFromReserves(reserve0, reserve1, side) };
};

describe("sandbox: orders", () => {
  it("brings a v2 pair to the wanted price, up or down, with either order of tokens", () => {
    fc.assert(
      fc.property(
        sides,
        prices,
        fc.bigInt({ min: 10_000n, max: 10n ** 8n }),
        fc.integer({ min: -150, max: 150 }),
        (side, price, usd, bps) => {
          const pair = pairAt(price, usd, side);
          const now = priceFromReserves(pair.reserve0, pair.reserve1, side);
          const target = (now * BigInt(10_000 + bps)) / 10_000n;
          fc.pre(distancePips(now, target) > 100n);
          const [order] = ordersFor(toPrice(target), side, pair);
          if (order === undefined) throw new Error("no order");
          expect(order.sellsBase).to.equal(now > target);
          const { price: reached, out } = afterV2(pair, side, order.sellsBase, order.amountIn);
          expect(distancePips(reached, target) <= 5n).to.equal(true);
          expect(order.minOut <= out && order.minOut * 1000n >= out * 999n).to.equal(true);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("limits a v3 order to the wanted price instead of guessing its size", () => {
    fc.assert(
      fc.property(sides, prices, fc.integer({ min: -150, max: 150 }), (side, price, bps) => {
        const target = (price * BigInt(10_000 + bps)) / 10_000n;
        fc.pre(distancePips(price, target) > 100n);
        const state = { kind: "v3", sqrtPriceX96: sqrtFromPrice(price, side), liquidity: 1n } as const;
        const [order] = ordersFor(toPrice(target), side, state);
        if (order === undefined) throw new Error("no order");
        expect(order.sellsBase).to.equal(price > target);
        expect(distancePips(priceFromSqrt(order.sqrtPriceLimitX96, side), target) <= 1n).to.equal(true);
        // Selling token0 lowers Uniswap's price, so the limit must lie below it; otherwise above.
        const below = order.sqrtPriceLimitX96 < state.sqrtPriceX96;
        expect(below).to.equal(order.sellsBase === side.baseIsToken0);
      }),
      { numRuns: 1_000 },
    );
  });

  it("leaves a pool alone that is within the tolerance", () => {
    const state = { kind: "v3", sqrtPriceX96: sqrtFromPrice(2500n * WAD, wethUsdc), liquidity: 1n } as const;
    const near = (2500n * WAD * 10_009n) / 10_000n;
    expect(ordersFor(toPrice(near, 1_000n), wethUsdc, state)).to.deep.equal([]);
    expect(ordersFor(toPrice(near, 800n), wethUsdc, state)).to.have.length(1);
    const pair = pairAt(2500n * WAD, 10n ** 6n, wethUsdc);
    expect(ordersFor(toPrice(near, 1_000n), wethUsdc, pair)).to.deep.equal([]);
    expect(ordersFor(toPrice(near, 800n), wethUsdc, pair)).to.have.length(1);
  });

  it("scales recorded flow by our liquidity over the recorded one, without a limit", () => {
    const flow: TradeRequest = { kind: "flow", pool: "p", baseIn: 900n, quoteIn: 0n, liquidity: 300n };
    const free = { minOut: 0n, sqrtPriceLimitX96: 0n };
    const v3 = { kind: "v3", sqrtPriceX96: 1n << 96n, liquidity: 100n } as const;
    expect(ordersFor(flow, wethUsdc, v3)).to.deep.equal([{ sellsBase: true, amountIn: 300n, ...free }]);
    expect(ordersFor(flow, wethUsdc, v2(2_500n, 4n))).to.deep.equal([{ sellsBase: true, amountIn: 300n, ...free }]);
    const both = { ...flow, baseIn: 3n, quoteIn: 6n };
    expect(ordersFor(both, wethUsdc, v3)).to.deep.equal([
      { sellsBase: true, amountIn: 1n, ...free },
      { sellsBase: false, amountIn: 2n, ...free },
    ]);
  });

  it("sends nothing for flow that scales to nothing or met no liquidity", () => {
    const v3 = { kind: "v3", sqrtPriceX96: 1n << 96n, liquidity: 100n } as const;
    const flow: TradeRequest = { kind: "flow", pool: "p", baseIn: 2n, quoteIn: 0n, liquidity: 300n };
    expect(ordersFor(flow, wethUsdc, v3)).to.deep.equal([]);
    expect(ordersFor({ ...flow, liquidity: 0n }, wethUsdc, v3)).to.deep.equal([]);
  });

  it("turns a price into a square root price and back", () => {
    fc.assert(
      fc.property(sides, prices, (side, price) => {
        expect(distancePips(priceFromSqrt(sqrtFromPrice(price, side), side), price) <= 1n).to.equal(true);
      }),
    );
  });
});
