import { RAY, percentMul, rayDiv, rayMul, wadToRay } from "./ray.ts";

/** Aave's curve of the variable rate: two straight lines that meet at the optimal use. All in rays. */
export type RateCurve = {
  readonly optimal: bigint;
  readonly base: bigint;
  readonly slope1: bigint;
  readonly slope2: bigint;
};

/** What decides a reserve's rates. Amounts in the asset's units, rates in rays a year. */
export type Usage = {
  /** What of the asset lies with the reserve and can be taken out. */
  readonly liquidity: bigint;
  readonly variableDebt: bigint;
  readonly stableDebt: bigint;
  readonly averageStableRate: bigint;
  /** Supplied by a bridge on credit. */
  readonly unbacked: bigint;
  readonly reserveFactorBps: bigint;
};

/** Rates in rays a year. */
export type Rates = { readonly supply: bigint; readonly variableBorrow: bigint };

/** How a reserve stood when it was last touched. Indexes and rates in rays, the time in seconds since the epoch. */
export type ReserveIndexes = {
  readonly liquidityIndex: bigint;
  readonly variableBorrowIndex: bigint;
  readonly rates: Rates;
  readonly updatedAt: bigint;
};

const SECONDS_PER_YEAR = 31_536_000n;
const BPS = 10_000n;

const variableRate = ({ optimal, base, slope1, slope2 }: RateCurve, use: bigint): bigint => {
  if (use <= optimal) return base + rayDiv(rayMul(slope1, use), optimal);
  return base + slope1 + rayMul(slope2, rayDiv(use - optimal, RAY - optimal));
};

/** The mean of what borrowers pay, weighted by their debts. */
const meanRate = ({ variableDebt, stableDebt, averageStableRate }: Usage, rate: bigint): bigint => {
  const paid = rayMul(wadToRay(variableDebt), rate) + rayMul(wadToRay(stableDebt), averageStableRate);
  return rayDiv(paid, wadToRay(variableDebt + stableDebt));
};

/**
 * The rates that a reserve has at this use: what `DefaultReserveInterestRateStrategy` of Aave v3.0 computes, to the last
 * unit.
 */
export const ratesOf = (curve: RateCurve, usage: Usage): Rates => {
  const debt = usage.variableDebt + usage.stableDebt;
  if (debt === 0n) return { supply: 0n, variableBorrow: variableRate(curve, 0n) };
  const whole = usage.liquidity + debt;
  const variableBorrow = variableRate(curve, rayDiv(debt, whole));
  const earned = rayMul(meanRate(usage, variableBorrow), rayDiv(debt, whole + usage.unbacked));
  return { supply: percentMul(earned, BPS - usage.reserveFactorBps), variableBorrow };
};

/** The part of what was supplied that is lent out, in rays. */
export const useOf = ({ liquidity, variableDebt, stableDebt }: Usage): bigint => {
  const debt = variableDebt + stableDebt;
  return debt === 0n ? 0n : rayDiv(debt, liquidity + debt);
};

/** How a supplied unit grew in so many seconds. */
export const linearGrowth = (rate: bigint, seconds: bigint): bigint => RAY + (rate * seconds) / SECONDS_PER_YEAR;

/** How a borrowed unit grew in so many seconds: the first three terms of the binomial series. */
export const compoundGrowth = (rate: bigint, seconds: bigint): bigint => {
  if (seconds === 0n) return RAY;
  const less = seconds > 2n ? seconds - 2n : 0n;
  const second = rayMul(rate, rate) / (SECONDS_PER_YEAR * SECONDS_PER_YEAR);
  const third = rayMul(second, rate) / SECONDS_PER_YEAR;
  const terms = (seconds * (seconds - 1n) * second) / 2n + (seconds * (seconds - 1n) * less * third) / 6n;
  return RAY + (rate * seconds) / SECONDS_PER_YEAR + terms;
};

/** The index of what was supplied at a time not before the last touch. */
export const incomeIndexAt = ({ liquidityIndex, rates, updatedAt }: ReserveIndexes, now: bigint): bigint =>
  now === updatedAt ? liquidityIndex : rayMul(linearGrowth(rates.supply, now - updatedAt), liquidityIndex);

/** The index of what was borrowed at a time not before the last touch. */
export const debtIndexAt = ({ variableBorrowIndex, rates, updatedAt }: ReserveIndexes, now: bigint): bigint =>
  now === updatedAt
    ? variableBorrowIndex
    : rayMul(compoundGrowth(rates.variableBorrow, now - updatedAt), variableBorrowIndex);

/** What a scaled balance, of a position or of a debt, is in units of the asset. */
export const balanceAt = (scaled: bigint, index: bigint): bigint => rayMul(scaled, index);

/** By how much a scaled balance changes when so many units are supplied, withdrawn, borrowed or repaid. */
export const scaledOf = (amount: bigint, index: bigint): bigint => rayDiv(amount, index);
