import { expect } from "chai";
import fc from "fast-check";
import { addressWord } from "../../../../keepers/core/hex.ts";
import { type AnsweredHop, type RouteFault, judgeRoute } from "../../../../keepers/market/routes/judge.ts";
import { type RouteOrder, type RoutePool, oracleMaxOut, ownMinOut } from "../../../../keepers/market/routes/route.ts";
import { account } from "../../../support/keeperBuilders.ts";

const [USDC, WSEI, WETH, STRANGE] = [account(0xa), account(0xb), account(0xc), account(0xd)];
const E = (digits: number): bigint => 10n ** BigInt(digits);
/** A dollar and thirty cents, each with a band of a per cent on both sides. */
const USDC_PRICE = { middle: E(18), lower: 99n * E(16), upper: 101n * E(16) };
const WSEI_PRICE = { middle: 3n * E(17), lower: 297n * E(15), upper: 303n * E(15) };
const ORDER: RouteOrder = {
  spend: { address: USDC, decimals: 6, price: USDC_PRICE },
  buy: { address: WSEI, decimals: 18, price: WSEI_PRICE },
  amountIn: 3_000n * E(6),
  toleranceBps: 100n,
};

const pool = (
  index: number,
  exchange: bigint,
  tokens: readonly [typeof USDC, typeof USDC],
  feePips: bigint,
): RoutePool => ({
  exchange,
  address: account(0x100 + index),
  tokens,
  feePips,
});
const V2 = pool(1, 1n, [USDC, WSEI], 0n);
const V3 = pool(2, 6n, [USDC, WSEI], 500n);
const POOLS = [V2, V3, pool(3, 6n, [USDC, WETH], 500n), pool(4, 1n, [WSEI, WETH], 0n)];

const hop = (change: Partial<AnsweredHop> = {}): AnsweredHop => ({
  tokenIn: USDC,
  tokenOut: WSEI,
  amountIn: ORDER.amountIn,
  amountOutMin: 9_950n * E(18),
  exchange: 1n,
  feePips: 0n,
  ...change,
});
const BETWEEN = [
  hop({ tokenOut: WETH, exchange: 6n, feePips: 500n, amountOutMin: E(18) }),
  hop({ tokenIn: WETH, amountIn: E(18) }),
];

const fault = (paths: readonly (readonly AnsweredHop[])[], order = ORDER): RouteFault | "none" => {
  const judged = judgeRoute(paths, order, POOLS);
  return judged.kind === "refused" ? judged.fault : "none";
};

describe("judgeRoute", () => {
  it("takes pools and split of the answer, and all else from the address book and the oracles [NX-SYM-03]", () => {
    const half = ORDER.amountIn / 2n;
    const paths = [
      [hop({ amountIn: half, amountOutMin: 4_975n * E(18), exchange: 6n, feePips: 500n })],
      [hop({ amountIn: half, amountOutMin: 4_976n * E(18), feePips: 77n })],
    ];
    const judged = judgeRoute(paths, ORDER, POOLS);
    if (judged.kind === "refused") throw new Error(judged.detail);
    expect(judged.paths).to.deep.equal([
      {
        amountIn: half,
        hops: [{ pool: addressWord(V2.address), tokenIn: USDC, tokenOut: WSEI, exchange: 1n, feePips: 0n }],
      },
      {
        amountIn: half,
        hops: [{ pool: addressWord(V3.address), tokenIn: USDC, tokenOut: WSEI, exchange: 6n, feePips: 500n }],
      },
    ]);
    // 3,000 at 0.99 for 0.303 each, less one per cent.
    expect(judged.minOut).to.equal((3_000n * 99n * E(16) * E(18) * 99n) / (303n * E(15) * 100n));
    expect(judged.promised).to.equal(9_951n * E(18));
  });

  it("has one order of paths, whatever the answer's", () => {
    const paths = [
      [hop({ amountIn: 1_000n * E(6), amountOutMin: 3_000n * E(18) })],
      BETWEEN.map((one, index) =>
        index === 0 ? { ...one, amountIn: 2_000n * E(6) } : { ...one, amountOutMin: 6_950n * E(18) },
      ),
    ];
    expect(judgeRoute(paths.toReversed(), ORDER, POOLS)).to.deep.equal(judgeRoute(paths, ORDER, POOLS));
    expect(fault(paths)).to.equal("none");
  });

  it("pitfall 3: refuses another dollar than the address book's, at either end and between", () => {
    expect(fault([[hop({ tokenIn: STRANGE })]])).to.equal("begins-elsewhere");
    expect(fault([[hop({ tokenOut: STRANGE })]])).to.equal("ends-elsewhere");
    expect(fault([[hop({ tokenOut: STRANGE }), hop({ tokenIn: STRANGE })]])).to.equal("unknown-pool");
  });

  it("refuses a route that ends elsewhere in any of its paths", () => {
    expect(fault([[hop({ amountIn: 1n })], [hop({ tokenOut: WETH, exchange: 6n, feePips: 500n })]])).to.equal(
      "ends-elsewhere",
    );
  });

  it("refuses a broken path, none, and more than the decoder reads", () => {
    expect(fault([[hop({ tokenOut: WETH }), hop({ tokenIn: STRANGE })]])).to.equal("broken-path");
    expect(fault([])).to.equal("no-route");
    expect(fault([[hop()], []])).to.equal("no-route");
    expect(fault(Array.from({ length: 9 }, () => [hop()]))).to.equal("too-long");
    expect(
      fault([
        [hop({ tokenOut: WETH }), BETWEEN[0], BETWEEN[0], BETWEEN[0], BETWEEN[1]].filter((one) => one !== undefined),
      ]),
    ).to.equal("too-long");
  });

  it("refuses pools that the address book lacks: exchange, tier and tokens count", () => {
    expect(fault([[hop({ exchange: 2n })]])).to.equal("unknown-pool");
    expect(fault([[hop({ exchange: 6n, feePips: 3_000n })]])).to.equal("unknown-pool");
    expect(fault([[hop({ tokenOut: USDC }), hop()]])).to.equal("unknown-pool");
  });

  it("refuses an answer for another amount", () => {
    expect(fault([[hop({ amountIn: ORDER.amountIn + 1n })]])).to.equal("other-amount");
    expect(fault([[hop({ amountIn: 0n })]])).to.equal("other-amount");
    expect(fault([[hop()], [hop({ amountIn: 0n, exchange: 6n, feePips: 500n })]])).to.equal("other-amount");
  });

  it("pitfall 4: refuses decimals that lie, in what is spent and in what is promised", () => {
    expect(fault([[hop({ amountIn: ORDER.amountIn * E(12) })]])).to.equal("decimals");
    expect(fault([[hop({ amountIn: ORDER.amountIn / 10n })]])).to.equal("decimals");
    expect(fault([[hop({ amountOutMin: 9_950n * E(19) })]])).to.equal("decimals");
    // Too few decimals promise too little.
    expect(fault([[hop({ amountOutMin: 9_950n * E(6) })]])).to.equal("below-oracle");
  });

  it("refuses a promise one unit below the own least output, and takes the least itself", () => {
    const least = ownMinOut(ORDER);
    expect(fault([[hop({ amountOutMin: least - 1n })]])).to.equal("below-oracle");
    expect(fault([[hop({ amountOutMin: least })]])).to.equal("none");
    const most = oracleMaxOut(ORDER) * 2n;
    expect(fault([[hop({ amountOutMin: most })]])).to.equal("none");
    expect(fault([[hop({ amountOutMin: most + 1n })]])).to.equal("decimals");
  });

  it("pitfalls 1 and 2: swaps nothing where the oracles allow no least output", () => {
    const none = { middle: 0n, lower: 0n, upper: 0n };
    expect(fault([[hop()]], { ...ORDER, spend: { ...ORDER.spend, price: none } })).to.equal("no-least");
    expect(fault([[hop()]], { ...ORDER, buy: { ...ORDER.buy, price: none } })).to.equal("no-least");
    expect(fault([[hop()]], { ...ORDER, amountIn: 0n })).to.equal("no-least");
    expect(fault([[hop()]], { ...ORDER, toleranceBps: 10_000n })).to.equal("no-least");
  });

  it("never lets an answer move the least output [NX-SYM-03]", () => {
    const [least, most] = [ownMinOut(ORDER), oracleMaxOut(ORDER) * 2n];
    const amounts = fc.tuple(fc.bigInt({ min: 1n, max: ORDER.amountIn - 1n }), fc.bigInt({ min: least, max: most }));
    fc.assert(
      fc.property(amounts, ([amountIn, promised]) => {
        const first = hop({ amountIn, amountOutMin: promised });
        const second = hop({ amountIn: ORDER.amountIn - amountIn, amountOutMin: 0n, exchange: 6n, feePips: 500n });
        const judged = judgeRoute([[first], [second]], ORDER, POOLS);
        if (judged.kind === "refused") throw new Error(judged.detail);
        expect([judged.minOut, judged.promised]).to.deep.equal([least, promised]);
        expect(judged.paths.reduce((sum, path) => sum + path.amountIn, 0n)).to.equal(ORDER.amountIn);
      }),
    );
  });
});
