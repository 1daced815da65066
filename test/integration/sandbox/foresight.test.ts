import process from "node:process";
import { expect } from "chai";
import { Contract, JsonRpcProvider, MaxUint256 } from "ethers";
import { connectNode } from "../../../keepers/adapters/chain/node.ts";
import { createPendingReader } from "../../../keepers/adapters/chain/pending.ts";
import { isRecord } from "../../../keepers/adapters/chain/rpc.ts";
import { type Random, seededRandom } from "../../../keepers/core/random.ts";
import { type Address, address, unixSeconds } from "../../../keepers/core/units.ts";
import { type Foreseen, foresee } from "../../../keepers/market/foresight/foresee.ts";
import type { PendingView } from "../../../keepers/market/foresight/pending.ts";
import type { Pool } from "../../../keepers/market/pool.ts";
import { v3Pool } from "../../../keepers/market/pool.ts";
import { sqrtRatioAtTick } from "../../../keepers/market/tickMaths.ts";
import { testKeys } from "../../../scripts/sandbox/account.ts";
import { startChain } from "../../../scripts/sandbox/chain.ts";
import {
  addressOfContract,
  deployDexFixture,
  makePair,
  makeV3Pool,
  readPair,
  readV3Moving,
  readV3Pool,
  send,
} from "../../support/dexes.ts";
import { type Venue, BASE_FEE, aBid, aWish, asLeft, leftBehind, signWish } from "../../support/strangers.ts";
import { report } from "../../support/report.ts";
import { until } from "../../support/until.ts";

const ROUNDS = process.env["NEXUS_TEST_DEEP"] === "1" ? 250 : 8;
const SEED = 20_271;
const STRANGERS = 7;
const E18 = 10n ** 18n;
const PATIENCE_MS = 60_000;

const hexOf = (value: bigint | number): string => `0x${value.toString(16)}`;
const range = (lower: number, upper: number, amount: bigint) => ({ lower, upper, amount0: amount, amount1: amount });
/** Several positions, so that swaps cross their ends. */
const RANGES = [range(-60_000, 60_000, 2_000n * E18), range(-1_200, 600, 400n * E18), range(-180, 300, 90n * E18)];

const setUp = async () => {
  const chain = await startChain(0);
  const keyOf = testKeys();
  const provider = new JsonRpcProvider(chain.rpcUrl, undefined, { cacheTimeout: -1 });
  provider.pollingInterval = 20;
  const wallets = Array.from({ length: STRANGERS + 1 }, (_, index) => keyOf(3_000 + index));
  for (const { address: at } of wallets) await chain.control("hardhat_setBalance", [at, hexOf(10n ** 24n)]);
  const [owner, ...strangers] = wallets;
  if (owner === undefined) throw new Error("a key was made");
  const dex = await deployDexFixture(owner.connect(provider));
  const [a, b, c] = dex.tokens;
  const pairs = [
    await makePair(dex, { token0: a, token1: b, reserve0: 3_000n * E18, reserve1: 2_900n * E18 }),
    await makePair(dex, { token0: b, token1: c, reserve0: 1_000n * E18, reserve1: 2_000n * E18 }),
  ];
  const sqrtPriceX96 = sqrtRatioAtTick(0) + 987_654_321_987_654_321n;
  const v3s = [
    await makeV3Pool(dex, { token0: a, token1: b, feePips: 3_000n, sqrtPriceX96, ranges: RANGES }),
    await makeV3Pool(dex, { token0: b, token1: c, feePips: 500n, sqrtPriceX96, ranges: RANGES }),
  ];
  const known = [];
  for (const contract of v3s) known.push({ contract, pool: await readV3Pool(contract, RANGES) });
  for (const stranger of strangers) {
    for (const token of dex.tokens) {
      await send(token, "transfer", [stranger.address, 10n ** 30n]);
      const its = new Contract(token.target, token.interface, stranger.connect(provider));
      for (const router of [dex.v2Router, dex.swapRouter]) await send(its, "approve", [router.target, MaxUint256]);
    }
  }
  await chain.control("evm_setAutomine", [false]);
  const routers = { v2: addressOfContract(dex.v2Router), v3: addressOfContract(dex.swapRouter) };
  const node = connectNode({
    urls: [chain.wsUrl],
    chainId: 1_329n,
    requestTimeoutMs: PATIENCE_MS,
    reconnectDelayMs: 100,
    silenceMs: 10 * PATIENCE_MS,
    readyTimeoutMs: PATIENCE_MS,
    baseFeeFloor: BASE_FEE,
    nowMs: () => performance.now(),
    onConnection: () => undefined,
    onTrouble: () => undefined,
  });
  await node.ready;
  return { chain, provider, strangers, pairs, known, routers, node };
};

type World = Awaited<ReturnType<typeof setUp>>;

const readPools = async ({ pairs, known }: World): Promise<readonly Pool[]> => [
  ...(await Promise.all(pairs.map(readPair))),
  ...(await Promise.all(
    known.map(async ({ contract, pool }) => v3Pool({ ...pool, ...(await readV3Moving(contract)) }, pool)),
  )),
];

const nonceOf = async ({ chain }: World, at: string): Promise<number> =>
  Number(await chain.control("eth_getTransactionCount", [at, "latest"]));

/** What a stranger does in a block: one swap or two, of which many are never mined. @returns what was sent */
const act = async (
  world: World,
  index: number,
  { random, venue }: { readonly random: Random; readonly venue: Venue },
) => {
  const stranger = world.strangers[index];
  if (stranger === undefined) throw new Error("no such stranger");
  const start = await nonceOf(world, stranger.address);
  const sent: string[] = [];
  const transmit = async (nonce: number, bid = aBid(random)): Promise<void> => {
    const raw = await signWish(stranger, aWish(random, venue, address(stranger.address)), { nonce, bid });
    sent.push(String(await world.chain.control("eth_sendRawTransaction", [raw])));
  };
  const way = random.uniform();
  await transmit(start);
  if (way < 0.1) await transmit(start + 1);
  // Behind a gap.
  else if (way < 0.65) {
    await transmit(start + 2 + Number(random.below(3n)));
    await transmit(start + 6);
  }
  // Below the base fee.
  else if (way < 0.8)
    await transmit(start + 1, { kind: "new", fee: BASE_FEE - random.below(BASE_FEE / 2n) - 1n, tip: 1n });
  // Replaced by a higher bid.
  else if (way < 0.95) {
    await transmit(start + 1, { kind: "new", fee: 400n * 10n ** 9n, tip: 10n ** 9n });
    await transmit(start + 1, { kind: "new", fee: 900n * 10n ** 9n, tip: 90n * 10n ** 9n });
  }
  return sent;
};

/** Mines what is pending, and waits until the node has told of it. */
const mine = async ({ chain, node }: World): Promise<void> => {
  const before = BigInt(String(await chain.control("eth_blockNumber")));
  await chain.control("hardhat_setNextBlockBaseFeePerGas", [hexOf(BASE_FEE)]);
  await chain.control("evm_mine");
  await until("the head", () => ((node.head()?.block ?? 0n) > before ? true : undefined), PATIENCE_MS);
};

const receiptOf = async ({ chain }: World, hash: string) => {
  const receipt = await chain.control("eth_getTransactionReceipt", [hash]);
  if (!isRecord(receipt)) return undefined;
  const logs = Array.isArray(receipt["logs"]) ? receipt["logs"] : [];
  return { isWell: receipt["status"] === "0x1", logs };
};

const seen = async (poll: ReturnType<typeof createPendingReader>): Promise<PendingView> => {
  const answer = await poll();
  if (answer.kind !== "seen") throw new Error(`the pool was not seen: ${JSON.stringify(answer)}`);
  return answer.view;
};

const time = async ({ chain }: World) => {
  const block = await chain.control("eth_getBlockByNumber", ["latest", false]);
  return unixSeconds(isRecord(block) ? BigInt(String(block["timestamp"])) : 0n);
};

type Counts = { sent: number; mined: number; equal: number; reverted: number; unmined: number };

const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) => (typeof one === "bigint" ? String(one) : one));

describe("foresight on the sandbox's chain", () => {
  let world: World;
  before(async () => {
    world = await setUp();
  });
  after(async () => {
    world.node.close();
    world.provider.destroy();
    await world.chain.stop();
  });

  /** Compares one transaction with what was foreseen of it; what was not mined is taken out of the pool. */
  const count = async (hash: string, { swaps }: Foreseen, counts: Counts): Promise<void> => {
    counts.sent += 1;
    const [receipt, swap] = [await receiptOf(world, hash), swaps.find((one) => one.hash === hash)];
    if (receipt === undefined) {
      if (swap !== undefined) counts.unmined += 1;
      await world.chain.control("hardhat_dropTransaction", [hash]);
      return;
    }
    counts.mined += 1;
    if (!receipt.isWell) counts.reverted += 1;
    const foreseen = swap === undefined ? undefined : [swap.reverts, ...swap.left.map(asLeft)];
    const happened = [!receipt.isWell, ...leftBehind(receipt.logs)];
    if (textOf(foreseen) === textOf(happened)) counts.equal += 1;
  };

  it("[NX-KEE-12] foresees the pools after pending swaps of strangers, of which half are never mined", async () => {
    const random = seededRandom(SEED);
    const { routers } = world;
    const own = new Set<Address>();
    const poll = createPendingReader(world.node, { routers: new Set(Object.values(routers)), own });
    const counts = { sent: 0, mined: 0, equal: 0, reverted: 0, unmined: 0 };
    for (let round = 0; round < ROUNDS; round += 1) {
      const pools = await readPools(world);
      const sent: string[] = [];
      for (const index of world.strangers.keys())
        sent.push(...(await act(world, index, { random, venue: { pools, routers } })));
      const view = await seen(poll);
      const routed = pools.map((pool) => ({ pool, router: routers[pool.kind] }));
      const foreseen = foresee(routed, view, { order: "ethereum", baseFee: BASE_FEE, time: await time(world) });
      await mine(world);
      for (const hash of sent) await count(hash, foreseen, counts);
    }
    const { mined, equal, sent, reverted, unmined } = counts;
    report(
      `${sent} swaps of ${STRANGERS} strangers in ${ROUNDS} blocks, ${mined} mined (${reverted} reverted), ${equal} as foreseen; ${unmined} foreseen and not mined`,
    );
    expect(sent - mined).to.be.greaterThan(0.45 * sent);
    expect(reverted).to.be.greaterThan(0);
    expect(unmined).to.equal(0);
    expect(equal / mined).to.be.greaterThanOrEqual(0.99);
  });
});
