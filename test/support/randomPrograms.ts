import type { Random } from "../../keepers/core/random.ts";
import { type Matrix, matrixOf, zeros } from "../../keepers/quant/matrix.ts";
import { type Program, programOf } from "../../keepers/quant/solver/program.ts";

/** What makes a random program hard. */
export const SHAPES = ["plain", "duplicates", "collinear", "zero-variance", "tight", "infeasible"] as const;
export type Shape = (typeof SHAPES)[number];

const pick = (random: Random, least: number, most: number): number =>
  least + Number(random.below(BigInt(most - least + 1)));

/** Returns in percent with one common factor; some shapes repeat, combine or still an asset. */
export const randomReturns = (random: Random, size: number, rows: number, shape: Shape): readonly number[][] => {
  const scale = Array.from({ length: size }, () => 0.2 + 2 * random.uniform());
  return Array.from({ length: rows }, () => {
    const common = random.normal();
    const row = scale.map((own, i) => 0.02 * (i % 5) + 0.6 * common + own * random.normal());
    if (shape === "duplicates") row[1] = row[0] ?? 0;
    if (shape === "collinear") row[2] = ((row[0] ?? 0) + (row[1] ?? 0)) / 2;
    if (shape === "zero-variance") row[0] = 0.01;
    return row;
  });
};

export const covarianceOfRows = (rows: readonly (readonly number[])[], size: number): Matrix => {
  const means = Array.from({ length: size }, (_, i) => rows.reduce((sum, row) => sum + (row[i] ?? 0), 0) / rows.length);
  const matrix = zeros(size, size);
  for (const row of rows) {
    for (let i = 0; i < size; i += 1) {
      for (let j = 0; j < size; j += 1) {
        const product = ((row[i] ?? 0) - (means[i] ?? 0)) * ((row[j] ?? 0) - (means[j] ?? 0));
        matrix.values[i * size + j] = (matrix.values[i * size + j] ?? 0) + product / (rows.length - 1);
      }
    }
  }
  return matrix;
};

/** Budget, bounds, one group's cap and a floor under the mean, over `size` weights in `columns` variables. */
const limitsOf = (
  random: Random,
  { size, columns, means, shape }: { size: number; columns: number; means: readonly number[]; shape: Shape },
) => {
  const unit = (index: number, value: number) => Array.from({ length: columns }, (_, i) => (i === index ? value : 0));
  const cap = shape === "infeasible" ? 0.8 / size : Math.min(1, (1.2 + 2 * random.uniform()) / size);
  const group = pick(random, 1, size - 1);
  const isMember = (i: number): boolean => i < group;
  const groupCap = shape === "tight" ? Math.max(1 - cap * (size - group), 0) : Math.min(1, 0.3 + random.uniform());
  const floor = means.reduce((sum, mean) => sum + mean, 0) / size - random.uniform() * 0.05;
  const hasFloor = shape !== "tight";
  const rows = [
    ...means.map((_, i) => unit(i, -1)),
    ...means.map((_, i) => unit(i, 1)),
    Array.from({ length: columns }, (_, i) => (isMember(i) ? 1 : 0)),
    ...(hasFloor ? [Array.from({ length: columns }, (_, i) => -(means[i] ?? 0))] : []),
  ];
  const right = [...means.map(() => 0), ...means.map(() => cap), groupCap, ...(hasFloor ? [-floor] : [])];
  return {
    inequalities: { matrix: matrixOf(rows), right: Float64Array.from(right) },
    equalities: {
      matrix: matrixOf([Array.from({ length: columns }, (_, i) => (i < size ? 1 : 0))]),
      right: Float64Array.of(1),
    },
  };
};

const meansOf = (rows: readonly (readonly number[])[], size: number): readonly number[] =>
  Array.from({ length: size }, (_, i) => rows.reduce((sum, row) => sum + (row[i] ?? 0), 0) / rows.length);

/** A mean-variance program. `ridge`: added to the diagonal, since the second solver takes no singular matrix. */
export const randomQuadratic = (random: Random, shape: Shape, ridge: number): Program => {
  const size = pick(random, 3, 30);
  const returns = randomReturns(random, size, pick(random, 3, 3 * size), shape);
  const means = meansOf(returns, size);
  const quadratic = covarianceOfRows(returns, size);
  for (let i = 0; i < size; i += 1) quadratic.values[i * size + i] = (quadratic.values[i * size + i] ?? 0) + ridge;
  const linear = Float64Array.from(means, (mean) => -mean * random.uniform());
  return programOf({ quadratic, linear, ...limitsOf(random, { size, columns: size, means, shape }) });
};

/** The program of the least CVaR at 95 %. */
export const randomShortfall = (random: Random, shape: Shape): Program => {
  const size = pick(random, 3, 12);
  const count = pick(random, 40, 120);
  const returns = randomReturns(random, size, count, shape);
  const means = meansOf(returns, size);
  return programOf({
    linear: Float64Array.from({ length: size + 1 }, (_, i) => (i === size ? 1 : 0)),
    hinges: {
      matrix: matrixOf(returns.map((row) => [...row.map((value) => -value), -1])),
      offset: new Float64Array(count),
      cost: new Float64Array(count).fill(1 / (0.05 * count)),
      curve: new Float64Array(count),
    },
    ...limitsOf(random, { size, columns: size + 1, means, shape }),
  });
};
