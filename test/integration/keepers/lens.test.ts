import { expect } from "chai";
import type { Contract } from "ethers";
import type { PoolInfo } from "../../../keepers/adapters/chain/addresses.ts";
import { decodeSnapshot, encodeSnapshotCall } from "../../../keepers/adapters/chain/lens.ts";
import { createSnapshotReader } from "../../../keepers/adapters/chain/snapshot.ts";
import { RetryableError } from "../../../keepers/core/errors.ts";
import { ZERO_ADDRESS } from "../../../keepers/core/proposal.ts";
import { type Address, address, blockNumber } from "../../../keepers/core/units.ts";
import type { Pool, V3Pool } from "../../../keepers/market/pool.ts";
import { NexusLens__factory } from "../../../types/index.ts";
import { enact, votedPayment } from "../../support/votedProposals.ts";
import { at, ethers, loadFixture } from "../../support/chain.ts";
import { makePairs, makeV3Pools } from "../../support/dexPools.ts";
import {
  type DexFixture,
  addressOfContract,
  deployDexFixture,
  makeV3Pool,
  readPair,
  readV3Window,
  send,
} from "../../support/dexes.ts";
import { LEVEL, SOURCE } from "../../support/enums.ts";
import { inProcessNode } from "../../support/fakeNode.ts";
import { deployLens, lookAt } from "../../support/keeperView.ts";
import { DEPOSIT, WSEI_HELD, bareFixture, fundedFixture } from "../../support/nexus.ts";

const REACH = 2;
const NOTHING = { v2Pools: [], v3Pools: [], v3Words: [], tokens: [], signers: [], scopes: [], agentId: 1n };

const poolsFixture = async () => {
  const f = await bareFixture();
  const dex = await deployDexFixture(f.deployer);
  const pairs = await makePairs(dex);
  const v3 = await makeV3Pools(dex);
  return { f, lens: await deployLens(f), dex, pairs, v3 };
};

const infoOf = ({ address: pool, kind, token0, token1, feePips }: Pool): PoolInfo => ({
  address: pool,
  kind,
  router: ZERO_ADDRESS,
  token0,
  token1,
  feePips,
});

const readerOf = (lens: Address, pools: readonly Pool[], tickReach = REACH) => {
  const known = { lens, pools: pools.map(infoOf), tokens: [], routers: [] };
  const options = { signers: () => [], agentId: 1n, withPools: true, tickReach };
  const read = createSnapshotReader(inProcessNode(), known, options);
  return async () => read(blockNumber(BigInt(await ethers.provider.getBlockNumber())));
};

const mintAround = async (dex: DexFixture, pool: V3Pool, reach: number): Promise<void> => {
  const edge = (ticks: number): number => Math.floor((pool.tick + ticks) / pool.tickSpacing) * pool.tickSpacing;
  const [amount, farFuture] = [10n ** 18n, 10n ** 12n];
  const position = [pool.token0, pool.token1, pool.feePips, edge(-reach), edge(reach), amount, amount, 0n, 0n];
  await send(dex.positionManager, "mint", [[...position, dex.owner, farFuture]]);
};

describe("NexusLens", () => {
  it("sees every kind of pool as reading it piece by piece does", async () => {
    const { lens, dex, pairs, v3 } = await loadFixture(poolsFixture);
    const expected: Pool[] = [];
    for (const pair of pairs) expected.push(await readPair(pair));
    for (const { contract } of v3) expected.push(await readV3Window(dex, contract, REACH));
    const { pools, view } = await readerOf(lens, expected)();
    expect(pools).to.deep.equal(expected);
    expect(pools.filter((pool) => pool.kind === "v3" && pool.ticks.length > 0).length).to.be.greaterThan(5);
    expect(view.block).to.equal(BigInt(await ethers.provider.getBlockNumber()));
  });

  it("keeps a pool's ticks and ladders while they hold, through swaps, and not beyond a new position", async () => {
    const { lens, dex, v3 } = await loadFixture(poolsFixture);
    const { contract, pool } = at(v3, 0);
    const read = readerOf(lens, [pool]);
    const pick = async (): Promise<V3Pool> => {
      const [seen] = (await read()).pools;
      if (seen?.kind !== "v3") throw new Error("no pool");
      return seen;
    };
    const first = await pick();
    const params = [pool.token1, pool.token0, pool.feePips, dex.owner, 10n ** 15n, 0n, 0n];
    await send(dex.swapRouter, "exactInputSingle", [params]);
    const swapped = await pick();
    expect(swapped.sqrtPriceX96).not.to.equal(first.sqrtPriceX96);
    expect(swapped.ticks).to.equal(first.ticks);
    expect(swapped.ladders).to.equal(first.ladders);
    await mintAround(dex, swapped, 7);
    const minted = await pick();
    expect(minted.ticks.length).to.equal(first.ticks.length + 2);
    expect(minted).to.deep.equal(await readV3Window(dex, contract, REACH));
  });

  it("sees a pool that nobody has initialised, and one beside it", async () => {
    const { lens, dex, v3 } = await loadFixture(poolsFixture);
    const [, b, c] = dex.tokens;
    await send(dex.v3Factory, "createPool", [b.target, c.target, 500n]);
    const created: unknown = await dex.v3Factory.getFunction("getPool").staticCall(b.target, c.target, 500n);
    const empty: PoolInfo & V3Pool = { ...at(v3, 0).pool, address: address(String(created)), router: ZERO_ADDRESS };
    const { pools } = await readerOf(lens, [empty, at(v3, 1).pool])();
    const [first, second] = pools;
    expect(first?.kind === "v3" ? [first.sqrtPriceX96, first.ticks.length] : []).to.deep.equal([0n, 0]);
    expect(second).to.deep.equal(await readV3Window(dex, at(v3, 1).contract, REACH));
  });

  it("fits 200 pools of which half are v3 into one call below what nodes allow", async () => {
    const { lens, dex, pairs } = await loadFixture(poolsFixture);
    const typical = await makeV3Pool(dex, {
      token0: at(dex.tokens, 1),
      token1: at(dex.tokens, 2),
      feePips: 3_000n,
      sqrtPriceX96: 1n << 96n,
      ranges: [6_000, 600, 120].map((reach) => {
        return { lower: -reach, upper: reach, amount0: 10n ** 18n, amount1: 10n ** 18n };
      }),
    });
    const hundred = (pool: Contract): readonly Address[] => Array.from({ length: 100 }, () => addressOfContract(pool));
    const v2Pools = hundred(at(pairs, 0));
    const v3Pools = hundred(typical);
    const query = { ...NOTHING, v2Pools, v3Pools, v3Words: v3Pools.map(() => 2) };
    const data = encodeSnapshotCall(query);
    const gas = await ethers.provider.estimateGas({ to: lens, data });
    const answer = decodeSnapshot(query, await ethers.provider.call({ to: lens, data }));
    expect([answer.v2.length, answer.v3.length]).to.deep.equal([100, 100]);
    expect(Number(gas)).to.be.below(10_000_000);
  });

  it("is read as the general decoder reads it", async () => {
    const { lens, pairs, v3 } = await loadFixture(poolsFixture);
    const v3Pools = v3.map(({ pool }) => pool.address);
    const query = {
      ...NOTHING,
      v2Pools: pairs.map(addressOfContract),
      v3Pools,
      v3Words: v3Pools.map((_, index) => index % 4),
    };
    const data = encodeSnapshotCall(query);
    const answer = await ethers.provider.call({ to: lens, data });
    const mine = decodeSnapshot(query, answer);
    const plain = (value: unknown): unknown =>
      JSON.parse(JSON.stringify(value, (_key, part: unknown) => (typeof part === "bigint" ? part.toString() : part)));
    const theirs = await NexusLens__factory.connect(lens, ethers.provider).snapshot({ ...query, tokens: [] });
    expect(plain(mine.v2)).to.deep.equal(
      plain(theirs.v2Pools.map(({ reserve0, reserve1 }) => ({ reserve0, reserve1 }))),
    );
    const ticks = mine.v3.map((pool) => pool.ticks);
    const words = theirs.v3Pools.map((pool) => ethers.concat(pool.ticks.map((tick) => ethers.toBeHex(tick, 32))));
    expect(ticks).to.deep.equal(words);
    for (const [index, pool] of mine.v3.entries()) {
      const { sqrtPriceX96, tick, tickSpacing, liquidity, firstWord, lastWord } = at(theirs.v3Pools, index);
      const expected = { sqrtPriceX96, tick, tickSpacing, liquidity, firstWord, lastWord, ticks: pool.ticks };
      expect(plain(Object.values(pool).map(String))).to.deep.equal(plain(Object.values(expected).map(String)));
    }
  });

  it("sees seats, limits, rooms, policy and value as the contracts tell them", async () => {
    const f = await loadFixture(fundedFixture);
    const lens = await deployLens(f);
    await enact(f, await votedPayment(f));
    const signers = f.voters.map(({ key }) => address(key.address));
    const { view } = await lookAt(lens, f, { signers });
    for (const [index, seat] of view.signerRecords.entries()) {
      const told = await f.registry.signerRecordOf(at(f.voters, index).key.address);
      const { agentId, operatorId, weight, highestNonce, nonceWindow } = seat;
      expect([agentId, operatorId, weight, highestNonce, nonceWindow]).to.deep.equal([
        told.agentId,
        told.operatorId,
        told.weight,
        told.highestNonce,
        told.nonceWindow,
      ]);
      expect(seat.status).to.equal("Active");
    }
    expect(view.signerRecords[0]?.highestNonce).to.equal(1n);
    const [usdc, wsei, weth] = view.tokens;
    expect(usdc?.balance).to.equal(await f.usdc.balanceOf(f.addresses.treasury));
    expect([wsei?.balance, weth?.balance]).to.deep.equal([WSEI_HELD, 0n]);
    const rooms = await f.mandate.remainingOf(1n, f.addresses.usdc);
    expect([usdc?.remainingForAgent, usdc?.remainingForAll]).to.deep.equal([rooms.forAgent, rooms.forAll]);
    expect(usdc?.perAction).to.equal((await f.mandate.tokenLimitOf(f.addresses.usdc)).perAction);
    const quote = await f.hub.quote(f.addresses.wsei);
    expect(wsei?.price).to.deep.equal({ middle: quote.middle, lower: quote.lower, upper: quote.upper });
    expect(view.mandateRoot).to.equal(await f.mandate.root());
    expect([view.lossPerAction, view.remainingLoss]).to.deep.equal([
      (await f.mandate.lossLimit()).perAction,
      await f.mandate.remainingLoss(),
    ]);
    const policy = await f.consensus.policyOf(0n);
    expect(view.policy).to.deep.equal({
      threshold: policy.threshold,
      minVoters: policy.minVoters,
      minOperators: policy.minOperators,
      maxDeadline: policy.maxDeadline,
    });
    const range = await f.treasury.assetsRange();
    expect(view.treasuryValue).to.deep.equal({ lower: range.lower, upper: range.upper });
    expect(Number(range.lower)).to.be.greaterThan(Number(DEPOSIT));
  });

  it("answers for everything else when a price is missing, and says which", async () => {
    const f = await loadFixture(fundedFixture);
    const lens = await deployLens(f);
    await f.sources.wsei.setMode(SOURCE.reverting);
    const { view } = await lookAt(lens, f, {});
    expect(view.treasuryValue).to.equal(undefined);
    expect(view.tokens.map(({ status }) => status)).to.include("QuorumMissed");
  });

  it("tells the breaker's levels apart by scope", async () => {
    const f = await loadFixture(fundedFixture);
    const lens = await deployLens(f);
    const breaker = f.breaker.connect(f.guardian);
    const scope = address(f.payee.address);
    await breaker.trip(f.addresses.wsei, LEVEL.reduceOnly, "drill");
    await breaker.trip(scope, LEVEL.halted, "drill");
    const { view } = await lookAt(lens, f, { scopes: [scope, address(f.anyone.address)] });
    expect(view.tokens.map(({ level }) => level)).to.deep.equal(["Normal", "ReduceOnly", "Normal"]);
    expect([...view.levels.values(), view.everything]).to.deep.equal(["Halted", "Normal", "Normal"]);
    await breaker.trip(await f.breaker.EVERYTHING(), LEVEL.halted, "drill");
    expect((await lookAt(lens, f, {})).view.everything).to.equal("Halted");
  });

  it("is no answer when the node has none", () => {
    const query = NOTHING;
    expect(() => decodeSnapshot(query, `0x${"00".repeat(31)}20`)).to.throw(RetryableError);
    expect(() => decodeSnapshot(query, "0x")).to.throw(RetryableError);
    expect(() => decodeSnapshot(query, undefined)).to.throw(RetryableError);
  });

  it("does not pass off one block for another", async () => {
    const { lens, v3 } = await loadFixture(poolsFixture);
    const node = inProcessNode();
    const known = { lens, pools: [infoOf(at(v3, 0).pool)], tokens: [], routers: [] };
    const lagging = {
      ...node,
      request: (method: string, params: readonly unknown[]) => node.request(method, [params[0], "latest"]),
    };
    const options = { signers: () => [], agentId: 1n, withPools: true, tickReach: 1 };
    const read = createSnapshotReader(lagging, known, options);
    const error: unknown = await read(blockNumber(1n)).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(RetryableError);
    expect(String(error)).to.contain("asked for block 1");
  });
});
