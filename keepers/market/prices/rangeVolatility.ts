/** Four prices of one period, in any one unit, all above zero. */
export type Bar = { readonly open: number; readonly high: number; readonly low: number; readonly close: number };

/**
 * The published estimators of volatility from bars, each as the standard deviation of one bar's log return. None of them takes
 * jumps out.
 *
 * - `parkinson`: Parkinson 1980, from high and low; takes drift for volatility.
 * - `garmanKlass`: Garman and Klass 1980, from all four prices; takes drift for volatility.
 * - `rogersSatchell`: Rogers and Satchell 1991; free of drift.
 * - `garmanKlassYangZhang`: Garman and Klass with the gap between two bars, by Yang and Zhang 2000.
 * - `yangZhang`: Yang and Zhang 2000, free of drift and of gaps; a mean of three variances.
 */
export type RangeEstimator = "parkinson" | "garmanKlass" | "rogersSatchell" | "garmanKlassYangZhang" | "yangZhang";

const TWO_LN2_LESS_1 = 2 * Math.LN2 - 1;
/** The best α of Yang and Zhang, which makes their estimator's variance least. */
const YANG_ZHANG_ALPHA = 1.34;

const square = (value: number): number => value * value;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;

/** The variance of a sample, with the divisor n - 1. */
const sampleVariance = (values: readonly number[]): number => {
  const centre = mean(values);
  return sum(values.map((value) => square(value - centre))) / (values.length - 1);
};

const garmanKlassOf = ({ open, high, low, close }: Bar): number =>
  square(Math.log(high / low)) / 2 - TWO_LN2_LESS_1 * square(Math.log(close / open));

const rogersSatchellOf = ({ open, high, low, close }: Bar): number =>
  Math.log(high / close) * Math.log(high / open) + Math.log(low / close) * Math.log(low / open);

/** The log returns from each bar's close to the next one's open. */
const gapsOf = (bars: readonly Bar[]): readonly number[] =>
  bars.slice(1).map(({ open }, index) => Math.log(open / (bars[index]?.close ?? open)));

const yangZhang = (bars: readonly Bar[], gaps: readonly number[]): number => {
  const count = bars.length;
  const weight = (YANG_ZHANG_ALPHA - 1) / (YANG_ZHANG_ALPHA + (count + 1) / (count - 1));
  const inside = sampleVariance(bars.map(({ open, close }) => Math.log(close / open)));
  return sampleVariance(gaps) + weight * inside + (1 - weight) * mean(bars.map(rogersSatchellOf));
};

/** @throws RangeError below `least` bars, or where a bar is none */
const requireBars = (bars: readonly Bar[], least: number): void => {
  if (bars.length < least) throw new RangeError(`volatility needs at least ${least} bars, got ${bars.length}`);
  const bad = bars.findIndex(({ open, high, low, close }) => {
    const isOrdered = low <= Math.min(open, close) && Math.max(open, close) <= high;
    return !(isOrdered && low > 0 && Number.isFinite(high));
  });
  if (bad !== -1) throw new RangeError(`bar ${bad} has no positive low below open, close and a finite high`);
};

const MIN_BARS: Readonly<Record<RangeEstimator, number>> = {
  parkinson: 1,
  garmanKlass: 1,
  rogersSatchell: 1,
  garmanKlassYangZhang: 2,
  yangZhang: 3,
};

const VARIANCES: Readonly<Record<RangeEstimator, (bars: readonly Bar[]) => number>> = {
  parkinson: (bars) => mean(bars.map(({ high, low }) => square(Math.log(high / low)))) / (4 * Math.LN2),
  garmanKlass: (bars) => mean(bars.map(garmanKlassOf)),
  rogersSatchell: (bars) => mean(bars.map(rogersSatchellOf)),
  garmanKlassYangZhang: (bars) => mean(gapsOf(bars).map(square)) + mean(bars.slice(1).map(garmanKlassOf)),
  yangZhang: (bars) => yangZhang(bars.slice(1), gapsOf(bars)),
};

/**
 * The standard deviation of one bar's log return. The two estimators that use gaps take the first bar for its close alone.
 * @throws RangeError when there are fewer bars than the estimator needs, or one is no bar
 */
export const rangeVolatility = (estimator: RangeEstimator, bars: readonly Bar[]): number => {
  requireBars(bars, MIN_BARS[estimator]);
  return Math.sqrt(VARIANCES[estimator](bars));
};

/** The sum of squared log returns: all variance of the period, jumps included. */
export const realisedVariance = (returns: readonly number[]): number => sum(returns.map(square));

/**
 * Bipower variation (Barndorff-Nielsen and Shephard 2004): the variance of the period without its jumps, since a jump stands
 * beside an ordinary return. `π/2 · Σ |rᵢ||rᵢ₋₁| · n/(n - 1)`.
 * @throws RangeError below two returns
 */
export const bipowerVariation = (returns: readonly number[]): number => {
  const count = returns.length;
  if (count < 2) throw new RangeError(`bipower variation needs at least 2 returns, got ${count}`);
  const products = returns.slice(1).map((value, index) => Math.abs(value) * Math.abs(returns[index] ?? 0));
  return ((Math.PI / 2) * sum(products) * count) / (count - 1);
};
