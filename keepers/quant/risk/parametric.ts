import { normalDensity, normalQuantile } from "./distributions.ts";

/*
 * For comparison only: on minutes these two are exceeded far more often than they say (docs/quant.md).
 */

/** Value at risk and expected shortfall of a normal loss with mean zero. */
export const normalAtRisk = (sigma: number, level: number) => {
  const quantile = normalQuantile(level);
  return { valueAtRisk: sigma * quantile, expectedShortfall: (sigma * normalDensity(quantile)) / (1 - level) };
};

/** Cornish and Fisher's (1938) value at risk: the normal quantile bent by the losses' skewness and excess kurtosis. */
export const cornishFisher = (
  { sigma, skewness, excessKurtosis }: { sigma: number; skewness: number; excessKurtosis: number },
  level: number,
): number => {
  const z = normalQuantile(level);
  const cube = z * z * z;
  const bent =
    z +
    ((z * z - 1) * skewness) / 6 +
    ((cube - 3 * z) * excessKurtosis) / 24 -
    ((2 * cube - 5 * z) * skewness * skewness) / 36;
  return sigma * bent;
};
