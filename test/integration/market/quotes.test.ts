import { expect } from "chai";
import { network } from "hardhat";
import { seededRandom } from "../../../keepers/core/random.ts";
import type { Address } from "../../../keepers/core/units.ts";
import type { V2Pool } from "../../../keepers/market/pool.ts";
import { quoteExactInput, quotePath } from "../../../keepers/market/quote.ts";
import { swapV3 } from "../../../keepers/market/v3Swap.ts";
import { askMany, bigintsOf, deployDexFixture, readPair } from "../../support/dexes.ts";
import { anAmount, makePairs, makeV3Pools, pick } from "../../support/dexPools.ts";

/** Long swaps over many words of the bitmap take more gas than a block on Sei has; a quote is a call, not a transaction. */
const { ethers } = await network.create({ network: "default", override: { blockGasLimit: 2_000_000_000n } });

const isDeep = process.env["NEXUS_TEST_DEEP"] === "1";
const V3_SWAPS = isDeep ? 6_000 : 2_000;
const V2_SWAPS = isDeep ? 4_000 : 1_000;
/** Larger calls cost the simulated chain more per question, not less. */
const BATCH = 10;

const setUp = async () => {
  const [signer] = await ethers.getSigners();
  if (signer === undefined) throw new Error("the network has no account");
  const dex = await deployDexFixture(signer);
  return { dex, v3Pools: await makeV3Pools(dex), pairs: await makePairs(dex) };
};
const { dex, v3Pools, pairs } = await setUp();

describe("market quotes against the genuine bytecode", () => {
  it(`quotes ${V3_SWAPS} random v3 swaps to the last unit and the last bit of the price`, async () => {
    const random = seededRandom(20_261);
    let partial = 0;
    for (let done = 0; done < V3_SWAPS; done += BATCH) {
      const cases = Array.from({ length: BATCH }, () => {
        const known = pick(random, v3Pools);
        return { ...known, zeroForOne: random.uniform() < 0.5, amountIn: anAmount(random, known.bits) };
      });
      const queries = cases.map(({ pool, zeroForOne, amountIn }) => {
        const [tokenIn, tokenOut] = zeroForOne ? [pool.token0, pool.token1] : [pool.token1, pool.token0];
        return [[tokenIn, tokenOut, amountIn, pool.feePips, 0n]];
      });
      const answers = await askMany(dex, {
        contract: dex.quoter,
        method: "quoteExactInputSingle",
        queries,
        gas: 60_000_000n,
      });
      for (const [index, { name, pool, zeroForOne, amountIn }] of cases.entries()) {
        const label = `${name}, ${zeroForOne ? "0 for 1" : "1 for 0"}, ${amountIn}`;
        const swap = swapV3(pool, { zeroForOne, amountIn });
        if (swap.kind === "refused") throw new Error(`${label}: refused, ${swap.why}`);
        expect([swap.amountOut, swap.moved.sqrtPriceX96], label).to.deep.equal(answers[index]?.slice(0, 2));
        if (swap.spent < amountIn) partial += 1;
        const quote = quoteExactInput(pool, zeroForOne ? pool.token0 : pool.token1, amountIn);
        expect(quote.kind === "ok", label).to.equal(swap.spent === amountIn);
      }
    }
    expect(partial, "some swaps must run dry").to.be.greaterThan(V3_SWAPS / 400);
  });

  it(`quotes ${V2_SWAPS} random v2 swaps of one to three hops to the last unit`, async () => {
    const random = seededRandom(20_262);
    const pools = await Promise.all(pairs.map(readPair));
    const [ab, bc, ac] = pools;
    if (ab === undefined || bc === undefined || ac === undefined) throw new Error("three pairs were made");
    const [a, b, c] = [ab.token0, ab.token1, ac.token1];
    const routes = [
      [a, b],
      [b, a],
      [b, c],
      [c, b],
      [a, c],
      [c, a],
      [a, b, c],
      [c, b, a],
      [a, b, c, a],
      [a, c, b, a],
    ];
    const between = (from: Address, to: Address): V2Pool => {
      const found = pools.find(
        ({ token0, token1 }) => [token0, token1].includes(from) && [token0, token1].includes(to),
      );
      if (found === undefined) throw new Error("no such pair");
      return found;
    };
    let refusals = 0;
    for (let done = 0; done < V2_SWAPS; done += BATCH) {
      const cases = Array.from({ length: BATCH }, () => ({
        route: pick(random, routes),
        amountIn: anAmount(random, 111),
      }));
      const queries = cases.map(({ route, amountIn }) => [amountIn, route]);
      const answers = await askMany(dex, { contract: dex.v2Router, method: "getAmountsOut", queries, gas: 1_000_000n });
      for (const [index, { route, amountIn }] of cases.entries()) {
        const hops = route
          .slice(1)
          .map((to, hop) => ({ pool: between(route[hop] ?? to, to), tokenIn: route[hop] ?? to }));
        const quote = quotePath(hops, amountIn);
        const genuine = bigintsOf(answers[index]?.[0] ?? []);
        if (quote.kind === "ok") {
          expect([...quote.amounts, quote.amountOut], `${route.join()} ${amountIn}`).to.deep.equal(genuine);
        } else {
          // The router's view does not ask what the pair itself would refuse: an output of nothing, or 112 bits exceeded.
          refusals += 1;
          const overflow = genuine.some((amount) => amount + 10n ** 33n >= 1n << 112n);
          expect(genuine.length === 0 || genuine.includes(0n) || overflow, `${route.join()} ${amountIn}`).to.equal(
            true,
          );
        }
      }
    }
    expect(refusals).to.be.lessThan(V2_SWAPS / 2);
  });
});
