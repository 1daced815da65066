import type { Address } from "../core/units.ts";
import type { Pool } from "../market/pool.ts";
import { quoteExactInput } from "../market/quote.ts";
import type { QuoteRefusal } from "../market/refusal.ts";

/** A token's price in US dollars with 18 decimals for one whole token, and the token's own decimals. */
export type PricedToken = { readonly price: bigint; readonly decimals: number };

/** A sale into a pool whose cost is asked for. `amountIn`: the size that would be traded, in raw units of `tokenIn`. */
export type AskedTrade = {
  readonly pool: Pool;
  readonly tokenIn: Address;
  readonly amountIn: bigint;
  readonly priceIn: PricedToken;
  readonly priceOut: PricedToken;
  /** Over how many periods the new position is expected to be held: the cost is spread over them. */
  readonly periods: number;
};

/** The cost as a part of the traded value in each period, or why the pool gives no quote. */
export type CostRate =
  | { readonly kind: "rate"; readonly rate: number; readonly onceE9: bigint }
  | { readonly kind: "refused"; readonly why: QuoteRefusal | "no-price" | "no-periods" };

const E9 = 1_000_000_000n;

/**
 * What a trade of a given size costs: pool fee, slippage and the pool's distance from the oracles' prices in one, by the exact
 * quote of the pool's own arithmetic. A pool that pays more than the oracles say costs nothing: that gain is not one to plan with.
 */
export const costRateOf = ({ pool, tokenIn, amountIn, priceIn, priceOut, periods }: AskedTrade): CostRate => {
  if (!(periods > 0)) return { kind: "refused", why: "no-periods" };
  const quote = quoteExactInput(pool, tokenIn, amountIn);
  if (quote.kind === "refused") return quote;
  const paid = amountIn * priceIn.price * 10n ** BigInt(priceOut.decimals);
  const got = quote.amountOut * priceOut.price * 10n ** BigInt(priceIn.decimals);
  if (paid <= 0n || priceOut.price <= 0n) return { kind: "refused", why: "no-price" };
  const lost = paid > got ? paid - got : 0n;
  const onceE9 = (lost * E9 + paid - 1n) / paid;
  return { kind: "rate", onceE9, rate: Number(onceE9) / Number(E9) / periods };
};
