import { at } from "../matrix.ts";

/** A generalised Pareto distribution of what lies above a threshold. */
export type ParetoTail = {
  readonly threshold: number;
  readonly shape: number;
  readonly scale: number;
  /** The share of all values that lies above the threshold. */
  readonly share: number;
};

/** Shapes outside are estimates of too few values. */
const SHAPES = { least: -0.2, most: 0.5 } as const;

/**
 * The tail above the `from`-quantile of ascending losses, fitted by probability-weighted moments (Hosking and Wallis 1987) as
 * McNeil and Frey (2000) use it on filtered losses.
 * @returns undefined with fewer than ten values above the threshold, or none that differ
 */
export const fitTail = (sorted: Float64Array, from = 0.92): ParetoTail | undefined => {
  const start = Math.ceil(sorted.length * from);
  const count = sorted.length - start;
  if (count < 10) return undefined;
  const threshold = at(sorted, start - 1);
  let [mean, weighted] = [0, 0];
  for (let i = 0; i < count; i += 1) {
    const excess = at(sorted, start + i) - threshold;
    mean += excess / count;
    weighted += ((1 - (i + 0.65) / count) * excess) / count;
  }
  if (!(mean > 0) || !(mean > 2 * weighted)) return undefined;
  const raw = 2 - mean / (mean - 2 * weighted);
  const shape = Math.min(SHAPES.most, Math.max(SHAPES.least, raw));
  return { threshold, shape, scale: mean * (1 - shape), share: count / sorted.length };
};

/** The loss that is exceeded with probability 1 - level, and the mean of what exceeds it. For levels above 1 - share. */
export const tailAtRisk = ({ threshold, shape, scale, share }: ParetoTail, level: number) => {
  const logRatio = Math.log((1 - level) / share);
  const excess = Math.abs(shape) < 1e-9 ? -scale * logRatio : (scale / shape) * Math.expm1(-shape * logRatio);
  const valueAtRisk = threshold + excess;
  return { valueAtRisk, expectedShortfall: valueAtRisk + (scale + shape * excess) / (1 - shape) };
};
