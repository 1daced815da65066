/*
 * What happened to a treasury, as the analytics see it. Amounts are raw units of a token, prices US dollars with 18 decimals for
 * one whole token, times seconds of the epoch.
 */

/** To whom a result belongs: the agent that proposed, the strategy that it followed, and the venue where it happened. */
export type Attribution = { readonly agent: string; readonly strategy: string; readonly venue: string };

/**
 * The causes of profit and loss. Each is computed from its own events; none is what the others leave over. `transfer`: a token's own
 * transfer that belongs to no deposit, exit or trade that is read, as a gift, or a call into a venue whose events are not read.
 */
export const CAUSES = [
  "price",
  "arbitrage",
  "pool-fee",
  "slippage",
  "carry",
  "lp-fee",
  "funding",
  "gas",
  "protocol-fee",
  "transfer",
] as const;
export type Cause = (typeof CAUSES)[number];

/** Results that are one amount of one token. `amount` is signed: what the treasury got, or, negative, paid. */
export type AmountCause = Exclude<Cause, "price" | "arbitrage" | "pool-fee" | "slippage">;

/**
 * A trade. `feeIn`: the pool's fee, a part of `amountIn`. `spotOut`: what the rest would have bought at the pool's price before the
 * trade; what is missing of it in `amountOut` is slippage. What `spotOut` is worth above the rest, by the oracles, is arbitrage.
 */
export type TradeEvent = Attribution & {
  readonly kind: "trade";
  readonly tokenIn: string;
  readonly amountIn: bigint;
  readonly feeIn: bigint;
  readonly tokenOut: string;
  readonly spotOut: bigint;
  readonly amountOut: bigint;
};

export type LedgerEvent = { readonly time: number } & (
  | { readonly kind: "price"; readonly token: string; readonly price: bigint }
  /** Depositors' money: positive when it comes, negative when it goes. It is no result. */
  | { readonly kind: "flow"; readonly token: string; readonly amount: bigint }
  /** From now on changes of the token's price belong to this allocation. */
  | ({ readonly kind: "allocation"; readonly token: string } & Attribution)
  | TradeEvent
  | ({
      readonly kind: "amount";
      readonly cause: AmountCause;
      readonly token: string;
      readonly amount: bigint;
    } & Attribution)
  /** Balances as the chain has them, to be compared with what the events come to. */
  | { readonly kind: "observed"; readonly balances: ReadonlyMap<string, bigint> }
);

/** One result of one event, in 10⁻³⁶ dollars, in which every amount times its price is a whole number. */
export type Result = Attribution & { readonly cause: Cause; readonly value: bigint };

/** A result with the token whose balance or price made it, so that each token's value can be proved by itself. */
export type Contribution = Result & { readonly token: string };
