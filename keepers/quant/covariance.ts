import { type Matrix, add, at, dot, entry, rowOf, zeros } from "./matrix.ts";

/** The mean of each column. */
export const columnMeans = (matrix: Matrix): Float64Array => {
  const means = new Float64Array(matrix.columns);
  for (let row = 0; row < matrix.rows; row += 1) {
    for (const [column, value] of rowOf(matrix, row).entries()) add(means, column, value / matrix.rows);
  }
  return means;
};

/** The matrix with each column's mean taken off. */
const centred = (matrix: Matrix): Matrix => {
  const means = columnMeans(matrix);
  return { ...matrix, values: matrix.values.map((value, index) => value - at(means, index % matrix.columns)) };
};

const columnOf = (matrix: Matrix, column: number): Float64Array =>
  Float64Array.from({ length: matrix.rows }, (_, row) => entry(matrix, row, column));

/** `columns' · columns / divisor` of a matrix. */
const productOf = (matrix: Matrix, divisor: number): Matrix => {
  const columns = Array.from({ length: matrix.columns }, (_, column) => columnOf(matrix, column));
  const product = zeros(matrix.columns, matrix.columns);
  for (const [i, left] of columns.entries()) {
    for (const [j, right] of columns.slice(0, i + 1).entries()) {
      const value = dot(left, right) / divisor;
      product.values[i * matrix.columns + j] = value;
      product.values[j * matrix.columns + i] = value;
    }
  }
  return product;
};

/** The covariance of the columns with the divisor rows - 1. @throws RangeError below two rows */
export const sampleCovariance = (returns: Matrix): Matrix => {
  if (returns.rows < 2) throw new RangeError(`a covariance needs 2 rows, got ${returns.rows}`);
  return productOf(centred(returns), returns.rows - 1);
};

/**
 * The exponentially weighted covariance: a row weighs `λ` times as much as the next newer one, and the weights sum to one. The
 * mean is taken as zero, as RiskMetrics does.
 * @param lambda above 0, below 1
 */
export const ewmaCovariance = (returns: Matrix, lambda: number): Matrix => {
  const weighted = { ...returns, values: Float64Array.from(returns.values) };
  let [weight, sum] = [1, 0];
  for (let row = returns.rows - 1; row >= 0; row -= 1) {
    const root = Math.sqrt(weight);
    for (const [column, value] of rowOf(returns, row).entries()) {
      weighted.values[row * returns.columns + column] = value * root;
    }
    sum += weight;
    weight *= lambda;
  }
  return productOf(weighted, sum);
};

/** A covariance that was drawn towards the same variance for all and no correlation, and how far. */
export type Shrunk = { readonly covariance: Matrix; readonly shrinkage: number };

/** The mean squared distance of one day's products from the covariance, each entry of it: Ledoit and Wolf's `b̄²` times n. */
const dispersionOf = (deviations: Matrix, covariance: Matrix): number => {
  let sum = 0;
  for (let row = 0; row < deviations.rows; row += 1) {
    const values = rowOf(deviations, row);
    const norm = dot(values, values);
    sum += norm * norm;
  }
  const { rows } = deviations;
  return sum / (rows * rows) - dot(covariance.values, covariance.values) / rows;
};

/**
 * Ledoit and Wolf (2004): the population covariance, shrunk towards its mean variance on the diagonal by the share that has the
 * least expected squared error. Takes independent rows for granted.
 * @throws RangeError below two rows
 */
export const ledoitWolf = (returns: Matrix): Shrunk => {
  if (returns.rows < 2) throw new RangeError(`a covariance needs 2 rows, got ${returns.rows}`);
  const deviations = centred(returns);
  const covariance = productOf(deviations, returns.rows);
  const size = returns.columns;
  let trace = 0;
  for (let i = 0; i < size; i += 1) trace += entry(covariance, i, i);
  const mean = trace / size;
  const distance = dot(covariance.values, covariance.values) - size * mean * mean;
  const shrinkage =
    distance <= 0 ? 0 : Math.min(Math.max(dispersionOf(deviations, covariance), 0), distance) / distance;
  const shrunk = { ...covariance, values: covariance.values.map((value) => (1 - shrinkage) * value) };
  for (let i = 0; i < size; i += 1) add(shrunk.values, i * size + i, shrinkage * mean);
  return { covariance: shrunk, shrinkage };
};

/** The correlations of a covariance. An asset without variance has none with others. */
export const correlationOf = (covariance: Matrix): Matrix => {
  const size = covariance.rows;
  const deviations = Float64Array.from({ length: size }, (_, i) => Math.sqrt(entry(covariance, i, i)));
  const correlation = zeros(size, size);
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j < size; j += 1) {
      const product = at(deviations, i) * at(deviations, j);
      const value = i === j ? 1 : product === 0 ? 0 : entry(covariance, i, j) / product;
      correlation.values[i * size + j] = Math.min(1, Math.max(-1, value));
    }
  }
  return correlation;
};
