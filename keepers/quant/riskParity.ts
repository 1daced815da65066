import { cholesky, solveCholesky } from "./cholesky.ts";
import { type Matrix, at, dot, entry, times, total } from "./matrix.ts";
import { type QuantRefusal, refuse } from "./refusal.ts";

/** Weights whose risk contributions are equal, and by how much the contributions differ from 1/n at the most. */
export type EqualRisk = {
  readonly kind: "weights";
  readonly weights: Float64Array;
  readonly spread: number;
  readonly iterations: number;
};

const MAX_ITERATIONS = 100;
const EXACT = 1e-13;
/** A spread above this is no equal risk. */
const TOLERATED = 1e-10;

const contributions = (covariance: Matrix, y: Float64Array): Float64Array => {
  const marginal = times(covariance, y);
  const variance = dot(marginal, y);
  return y.map((value, i) => (value * at(marginal, i)) / variance);
};

const spreadOf = (covariance: Matrix, y: Float64Array): number =>
  contributions(covariance, y).reduce((most, share) => Math.max(most, Math.abs(share - 1 / y.length)), 0);

/** One damped Newton step on `½ y'Σy - Σ ln yᵢ / n`, whose minimum has equal contributions. */
const newtonStep = (covariance: Matrix, y: Float64Array): Float64Array | undefined => {
  const share = 1 / y.length;
  const gradient = times(covariance, y).map((value, i) => value - share / at(y, i));
  const hessian = { ...covariance, values: Float64Array.from(covariance.values) };
  for (const [i, value] of y.entries())
    hessian.values[i * y.length + i] = entry(covariance, i, i) + share / (value * value);
  const factor = cholesky(hessian);
  if (factor === undefined) return undefined;
  const step = solveCholesky(factor, gradient);
  // Newton's decrement: beyond one the step is shortened, as for every self-concordant function (Spinu 2013).
  const decrement = Math.sqrt(Math.max(0, dot(step, gradient)) / share);
  const length = decrement > 0.25 ? 1 / (1 + decrement) : 1;
  return y.map((value, i) => value - length * at(step, i));
};

/**
 * Equal risk contribution: each asset adds the same part of the portfolio's variance. Newton's method on Spinu's (2013) convex
 * form, until the contributions agree to 10⁻¹⁰. Takes no limits but weights above zero.
 */
export const equalRisk = (covariance: Matrix): EqualRisk | QuantRefusal => {
  const size = covariance.rows;
  const still = Array.from({ length: size }, (_, i) => i).find((i) => !(entry(covariance, i, i) > 0));
  if (still !== undefined) return refuse("zero-variance", `asset ${still} has no variance, so it takes no risk at all`);
  const scale = covariance.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const unit = { ...covariance, values: covariance.values.map((value) => value / scale) };
  let y: Float64Array = Float64Array.from({ length: size }, (_, i) => 1 / Math.sqrt(size * entry(unit, i, i)));
  let iterations = 0;
  for (; iterations < MAX_ITERATIONS && spreadOf(unit, y) > EXACT; iterations += 1) {
    const next = newtonStep(unit, y);
    if (next === undefined || !next.every((value) => value > 0)) break;
    y = next;
  }
  const spread = spreadOf(unit, y);
  if (!(spread <= TOLERATED))
    return refuse("uncertain", `risk contributions differ by ${spread} after ${iterations} steps`);
  const sum = total(y);
  return { kind: "weights", weights: y.map((value) => value / sum), spread, iterations };
};
