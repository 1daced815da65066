import { expect } from "chai";
import { network } from "hardhat";
import { seededRandom } from "../../../keepers/core/random.ts";
import { poolAfter, quoteExactInput } from "../../../keepers/market/quote.ts";
import { sqrtRatioAtTick } from "../../../keepers/market/tickMaths.ts";
import { pushToPrice, spotSqrtPriceX96 } from "../../../keepers/market/toPrice.ts";
import { swapV3, v3PoolAfter } from "../../../keepers/market/v3Swap.ts";
import { deployDexFixture, readPair, readV3Moving, readV3Pool, readV3Window, send } from "../../support/dexes.ts";
import { anAmount, makePairs, makeV3Pools, pick } from "../../support/dexPools.ts";

const { ethers } = await network.create();

const REAL_SWAPS = 60;

const setUp = async () => {
  const [signer] = await ethers.getSigners();
  if (signer === undefined) throw new Error("the network has no account");
  const dex = await deployDexFixture(signer);
  return { dex, v3Pools: await makeV3Pools(dex), pairs: await makePairs(dex) };
};
const { dex, v3Pools, pairs } = await setUp();

describe("market swaps on the genuine bytecode", () => {
  it(`knows the reserves after each of ${REAL_SWAPS} swaps that a v2 router really makes`, async () => {
    const random = seededRandom(20_263);
    for (let done = 0; done < REAL_SWAPS; done += 1) {
      const contract = pick(random, pairs);
      const before = await readPair(contract);
      const zeroForOne = random.uniform() < 0.5;
      const [tokenIn, tokenOut] = zeroForOne ? [before.token0, before.token1] : [before.token1, before.token0];
      const depth = zeroForOne ? before.reserve0 : before.reserve1;
      const amountIn = random.below(depth / 3n) + 1n;
      const quote = quoteExactInput(before, tokenIn, amountIn);
      const swap = send(dex.v2Router, "swapExactTokensForTokens", [
        amountIn,
        0n,
        [tokenIn, tokenOut],
        dex.owner,
        10n ** 12n,
      ]);
      if (quote.kind === "ok") {
        await swap;
        expect(await readPair(contract)).to.deep.equal(poolAfter(before, quote.moved));
      } else {
        expect(quote.why).to.equal("zero-output");
        const reverted = await swap.then(
          () => false,
          (error: unknown) => String(error).includes("INSUFFICIENT_OUTPUT_AMOUNT"),
        );
        expect(reverted).to.equal(true);
      }
    }
  });

  it(`knows price, tick and liquidity after each of ${REAL_SWAPS} swaps that a v3 router really makes`, async () => {
    const random = seededRandom(20_264);
    const current = new Map(v3Pools.map((known) => [known.name, known.pool]));
    for (let done = 0; done < REAL_SWAPS; done += 1) {
      const { name, contract, bits } = pick(random, v3Pools);
      const pool = current.get(name);
      if (pool === undefined) throw new Error("unknown pool");
      const zeroForOne = random.uniform() < 0.5;
      const amountIn = anAmount(random, bits);
      const swap = swapV3(pool, { zeroForOne, amountIn });
      if (swap.kind === "refused") {
        expect(swap.why).to.equal("price-at-limit");
        continue;
      }
      const [tokenIn, tokenOut] = zeroForOne ? [pool.token0, pool.token1] : [pool.token1, pool.token0];
      await send(dex.swapRouter, "exactInputSingle", [[tokenIn, tokenOut, pool.feePips, dex.owner, amountIn, 0n, 0n]]);
      const after = v3PoolAfter(pool, swap.moved);
      current.set(name, after);
      const { sqrtPriceX96, tick, liquidity } = after;
      expect(await readV3Moving(contract), `${name} ${amountIn}`).to.deep.equal({ sqrtPriceX96, tick, liquidity });
    }
  });

  it("in a window read as keepers read it, gives the genuine answer or refuses", async () => {
    const random = seededRandom(20_265);
    const counts = { ok: 0, refused: 0 };
    for (const { name, contract, ranges } of v3Pools) {
      if (name === "giant") continue;
      const [whole, part] = [await readV3Pool(contract, ranges), await readV3Window(dex, contract, 2)];
      for (let done = 0; done < 200; done += 1) {
        const swap = { zeroForOne: random.uniform() < 0.5, amountIn: anAmount(random, 80) };
        const [truth, answer] = [swapV3(whole, swap), swapV3(part, swap)];
        counts[answer.kind] += 1;
        if (answer.kind === "ok") expect(answer, name).to.deep.equal(truth);
        else expect(answer.why).to.equal("outside-known-ticks");
      }
    }
    expect(counts.ok).to.be.greaterThan(500);
    expect(counts.refused).to.be.greaterThan(50);
  });

  it("brings a v2 pair to a price: the amount reaches it, and one unit less does not", async () => {
    const [contract] = pairs;
    if (contract === undefined) throw new Error("no pair");
    for (const perMille of [700n, 999n, 1_001n, 1_900n]) {
      const pool = await readPair(contract);
      const targetX96 = (spotSqrtPriceX96(pool) * perMille) / 1_000n;
      const push = pushToPrice(pool, targetX96);
      if (push.kind !== "push") throw new Error(`${perMille}: ${push.kind}`);
      const other = push.tokenIn === pool.token0 ? pool.token1 : pool.token0;
      await send(dex.v2Router, "swapExactTokensForTokens", [
        push.amountIn,
        push.amountOut,
        [push.tokenIn, other],
        dex.owner,
        10n ** 12n,
      ]);
      const { reserve0, reserve1 } = await readPair(contract);
      const passed = (r0: bigint, r1: bigint): boolean =>
        push.tokenIn === pool.token0 ? r1 << 192n <= r0 * targetX96 ** 2n : r1 << 192n >= r0 * targetX96 ** 2n;
      expect(passed(reserve0, reserve1)).to.equal(true);
      const short = quoteExactInput(pool, push.tokenIn, push.amountIn - 1n);
      if (short.kind !== "ok" || short.moved.kind !== "v2") throw new Error("one unit less must still be a swap");
      expect(passed(short.moved.reserve0, short.moved.reserve1)).to.equal(false);
    }
  });

  it("brings a v3 pool to a price exactly, across ticks and gaps", async () => {
    let reached = 0;
    for (const { name, contract, ranges } of v3Pools) {
      for (const ticks of [-45, 30, 777, -1_500]) {
        const pool = await readV3Pool(contract, ranges);
        const targetX96 = sqrtRatioAtTick(pool.tick + ticks) + 17n;
        const push = pushToPrice(pool, targetX96);
        if (push.kind !== "push") {
          expect(push).to.deep.equal({ kind: "refused", why: "pool-empty" });
          expect(pool.liquidity, name).to.equal(0n);
          continue;
        }
        reached += 1;
        const other = push.tokenIn === pool.token0 ? pool.token1 : pool.token0;
        await send(dex.swapRouter, "exactInputSingle", [
          [push.tokenIn, other, pool.feePips, dex.owner, push.amountIn, push.amountOut, targetX96],
        ]);
        expect((await readV3Moving(contract)).sqrtPriceX96, `${name} ${ticks}`).to.equal(targetX96);
      }
    }
    expect(reached).to.be.greaterThan(20);
  });
});
