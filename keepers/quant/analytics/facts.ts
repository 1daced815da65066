/*
 * What a treasury's chain says, block by block, before it is booked: the logs of its transactions in their order, and its assets' prices.
 * Amounts are raw units of a token, prices US dollars with 18 decimals for one whole token, times seconds of the epoch.
 */

/** One swap as a pool's own log and its state before say it; see `TradeEvent` for the amounts. */
export type SwapFact = {
  readonly kind: "swap";
  readonly pool: string;
  readonly tokenIn: string;
  readonly amountIn: bigint;
  readonly feeIn: bigint;
  readonly tokenOut: string;
  readonly spotOut: bigint;
  readonly amountOut: bigint;
};

/** One log of a transaction that touched the treasury. */
export type LogFact =
  /** The token's own transfer; positive into the treasury. */
  | { readonly kind: "transfer"; readonly token: string; readonly amount: bigint; readonly venue?: string }
  /** A deposit or an exit in the base asset; positive for a deposit. */
  | { readonly kind: "deposit"; readonly token: string; readonly amount: bigint }
  /** An exit in kind: what left of each asset, paid or owed. */
  | { readonly kind: "in-kind"; readonly amounts: readonly (readonly [token: string, amount: bigint])[] }
  /** Owed from now on: it is still there and is nobody's in the treasury any more. */
  | { readonly kind: "owed"; readonly token: string; readonly amount: bigint }
  /** What was owed is paid by a transfer that follows. */
  | { readonly kind: "paid"; readonly token: string; readonly amount: bigint }
  /** Shares were made for the protocol's fee; `amount` is what they are worth. */
  | { readonly kind: "fee"; readonly token: string; readonly amount: bigint }
  /** A lending position grew or shrank by so much of what it holds, at the market's index in ray. `withInterest` resolves it. */
  | {
      readonly kind: "position";
      readonly token: string;
      readonly amount: bigint;
      readonly index: bigint;
      readonly venue: string;
    }
  /** A lending position's interest, as the market's own index says it. */
  | {
      readonly kind: "interest";
      readonly token: string;
      readonly amount: bigint;
      readonly venue: string;
      readonly agent: string;
    }
  | SwapFact
  /** A proposal was carried out by the logs before this one. */
  | { readonly kind: "execution"; readonly agent: string; readonly hash: string };

/** One transaction's logs in order. `gasPaid`: in wei, by whoever sent it. */
export type TransactionFacts = { readonly gasPaid: bigint; readonly facts: readonly LogFact[] };

/** A block: prices at its end, then what happened in it, then what the treasury held free of debts, where it was looked at. */
export type BlockFacts = {
  readonly block: number;
  readonly time: number;
  readonly prices: ReadonlyMap<string, bigint>;
  /** The price of what gas is paid in; undefined where there is none. */
  readonly gasPrice: bigint | undefined;
  readonly transactions: readonly TransactionFacts[];
  /** The index of each lending position at the end of the block, in ray. */
  readonly indexes?: ReadonlyMap<string, bigint>;
  readonly balances?: ReadonlyMap<string, bigint>;
};
