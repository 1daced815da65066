import {
  type Matrix,
  add,
  addTransposed,
  addWeightedGram,
  at,
  cholesky,
  mirror,
  rowOf,
  solveCholesky,
  times,
  zeros,
} from "../matrix.ts";
import type { Program } from "./program.ts";

/**
 * Where the method stands. `slack`, `dual`: of the inequalities. Of each hinge: `u` is its positive part and `uDual` the
 * multiplier of u ≥ 0; `room` is u less its argument, and `slope` the multiplier of that.
 */
export type Iterate = {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly slack: Float64Array;
  readonly dual: Float64Array;
  readonly u: Float64Array;
  readonly uDual: Float64Array;
  readonly room: Float64Array;
  readonly slope: Float64Array;
};

/** How far an iterate is from what must be zero. */
export type Residuals = {
  readonly gradient: Float64Array;
  readonly equality: Float64Array;
  readonly inequality: Float64Array;
  readonly room: Float64Array;
  readonly u: Float64Array;
};

/** What each complementary product must change by. */
export type Products = { readonly slack: Float64Array; readonly u: Float64Array; readonly room: Float64Array };

export const residualsOf = (program: Program, point: Iterate): Residuals => {
  const { quadratic, linear, equalities, inequalities, hinges } = program;
  const gradient = times(quadratic, point.x).map((value, i) => value + at(linear, i));
  addTransposed(gradient, equalities.matrix, point.y);
  addTransposed(gradient, inequalities.matrix, point.dual);
  addTransposed(gradient, hinges.matrix, point.slope);
  const equality = times(equalities.matrix, point.x).map((value, i) => value - at(equalities.right, i));
  const inequality = times(inequalities.matrix, point.x).map(
    (value, i) => value + at(point.slack, i) - at(inequalities.right, i),
  );
  const room = times(hinges.matrix, point.x).map(
    (value, k) => at(point.u, k) - value - at(hinges.offset, k) - at(point.room, k),
  );
  const u = point.u.map(
    (value, k) => at(hinges.cost, k) + at(hinges.curve, k) * value - at(point.slope, k) - at(point.uDual, k),
  );
  return { gradient, equality, inequality, room, u };
};

/** The reduced system of one iterate, factored: `M dx + A' dy`, `A dx`. */
export type Factored = {
  readonly solve: (top: Float64Array, bottom: Float64Array) => { readonly dx: Float64Array; readonly dy: Float64Array };
};

/**
 * A small part of each diagonal entry, so that a matrix without full rank can be factored; refinement removes it. Each entry
 * has its own: near a solution the entries differ by 10¹⁶, and a part of the largest would drown the small ones.
 */
const RIDGE = 1e-15;
const REFINEMENTS = 2;

const ridged = (matrix: Matrix, ridge: number): Matrix => {
  const copy = { ...matrix, values: Float64Array.from(matrix.values) };
  for (let index = 0; index < copy.values.length; index += matrix.rows + 1) {
    add(copy.values, index, ridge * (at(matrix.values, index) || 1));
  }
  return copy;
};

/** Factors with as little ridge as it takes. */
const factor = (matrix: Matrix): Matrix | undefined => {
  for (let ridge = RIDGE; ridge <= 1e-6; ridge *= 100) {
    const result = cholesky(ridged(matrix, ridge));
    if (result !== undefined) return result;
  }
  return undefined;
};

type Blocks = { readonly system: Matrix; readonly equalities: Matrix };
type Solved = { readonly dx: Float64Array; readonly dy: Float64Array };

/** What is left of the two right-hand sides after a solution. */
const leftOver = ({ system, equalities }: Blocks, right: Solved, { dx, dy }: Solved): Solved => {
  const top = times(system, dx).map((value, i) => at(right.dx, i) - value);
  const minus = dy.map((value) => -value);
  addTransposed(top, equalities, minus);
  return { dx: top, dy: times(equalities, dx).map((value, i) => at(right.dy, i) - value) };
};

/** Solves once, by the Schur complement of the equalities; undefined where the numbers no longer allow a factor. */
const solverOf = ({ system, equalities }: Blocks): ((right: Solved) => Solved) | undefined => {
  const top = factor(system);
  if (top === undefined) return undefined;
  const solved = Array.from({ length: equalities.rows }, (_, row) => solveCholesky(top, rowOf(equalities, row)));
  const schur = zeros(equalities.rows, equalities.rows);
  for (const [column, vector] of solved.entries()) {
    for (const [row, value] of times(equalities, vector).entries())
      schur.values[row * equalities.rows + column] = value;
  }
  const bottom = factor(schur);
  if (bottom === undefined) return undefined;
  return (right) => {
    const dx = solveCholesky(top, right.dx);
    const excess = times(equalities, dx).map((value, i) => value - at(right.dy, i));
    const dy = solveCholesky(bottom, excess);
    for (const [row, vector] of solved.entries()) {
      for (let i = 0; i < dx.length; i += 1) add(dx, i, -at(dy, row) * at(vector, i));
    }
    return { dx, dy };
  };
};

/** Factors both blocks; each solution is refined against the system without ridge. */
const factorBlocks = (blocks: Blocks): Factored | undefined => {
  const once = solverOf(blocks);
  if (once === undefined) return undefined;
  const solve = (top: Float64Array, bottom: Float64Array): Solved => {
    const right = { dx: top, dy: bottom };
    const solution = once(right);
    for (let pass = 0; pass < REFINEMENTS; pass += 1) {
      const fix = once(leftOver(blocks, right, solution));
      for (const [i, value] of fix.dx.entries()) add(solution.dx, i, value);
      for (const [i, value] of fix.dy.entries()) add(solution.dy, i, value);
    }
    return solution;
  };
  return { solve };
};

/** Builds and factors the reduced system; undefined where the numbers no longer allow it. */
export const factorAt = (program: Program, point: Iterate): Factored | undefined => {
  const { quadratic, inequalities, hinges, equalities } = program;
  const system = { ...quadratic, values: Float64Array.from(quadratic.values) };
  addWeightedGram(
    system,
    inequalities.matrix,
    point.dual.map((value, i) => value / at(point.slack, i)),
  );
  addWeightedGram(
    system,
    hinges.matrix,
    point.u.map((value, k) => {
      const [a, b] = [at(point.slope, k) / at(point.room, k), at(point.uDual, k) / value];
      const bent = at(hinges.curve, k) + b;
      return (a * bent) / (a + bent);
    }),
  );
  mirror(system);
  return factorBlocks({ system, equalities: equalities.matrix });
};

/** What a hinge's two multipliers and its slack add to the right side, and how u follows from the change of the argument. */
const hingeStep = (program: Program, point: Iterate, given: { residuals: Residuals; products: Products }) => {
  const { hinges } = program;
  const { residuals, products } = given;
  const count = hinges.cost.length;
  const [a, sum] = [new Float64Array(count), new Float64Array(count)];
  const [free, pull] = [new Float64Array(count), new Float64Array(count)];
  for (let k = 0; k < count; k += 1) {
    const weight = at(point.slope, k) / at(point.room, k);
    const own = at(products.room, k) / at(point.room, k) + weight * at(residuals.room, k);
    a[k] = weight;
    sum[k] = at(hinges.curve, k) + weight + at(point.uDual, k) / at(point.u, k);
    free[k] = -at(residuals.u, k) - own - at(products.u, k) / at(point.u, k);
    pull[k] = -own - (weight * at(free, k)) / at(sum, k);
  }
  return { a, sum, free, pull };
};

/** Newton's step towards zero residuals and the wanted products, by one solve of the reduced system. */
export const newtonStep = (
  program: Program,
  point: Iterate,
  given: { readonly factored: Factored; readonly residuals: Residuals; readonly products: Products },
): Iterate => {
  const { equalities, inequalities, hinges } = program;
  const { factored, residuals, products } = given;
  const hinge = hingeStep(program, point, given);
  const pull = point.dual.map(
    (value, i) => (value * at(residuals.inequality, i) - at(products.slack, i)) / at(point.slack, i),
  );
  const right = new Float64Array(point.x.length);
  addTransposed(right, inequalities.matrix, pull);
  addTransposed(right, hinges.matrix, hinge.pull);
  const top = right.map((value, i) => -at(residuals.gradient, i) - value);
  const bottom = equalities.right.map((_, i) => -at(residuals.equality, i));
  const { dx, dy } = factored.solve(top, bottom);
  const slack = times(inequalities.matrix, dx).map((value, i) => -at(residuals.inequality, i) - value);
  const dual = slack.map((value, i) => (-at(products.slack, i) - at(point.dual, i) * value) / at(point.slack, i));
  const change = times(hinges.matrix, dx);
  const u = change.map((value, k) => (at(hinge.a, k) * value + at(hinge.free, k)) / at(hinge.sum, k));
  const room = u.map((value, k) => value - at(change, k) + at(residuals.room, k));
  const slope = room.map((value, k) => (-at(products.room, k) - at(point.slope, k) * value) / at(point.room, k));
  const uDual = u.map((value, k) => (-at(products.u, k) - at(point.uDual, k) * value) / at(point.u, k));
  return { x: dx, y: dy, slack, dual, u, uDual, room, slope };
};
