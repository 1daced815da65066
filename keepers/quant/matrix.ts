/**
 * A dense matrix, stored by rows. `spans`, where they were computed, hold the first column and the one after the last that is
 * not zero in each row, so that rows with few entries cost little.
 */
export type Matrix = {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
  readonly spans?: Int32Array;
};

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

/** Numbers from a place on. */
export type Part = { readonly values: Float64Array; readonly from: number };

/** The product of `length` numbers from two places. Four sums run side by side, since each addition waits for the one before. */
export const dotOf = (left: Part, right: Part, length: number): number => {
  const { values: a, from: i } = left;
  const { values: b, from: j } = right;
  let s = 0;
  let t = 0;
  let u = 0;
  let v = 0;
  let k = 0;
  for (; k + 3 < length; k += 4) {
    s += at(a, i + k) * at(b, j + k);
    t += at(a, i + k + 1) * at(b, j + k + 1);
    u += at(a, i + k + 2) * at(b, j + k + 2);
    v += at(a, i + k + 3) * at(b, j + k + 3);
  }
  for (; k < length; k += 1) s += at(a, i + k) * at(b, j + k);
  return s + t + (u + v);
};

export const dot = (left: Float64Array, right: Float64Array): number =>
  dotOf({ values: left, from: 0 }, { values: right, from: 0 }, left.length);

/** The sum of all entries. */
export const total = (values: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += at(values, i);
  return sum;
};

/** The largest absolute entry; zero for an empty array. */
export const largest = (values: Float64Array): number => {
  let most = 0;
  for (let i = 0; i < values.length; i += 1) most = Math.max(most, Math.abs(at(values, i)));
  return most;
};

/** The same matrix with its rows' spans, which must be computed again when its values change. */
export const withSpans = (matrix: Matrix): Matrix => {
  const { rows, columns, values } = matrix;
  const spans = new Int32Array(2 * rows);
  for (let row = 0; row < rows; row += 1) {
    let [first, end] = [0, columns];
    while (first < end && at(values, row * columns + first) === 0) first += 1;
    while (end > first && at(values, row * columns + end - 1) === 0) end -= 1;
    spans[2 * row] = first;
    spans[2 * row + 1] = end;
  }
  return { ...matrix, spans };
};

const firstOf = ({ spans }: Matrix, row: number): number => spans?.[2 * row] ?? 0;
const endOf = ({ spans, columns }: Matrix, row: number): number => spans?.[2 * row + 1] ?? columns;

/** The largest coefficient of each row; one where all are zero. */
export const rowScales = (matrix: Matrix): Float64Array => {
  const scales = new Float64Array(matrix.rows);
  for (let row = 0; row < matrix.rows; row += 1) {
    const [start, end] = [row * matrix.columns, endOf(matrix, row)];
    let most = 0;
    for (let i = start + firstOf(matrix, row); i < start + end; i += 1) {
      most = Math.max(most, Math.abs(at(matrix.values, i)));
    }
    scales[row] = most || 1;
  }
  return scales;
};

/** `left + factor · right`. */
export const plusTimes = (left: Float64Array, factor: number, right: Float64Array): Float64Array => {
  const sum = new Float64Array(left.length);
  for (let i = 0; i < sum.length; i += 1) sum[i] = at(left, i) + factor * at(right, i);
  return sum;
};

/** Matrix times vector. */
export const times = (matrix: Matrix, vector: Float64Array): Float64Array => {
  const { rows, columns, values } = matrix;
  const product = new Float64Array(rows);
  for (let row = 0; row < rows; row += 1) {
    const [start, end] = [row * columns, endOf(matrix, row)];
    let sum = 0;
    for (let column = firstOf(matrix, row); column < end; column += 1) {
      sum += at(values, start + column) * at(vector, column);
    }
    product[row] = sum;
  }
  return product;
};

/** Adds the transposed matrix times a vector to `target`. */
export const addTransposed = (target: Float64Array, matrix: Matrix, vector: Float64Array): void => {
  const { rows, columns, values } = matrix;
  for (let row = 0; row < rows; row += 1) {
    const factor = at(vector, row);
    if (factor === 0) continue;
    const [start, end] = [row * columns, endOf(matrix, row)];
    for (let column = firstOf(matrix, row); column < end; column += 1) {
      target[column] = at(target, column) + factor * at(values, start + column);
    }
  }
};

/** Adds one row's weighted outer product to the lower triangle of `sums`. */
const addOuter = (sums: Float64Array, matrix: Matrix, { row, weight }: { row: number; weight: number }): void => {
  const { columns, values } = matrix;
  const [start, first, end] = [row * columns, firstOf(matrix, row), endOf(matrix, row)];
  for (let i = first; i < end; i += 1) {
    const factor = weight * at(values, start + i);
    if (factor === 0) continue;
    for (let j = first, index = i * columns + first; j <= i; j += 1, index += 1) {
      sums[index] = at(sums, index) + factor * at(values, start + j);
    }
  }
};

/**
 * Adds four rows' weighted outer products at once, two lines of the sums at a time: each number that is loaded is used twice, and
 * each sum is read and written a quarter as often.
 */
const addFourOuters = (
  sums: Float64Array,
  { columns, values }: Matrix,
  given: { row: number; weights: Float64Array },
): void => {
  const { row, weights } = given;
  const a = row * columns;
  const b = a + columns;
  const c = b + columns;
  const d = c + columns;
  const wa = at(weights, row);
  const wb = at(weights, row + 1);
  const wc = at(weights, row + 2);
  const wd = at(weights, row + 3);
  for (let i = 0; i < columns; i += 2) {
    const hasTwo = i + 1 < columns;
    const next = hasTwo ? i + 1 : i;
    const pa = wa * at(values, a + i);
    const pb = wb * at(values, b + i);
    const pc = wc * at(values, c + i);
    const pd = wd * at(values, d + i);
    const qa = wa * at(values, a + next);
    const qb = wb * at(values, b + next);
    const qc = wc * at(values, c + next);
    const qd = wd * at(values, d + next);
    const upper = i * columns;
    const lower = next * columns;
    for (let j = 0; j <= i; j += 1) {
      const va = at(values, a + j);
      const vb = at(values, b + j);
      const vc = at(values, c + j);
      const vd = at(values, d + j);
      sums[upper + j] = at(sums, upper + j) + (pa * va + pb * vb + (pc * vc + pd * vd));
      if (hasTwo) sums[lower + j] = at(sums, lower + j) + (qa * va + qb * vb + (qc * vc + qd * vd));
    }
    if (!hasTwo) continue;
    const corner = qa * at(values, a + next) + qb * at(values, b + next);
    add(sums, lower + next, corner + (qc * at(values, c + next) + qd * at(values, d + next)));
  }
};

/** Adds `rows' · diag(weights) · rows` to the lower triangle of a square matrix. */
export const addWeightedGram = (target: Matrix, matrix: Matrix, weights: Float64Array): void => {
  const isNarrow = (row: number): boolean => 4 * (endOf(matrix, row) - firstOf(matrix, row)) <= matrix.columns;
  let row = 0;
  while (row < matrix.rows) {
    if (!isNarrow(row) && row + 3 < matrix.rows) {
      addFourOuters(target.values, matrix, { row, weights });
      row += 4;
    } else {
      addOuter(target.values, matrix, { row, weight: at(weights, row) });
      row += 1;
    }
  }
};

/** Copies the lower triangle onto the upper one. */
export const mirror = ({ rows, columns, values }: Matrix): void => {
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < row; column += 1) values[column * columns + row] = at(values, row * columns + column);
  }
};
