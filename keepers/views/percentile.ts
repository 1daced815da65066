/**
 * The smallest value that at least `percent` of all values do not exceed (nearest rank).
 * @param percent above 0, at most 100
 * @returns undefined for no values
 */
export const percentile = (values: readonly number[], percent: number): number | undefined => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil((percent / 100) * sorted.length) - 1];
};

/** The middle and the tail of a distribution; null where there are no values. */
export type Spread = { readonly p50: number | null; readonly p99: number | null };

export const spreadOf = (values: readonly number[]): Spread => ({
  p50: percentile(values, 50) ?? null,
  p99: percentile(values, 99) ?? null,
});
