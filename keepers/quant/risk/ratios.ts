import { normalCdf, normalQuantile } from "./distributions.ts";
import { linearQuantile } from "./quantile.ts";

/*
 * Ratios of a series of simple returns, one a period. They answer NaN where there is no answer, as a series without a
 * return or without variance; what shows them shows a dash.
 */

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;

/** The standard deviation with the divisor n - 1; NaN below two values. */
export const deviation = (values: readonly number[]): number => {
  if (values.length < 2) return Number.NaN;
  const centre = mean(values);
  return Math.sqrt(sum(values.map((value) => (value - centre) * (value - centre))) / (values.length - 1));
};

/** The value of one unit after each return, from `start`. */
export const growth = (returns: readonly number[], start = 1): readonly number[] => {
  let value = start;
  return returns.map((change) => (value *= 1 + change));
};

/** What all returns come to; NaN without one. */
export const totalReturn = (returns: readonly number[]): number =>
  returns.length === 0 ? Number.NaN : (growth(returns).at(-1) ?? 1) - 1;

/** The largest fall from a peak, the start included, as a number of at most zero; NaN without a return. */
export const maxDrawdown = (returns: readonly number[]): number => {
  if (returns.length === 0) return Number.NaN;
  let [peak, worst] = [1, 0];
  for (const value of growth(returns)) {
    peak = Math.max(peak, value);
    worst = Math.min(worst, value / peak - 1);
  }
  return worst;
};

/** The compound return of a year. `periods`: how many returns a year has. */
export const annualReturn = (returns: readonly number[], periods: number): number => {
  if (returns.length === 0) return Number.NaN;
  const end = 1 + totalReturn(returns);
  return end <= 0 ? -1 : Math.expm1((Math.log(end) * periods) / returns.length);
};

export const annualVolatility = (returns: readonly number[], periods: number): number =>
  deviation(returns) * Math.sqrt(periods);

/** The annual return for each unit of the largest drawdown; NaN where nothing ever fell. */
export const calmarRatio = (returns: readonly number[], periods: number): number => {
  const worst = maxDrawdown(returns);
  return worst < 0 ? annualReturn(returns, periods) / -worst : Number.NaN;
};

/** The mean excess return for each unit of its deviation, of a year. */
export const sharpeRatio = (returns: readonly number[], periods: number, riskFree = 0): number => {
  const excess = returns.map((value) => value - riskFree);
  return (mean(excess) / deviation(excess)) * Math.sqrt(periods);
};

/** The root mean square of what falls short of `required`, over all observations, of a year; NaN without a return. */
export const downsideRisk = (returns: readonly number[], periods: number, required = 0): number => {
  const short = returns.map((value) => Math.min(0, value - required));
  return Math.sqrt(mean(short.map((value) => value * value))) * Math.sqrt(periods);
};

/** The mean return above `required` for each unit of downside risk, of a year; NaN below two returns. */
export const sortinoRatio = (returns: readonly number[], periods: number, required = 0): number =>
  returns.length < 2
    ? Number.NaN
    : (mean(returns.map((value) => value - required)) * periods) / downsideRisk(returns, periods, required);

/** All gains above a threshold over all losses below it; NaN without a loss. */
export const omegaRatio = (returns: readonly number[], threshold = 0): number => {
  const gains = sum(returns.map((value) => Math.max(0, value - threshold)));
  const losses = sum(returns.map((value) => Math.max(0, threshold - value)));
  return losses > 0 ? gains / losses : Number.NaN;
};

/** The 95 % quantile over the absolute 5 % quantile. */
export const tailRatio = (returns: readonly number[]): number => {
  if (returns.length === 0) return Number.NaN;
  const sorted = Float64Array.from(returns).sort();
  return Math.abs(linearQuantile(sorted, 0.95)) / Math.abs(linearQuantile(sorted, 0.05));
};

/** The mean active return for each unit of its deviation, a period; NaN below two. */
export const informationRatio = (returns: readonly number[], benchmark: readonly number[]): number => {
  const active = returns.map((value, i) => value - (benchmark[i] ?? Number.NaN));
  return mean(active) / deviation(active);
};

/**
 * How much of the benchmark's excess return is in the series: the slope of a regression; NaN below two returns, and
 * where the benchmark stands still.
 */
export const betaTo = (returns: readonly number[], benchmark: readonly number[]): number => {
  if (returns.length < 2) return Number.NaN;
  const [ours, theirs] = [mean(returns), mean(benchmark)];
  const spread = sum(benchmark.map((value) => (value - theirs) * (value - theirs)));
  return sum(returns.map((value, i) => (value - ours) * ((benchmark[i] ?? Number.NaN) - theirs))) / spread;
};

/** A series' Sharpe ratio a period, with what its estimate's error depends on. `kurtosis` is 3 for a normal distribution. */
export type SharpeEstimate = {
  readonly sharpe: number;
  readonly observations: number;
  readonly skewness: number;
  readonly kurtosis: number;
};

/** The probability that the true Sharpe ratio is above `benchmark` (Bailey and López de Prado 2012). Takes independence for granted. */
export const probabilisticSharpe = (estimate: SharpeEstimate, benchmark: number): number => {
  const { sharpe, observations, skewness, kurtosis } = estimate;
  const error = Math.sqrt((1 - skewness * sharpe + ((kurtosis - 1) / 4) * sharpe * sharpe) / (observations - 1));
  return normalCdf((sharpe - benchmark) / error);
};

const EULER = 0.577_215_664_901_532_9;

/**
 * The deflated Sharpe ratio (Bailey and López de Prado 2014): the same probability against the best ratio that so many trials
 * without any skill are expected to show.
 * @param trials the number of policies that were tried, at least two; `variance`: that of their Sharpe ratios a period
 */
export const deflatedSharpe = (
  estimate: SharpeEstimate,
  { trials, variance }: { readonly trials: number; readonly variance: number },
): { readonly benchmark: number; readonly probability: number } => {
  const luck = (1 - EULER) * normalQuantile(1 - 1 / trials) + EULER * normalQuantile(1 - 1 / (trials * Math.E));
  const benchmark = Math.sqrt(variance) * luck;
  return { benchmark, probability: probabilisticSharpe(estimate, benchmark) };
};
