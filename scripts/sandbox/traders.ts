import { type Interface, MaxUint256 } from "ethers";
import type { Log } from "../../keepers/core/log.ts";
import { address } from "../../keepers/core/units.ts";
import { v2Pool } from "../../keepers/market/pool.ts";
import { type Account, textOf } from "./account.ts";
import type { Chain } from "./chain.ts";
import type { SandboxHead } from "./heads.ts";
import { ARTIFACTS } from "./dex.ts";
import { type Environment, feedValues } from "./environment.ts";
import { MAKERS } from "./feeds/world.ts";
import type { FairPrices, TradeRequest, Market, MarketStep } from "./requests.ts";
import type { LivePool } from "./liquidity.ts";
import { type Order, type PoolState, ordersFor } from "./orders.ts";
import { readArtifact } from "../lib/artifact.ts";

/** What the market has done so far. `late` counts heads that came while the last block's orders were being sent. */
export type MarketStats = {
  readonly step: number;
  readonly swaps: number;
  readonly skipped: number;
  readonly failed: number;
  readonly oracleUpdates: number;
  readonly late: number;
};

/** A market that is running. */
export type RunningMarket = {
  readonly stats: () => MarketStats;
  /** Fair prices of the step carried out last. */
  readonly prices: () => FairPrices;
  /** Settles once the market has been stopped and its last send is over. */
  readonly done: Promise<void>;
};

export type MarketWorld = {
  readonly chain: Pick<Chain, "control" | "onHead">;
  readonly environment: Pick<Environment, "pools" | "routers" | "traders" | "feedKeepers">;
  readonly log: Log;
};

const pairAbi = readArtifact(ARTIFACTS.v2Pair).abi;
const poolAbi = readArtifact(ARTIFACTS.v3Pool).abi;
const routerAbi = {
  v2: readArtifact(ARTIFACTS.v2Router).abi,
  v3: readArtifact(ARTIFACTS.swapRouter).abi,
};
const GAS = { v2: 250_000n, v3: 900_000n } as const;

const bigintAt = (values: readonly unknown[], index: number): bigint => {
  const value = values[index];
  if (typeof value !== "bigint") throw new Error(`a pool answered ${typeof value} where a number belongs`);
  return value;
};

/** Reads what an order's size depends on, from the latest block. */
export const readPool = async (control: Chain["control"], pool: LivePool): Promise<PoolState> => {
  const read = async (abi: Interface, method: string): Promise<readonly unknown[]> => {
    const call = { to: pool.address, data: abi.encodeFunctionData(method) };
    return abi.decodeFunctionResult(method, textOf(await control("eth_call", [call, "latest"]), "eth_call"));
  };
  if (pool.spec.liquidity.kind === "v2") {
    const reserves = await read(pairAbi, "getReserves");
    const [token0, token1] = pool.side.baseIsToken0 ? [pool.base, pool.quote] : [pool.quote, pool.base];
    return v2Pool({
      address: address(pool.address),
      token0: address(token0.address),
      token1: address(token1.address),
      reserve0: bigintAt(reserves, 0),
      reserve1: bigintAt(reserves, 1),
      feePips: BigInt(pool.spec.feePips),
    });
  }
  const sqrtPriceX96 = bigintAt(await read(poolAbi, "slot0"), 0);
  return { kind: "v3", sqrtPriceX96, liquidity: bigintAt(await read(poolAbi, "liquidity"), 0) };
};

/** Swaps through the genuine routers, as any trader does. */
const sendOrder = (
  { order, pool }: { readonly order: Order; readonly pool: LivePool },
  trader: Account,
  routers: Environment["routers"],
): Promise<string> => {
  const [tokenIn, tokenOut] = order.sellsBase
    ? [pool.base.address, pool.quote.address]
    : [pool.quote.address, pool.base.address];
  const { amountIn, minOut: amountOutMinimum } = order;
  if (pool.spec.liquidity.kind === "v2") {
    const args = [amountIn, amountOutMinimum, [tokenIn, tokenOut], trader.address, MaxUint256];
    const data = routerAbi.v2.encodeFunctionData("swapExactTokensForTokens", args);
    return trader.send({ to: routers.v2, data, gas: GAS.v2 });
  }
  const { sqrtPriceLimitX96 } = order;
  const { feePips: fee } = pool.spec;
  const params = { tokenIn, tokenOut, fee, recipient: trader.address, amountIn, amountOutMinimum, sqrtPriceLimitX96 };
  return trader.send({
    to: routers.v3,
    data: routerAbi.v3.encodeFunctionData("exactInputSingle", [params]),
    gas: GAS.v3,
  });
};

type Counters = { -readonly [Key in keyof MarketStats]: MarketStats[Key] };

/** Carries out one request: a trader reads the pool and orders what moves it where he wants it. */
const carryOut = async (world: MarketWorld, request: TradeRequest, stats: Counters): Promise<void> => {
  const { pools, traders, routers } = world.environment;
  const index = pools.findIndex(({ spec }) => spec.name === request.pool);
  const pool = pools[index];
  const trader = traders[index % traders.length];
  if (pool === undefined || trader === undefined) throw new Error(`the market names an unknown pool: ${request.pool}`);
  const orders = ordersFor(request, pool.side, await readPool(world.chain.control, pool));
  if (orders.length === 0) stats.skipped += 1;
  for (const order of orders) {
    await sendOrder({ order, pool }, trader, routers);
    stats.swaps += 1;
  }
};

/** One block of the market. What fails is counted and logged: a market does not stop because one trader erred. */
const playStep = async (
  world: MarketWorld,
  due: { readonly step: MarketStep; readonly head: SandboxHead },
  stats: Counters,
): Promise<void> => {
  const { step, head } = due;
  const attempt = async (what: string, action: () => Promise<void>): Promise<void> => {
    try {
      await action();
    } catch (error) {
      stats.failed += 1;
      world.log.warn("sandbox.market.failed", { what, step: step.step, reason: String(error) });
    }
  };
  const reading = { values: feedValues(step.prices), timestamp: head.timestamp };
  for (const maker of MAKERS) {
    await attempt(`${maker}'s feeds`, async () => {
      const sent = await world.environment.feedKeepers[maker](reading);
      if (sent) stats.oracleUpdates += 1;
    });
  }
  for (const request of step.requests) await attempt(request.pool, () => carryOut(world, request, stats));
};

/**
 * Plays a market on the chain, one step a block: traders swap through the genuine routers, the oracle keeper writes.
 * Orders go out as soon as a head arrives, so they are in the next block. After the market's last step the prices stand
 * still and the oracles are kept fresh.
 * @param signal ends the market when it is aborted
 */
export const runMarket = (world: MarketWorld, market: Market, signal: AbortSignal): RunningMarket => {
  const steps = market.steps();
  const stats: Counters = { step: 0, swaps: 0, skipped: 0, failed: 0, oracleUpdates: 0, late: 0 };
  let current: MarketStep = { step: -1, prices: market.initial, requests: [] };
  let busy: Promise<unknown> | undefined;

  const play = async (head: SandboxHead): Promise<void> => {
    const next = steps.next();
    if (next.done !== true) current = next.value;
    else if (current.requests.length > 0) current = { ...current, requests: [] };
    await playStep(world, { step: current, head }, stats);
    stats.step = current.step + 1;
  };
  const onHead = (head: SandboxHead): void => {
    if (busy !== undefined) {
      stats.late += 1;
      return;
    }
    busy = play(head)
      .catch((error: unknown) => {
        world.log.error("sandbox.market.broken", { reason: String(error) });
      })
      .finally(() => (busy = undefined));
  };
  const leave = world.chain.onHead(onHead);
  const done = new Promise<void>((resolve) => {
    const stop = (): void => {
      leave();
      resolve(busy?.then(() => undefined));
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  return { stats: () => ({ ...stats }), prices: () => current.prices, done };
};
