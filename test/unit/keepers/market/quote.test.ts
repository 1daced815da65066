import { expect } from "chai";
import fc from "fast-check";
import { type Pool, type V2Pool, v2Pool, v3Pool } from "../../../../keepers/market/pool.ts";
import { gasCostInToken } from "../../../../keepers/market/gas.ts";
import { pathEnd, poolAfter, quoteExactInput, quotePath } from "../../../../keepers/market/quote.ts";
import { pushToPrice, spotSqrtPriceX96, sqrtPriceX96Of } from "../../../../keepers/market/toPrice.ts";
import { TOKEN0, TOKEN1, addressOf, amounts, stateOf } from "../../../support/pools.ts";

const pairOf = (reserve0: bigint, reserve1: bigint, feePips = 3_000n): V2Pool =>
  v2Pool({ address: addressOf(0xc1), token0: TOKEN0, token1: TOKEN1, reserve0, reserve1, feePips });
const wide = v3Pool(
  stateOf({
    feePips: 500n,
    tickSpacing: 10,
    sqrtPriceX96: 1n << 96n,
    positions: [{ lower: -10_000, upper: 10_000, liquidity: 10n ** 18n }],
  }),
);

describe("market/quote", () => {
  it("quotes a pair by the genuine formula: 997 in 1000 of the input count", () => {
    fc.assert(
      fc.property(amounts(100), amounts(100), amounts(100), (reserve0, reserve1, amountIn) => {
        const genuine = (amountIn * 997n * reserve1) / (reserve0 * 1_000n + amountIn * 997n);
        const quote = quoteExactInput(pairOf(reserve0, reserve1), TOKEN0, amountIn);
        if (genuine === 0n) expect(quote).to.deep.equal({ kind: "refused", why: "zero-output" });
        else expect(quote).to.include({ kind: "ok", amountOut: genuine });
      }),
    );
  });

  it("never lets the product of a pair's reserves fall", () => {
    fc.assert(
      fc.property(amounts(100), amounts(100), amounts(100), fc.boolean(), (reserve0, reserve1, amountIn, first) => {
        const quote = quoteExactInput(pairOf(reserve0, reserve1), first ? TOKEN0 : TOKEN1, amountIn);
        if (quote.kind !== "ok" || quote.moved.kind !== "v2") return;
        expect(quote.moved.reserve0 * quote.moved.reserve1 >= reserve0 * reserve1).to.equal(true);
      }),
    );
  });

  const refusals: readonly [string, Pool, bigint, string, string][] = [
    ["a token that the pool does not trade", pairOf(1n, 1n), 1n, addressOf(9), "foreign-token"],
    ["nothing", pairOf(1n, 1n), 0n, TOKEN0, "zero-amount"],
    ["less than nothing", wide, -1n, TOKEN0, "zero-amount"],
    ["a pair without reserves", pairOf(0n, 0n), 1n, TOKEN0, "pool-empty"],
    ["what 112 bits cannot hold", pairOf(1n, 1n << 111n), (1n << 112n) - 1n, TOKEN0, "amount-too-large"],
    ["more than a v3 pool can take", wide, 10n ** 30n, TOKEN1, "input-not-consumed"],
  ];
  for (const [what, pool, amountIn, token, why] of refusals) {
    it(`refuses ${what}: ${why}`, () => {
      const tokenIn = [TOKEN0, TOKEN1, addressOf(9)].find((known) => known === token) ?? TOKEN0;
      expect(quoteExactInput(pool, tokenIn, amountIn)).to.deep.equal({ kind: "refused", why });
    });
  }

  it("follows a path hop by hop, and says which hop refuses", () => {
    const [there, back] = [pairOf(10n ** 20n, 10n ** 20n), { ...wide, address: addressOf(0xc2) }];
    const hops = [
      { pool: there, tokenIn: TOKEN0 },
      { pool: back, tokenIn: TOKEN1 },
    ];
    const first = quoteExactInput(there, TOKEN0, 1_000_000n);
    if (first.kind !== "ok") throw new Error(first.why);
    const second = quoteExactInput(back, TOKEN1, first.amountOut);
    if (second.kind !== "ok") throw new Error(second.why);
    expect(quotePath(hops, 1_000_000n)).to.deep.equal({
      kind: "ok",
      amounts: [1_000_000n, first.amountOut],
      amountOut: second.amountOut,
    });
    expect(quotePath(hops, 10n ** 30n)).to.deep.equal({ kind: "refused", why: "input-not-consumed", hop: 1 });
    expect(quotePath(hops, 0n)).to.deep.equal({ kind: "refused", why: "zero-amount", hop: 0 });
    expect(pathEnd(hops)).to.equal(TOKEN0);
    expect(pathEnd([...hops, ...hops.slice(1)])).to.equal(undefined);
    expect(pathEnd([])).to.equal(undefined);
  });

  it("enters a pool that comes twice as the first visit left it, so that there and back always costs", () => {
    for (const pool of [pairOf(10n ** 20n, 10n ** 20n), wide]) {
      const quote = quotePath(
        [
          { pool, tokenIn: TOKEN0 },
          { pool, tokenIn: TOKEN1 },
        ],
        10n ** 15n,
      );
      if (quote.kind !== "ok") throw new Error(quote.why);
      const once = quoteExactInput(pool, TOKEN0, 10n ** 15n);
      if (once.kind !== "ok") throw new Error(once.why);
      const again = quoteExactInput(poolAfter(pool, once.moved), TOKEN1, once.amountOut);
      expect(again).to.include({ kind: "ok", amountOut: quote.amountOut });
      expect(quote.amountOut < 10n ** 15n).to.equal(true);
    }
  });

  it("does not move a pool by another kind's swap", () => {
    const quote = quoteExactInput(wide, TOKEN0, 1_000n);
    if (quote.kind !== "ok") throw new Error(quote.why);
    const { moved } = quote;
    expect(() => poolAfter(pairOf(1n, 1n), moved)).to.throw(TypeError, "a v3 swap cannot move the v2 pool");
  });
});

describe("market/toPrice", () => {
  it("finds the least input that brings a pair to a price, from either side", () => {
    const reserves = fc.bigInt({ min: 10n ** 6n, max: 10n ** 30n });
    fc.assert(
      fc.property(reserves, reserves, fc.bigInt({ min: 100n, max: 10_000n }), (reserve0, reserve1, perMille) => {
        const pool = pairOf(reserve0, reserve1);
        const targetX96 = (spotSqrtPriceX96(pool) * perMille) / 1_000n;
        const push = pushToPrice(pool, targetX96);
        if (push.kind !== "push") return;
        const falling = push.tokenIn === TOKEN0;
        const isThere = (amountIn: bigint): boolean => {
          const quote = quoteExactInput(pool, push.tokenIn, amountIn);
          const after = quote.kind === "ok" && quote.moved.kind === "v2" ? quote.moved : pool;
          const difference = (after.reserve1 << 192n) - after.reserve0 * targetX96 ** 2n;
          return falling ? difference <= 0n : difference >= 0n;
        };
        expect(isThere(push.amountIn)).to.equal(true);
        expect(push.amountIn === 1n || !isThere(push.amountIn - 1n)).to.equal(true);
      }),
    );
  });

  it("knows when a pool is where it should be", () => {
    expect(pushToPrice(pairOf(4n, 1n), 1n << 95n)).to.deep.equal({ kind: "at-target" });
    expect(pushToPrice(wide, wide.sqrtPriceX96)).to.deep.equal({ kind: "at-target" });
  });

  it("refuses a pool that holds nothing, and a target across nothing", () => {
    const empty = v3Pool({ ...wide, liquidity: 0n, ticks: [] });
    for (const pool of [pairOf(0n, 5n), empty]) {
      expect(pushToPrice(pool, 1n << 90n)).to.deep.equal({ kind: "refused", why: "pool-empty" });
    }
    expect(pushToPrice(wide, 1n)).to.deep.equal({ kind: "refused", why: "price-at-limit" });
    expect(spotSqrtPriceX96(pairOf(0n, 5n))).to.equal(0n);
    expect(() => sqrtPriceX96Of(1n, 0n)).to.throw(RangeError);
  });

  it("says what a pushed v3 pool takes and pays: one unit of the offer stays unspent", () => {
    const push = pushToPrice(wide, (wide.sqrtPriceX96 * 11n) / 10n);
    if (push.kind !== "push") throw new Error(push.kind);
    const quote = quoteExactInput(wide, push.tokenIn, push.amountIn - 1n);
    expect(quote).to.include({ kind: "ok", amountOut: push.amountOut });
    expect(quote.kind === "ok" && quote.moved.kind === "v3" && quote.moved.sqrtPriceX96).to.equal(
      (wide.sqrtPriceX96 * 11n) / 10n,
    );
  });
});

describe("market/gas", () => {
  it("turns gas into a token of any decimals, rounding against the trade", () => {
    const pricing = { gasPrice: 50n * 10n ** 9n, nativePriceE18: 3n * 10n ** 17n };
    expect(gasCostInToken(1_000_000n, { ...pricing, decimals: 6 })).to.equal(15_000n);
    expect(gasCostInToken(1_000_000n, { ...pricing, decimals: 18 })).to.equal(15n * 10n ** 15n);
    expect(gasCostInToken(1n, { ...pricing, decimals: 6 })).to.equal(1n);
    expect(gasCostInToken(0n, { ...pricing, decimals: 6 })).to.equal(0n);
  });
});
