import { keccak256 } from "ethers";
import type { AddressBook, BookPool, BookLeaf } from "../../deployments/schema.ts";
import { lendingCallsOf, poolCallsOf } from "../../keepers/core/protocols/all.ts";
import { address } from "../../keepers/core/units.ts";
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
