import type { Attribution, Contribution, LedgerEvent, TradeEvent } from "./events.ts";

/** What is known when an event happens: how much of a token is held, what it is worth, and whose allocation it is. */
export type LedgerView = {
  readonly balanceOf: (token: string) => bigint;
  /** An amount at the token's price, in 10⁻³⁶ dollars; zero before its first price. */
  readonly valueOf: (token: string, amount: bigint) => bigint;
  /** The same at another price. */
  readonly valueAt: (token: string, amount: bigint, price: bigint) => bigint;
  readonly allocationOf: (token: string) => Attribution;
};

/** The rule that says what an event contributes. */
export type ContributionRule = (event: LedgerEvent, view: LedgerView) => readonly Contribution[];

const tradeContributions = (trade: TradeEvent, { valueOf }: LedgerView): readonly Contribution[] => {
  const { agent, strategy, venue, tokenIn, tokenOut } = trade;
  const whose = { agent, strategy, venue };
  const spent = valueOf(tokenIn, trade.amountIn - trade.feeIn);
  return [
    { ...whose, cause: "arbitrage", token: tokenOut, value: valueOf(tokenOut, trade.spotOut) },
    { ...whose, cause: "arbitrage", token: tokenIn, value: -spent },
    { ...whose, cause: "pool-fee", token: tokenIn, value: -valueOf(tokenIn, trade.feeIn) },
    { ...whose, cause: "slippage", token: tokenOut, value: -valueOf(tokenOut, trade.spotOut - trade.amountOut) },
  ];
};

/** What an event contributes to profit and loss, by cause. Deposits and withdrawals contribute nothing. */
export const contributionsOf: ContributionRule = (event, view) => {
  if (event.kind === "trade") return tradeContributions(event, view);
  if (event.kind === "amount") {
    const { agent, strategy, venue, cause, token, amount } = event;
    return [{ agent, strategy, venue, cause, token, value: view.valueOf(token, amount) }];
  }
  if (event.kind !== "price") return [];
  const { token, price } = event;
  const held = view.balanceOf(token);
  const value = view.valueAt(token, held, price) - view.valueOf(token, held);
  return [{ ...view.allocationOf(token), cause: "price", token, value }];
};
