import { type Matrix, add, at, dotOf, rowOf, zeros } from "./matrix.ts";

/**
 * Puts the lower Cholesky factor of a symmetric matrix in its place, reading and writing the lower triangle of its first columns only.
 * @param known so many rows at the top are those of the factor already
 * @returns whether there is one: false at the first pivot that is not positive, and the matrix is spoilt
 */
export const factorInPlace = ({ rows, columns, values }: Matrix, known = 0): boolean => {
  for (let row = known, own = known * columns; row < rows; row += 1, own += columns) {
    for (let column = 0, other = 0; column <= row; column += 1, other += columns) {
      const sum = at(values, own + column) - dotOf({ values, from: own }, { values, from: other }, column);
      if (column < row) values[own + column] = sum / at(values, other + column);
      else if (!(sum > 0)) return false;
      else values[own + row] = Math.sqrt(sum);
    }
  }
  return true;
};

/**
 * The lower Cholesky factor of a symmetric matrix, of which only the lower triangle is read; undefined where a pivot is not
 * positive.
 */
export const cholesky = (matrix: Matrix): Matrix | undefined => {
  const factor = zeros(matrix.rows, matrix.rows);
  for (let row = 0; row < matrix.rows; row += 1)
    factor.values.set(rowOf(matrix, row).subarray(0, row + 1), row * matrix.rows);
  return factorInPlace(factor) ? factor : undefined;
};

/** `L⁻¹ · right`, with a lower Cholesky factor L. */
export const solveLower = ({ rows: size, columns, values }: Matrix, right: Float64Array): Float64Array => {
  const solution = Float64Array.from(right);
  let first = 0;
  while (first < size && at(solution, first) === 0) first += 1;
  for (let row = first; row < size; row += 1) {
    const start = row * columns;
    const known = dotOf({ values, from: start + first }, { values: solution, from: first }, row - first);
    solution[row] = (at(solution, row) - known) / at(values, start + row);
  }
  return solution;
};

/** `L'⁻¹ · right`, with a lower Cholesky factor L. */
export const solveUpper = ({ rows: size, columns, values }: Matrix, right: Float64Array): Float64Array => {
  const solution = Float64Array.from(right);
  for (let row = size - 1; row >= 0; row -= 1) {
    const start = row * columns;
    const found = at(solution, row) / at(values, start + row);
    solution[row] = found;
    for (let k = 0; k < row; k += 1) add(solution, k, -found * at(values, start + k));
  }
  return solution;
};

/** Solves with a Cholesky factor, forwards and back. */
export const solveCholesky = (factor: Matrix, right: Float64Array): Float64Array =>
  solveUpper(factor, solveLower(factor, right));
