import type { Hex } from "../../core/hex.ts";
import type { Address, UnixSeconds } from "../../core/units.ts";
import type { Pool } from "../pool.ts";
import { type Moved, poolAfter, quoteExactInput } from "../quote.ts";
import type { QuoteRefusal } from "../refusal.ts";
import { swapV3 } from "../v3Swap.ts";
import { type NotNext, type PendingOrder, type MempoolTransaction, type PendingView, nextBlockOf } from "./pending.ts";
import { type RoutedPool, type RouterSwap, readRouterSwap } from "./readSwap.ts";

/** Why a transaction to a router of ours was not followed. */
export type LeftOut = NotNext | "unknown-call" | "unknown-pool" | "pool-twice" | "unknown-ticks";

/** One pending swap as it would come out; `left`: each pool that it touches, as it leaves it; none where it reverts. */
export type ForeseenSwap = { readonly hash: Hex; readonly reverts: boolean; readonly left: readonly Pool[] };

/** The pools after what is pending. */
export type Foreseen = {
  /** As the last foreseen swap leaves them. One that a swap moves to where we cannot see is missing. */
  readonly pools: readonly Pool[];
  /** In the order in which they are foreseen. */
  readonly swaps: readonly ForeseenSwap[];
  readonly leftOut: readonly { readonly hash: Hex; readonly why: LeftOut }[];
};

/** How the next block is reckoned: fee in wei per gas, and the time of the block that the pools are of. */
export type ForesightTerms = { readonly order: PendingOrder; readonly baseFee: bigint; readonly time: UnixSeconds };

type Hopped = { readonly amountOut: bigint; readonly moved: Moved };

/** Where the pools stand; `lost` are those that somebody moves to where we cannot see. */
type World = { readonly pools: Map<Address, Pool>; readonly lost: Set<Address> };

type Outcome =
  | { readonly kind: "swaps"; readonly left: readonly Pool[] }
  | { readonly kind: "reverts" }
  | { readonly kind: "unknown"; readonly why: LeftOut };

/** A router's swap in a v3 pool may spend less than it was given, where `quoteExactInput` refuses. */
const hopThrough = (
  pool: Pool,
  tokenIn: Address,
  { amountIn, sqrtPriceLimitX96 }: { readonly amountIn: bigint; readonly sqrtPriceLimitX96: bigint | undefined },
): Hopped | QuoteRefusal => {
  const zeroForOne = tokenIn === pool.token0;
  const swap =
    pool.kind === "v2"
      ? quoteExactInput(pool, tokenIn, amountIn)
      : swapV3(pool, { zeroForOne, amountIn, ...(sqrtPriceLimitX96 === undefined ? {} : { sqrtPriceLimitX96 }) });
  return swap.kind === "refused" ? swap.why : swap;
};

const whyNotFollowed = ({ hops }: RouterSwap, { lost }: World): LeftOut | undefined => {
  const pools = hops.map(({ pool }) => pool);
  if (pools.includes(undefined)) return "unknown-pool";
  if (new Set(pools).size < pools.length) return "pool-twice";
  return pools.some((pool) => pool !== undefined && lost.has(pool)) ? "unknown-ticks" : undefined;
};

const outcomeOf = (swap: RouterSwap, world: World, time: UnixSeconds): Outcome => {
  const why = whyNotFollowed(swap, world);
  if (why !== undefined) return { kind: "unknown", why };
  if (swap.deadline !== undefined && swap.deadline < time) return { kind: "reverts" };
  const left: Pool[] = [];
  let amount = swap.amountIn;
  for (const { pool: at, tokenIn } of swap.hops) {
    const pool = at === undefined ? undefined : world.pools.get(at);
    if (pool === undefined) return { kind: "unknown", why: "unknown-pool" };
    const hopped = hopThrough(pool, tokenIn, { amountIn: amount, sqrtPriceLimitX96: swap.sqrtPriceLimitX96 });
    if (hopped === "outside-known-ticks") return { kind: "unknown", why: "unknown-ticks" };
    if (typeof hopped === "string") return { kind: "reverts" };
    left.push(poolAfter(pool, hopped.moved));
    amount = hopped.amountOut;
  }
  return amount < swap.minOut ? { kind: "reverts" } : { kind: "swaps", left };
};

/** Plays one transaction. @returns what it does, or why it is left out; undefined where it is none of a router's business */
const play = (
  { hash, to, data }: MempoolTransaction,
  world: World,
  known: { readonly routed: readonly RoutedPool[]; readonly time: UnixSeconds },
): ForeseenSwap | LeftOut | undefined => {
  if (to === undefined || !known.routed.some(({ router }) => router === to)) return undefined;
  const swap = readRouterSwap({ target: to, data }, known.routed);
  if (swap === undefined) return "unknown-call";
  const outcome = outcomeOf(swap, world, known.time);
  if (outcome.kind === "reverts") return { hash, reverts: true, left: [] };
  if (outcome.kind === "unknown") {
    for (const { pool } of swap.hops) if (pool !== undefined) world.lost.add(pool);
    return outcome.why;
  }
  for (const pool of outcome.left) world.pools.set(pool.address, pool);
  return { hash, reverts: false, left: outcome.left };
};

/**
 * The pools as what is pending would leave them, by the pools' own integer arithmetic. It is a hint: what is pending may never be mined,
 * may come in another order, and may fail for want of balance or allowance, which cannot be seen here. Calls that are not understood
 * are left out, with the reason; calls to others than routers of these pools are passed over.
 */
export const foresee = (pools: readonly RoutedPool[], view: PendingView, terms: ForesightTerms): Foreseen => {
  const { next, others } = nextBlockOf(view, terms);
  const world: World = { pools: new Map(pools.map(({ pool }) => [pool.address, pool])), lost: new Set() };
  const routers = new Set(pools.map(({ router }) => router));
  const swaps: ForeseenSwap[] = [];
  const leftOut: { readonly hash: Hex; readonly why: LeftOut }[] = [];
  for (const { transaction, why } of others) {
    if (transaction.to !== undefined && routers.has(transaction.to)) leftOut.push({ hash: transaction.hash, why });
  }
  for (const transaction of next) {
    const played = play(transaction, world, { routed: pools, time: terms.time });
    if (typeof played === "string") leftOut.push({ hash: transaction.hash, why: played });
    else if (played !== undefined) swaps.push(played);
  }
  return { pools: [...world.pools.values()].filter(({ address }) => !world.lost.has(address)), swaps, leftOut };
};

/** One swap of a plan: it spends exactly `amountIn` and fails below `minOut`. Amounts in the tokens' units. */
export type FollowingHop = {
  readonly pool: { readonly address: Address };
  readonly tokenIn: Address;
  readonly amountIn: bigint;
  readonly minOut: bigint;
};

const succeeds = (hops: readonly FollowingHop[], pools: ReadonlyMap<Address, Pool>): boolean =>
  hops.every(({ pool: { address }, tokenIn, amountIn, minOut }) => {
    const pool = pools.get(address);
    const quote = pool === undefined ? undefined : quoteExactInput(pool, tokenIn, amountIn);
    return quote?.kind === "ok" && quote.amountOut >= minOut;
  });

/**
 * Whether a plan can only come after the foreseen swaps in its pools: it fails before the first of them, and between any two. So it is never in
 * front of one of them, as long as they come in the foreseen order. A plan that shares no pool with them follows nothing.
 */
export const comesAfter = (
  hops: readonly FollowingHop[],
  before: readonly Pool[],
  swaps: readonly ForeseenSwap[],
): boolean => {
  const own = new Set(hops.map(({ pool }) => pool.address));
  const pools = new Map(before.map((pool) => [pool.address, pool]));
  const ahead = swaps.filter(({ left }) => left.some(({ address }) => own.has(address)));
  for (const { left } of ahead) {
    if (succeeds(hops, pools)) return false;
    for (const pool of left) pools.set(pool.address, pool);
  }
  return ahead.length > 0;
};
