import type { Address } from "../../core/units.ts";
import { PIPS } from "../pips.ts";
import { type Pool, otherToken } from "../pool.ts";
import { quoteExactInput } from "../quote.ts";
import { spotSqrtPriceX96 } from "../toPrice.ts";

/** A token as its pools trade it. */
export type DexToken = { readonly address: Address; readonly decimals: number };

/** The token that others are priced in, and what one of it is worth in USD with 18 decimals. */
export type QuoteToken = DexToken & { readonly price: bigint };

/** What one pool says of a token's price, in USD with 18 decimals for one whole token. */
export type DexPrice = {
  readonly pool: Address;
  /** Before the fee. */
  readonly mid: bigint;
  /** The pool's fee in basis points, rounded up: nobody trades away a difference that is smaller. */
  readonly feeBps: bigint;
  /** What selling and buying the size loses against the mid price, fee included, in basis points; undefined where it cannot. */
  readonly sellLossBps: bigint | undefined;
  readonly buyLossBps: bigint | undefined;
};

const BPS = 10_000n;
const Q192 = 1n << 192n;

/** The price of one whole token in the pool; zero for an empty pool. */
const midOf = (pool: Pool, token: DexToken, quote: QuoteToken): bigint => {
  const root = spotSqrtPriceX96(pool);
  if (root === 0n) return 0n;
  const [mine, other] = [10n ** BigInt(token.decimals), 10n ** BigInt(quote.decimals)];
  const square = root * root;
  return token.address === pool.token0
    ? (square * mine * quote.price) / (Q192 * other)
    : (Q192 * mine * quote.price) / (square * other);
};

/** By how much `got` is less than `given`, in basis points, rounded up. */
const lossBps = (given: bigint, got: bigint): bigint =>
  got >= given ? 0n : ((given - got) * BPS + given - 1n) / given;

type Trade = { readonly pool: Pool; readonly token: DexToken; readonly quote: QuoteToken; readonly mid: bigint };

/** What is lost when so many dollars' worth goes in on one side and comes out on the other. */
const lossOf = ({ pool, token, quote, mid }: Trade, side: "sell" | "buy", sizeUsd: bigint): bigint | undefined => {
  const [from, to] = side === "sell" ? [token, quote] : [quote, token];
  const [priceIn, priceOut] = side === "sell" ? [mid, quote.price] : [quote.price, mid];
  const amountIn = (sizeUsd * 10n ** BigInt(from.decimals)) / priceIn;
  const quoted = quoteExactInput(pool, from.address, amountIn);
  if (quoted.kind === "refused") return undefined;
  return lossBps(sizeUsd, (quoted.amountOut * priceOut) / 10n ** BigInt(to.decimals));
};

/**
 * What pools that trade a token against the quote token say of its price, and what a trade of `sizeUsd` (18 decimals) would lose
 * there. Empty pools and others are left out. A pool's price is that of one block and can be moved within it: nothing is
 * decided by one pool alone.
 */
export const dexPrices = (
  pools: readonly Pool[],
  token: DexToken,
  { quote, sizeUsd }: { readonly quote: QuoteToken; readonly sizeUsd: bigint },
): readonly DexPrice[] =>
  pools.flatMap((pool) => {
    if (otherToken(pool, token.address) !== quote.address) return [];
    const mid = midOf(pool, token, quote);
    if (mid === 0n) return [];
    const trade = { pool, token, quote, mid };
    return [
      {
        pool: pool.address,
        mid,
        feeBps: (pool.feePips * BPS + PIPS - 1n) / PIPS,
        sellLossBps: lossOf(trade, "sell", sizeUsd),
        buyLossBps: lossOf(trade, "buy", sizeUsd),
      },
    ];
  });
