import { WAD } from "./chain.ts";

/** What is kept of an agent, as `IReputation.Standing` has it: `value` with 18 decimals, `updatedAt` in seconds. */
export type ModelRating = { readonly value: bigint; readonly updatedAt: bigint };

/** What moves a score: see `IReputation`. Amounts are USD with 18 decimals. */
export type ModelOutcome = {
  readonly result: bigint;
  readonly forecast: bigint;
  readonly maxLoss: bigint;
  readonly fee: bigint;
};

type Weighting = { readonly halfWeight: bigint; readonly lossWeightBps: bigint };

const LN_2 = 693_147_180_559_945_309n;
const TERMS = 10n;
const NOTHING_LEFT = 60n * WAD;
const NEUTRAL = 10_000n;
const FLOOR = 1_000n;
const CAP = 15_000n;

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const most = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** 2^(-spent / half) with 18 decimals: e^-z by Horner's rule, the terms in a loop, times the whole powers of one half. */
export const leftOf = (spent: bigint, half: bigint): bigint => {
  const x = (spent * WAD) / half;
  if (x >= NOTHING_LEFT) return 0n;
  const z = ((x % WAD) * LN_2) / WAD;
  let r = WAD;
  for (let k = TERMS; k >= 1n; k -= 1n) r = WAD - (z * r) / (k * WAD);
  return r / 2n ** (x / WAD);
};

/** What an outcome weighs, in USD of fees with 18 decimals. */
export const weightOf = ({ result, forecast, maxLoss, fee }: ModelOutcome, { lossWeightBps }: Weighting): bigint => {
  if (result >= 0n) {
    const hoped = most(forecast, 1n);
    return (fee * least(result, hoped)) / hoped;
  }
  const [loss, limit] = [-result, most(maxLoss, 1n)];
  const weight = most(fee, (loss * lossWeightBps) / NEUTRAL);
  return weight + (weight * least(loss, limit)) / limit;
};

/** The rating at `time`, 18 decimals. */
export const fadedOf = ({ value, updatedAt }: ModelRating, time: bigint, halfLife: bigint): bigint =>
  (value * leftOf(time - updatedAt, halfLife)) / WAD;

/** A rating that an outcome of `weight` has moved towards 1 or -1. */
export const movedBy = (rating: bigint, weight: bigint, isGain: boolean, halfWeight: bigint): bigint => {
  const left = leftOf(weight, halfWeight);
  return (rating * left) / WAD + (isGain ? WAD - left : left - WAD);
};

/** The score of a rating, in basis points, rounded towards neutral. */
export const scoreOfRating = (rating: bigint): bigint =>
  NEUTRAL + (rating * (rating < 0n ? NEUTRAL - FLOOR : CAP - NEUTRAL)) / WAD;
