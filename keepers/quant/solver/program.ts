import { type Matrix, addTransposed, at, dot, largest, plusTimes, rowOf, rowScales, times, zeros } from "../matrix.ts";

/** Linear rows with their right-hand sides. */
export type Rows = { readonly matrix: Matrix; readonly right: Float64Array };

/**
 * Costs that start at a kink: row k costs `cost · u + ½ · curve · u²` with `u = max(0, row · x + offset)`. A scenario of a
 * shortfall, and a fee on what is bought, are such rows; the solver eliminates u by hand.
 */
export type Hinges = {
  readonly matrix: Matrix;
  readonly offset: Float64Array;
  /** At least zero each. */
  readonly cost: Float64Array;
  /** At least zero each; above zero where `cost` is zero. */
  readonly curve: Float64Array;
};

/**
 * A convex program: minimise `½ x'Px + q'x + Σ hinges` where `Ax = b` and `Gx ≤ h`. P is symmetric and has no negative
 * eigenvalue. Variables are best of the order of one; each row is scaled by the solver.
 */
export type Program = {
  readonly quadratic: Matrix;
  readonly linear: Float64Array;
  readonly equalities: Rows;
  readonly inequalities: Rows;
  readonly hinges: Hinges;
};

/** The multipliers of a program's rows: of the equalities, of the inequalities, and the slope at each hinge. */
export type Multipliers = {
  readonly equalities: Float64Array;
  readonly inequalities: Float64Array;
  readonly hinges: Float64Array;
};

/** How well a point and its multipliers solve a program, computed from the program itself and not from the solver's state. */
export type Certificate = {
  readonly objective: number;
  /** The largest violation of a row, in units of the row's largest coefficient. */
  readonly violation: number;
  /** The largest entry of the Lagrangian's gradient, in units of the objective's largest coefficient. */
  readonly dualResidual: number;
  /** Objective less the Lagrangian's lower bound, relative to the objective or to a thousandth of its largest coefficient. */
  readonly gap: number;
};

/** No rows, for programs without some kind of them. */
export const noRows = (columns: number): Rows => ({ matrix: zeros(0, columns), right: new Float64Array(0) });
export const noHinges = (columns: number): Hinges => ({
  matrix: zeros(0, columns),
  offset: new Float64Array(0),
  cost: new Float64Array(0),
  curve: new Float64Array(0),
});

/** A program whose missing parts are empty. */
export const programOf = (parts: Partial<Program> & Pick<Program, "linear">): Program => {
  const size = parts.linear.length;
  return {
    quadratic: zeros(size, size),
    equalities: noRows(size),
    inequalities: noRows(size),
    hinges: noHinges(size),
    ...parts,
  };
};

/** The largest coefficient of the objective; one where all are zero. */
export const objectiveScale = ({ quadratic, linear, hinges }: Program): number => {
  let most = Math.max(largest(quadratic.values), largest(linear));
  for (let k = 0; k < hinges.cost.length; k += 1) {
    most = Math.max(most, (at(hinges.cost, k) + at(hinges.curve, k)) * largest(rowOf(hinges.matrix, k)));
  }
  return most > 0 ? most : 1;
};

/** The argument of each hinge at x. */
export const hingeArguments = ({ matrix, offset }: Hinges, x: Float64Array): Float64Array =>
  times(matrix, x).map((value, k) => value + at(offset, k));

const hingeCost = ({ cost, curve }: Hinges, k: number, argument: number): number => {
  const u = Math.max(0, argument);
  return at(cost, k) * u + (at(curve, k) * u * u) / 2;
};

/** Multipliers that may be negative by rounding, brought to where the lower bound is finite. */
const admissible = ({ hinges }: Program, { equalities, inequalities, hinges: slopes }: Multipliers): Multipliers => ({
  equalities,
  inequalities: inequalities.map((value) => Math.max(0, value)),
  hinges: slopes.map((value, k) =>
    at(hinges.curve, k) > 0 ? Math.max(0, value) : Math.min(Math.max(0, value), at(hinges.cost, k)),
  ),
});

const violationOf = (excess: Float64Array, scales: Float64Array): number => {
  let most = 0;
  for (let row = 0; row < excess.length; row += 1) most = Math.max(most, at(excess, row) / at(scales, row));
  return most;
};

const excessOf = ({ matrix, right }: Rows, x: Float64Array): Float64Array => plusTimes(times(matrix, x), -1, right);

/** Fenchel's gap of each hinge: its cost less the line with the multiplier as slope that lies below it. */
const hingeGap = (hinges: Hinges, slopes: Float64Array, arguments_: Float64Array): number => {
  let sum = 0;
  for (const [k, argument] of arguments_.entries()) {
    const [slope, curve] = [at(slopes, k), at(hinges.curve, k)];
    const above = Math.max(0, slope - at(hinges.cost, k));
    const conjugate = curve > 0 ? (above * above) / (2 * curve) : 0;
    sum += hingeCost(hinges, k, argument) - slope * argument + conjugate;
  }
  return sum;
};

/** How far rounding may put a sum off, in parts of its largest terms. */
const ROUNDING = 16 * Number.EPSILON;

const sumOfAbsolutes = (values: Float64Array, weights?: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1)
    sum += Math.abs(at(values, i)) * (weights === undefined ? 1 : at(weights, i));
  return sum;
};

/**
 * A judge of points and their multipliers for one program. The lower bound behind the gap holds exactly where the dual
 * residual is zero. A row that is broken shows in `violation`. What rounding may hide counts as residual and as gap: beside huge
 * multipliers everything else vanishes, and a wrong point would look like a proven one.
 */
export const certifierOf = (program: Program): ((x: Float64Array, given: Multipliers) => Certificate) => {
  const { quadratic, linear, equalities, inequalities, hinges } = program;
  const scale = objectiveScale(program);
  const scales = {
    equalities: rowScales(equalities.matrix),
    inequalities: rowScales(inequalities.matrix),
    hinges: rowScales(hinges.matrix),
  };
  /** The sum of all terms of the gradient's entries at most: of P and q, and of the rows. */
  const termsOf = (x: Float64Array, { equalities: y, inequalities: dual, hinges: slopes }: Multipliers): number =>
    scale * (1 + sumOfAbsolutes(x)) +
    sumOfAbsolutes(y, scales.equalities) +
    sumOfAbsolutes(dual, scales.inequalities) +
    sumOfAbsolutes(slopes, scales.hinges);
  return (x, given) => {
    const multipliers = admissible(program, given);
    const curved = times(quadratic, x);
    const arguments_ = hingeArguments(hinges, x);
    const [off, above] = [excessOf(equalities, x), excessOf(inequalities, x)];
    let objective = dot(curved, x) / 2 + dot(linear, x);
    for (const [k, argument] of arguments_.entries()) objective += hingeCost(hinges, k, argument);
    const gap =
      hingeGap(hinges, multipliers.hinges, arguments_) -
      dot(multipliers.equalities, off) -
      dot(multipliers.inequalities, above);
    const gradient = plusTimes(curved, 1, linear);
    addTransposed(gradient, equalities.matrix, multipliers.equalities);
    addTransposed(gradient, inequalities.matrix, multipliers.inequalities);
    addTransposed(gradient, hinges.matrix, multipliers.hinges);
    const hidden = ROUNDING * termsOf(x, multipliers);
    return {
      objective,
      violation: Math.max(violationOf(off.map(Math.abs), scales.equalities), violationOf(above, scales.inequalities)),
      dualResidual: (largest(gradient) + hidden) / scale,
      gap: (Math.abs(gap) + hidden * largest(x)) / Math.max(Math.abs(objective), scale / 1_000),
    };
  };
};
