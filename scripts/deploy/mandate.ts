import { keccak256 } from "ethers";
import type { AddressBook, BookPool, BookLeaf } from "../../deployments/schema.ts";
import { poolCallsOf } from "../../keepers/core/protocols/all.ts";
import { address } from "../../keepers/core/units.ts";
import { ROUTINE } from "./parameters.ts";
import { addressOf } from "../../deployments/lookup.ts";

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
