import { cholesky, solveCholesky } from "../cholesky.ts";
import {
  type Matrix,
  add,
  addTransposed,
  addWeightedGram,
  at,
  largest,
  mirror,
  plusTimes,
  rowOf,
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
  const gradient = plusTimes(times(quadratic, point.x), 1, linear);
  addTransposed(gradient, equalities.matrix, point.y);
  addTransposed(gradient, inequalities.matrix, point.dual);
  addTransposed(gradient, hinges.matrix, point.slope);
  const equality = plusTimes(times(equalities.matrix, point.x), -1, equalities.right);
  const inequality = plusTimes(times(inequalities.matrix, point.x), -1, inequalities.right);
  for (let i = 0; i < inequality.length; i += 1) add(inequality, i, at(point.slack, i));
  const arguments_ = times(hinges.matrix, point.x);
  const [room, u] = [new Float64Array(arguments_.length), new Float64Array(arguments_.length)];
  for (let k = 0; k < room.length; k += 1) {
    room[k] = at(point.u, k) - at(arguments_, k) - at(hinges.offset, k) - at(point.room, k);
    u[k] = at(hinges.cost, k) + at(hinges.curve, k) * at(point.u, k) - at(point.slope, k) - at(point.uDual, k);
  }
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
/** A rest of this part of the right side is rounding. */
const NEGLIGIBLE = 1e-12;

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
  const top = plusTimes(right.dx, -1, times(system, dx));
  addTransposed(top, equalities, plusTimes(new Float64Array(dy.length), -1, dy));
  return { dx: top, dy: plusTimes(right.dy, -1, times(equalities, dx)) };
};

/** Solves once, by the Schur complement of the equalities; undefined where the numbers no longer allow a factor. */
const solverOf = ({ system, equalities }: Blocks): ((right: Solved) => Solved) | undefined => {
  const top = factor(system);
  if (top === undefined) return undefined;
  const solved = Array.from({ length: equalities.rows }, (_, row) => solveCholesky(top, rowOf(equalities, row)));
  const schur = zeros(equalities.rows, equalities.rows);
  for (const [column, vector] of solved.entries()) {
    const products = times(equalities, vector);
    for (let row = 0; row < products.length; row += 1) {
      schur.values[row * equalities.rows + column] = at(products, row);
    }
  }
  const bottom = factor(schur);
  if (bottom === undefined) return undefined;
  return (right) => {
    const dx = solveCholesky(top, right.dx);
    const dy = solveCholesky(bottom, plusTimes(times(equalities, dx), -1, right.dy));
    const corrected = solved.reduce((sum, vector, row) => plusTimes(sum, -at(dy, row), vector), dx);
    return { dx: corrected, dy };
  };
};

/** Factors both blocks; each solution is refined against the system without ridge. */
const factorBlocks = (blocks: Blocks): Factored | undefined => {
  const once = solverOf(blocks);
  if (once === undefined) return undefined;
  const solve = (top: Float64Array, bottom: Float64Array): Solved => {
    const right = { dx: top, dy: bottom };
    let solution = once(right);
    const small = NEGLIGIBLE * Math.max(largest(top), largest(bottom));
    for (let pass = 0; pass < REFINEMENTS; pass += 1) {
      const rest = leftOver(blocks, right, solution);
      if (Math.max(largest(rest.dx), largest(rest.dy)) <= small) break;
      const fix = once(rest);
      solution = { dx: plusTimes(solution.dx, 1, fix.dx), dy: plusTimes(solution.dy, 1, fix.dy) };
    }
    return solution;
  };
  return { solve };
};

/** Builds and factors the reduced system; undefined where the numbers no longer allow it. */
export const factorAt = (program: Program, point: Iterate): Factored | undefined => {
  const { quadratic, inequalities, hinges, equalities } = program;
  const system = { ...quadratic, values: Float64Array.from(quadratic.values) };
  const weights = new Float64Array(point.slack.length);
  for (let i = 0; i < weights.length; i += 1) weights[i] = at(point.dual, i) / at(point.slack, i);
  addWeightedGram(system, inequalities.matrix, weights);
  const bends = new Float64Array(point.u.length);
  for (let k = 0; k < bends.length; k += 1) {
    const a = at(point.slope, k) / at(point.room, k);
    const bent = at(hinges.curve, k) + at(point.uDual, k) / at(point.u, k);
    bends[k] = (a * bent) / (a + bent);
  }
  addWeightedGram(system, hinges.matrix, bends);
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

/** How a multiplier follows the change of what it is complementary to: `(-product - multiplier · change) / value`. */
const multiplierStep = (
  product: Float64Array,
  multiplier: Float64Array,
  of: { readonly value: Float64Array; readonly change: Float64Array },
): Float64Array => {
  const step = new Float64Array(product.length);
  for (let i = 0; i < step.length; i += 1) {
    step[i] = -(at(product, i) + at(multiplier, i) * at(of.change, i)) / at(of.value, i);
  }
  return step;
};

const negated = (left: Float64Array, right: Float64Array): Float64Array => {
  const result = new Float64Array(left.length);
  for (let i = 0; i < result.length; i += 1) result[i] = -at(left, i) - at(right, i);
  return result;
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
  const pull = new Float64Array(point.slack.length);
  for (let i = 0; i < pull.length; i += 1) {
    pull[i] = (at(point.dual, i) * at(residuals.inequality, i) - at(products.slack, i)) / at(point.slack, i);
  }
  const right = new Float64Array(point.x.length);
  addTransposed(right, inequalities.matrix, pull);
  addTransposed(right, hinges.matrix, hinge.pull);
  const none = new Float64Array(equalities.right.length);
  const { dx, dy } = factored.solve(negated(residuals.gradient, right), negated(residuals.equality, none));
  const slack = negated(residuals.inequality, times(inequalities.matrix, dx));
  const change = times(hinges.matrix, dx);
  const [u, room] = [new Float64Array(change.length), new Float64Array(change.length)];
  for (let k = 0; k < u.length; k += 1) {
    u[k] = (at(hinge.a, k) * at(change, k) + at(hinge.free, k)) / at(hinge.sum, k);
    room[k] = at(u, k) - at(change, k) + at(residuals.room, k);
  }
  const dual = multiplierStep(products.slack, point.dual, { value: point.slack, change: slack });
  const slope = multiplierStep(products.room, point.slope, { value: point.room, change: room });
  const uDual = multiplierStep(products.u, point.uDual, { value: point.u, change: u });
  return { x: dx, y: dy, slack, dual, u, uDual, room, slope };
};
