import type { Address } from "../../core/units.ts";
import { type AccountHealth } from "./account.ts";
import { rayMul } from "./ray.ts";
import {
  type RateCurve,
  type Rates,
  type ReserveIndexes,
  type Usage,
  incomeIndexAt,
  ratesOf,
  scaledOf,
} from "./reserve.ts";

/** What a reserve lets one do. */
export type ReserveFlags = {
  readonly isActive: boolean;
  readonly isFrozen: boolean;
  readonly isPaused: boolean;
  readonly isBorrowable: boolean;
};

/** What an account has and owes in a reserve, in the asset's units. */
export type OwnPart = { readonly supplied: bigint; readonly debt: bigint; readonly isCollateral: boolean };

/** A reserve of a lending market at one block. Amounts in the asset's units. */
export type ReserveState = {
  readonly asset: Address;
  readonly position: Address;
  readonly symbol: string;
  readonly decimals: number;
  readonly flags: ReserveFlags;
  readonly curve: RateCurve;
  readonly usage: Usage;
  readonly indexes: ReserveIndexes;
  /** All positions together. */
  readonly supplied: bigint;
  /** What the market has earned here and not made positions of yet, scaled. */
  readonly accruedScaled: bigint;
  /** The most that may be supplied in all; zero means no limit. */
  readonly supplyCap: bigint;
  /** A whole asset's price in the market's base currency. */
  readonly price: bigint;
  readonly loanToValueBps: bigint;
  readonly liquidationThresholdBps: bigint;
  readonly own: OwnPart;
};

/** A lending market at one block, as one account sees it. */
export type LendingState = {
  readonly name: string;
  readonly pool: Address;
  readonly block: number;
  /** The block's time, in seconds since the epoch. */
  readonly now: bigint;
  /** One dollar as the market's oracle says it. */
  readonly baseUnit: bigint;
  readonly health: AccountHealth;
  readonly reserves: readonly ReserveState[];
};

/** Why the pool or the treasury would refuse to move an amount. */
export type LendingRefusal =
  | "amount-too-small"
  | "reserve-inactive"
  | "reserve-paused"
  | "reserve-frozen"
  | "above-supply-cap"
  | "above-position-cap"
  | "more-than-supplied"
  | "more-than-liquidity";

const moveRefusal = ({ flags, indexes }: ReserveState, amount: bigint, now: bigint): LendingRefusal | undefined => {
  if (!flags.isActive) return "reserve-inactive";
  if (flags.isPaused) return "reserve-paused";
  return amount <= 0n || scaledOf(amount, incomeIndexAt(indexes, now)) === 0n ? "amount-too-small" : undefined;
};

/**
 * Why a supply of `amount` would be refused; undefined where it would pass.
 * @param cap the most that the treasury lets its position grow to, in the asset's units
 */
export const supplyRefusal = (
  reserve: ReserveState,
  amount: bigint,
  { now, cap }: { readonly now: bigint; readonly cap: bigint },
): LendingRefusal | undefined => {
  const { flags, indexes, supplied, accruedScaled, supplyCap, own } = reserve;
  const refusal = moveRefusal(reserve, amount, now);
  if (refusal !== undefined) return refusal;
  if (flags.isFrozen) return "reserve-frozen";
  const all = supplied + rayMul(accruedScaled, incomeIndexAt(indexes, now));
  if (supplyCap !== 0n && all + amount > supplyCap) return "above-supply-cap";
  return own.supplied + amount > cap ? "above-position-cap" : undefined;
};

/** Why a withdrawal of `amount` would be refused; undefined where it would pass. */
export const withdrawRefusal = (reserve: ReserveState, amount: bigint, now: bigint): LendingRefusal | undefined => {
  const refusal = moveRefusal(reserve, amount, now);
  if (refusal !== undefined) return refusal;
  if (amount > reserve.own.supplied) return "more-than-supplied";
  return amount > reserve.usage.liquidity ? "more-than-liquidity" : undefined;
};

/** The rates that a reserve would have once so much was added to what lies there; negative for what is taken out. */
export const ratesAfter = ({ curve, usage }: ReserveState, added: bigint): Rates =>
  ratesOf(curve, { ...usage, liquidity: usage.liquidity + added });
