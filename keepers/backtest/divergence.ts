import type { Address } from "../core/units.ts";
import type { Pool } from "../market/pool.ts";
import { quoteExactInput } from "../market/quote.ts";
import type { StrangersOrder } from "./market.ts";
import { afterStranger } from "./world.ts";

/** One swap that a plan made: what it was to pay, and what it paid on the chain. Amounts in the tokens' units. */
export type TradedHop = {
  readonly pool: Address;
  readonly tokenIn: Address;
  readonly amountIn: bigint;
  readonly expectedOut: bigint;
  readonly realisedOut: bigint;
};

/** A trade of a recorded run: the pools that it was decided on, what strangers traded in them before it, and its own swaps. */
export type RecordedTrade = {
  readonly hash: string;
  readonly decidedAt: bigint;
  readonly block: bigint;
  readonly pools: readonly Pool[];
  readonly strangers: readonly StrangersOrder[];
  readonly hops: readonly TradedHop[];
};

/**
 * How far a trade came out from what it was to pay, in basis points, summed over its hops. `byStrangers` is what their trades explain: by the same
 * arithmetic on the pools as they left them. `unexplained` is the rest.
 */
export type Divergence = Pick<RecordedTrade, "hash" | "decidedAt" | "block"> & {
  readonly strangers: number;
  readonly total: number;
  readonly byStrangers: number;
  readonly unexplained: number;
};

/** One trade beside its backtest; `unplayed`: the backtest makes no such trade on the pools as strangers left them. */
export type PlayedTrade =
  | ({ readonly kind: "compared" } & Divergence)
  | (Pick<RecordedTrade, "hash" | "decidedAt" | "block"> & { readonly kind: "unplayed"; readonly why: string });

const SCALE = 1_000_000_000n;
const BPS = 10_000;

/** In basis points; exact to a hundred-thousandth of one. */
const apart = (got: bigint, wanted: bigint): number =>
  wanted === 0n ? 0 : (Number(((got - wanted) * SCALE) / wanted) / Number(SCALE)) * BPS;

/** Plays a recorded trade again: strangers first, then its own swaps, by the pools' exact arithmetic. */
export const playTrade = ({ hash, decidedAt, block, pools, strangers, hops }: RecordedTrade): PlayedTrade => {
  const named = { hash, decidedAt, block };
  const now = new Map(pools.map((pool) => [pool.address, pool]));
  for (const order of strangers) {
    const pool = now.get(order.pool);
    if (pool !== undefined) now.set(order.pool, afterStranger(pool, order));
  }
  let [total, byStrangers, unexplained] = [0, 0, 0];
  for (const { pool: at, tokenIn, amountIn, expectedOut, realisedOut } of hops) {
    const pool = now.get(at);
    const quote = pool === undefined ? undefined : quoteExactInput(pool, tokenIn, amountIn);
    if (quote?.kind !== "ok") return { ...named, kind: "unplayed", why: quote?.why ?? "unknown-pool" };
    total += apart(realisedOut, expectedOut);
    byStrangers += apart(quote.amountOut, expectedOut);
    unexplained += apart(realisedOut, quote.amountOut);
  }
  return { ...named, kind: "compared", strangers: strangers.length, total, byStrangers, unexplained };
};

/** Sizes of divergences, without their direction, in basis points; undefined where there are none. */
export type DivergenceSpread = { readonly count: number; readonly median: number; readonly p99: number };

const spreadOf = (values: readonly number[]): DivergenceSpread | undefined => {
  const sorted = values.map(Math.abs).toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.ceil(part * sorted.length) - 1] ?? 0;
  return sorted.length === 0 ? undefined : { count: sorted.length, median: at(0.5), p99: at(0.99) };
};

/** All trades of a run: those that no stranger came before, by all that they diverge; the others by what nothing explains. */
export const spreadsOf = (trades: readonly PlayedTrade[]) => {
  const compared = trades.flatMap((trade) => (trade.kind === "compared" ? [trade] : []));
  const alone = compared.filter(({ strangers }) => strangers === 0);
  const amid = compared.filter(({ strangers }) => strangers > 0);
  return {
    alone: spreadOf(alone.map(({ total }) => total)),
    amid: spreadOf(amid.map(({ total }) => total)),
    amidUnexplained: spreadOf(amid.map(({ unexplained }) => unexplained)),
    unplayed: trades.length - compared.length,
  };
};
