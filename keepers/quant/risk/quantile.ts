import { at } from "../matrix.ts";

const interpolated = (sorted: Float64Array, position: number): number => {
  const last = sorted.length - 1;
  const bounded = Math.min(Math.max(position, 0), last);
  const below = Math.floor(bounded);
  const low = at(sorted, below);
  return below === last ? low : low + (bounded - below) * (at(sorted, below + 1) - low);
};

/**
 * Weibull's quantile, type 6 of Hyndman and Fan (1996), of ascending values: the one whose expected exceedance is its level. Beyond
 * the sample it answers the outermost value.
 */
export const weibullQuantile = (sorted: Float64Array, level: number): number =>
  interpolated(sorted, (sorted.length + 1) * level - 1);

/** The linear quantile, type 7, which numpy and empyrical use. Near its ends it is exceeded too often. */
export const linearQuantile = (sorted: Float64Array, level: number): number =>
  interpolated(sorted, (sorted.length - 1) * level);
