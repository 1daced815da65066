import { expect } from "chai";
import fc from "fast-check";
import { type Pool, v2Pool, v3Pool } from "../../../../keepers/market/pool.ts";
import {
  type DexPrice,
  type DexToken,
  type QuoteToken,
  dexPrices,
} from "../../../../keepers/market/prices/dexPrice.ts";
import { sqrtPriceX96Of } from "../../../../keepers/market/toPrice.ts";
import { TOKEN0, TOKEN1, addressOf, stateOf } from "../../../support/pools.ts";

const WAD = 10n ** 18n;
const USDC = 10n ** 6n;
const SIZE = 1_000n * WAD;
/** A dollar and a cent, so that a price that forgets it is seen. */
const BASE_PRICE = (WAD * 101n) / 100n;
const POOL = addressOf(0xc0);

/** Both orders of the pair: the asset is token0, or token1. */
const SIDES = [
  { token: { address: TOKEN0, decimals: 18 }, quote: { address: TOKEN1, decimals: 6, price: BASE_PRICE } },
  { token: { address: TOKEN1, decimals: 18 }, quote: { address: TOKEN0, decimals: 6, price: BASE_PRICE } },
] as const satisfies readonly Side[];

type Side = { readonly token: DexToken; readonly quote: QuoteToken };
const v2With = ({ token }: Side, assets: bigint, base: bigint): Pool => {
  const [reserve0, reserve1] = token.address === TOKEN0 ? [assets, base] : [base, assets];
  return v2Pool({ address: POOL, token0: TOKEN0, token1: TOKEN1, reserve0, reserve1, feePips: 3_000n });
};
const v3With = ({ token }: Side, assets: bigint, base: bigint): Pool => {
  const [amount1, amount0] = token.address === TOKEN0 ? [base, assets] : [assets, base];
  const positions = [{ lower: -887_220, upper: 887_220, liquidity: 10n ** 22n }];
  return v3Pool(stateOf({ feePips: 500n, tickSpacing: 60, sqrtPriceX96: sqrtPriceX96Of(amount1, amount0), positions }));
};
const priceOf = (pool: Pool, { token, quote }: Side, sizeUsd = SIZE): DexPrice | undefined =>
  dexPrices([pool], token, { quote, sizeUsd })[0];
const isNear = (got: bigint, wanted: bigint, millionths: bigint): boolean =>
  (got > wanted ? got - wanted : wanted - got) * 1_000_000n <= wanted * millionths;

describe("What a pool says of a price", () => {
  it("is what one whole token is worth there, in dollars, whichever token comes first", () => {
    for (const side of SIDES) {
      for (const make of [v2With, v3With]) {
        // 2,000 of the base token for one, at a dollar and a cent each.
        const mid = priceOf(make(side, 1_000n * WAD, 2_000_000n * USDC), side)?.mid ?? 0n;
        expect(isNear(mid, 2_020n * WAD, 1n), `${mid}`).to.equal(true);
      }
    }
  });

  it("loses to a trade what the pool's own quote loses, more for a larger one, and at least the fee", () => {
    for (const side of SIDES) {
      const deep = priceOf(v2With(side, 1_000n * WAD, 2_000_000n * USDC), side);
      // 3 pro mille of fee, and a two-thousandth of the reserve on each side.
      expect([deep?.feeBps, deep?.sellLossBps, deep?.buyLossBps]).to.deep.equal([30n, 35n, 35n]);
      const larger = priceOf(v2With(side, 1_000n * WAD, 2_000_000n * USDC), side, 100n * SIZE);
      expect(Number(larger?.sellLossBps)).to.be.within(480, 520);
    }
  });

  it("is nothing for an empty pool, another pair, or a base token without a price", () => {
    const [side] = SIDES;
    const pool = v2With(side, 1_000n * WAD, 2_000_000n * USDC);
    expect(priceOf(v2With(side, 0n, 0n), side)).to.equal(undefined);
    expect(priceOf(pool, { ...side, token: { address: addressOf(9), decimals: 18 } })).to.equal(undefined);
    const worthless = { ...side.quote, price: 0n };
    expect(dexPrices([pool], side.token, { quote: worthless, sizeUsd: SIZE })).to.deep.equal([]);
    const foreign = { ...side.quote, address: addressOf(9) };
    expect(dexPrices([pool], side.token, { quote: foreign, sizeUsd: SIZE })).to.deep.equal([]);
  });

  it("is told without what a trade that cannot be made would lose", () => {
    const [side] = SIDES;
    const tiny = priceOf(v2With(side, 10n ** 9n, 1n), side);
    expect([tiny?.sellLossBps, Number(tiny?.buyLossBps) > 9_900]).to.deep.equal([undefined, true]);
  });

  it("never loses less than nothing, nor more than all", () => {
    const reserves = fc.bigInt({ min: 10n ** 6n, max: 10n ** 30n });
    fc.assert(
      fc.property(reserves, reserves, fc.constantFrom(...SIDES), (assets, base, side) => {
        const price = priceOf(v2With(side, assets, base), side);
        for (const loss of [price?.sellLossBps, price?.buyLossBps]) {
          if (loss !== undefined) expect(loss >= 0n && loss <= 10_000n).to.equal(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});
