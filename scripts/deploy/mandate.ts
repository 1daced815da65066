import type { AddressBook, BookPool, MandateLeaf } from "../../deployments/schema.ts";
import { IV2Router__factory, IV3Router__factory } from "../../types/index.ts";
import { v2PathKey, v3PathKey } from "../../deployments/mandateTree.ts";
import { ROUTINE } from "./parameters.ts";
import { addressOf } from "../../deployments/lookup.ts";

const symbolAt = (book: AddressBook, token: string): string =>
  Object.values(book.environment.tokens).find(({ address }) => address === token)?.symbol ?? token;

const routerOf = (book: AddressBook, pool: BookPool): string => {
  const dex = book.environment.dexes.find(({ name }) => name === pool.dex);
  if (dex === undefined) throw new Error(`the address book has no exchange ${pool.dex}`);
  return dex.router;
};

const hopLeaf = (book: AddressBook, pool: BookPool, path: readonly [string, string]): MandateLeaf => {
  const route = `${path.map((token) => symbolAt(book, token)).join(" to ")} on ${pool.dex}`;
  const target = routerOf(book, pool);
  if (pool.kind === "v2") {
    return {
      target,
      selector: IV2Router__factory.createInterface().getFunction("swapExactTokensForTokens").selector,
      decoder: addressOf(book, "UniswapV2Decoder"),
      key: v2PathKey(path),
      leastClass: ROUTINE,
      route,
    };
  }
  return {
    target,
    selector: IV3Router__factory.createInterface().getFunction("exactInputSingle").selector,
    decoder: addressOf(book, "UniswapV3Decoder"),
    key: v3PathKey(path, [BigInt(pool.feePips)]),
    leastClass: ROUTINE,
    route: `${route}, fee ${pool.feePips / 10_000} %`,
  };
};

/** The mandate of the arbitrage strategy: every pool of the book, one hop at a time, both ways, and nothing else. */
export const arbitrageLeaves = (book: AddressBook): readonly MandateLeaf[] =>
  book.environment.pools.flatMap((pool) => [
    hopLeaf(book, pool, [pool.token0, pool.token1]),
    hopLeaf(book, pool, [pool.token1, pool.token0]),
  ]);
