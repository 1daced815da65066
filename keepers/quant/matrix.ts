/** A dense matrix, stored by rows. */
export type Matrix = { readonly rows: number; readonly columns: number; readonly values: Float64Array };

/** The number at an index; NaN outside, so that a wrong index shows in every result. */
export const at = (values: Float64Array, index: number): number => values[index] ?? Number.NaN;

/** Adds to one entry of an array. */
export const add = (values: Float64Array, index: number, amount: number): void => {
  values[index] = at(values, index) + amount;
};

/** A matrix of zeros. */
export const zeros = (rows: number, columns: number): Matrix => ({
  rows,
  columns,
  values: new Float64Array(rows * columns),
});

/** A matrix with the given rows. @throws RangeError where the rows differ in length */
export const matrixOf = (rows: readonly ArrayLike<number>[], columns = rows[0]?.length ?? 0): Matrix => {
  const matrix = zeros(rows.length, columns);
  for (const [index, row] of rows.entries()) {
    if (row.length !== columns) throw new RangeError(`row ${index} has ${row.length} entries, not ${columns}`);
    matrix.values.set(row, index * columns);
  }
  return matrix;
};

/** The entry in a row and a column. */
export const entry = ({ values, columns }: Matrix, row: number, column: number): number =>
  at(values, row * columns + column);

/** One row, as a view of the matrix's own numbers. */
export const rowOf = ({ values, columns }: Matrix, row: number): Float64Array =>
  values.subarray(row * columns, (row + 1) * columns);

export const dot = (left: Float64Array, right: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < left.length; i += 1) sum += at(left, i) * at(right, i);
  return sum;
};

/** The sum of all entries. */
export const total = (values: Float64Array): number => {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
};

/** The largest absolute entry; zero for an empty array. */
export const largest = (values: Float64Array): number => {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
};

/** Matrix times vector. */
export const times = (matrix: Matrix, vector: Float64Array): Float64Array => {
  const { rows, columns, values } = matrix;
  const product = new Float64Array(rows);
  for (let row = 0; row < rows; row += 1) {
    let sum = 0;
    for (let column = 0, index = row * columns; column < columns; column += 1, index += 1) {
      sum += at(values, index) * at(vector, column);
    }
    product[row] = sum;
  }
  return product;
};

/** Adds the transposed matrix times a vector to `target`. */
export const addTransposed = (target: Float64Array, { rows, columns, values }: Matrix, vector: Float64Array): void => {
  for (let row = 0; row < rows; row += 1) {
    const factor = at(vector, row);
    if (factor === 0) continue;
    for (let column = 0, index = row * columns; column < columns; column += 1, index += 1) {
      target[column] = at(target, column) + factor * at(values, index);
    }
  }
};

type Weighted = { readonly row: Float64Array; readonly weight: number };
type Four = readonly [Weighted, Weighted, Weighted, Weighted];

/** Adds one weighted outer product to the lower triangle of `sums`; entries that are zero cost nothing. */
const addOuter = (sums: Float64Array, { row, weight }: Weighted): void => {
  const columns = row.length;
  for (let i = 0; i < columns; i += 1) {
    const factor = weight * at(row, i);
    if (factor === 0) continue;
    for (let j = 0, index = i * columns; j <= i; j += 1, index += 1) {
      sums[index] = at(sums, index) + factor * at(row, j);
    }
  }
};

/** Adds four weighted outer products at once, which reads and writes the sums a quarter as often. */
const addFourOuters = (sums: Float64Array, [first, second, third, fourth]: Four): void => {
  const [{ row: a, weight: p }, { row: b, weight: q }] = [first, second];
  const [{ row: c, weight: r }, { row: d, weight: s }] = [third, fourth];
  const columns = a.length;
  for (let i = 0; i < columns; i += 1) {
    const [fa, fb, fc, fd] = [p * at(a, i), q * at(b, i), r * at(c, i), s * at(d, i)];
    for (let j = 0, index = i * columns; j <= i; j += 1, index += 1) {
      sums[index] = at(sums, index) + (fa * at(a, j) + fb * at(b, j) + (fc * at(c, j) + fd * at(d, j)));
    }
  }
};

const isMostlyZero = (row: Float64Array): boolean => {
  let used = 0;
  for (const value of row) if (value !== 0) used += 1;
  return used * 4 <= row.length;
};

/** Adds `rows' · diag(weights) · rows` to the lower triangle of a square matrix. */
export const addWeightedGram = (target: Matrix, matrix: Matrix, weights: Float64Array): void => {
  let waiting: Weighted[] = [];
  for (let index = 0; index < matrix.rows; index += 1) {
    const weighted = { row: rowOf(matrix, index), weight: at(weights, index) };
    if (isMostlyZero(weighted.row)) addOuter(target.values, weighted);
    else waiting.push(weighted);
    const [first, second, third, fourth] = waiting;
    if (first === undefined || second === undefined || third === undefined || fourth === undefined) continue;
    addFourOuters(target.values, [first, second, third, fourth]);
    waiting = [];
  }
  for (const weighted of waiting) addOuter(target.values, weighted);
};

/** Copies the lower triangle onto the upper one. */
export const mirror = ({ rows, columns, values }: Matrix): void => {
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < row; column += 1) values[column * columns + row] = at(values, row * columns + column);
  }
};

/**
 * The lower Cholesky factor of a symmetric matrix, of which only the lower triangle is read; undefined where a pivot is not
 * positive.
 */
export const cholesky = (matrix: Matrix): Matrix | undefined => {
  const size = matrix.rows;
  const factor = zeros(size, size);
  const { values } = factor;
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      let sum = entry(matrix, row, column);
      for (let k = 0; k < column; k += 1) sum -= at(values, row * size + k) * at(values, column * size + k);
      if (column < row) values[row * size + column] = sum / at(values, column * size + column);
      else if (!(sum > 0)) return undefined;
      else values[row * size + row] = Math.sqrt(sum);
    }
  }
  return factor;
};

/** Solves with a Cholesky factor, forwards and back. */
export const solveCholesky = ({ rows: size, values }: Matrix, right: Float64Array): Float64Array => {
  const solution = Float64Array.from(right);
  for (let row = 0; row < size; row += 1) {
    let sum = at(solution, row);
    for (let k = 0; k < row; k += 1) sum -= at(values, row * size + k) * at(solution, k);
    solution[row] = sum / at(values, row * size + row);
  }
  for (let row = size - 1; row >= 0; row -= 1) {
    let sum = at(solution, row);
    for (let k = row + 1; k < size; k += 1) sum -= at(values, k * size + row) * at(solution, k);
    solution[row] = sum / at(values, row * size + row);
  }
  return solution;
};
