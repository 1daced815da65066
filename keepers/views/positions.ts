import { type ChainSnapshot, type QuoteStatus, valueAt } from "../core/chainSnapshot.ts";
import type { Address } from "../core/units.ts";
import { amountText } from "./amounts.ts";

/**
 * What the treasury holds of one token. Worths in USD with 18 decimals, at the two ends of the oracles' band, and its part of all that
 * has a price in basis points of the middle prices; all undefined where the price is not ready.
 */
export type HeldPosition = {
  readonly token: Address;
  readonly symbol: string;
  readonly decimals: number;
  readonly balance: bigint;
  readonly status: QuoteStatus;
  readonly worth: { readonly lower: bigint; readonly upper: bigint; readonly partBps: bigint } | undefined;
};

const BPS = 10_000n;

/** Each token that the treasury holds, the largest part first and what has no price last. Pure. */
export const heldPositions = (
  { tokens }: Pick<ChainSnapshot, "tokens">,
  symbolOf: (token: Address) => string,
): readonly HeldPosition[] => {
  const ready = tokens.filter(({ status }) => status === "Ready");
  const total = ready.reduce((sum, state) => sum + valueAt(state, state.balance, state.price.middle), 0n);
  const held = tokens.flatMap((state): readonly HeldPosition[] => {
    const { token, decimals, balance, status, price } = state;
    if (balance === 0n) return [];
    const at = (end: bigint): bigint => valueAt(state, balance, end);
    const partBps = total === 0n ? 0n : (at(price.middle) * BPS) / total;
    const worth = status === "Ready" ? { lower: at(price.lower), upper: at(price.upper), partBps } : undefined;
    return [{ token, symbol: symbolOf(token), decimals, balance, status, worth }];
  });
  const partOf = ({ worth }: HeldPosition): bigint => worth?.partBps ?? -1n;
  return held.toSorted((a, b) => Number(partOf(b) - partOf(a)) || (a.token < b.token ? -1 : 1));
};

const dollars = (amount: bigint): string => `$${amountText(amount, 18, 2)}`;

/** One line for a position. */
export const positionText = ({ symbol, decimals, balance, status, worth }: HeldPosition): string => {
  const held = `${amountText(balance, decimals, 6)} ${symbol}`;
  if (worth === undefined) return `${held}: no price (${status})`;
  return `${held}: ${dollars(worth.lower)} to ${dollars(worth.upper)}, ${Number(worth.partBps) / 100} %`;
};
