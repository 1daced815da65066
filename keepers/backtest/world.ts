import { type ChainSnapshot, type PriceBand, type TokenState, valueAt } from "../core/chainSnapshot.ts";
import type { Keccak } from "../core/hex.ts";
import type { SignerRecord } from "../core/signerRecord.ts";
import { type Address, type BlockNumber, type UnixSeconds, blockNumber, unixSeconds } from "../core/units.ts";
import type { Pool } from "../market/pool.ts";
import { poolAfter, quoteExactInput } from "../market/quote.ts";
import { swapV3, v3PoolAfter } from "../market/v3Swap.ts";
import { type Bucket, EMPTY_BUCKET, filled, freeIn } from "./bucket.ts";
import type { MarketBlock, StrangersOrder } from "./market.ts";
import { type SimulatedMandate, type SimulatedToken, type SimulationPlan, mandateOf } from "./plan.ts";

/** The simulated chain at one block. Everything that changes during a backtest is in here. */
export type SimulatedWorld = {
  readonly plan: SimulationPlan;
  readonly mandate: SimulatedMandate;
  block: BlockNumber;
  time: UnixSeconds;
  baseFee: bigint;
  prices: ReadonlyMap<Address, bigint>;
  pools: ReadonlyMap<Address, Pool>;
  balances: ReadonlyMap<Address, bigint>;
  seats: readonly SignerRecord[];
  /** What has fallen of late, by token, and by token and agent; and what was lost, in USD with 18 decimals. */
  readonly falls: Map<string, Bucket>;
  losses: Bucket;
};

const BPS = 10_000n;

/** A chain on which nothing has happened yet. */
export const openWorld = (plan: SimulationPlan, keccak: Keccak): SimulatedWorld => ({
  plan,
  mandate: mandateOf(plan, keccak),
  block: blockNumber(0n),
  time: unixSeconds(0n),
  baseFee: 0n,
  prices: new Map(),
  pools: new Map(plan.pools.map(({ pool }) => [pool.address, pool])),
  balances: plan.holdings,
  seats: plan.seats,
  falls: new Map(),
  losses: EMPTY_BUCKET,
});

/** The pool once a stranger has swapped in it; the same where his swap would revert. */
/** A pool after a stranger's order; the same pool where the order fails. */
export const afterStranger = (pool: Pool, { tokenIn, amountIn, minOut, sqrtPriceLimitX96 }: StrangersOrder): Pool => {
  if (pool.kind === "v3" && sqrtPriceLimitX96 !== 0n) {
    const swap = swapV3(pool, { zeroForOne: tokenIn === pool.token0, amountIn, sqrtPriceLimitX96 });
    return swap.kind === "ok" && swap.amountOut >= minOut ? v3PoolAfter(pool, swap.moved) : pool;
  }
  const quote = quoteExactInput(pool, tokenIn, amountIn);
  return quote.kind === "ok" && quote.amountOut >= minOut ? poolAfter(pool, quote.moved) : pool;
};

/** The next block begins: time and prices move on, and strangers trade, one after the other. */
export const advance = (world: SimulatedWorld, { time, baseFee, prices, strangers }: MarketBlock): void => {
  world.block = blockNumber(world.block + 1n);
  world.time = time;
  world.baseFee = baseFee;
  world.prices = prices;
  const pools = new Map(world.pools);
  for (const plan of strangers) {
    for (const order of plan((at) => pools.get(at))) {
      const pool = pools.get(order.pool);
      if (pool !== undefined) pools.set(order.pool, afterStranger(pool, order));
    }
  }
  world.pools = pools;
};

/** The oracles' band round a true price. */
const bandOf = (price: bigint, bandBps: bigint): PriceBand => ({
  middle: price,
  lower: (price * (BPS - bandBps)) / BPS,
  upper: (price * (BPS + bandBps)) / BPS,
});

const fallKey = (token: Address, agentId?: bigint): string => (agentId === undefined ? token : `${token} ${agentId}`);

/** What may still fall of a token: for one agent, and in all. */
export const roomFor = (
  world: SimulatedWorld,
  { address, limits }: SimulatedToken,
  { agentId, multiple }: { readonly agentId: bigint; readonly multiple: bigint },
) => {
  const free = (key: string, perDay: bigint): bigint =>
    freeIn(world.falls.get(key) ?? EMPTY_BUCKET, { perDay, multiple, now: world.time });
  return {
    forAgent: free(fallKey(address, agentId), limits.perAgentDay),
    forAll: free(fallKey(address), limits.perDay),
  };
};

/** What may still be lost, in USD with 18 decimals. */
export const lossRoom = ({ losses, plan, time }: SimulatedWorld, multiple = 1n): bigint =>
  freeIn(losses, { perDay: plan.lossLimit.perDay, multiple, now: time });

/** Charges what a token's balance fell by through an agent. */
export const chargeFall = (
  world: SimulatedWorld,
  { address, limits }: SimulatedToken,
  { agentId, amount }: { readonly agentId: bigint; readonly amount: bigint },
): void => {
  for (const [key, perDay] of [
    [fallKey(address, agentId), limits.perAgentDay],
    [fallKey(address), limits.perDay],
  ] as const) {
    world.falls.set(key, filled(world.falls.get(key) ?? EMPTY_BUCKET, amount, { perDay, now: world.time }));
  }
};

/** Charges what was lost, in USD with 18 decimals. */
export const chargeLoss = (world: SimulatedWorld, amount: bigint): void => {
  const { perDay } = world.plan.lossLimit;
  if (amount > 0n) world.losses = filled(world.losses, amount, { perDay, now: world.time });
};

const stateOf = (world: SimulatedWorld, token: SimulatedToken, agentId: bigint): TokenState => {
  const price = world.prices.get(token.address);
  const { forAgent, forAll } = roomFor(world, token, { agentId, multiple: 1n });
  return {
    token: token.address,
    decimals: token.decimals,
    balance: world.balances.get(token.address) ?? 0n,
    status: price === undefined ? "UnknownAsset" : "Ready",
    price: bandOf(price ?? 0n, world.plan.bandBps),
    perAction: token.limits.perAction,
    remainingForAgent: forAgent,
    remainingForAll: forAll,
    level: "Normal",
  };
};

/** What the lens answers an agent at this block. The breaker is at rest: a backtest knows no guardian. */
export const viewOf = (world: SimulatedWorld, agentId: bigint): ChainSnapshot => {
  const { plan, mandate, block, time, seats } = world;
  const tokens = plan.tokens.map((token) => stateOf(world, token, agentId));
  const base = tokens.find(({ token }) => token === plan.base);
  const inBase = (end: "lower" | "upper"): bigint => {
    const usd = tokens.reduce((sum, state) => sum + valueAt(state, state.balance, state.price[end]), 0n);
    return base === undefined || base.price.middle === 0n
      ? 0n
      : (usd * 10n ** BigInt(base.decimals)) / base.price.middle;
  };
  return {
    block,
    time,
    tokens,
    signerRecords: seats,
    levels: new Map(),
    everything: "Normal",
    policy: plan.routine,
    mandateRoot: mandate.root,
    lossPerAction: plan.lossLimit.perAction,
    remainingLoss: lossRoom(world),
    treasuryValue: { lower: inBase("lower"), upper: inBase("upper") },
  };
};

const WINDOW = (1n << 48n) - 1n;

/** Uses up a proposal nonce of an agent. */
export const spendNonce = (world: SimulatedWorld, agentId: bigint, nonce: bigint): void => {
  world.seats = world.seats.map((seat) => {
    if (seat.agentId !== agentId) return seat;
    if (nonce <= seat.highestNonce) {
      return { ...seat, nonceWindow: seat.nonceWindow | (1n << (seat.highestNonce - nonce)) };
    }
    const nonceWindow = ((seat.nonceWindow << (nonce - seat.highestNonce)) | 1n) & WINDOW;
    return { ...seat, highestNonce: nonce, nonceWindow };
  });
};
