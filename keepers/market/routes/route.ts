import { type PriceBand, valueAt } from "../../core/chainSnapshot.ts";
import { type Hex, addressWord, concat, word } from "../../core/hex.ts";
import type { RouteHop, RoutePath } from "../../core/protocols/protocol.ts";
import type { Address } from "../../core/units.ts";

/** A pool that a route may lead through. `exchange`: the aggregator's number of the pool's exchange; `feePips`: zero where it has no tier. */
export type RoutePool = {
  readonly exchange: bigint;
  readonly address: Address;
  readonly tokens: readonly [Address, Address];
  readonly feePips: bigint;
};

/** A token with what the oracles say of a whole unit, in USD with 18 decimals. */
export type RouteToken = { readonly address: Address; readonly decimals: number; readonly price: PriceBand };

/** A swap that a route is wanted for. `toleranceBps`: how far below the oracles' worst exchange it may end, in basis points. */
export type RouteOrder = {
  readonly spend: RouteToken;
  readonly buy: RouteToken;
  /** In units of what is spent. */
  readonly amountIn: bigint;
  readonly toleranceBps: bigint;
};

const BPS = 10_000n;

/**
 * The least that a swap may bring, in units of what is bought: what is spent at the lower end of its price, for what is bought at
 * the upper end of its own, less the tolerance. No route has a say in it.
 */
export const ownMinOut = ({ spend, buy, amountIn, toleranceBps }: RouteOrder): bigint => {
  if (toleranceBps >= BPS || buy.price.upper === 0n) return 0n;
  const worth = valueAt(spend, amountIn, spend.price.lower);
  return (worth * 10n ** BigInt(buy.decimals) * (BPS - toleranceBps)) / (buy.price.upper * BPS);
};

/** The most that the oracles can mean a swap to bring, in units of what is bought. */
export const oracleMaxOut = ({ spend, buy, amountIn }: RouteOrder): bigint =>
  buy.price.lower === 0n
    ? 0n
    : (valueAt(spend, amountIn, spend.price.upper) * 10n ** BigInt(buy.decimals)) / buy.price.lower;

/** The hop through a pool that begins with `tokenIn`, as the address book has the pool. */
export const hopThrough = ({ exchange, address, tokens: [token0, token1], feePips }: RoutePool, tokenIn: Address) =>
  ({
    pool: addressWord(address),
    tokenIn,
    tokenOut: tokenIn === token0 ? token1 : token0,
    exchange,
    feePips,
  }) as const satisfies RouteHop;

const sortKey = ({ hops }: Pick<RoutePath, "hops">): Hex =>
  concat(hops.flatMap(({ pool, tokenIn, tokenOut, exchange }) => [pool, tokenIn, tokenOut, word(exchange)]));

/** The paths in the one order in which the mandate has them. It changes nothing that a route does. */
export const inOrder = <Path extends Pick<RoutePath, "hops">>(paths: readonly Path[]): readonly Path[] =>
  paths.toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
