import { MaxUint256 } from "ethers";
import type { BookPool, BookLeaf } from "../../deployments/schema.ts";
import { MockActor__factory, IV2Router__factory, IV3Router__factory, SandboxUSDC__factory } from "../../types/index.ts";
import type { SandboxNexus } from "../sandbox/nexus.ts";
import { deployGuarded, enactGuarded } from "./guarded.ts";
import type { BenchCall } from "./nexusFlows.ts";
import type { Cost } from "./trace.ts";
import { type BenchWorld, GAS_LIMIT } from "./world.ts";
import { addressOf } from "../../deployments/lookup.ts";

const VOTERS = 5;
/** What opens the gap: enough to move the v3 pool by some percent. */
const PUSH = 200_000n * 10n ** 6n;
const SIZE = 3_000n * 10n ** 6n;
/** How long the pools have rested before each measured run. */
const SECONDS_SINCE = 5;
const DEADLINE = 2n ** 40n - 1n;

type Venue = { readonly router: string; readonly pool: BookPool };
type Stage = { readonly usdc: string; readonly wsei: string; readonly v2: Venue; readonly v3: Venue };

const stageOf = (world: BenchWorld): Stage => {
  const { environment } = world.sandbox;
  const [usdc, wsei] = [environment.tokens["USDC"]?.address ?? "", environment.tokens["WSEI"]?.address ?? ""];
  const venue = (kind: "v2" | "v3", feePips: number): Venue => {
    const pool = environment.pools.find(
      (entry) =>
        entry.kind === kind &&
        entry.feePips === feePips &&
        [entry.token0, entry.token1].every((token) => token === usdc || token === wsei),
    );
    const router = environment.dexes.find(({ name }) => name === pool?.dex)?.router;
    if (pool === undefined || router === undefined) throw new Error(`the sandbox has no ${kind} pool of WSEI and USDC`);
    return { pool, router };
  };
  return { usdc, wsei, v2: venue("v2", 3000), v3: venue("v3", 500) };
};

const buyOnV2 = ({ usdc, wsei, v2 }: Stage, amountIn: bigint, minOut: bigint, to: string): BenchCall => ({
  target: v2.router,
  data: IV2Router__factory.createInterface().encodeFunctionData("swapExactTokensForTokens", [
    amountIn,
    minOut,
    [usdc, wsei],
    to,
    DEADLINE,
  ]),
});

const swapOnV3 = (
  { v3 }: Stage,
  [tokenIn, tokenOut]: readonly [string, string],
  [amountIn, amountOutMinimum]: readonly [bigint, bigint],
  recipient: string,
): BenchCall => ({
  target: v3.router,
  data: IV3Router__factory.createInterface().encodeFunctionData("exactInputSingle", [
    { tokenIn, tokenOut, fee: v3.pool.feePips, recipient, amountIn, amountOutMinimum, sqrtPriceLimitX96: 0n },
  ]),
});

const approveAll = async (world: BenchWorld, stage: Stage): Promise<void> => {
  for (const { router } of [stage.v2, stage.v3]) {
    for (const token of [stage.usdc, stage.wsei]) {
      await (await SandboxUSDC__factory.connect(token, world.anyone).approve(router, MaxUint256)).wait();
    }
  }
};

const requestOf = ({ target, data }: BenchCall) => ({ to: target, data });

/** Makes WSEI expensive on v3, so that buying it on v2 and selling it there pays; both pools are warm afterwards. */
const openGap = async (world: BenchWorld, stage: Stage): Promise<void> => {
  const me = await world.anyone.getAddress();
  await world.sandbox.mint("USDC", me, PUSH + 2n * SIZE);
  await approveAll(world, stage);
  await (await world.anyone.sendTransaction(requestOf(buyOnV2(stage, SIZE, 0n, me)))).wait();
  const push = swapOnV3(stage, [stage.usdc, stage.wsei], [PUSH, 0n], me);
  await (await world.anyone.sendTransaction(requestOf(push))).wait();
};

/** The two swaps of the arbitrage for whoever holds the tokens, the second selling exactly what the first buys. */
const cycle = async (world: BenchWorld, stage: Stage, holder: string): Promise<readonly [BenchCall, BenchCall]> => {
  const router = IV2Router__factory.connect(stage.v2.router, world.provider);
  const amounts = await router.swapExactTokensForTokens.staticCall(
    SIZE,
    0n,
    [stage.usdc, stage.wsei],
    await world.anyone.getAddress(),
    DEADLINE,
    { from: await world.anyone.getAddress() },
  );
  const bought = amounts.at(-1) ?? 0n;
  return [buyOnV2(stage, SIZE, bought, holder), swapOnV3(stage, [stage.wsei, stage.usdc], [bought, SIZE], holder)];
};

const leavesOf = ({ book }: SandboxNexus, stage: Stage): readonly [BookLeaf, BookLeaf] => {
  const leaves = book.mandate?.leaves ?? [];
  const find = (target: string, route: string): BookLeaf => {
    const leaf = leaves.find((entry) => entry.target === target && entry.route.startsWith(route));
    if (leaf === undefined) throw new Error(`the bench's mandate does not permit ${route}`);
    return leaf;
  };
  return [find(stage.v2.router, "USDC to WSEI"), find(stage.v3.router, "WSEI to USDC on DragonSwap V2, fee 0.05")];
};

/** A contract without limits that holds what the treasury holds and has standing approvals. */
const createBare = async (world: BenchWorld, stage: Stage) => {
  const actor = await new MockActor__factory(world.anyone).deploy(await world.anyone.getAddress());
  const address = await actor.getAddress();
  await world.sandbox.mint("USDC", address, SIZE * 10n);
  await world.sandbox.mint("WSEI", address, 1n);
  for (const { router } of [stage.v2, stage.v3]) {
    for (const token of [stage.usdc, stage.wsei]) await (await actor.approve(token, router)).wait();
  }
  return actor;
};

/**
 * Buys WSEI on v2 and sells it on v3 for more: through five votes, mandate and brackets, and from a bare contract with
 * standing approvals. Both start from the same state of the same chain, each after one warm-up.
 */
export const measureArbitrage = async (world: BenchWorld): Promise<{ readonly guarded: Cost; readonly bare: Cost }> => {
  const stage = stageOf(world);
  const nexus = await deployGuarded(world, VOTERS);
  await openGap(world, stage);
  const bare = await createBare(world, stage);
  const treasury = addressOf(nexus.book, "Treasury");
  const [first, second] = leavesOf(nexus, stage);

  const runGuarded = async (nonce: number): Promise<Cost> => {
    const [buy, sell] = await cycle(world, stage, treasury);
    return enactGuarded(world, nexus, { voters: VOTERS, nonce }, [
      { call: buy, leaf: first },
      { call: sell, leaf: second },
    ]);
  };
  const runBare = async (): Promise<Cost> =>
    world.measure(bare.run([...(await cycle(world, stage, await bare.getAddress()))], GAS_LIMIT));
  const fromHere = async <T>(run: () => Promise<T>): Promise<T> => {
    const snapshot = await world.sandbox.control("evm_snapshot");
    // Pools write what has passed since their last trade; without this, a fast machine would measure less than a slow one.
    await world.sandbox.control("evm_increaseTime", [SECONDS_SINCE]);
    const result = await run();
    await world.sandbox.control("evm_revert", [snapshot]);
    return result;
  };
  await runGuarded(1);
  await runBare();
  return { guarded: await fromHere(() => runGuarded(2)), bare: await fromHere(runBare) };
};
