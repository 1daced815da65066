import type { Address } from "../../core/units.ts";
import { type ShareMarket, accrued, rateOf, sharesOf, unitsOf } from "./rates.ts";

/** A market of Compound's v2 shape at one block, as one account sees it. Amounts in units of the asset but for `ownShares`. */
export type ShareMarketState = {
  readonly name: string;
  readonly pool: Address;
  readonly block: number;
  readonly asset: Address;
  readonly position: Address;
  readonly symbol: string;
  readonly decimals: number;
  readonly market: ShareMarket;
  /** Whether its administrator lets nothing in. */
  readonly isMintPaused: boolean;
  /** Whether its administrator knows it: a market that is not listed takes nothing in and pays nothing out. */
  readonly isListed: boolean;
  /** Whether its administrator lets nobody move shares from one account to another, which an exit in kind does. */
  readonly isTransferPaused: boolean;
  readonly ownShares: bigint;
  /** What the account owes. NEXUS owes nothing; without a debt there is nothing to be liquidated. */
  readonly ownDebt: bigint;
};

/** Why the market or the treasury would refuse to move an amount. */
export type ShareRefusal =
  | "amount-too-small"
  | "not-listed"
  | "mint-paused"
  | "above-position-cap"
  | "more-than-supplied"
  | "more-than-liquidity";

/** What the account's shares are worth at a block, once interest is brought up to date. */
export const ownAt = ({ market, ownShares }: ShareMarketState, block: bigint): bigint =>
  unitsOf(ownShares, rateOf(accrued(market, block)));

/**
 * Why a supply of `amount` would be refused in a block; undefined where it would pass.
 * @param cap the most that the treasury lets its position grow to, in units of the asset
 */
export const supplyRefusal = (
  state: ShareMarketState,
  amount: bigint,
  { block, cap }: { readonly block: bigint; readonly cap: bigint },
): ShareRefusal | undefined => {
  if (!state.isListed) return "not-listed";
  if (state.isMintPaused) return "mint-paused";
  const rate = rateOf(accrued(state.market, block));
  const minted = sharesOf(amount, rate);
  if (minted === 0n) return "amount-too-small";
  return unitsOf(state.ownShares + minted, rate) > cap ? "above-position-cap" : undefined;
};

/** Why a withdrawal of `amount` would be refused in a block; undefined where it would pass. */
export const withdrawRefusal = (state: ShareMarketState, amount: bigint, block: bigint): ShareRefusal | undefined => {
  if (!state.isListed) return "not-listed";
  const taken = sharesOf(amount, rateOf(accrued(state.market, block)));
  if (taken === 0n) return "amount-too-small";
  if (taken > state.ownShares) return "more-than-supplied";
  return amount > state.market.cash ? "more-than-liquidity" : undefined;
};
