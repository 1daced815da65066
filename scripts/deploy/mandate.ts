import { getAddress, keccak256 } from "ethers";
import type { AddressBook, BookAggregator, BookPool, BookLeaf } from "../../deployments/schema.ts";
import { lendingCallsOf, poolCallsOf, routeCallsOf } from "../../keepers/core/protocols/all.ts";
import { routePoolsOf } from "../../keepers/adapters/venues/routePools.ts";
import { type Address, address } from "../../keepers/core/units.ts";
import { type RoutePool, hopThrough, inOrder } from "../../keepers/market/routes/route.ts";
import { ELEVATED, ROUTINE } from "./parameters.ts";
import { addressOf, knownReserves } from "../../deployments/lookup.ts";

const symbolAt = (book: AddressBook, token: string): string =>
  Object.values(book.environment.tokens).find((known) => known.address === token)?.symbol ?? token;

const routerOf = (book: AddressBook, pool: BookPool): string => {
  const dex = book.environment.dexes.find(({ name }) => name === pool.dex);
  if (dex === undefined) throw new Error(`the address book has no exchange ${pool.dex}`);
  return dex.router;
};

const hopLeaf = (book: AddressBook, pool: BookPool, path: readonly [string, string]): BookLeaf => {
  const [tokenIn, tokenOut] = [address(path[0]), address(path[1])];
  const { decoder, selector, keyBytes, leafWords } = poolCallsOf(pool.kind);
  return {
    target: routerOf(book, pool),
    selector,
    decoder: addressOf(book, decoder),
    key: keccak256(keyBytes({ tokenIn, feePips: BigInt(pool.feePips), tokenOut })),
    minClass: ROUTINE,
    route: `${path.map((token) => symbolAt(book, token)).join(" to ")} on ${pool.dex}${leafWords(pool.feePips)}`,
  };
};

/** The mandate of the arbitrage strategy: every pool of the book, one hop at a time, both ways, and nothing else. */
export const arbitrageLeaves = (book: AddressBook): readonly BookLeaf[] =>
  book.environment.pools.flatMap((pool) => [
    hopLeaf(book, pool, [pool.token0, pool.token1]),
    hopLeaf(book, pool, [pool.token1, pool.token0]),
  ]);

/**
 * Supplies to the lending markets of the book and withdrawals from them, as far as it has their positions as tokens. What
 * is supplied depends on others, so it can be vetoed; what is withdrawn does not.
 */
export const lendingLeaves = (book: AddressBook): readonly BookLeaf[] =>
  knownReserves(book).flatMap(({ market, reserve: { asset, position } }) => {
    const { decoder, keyBytes, supply, withdraw } = lendingCallsOf(market.kind);
    const shared = {
      target: market.pool,
      decoder: addressOf(book, decoder),
      key: keccak256(keyBytes(address(asset), address(position))),
    };
    const symbol = symbolAt(book, asset);
    return [
      { ...shared, selector: supply.selector, minClass: ELEVATED, route: `supply ${symbol} to ${market.name}` },
      { ...shared, selector: withdraw.selector, minClass: ROUTINE, route: `withdraw ${symbol} from ${market.name}` },
    ];
  });

/** Pools that trade the same two tokens, in the order of the book. */
const pairsOf = <Pool extends RoutePool>(pools: readonly Pool[]): readonly (readonly Pool[])[] => [
  ...Map.groupBy(pools, ({ tokens }) => tokens.join()).values(),
];

const splitLeaf = (
  book: AddressBook,
  { kind, name, router }: BookAggregator,
  { pools, tokenIn }: { readonly pools: ReturnType<typeof routePoolsOf>; readonly tokenIn: Address },
): BookLeaf => {
  const { decoder, selector, keyBytes } = routeCallsOf(kind);
  const paths = inOrder(pools.map((pool) => ({ hops: [hopThrough(pool, tokenIn)] })));
  const tokenOut = pools[0]?.tokens.find((token) => token !== tokenIn) ?? tokenIn;
  const [from, to] = [tokenIn, tokenOut].map((token) => symbolAt(book, getAddress(token)));
  return {
    target: router,
    selector,
    decoder: addressOf(book, decoder),
    key: keccak256(keyBytes(paths)),
    minClass: ELEVATED,
    route: `${from} to ${to} by ${name} through ${pools.length} pools`,
  };
};

/**
 * Swaps by the aggregators of the book: for two tokens that several pools trade, all of these pools at once, both ways. A
 * route through one pool is no business of an aggregator. Who owns the router may change its fee, so a swap can be vetoed.
 */
export const aggregatorLeaves = (book: AddressBook): readonly BookLeaf[] =>
  (book.environment.aggregators ?? []).flatMap((aggregator) =>
    pairsOf(routePoolsOf(book, aggregator))
      .filter((pools) => pools.length > 1)
      .flatMap((pools) => (pools[0]?.tokens ?? []).map((tokenIn) => splitLeaf(book, aggregator, { pools, tokenIn }))),
  );
