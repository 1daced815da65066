import { at, dot, largest, plusTimes, rowOf, rowScales, withSpans } from "../matrix.ts";
import { type Iterate, type Products, type Residuals, factorAt, newtonStep, residualsOf } from "./newton.ts";
import {
  type Certificate,
  type Multipliers,
  type Program,
  type Rows,
  certifierOf,
  hingeArguments,
  objectiveScale,
} from "./program.ts";

/** The best point that the method found, with its multipliers in the program's own units. */
export type BestPoint = {
  readonly x: Float64Array;
  readonly multipliers: Multipliers;
  readonly certificate: Certificate;
  readonly iterations: number;
};

const MAX_ITERATIONS = 80;
/** The method stops here: beyond it rounding rules. */
const FINE = 1e-11;
const NEAR = 1e-6;
/** After so many iterations without a better point the best one is the answer. */
const PATIENCE = 6;
/** How much of the way to the boundary a step goes. A careful one keeps to the centre, which limits without room need. */
export const STEP = { bold: 0.995, careful: 0.9 } as const;

/** Each row divided by its largest coefficient, and the factors. */
const scaledRows = ({ matrix, right }: Rows): { readonly rows: Rows; readonly scales: Float64Array } => {
  const scales = rowScales(matrix);
  const values = matrix.values.map((value, i) => value / at(scales, Math.floor(i / matrix.columns)));
  const rows = {
    matrix: withSpans({ ...matrix, values }),
    right: right.map((value, row) => value / at(scales, row)),
  };
  return { rows, scales };
};

/** The program in units in which its coefficients are of the order of one. */
const scaled = (program: Program) => {
  const scale = objectiveScale(program);
  const byScale = (values: Float64Array): Float64Array => values.map((value) => value / scale);
  const equalities = scaledRows(program.equalities);
  const inequalities = scaledRows(program.inequalities);
  const { hinges, quadratic } = program;
  const inner: Program = {
    quadratic: { ...quadratic, values: byScale(quadratic.values) },
    linear: byScale(program.linear),
    equalities: equalities.rows,
    inequalities: inequalities.rows,
    hinges: { ...hinges, cost: byScale(hinges.cost), curve: byScale(hinges.curve) },
  };
  const restore = (point: Iterate): Multipliers => ({
    equalities: point.y.map((value, i) => (value * scale) / at(equalities.scales, i)),
    inequalities: point.dual.map((value, i) => (value * scale) / at(inequalities.scales, i)),
    hinges: point.slope.map((value) => value * scale),
  });
  return { inner, restore };
};

/** Every product positive and of the order of one; the rows need not hold yet. */
const startAt = ({ inequalities, hinges, equalities }: Program, x: Float64Array): Iterate => {
  const arguments_ = hingeArguments(hinges, x);
  const values = inequalities.right.map((value, row) => value - dot(rowOf(inequalities.matrix, row), x));
  const u = arguments_.map((value) => Math.max(value, 0) + 1);
  return {
    x,
    y: new Float64Array(equalities.right.length),
    slack: values.map((value) => Math.max(value, 0.1)),
    dual: new Float64Array(values.length).fill(1),
    u,
    room: u.map((value, k) => value - at(arguments_, k)),
    slope: hinges.cost.map((cost, k) => (cost + at(hinges.curve, k) * at(u, k)) / 2),
    uDual: hinges.cost.map((cost, k) => (cost + at(hinges.curve, k) * at(u, k)) / 2),
  };
};

/** The mean of all complementary products. */
const meanProduct = (point: Iterate): number => {
  const count = point.slack.length + 2 * point.u.length;
  if (count === 0) return 0;
  return (dot(point.slack, point.dual) + dot(point.u, point.uDual) + dot(point.room, point.slope)) / count;
};

const PAIRS = [
  ["slack", "dual"],
  ["u", "uDual"],
  ["room", "slope"],
] as const;

const POSITIVE = ["slack", "dual", "u", "uDual", "room", "slope"] as const;

/** The longest step, at most one, that keeps all that must be positive so. */
const longestStep = (point: Iterate, step: Iterate): number => {
  let length = 1;
  for (const name of POSITIVE) {
    const [values, changes] = [point[name], step[name]];
    for (let i = 0; i < changes.length; i += 1) {
      const change = at(changes, i);
      if (change < 0) length = Math.min(length, -at(values, i) / change);
    }
  }
  return length;
};

const moved = (point: Iterate, step: Iterate, length: number): Iterate => {
  const move = (name: keyof Iterate): Float64Array => plusTimes(point[name], length, step[name]);
  return {
    x: move("x"),
    y: move("y"),
    slack: move("slack"),
    dual: move("dual"),
    u: move("u"),
    uDual: move("uDual"),
    room: move("room"),
    slope: move("slope"),
  };
};

/** The products less what they should be; with a first step's own products as the correction of second order. */
const productsOf = (point: Iterate, target: number, first?: Iterate): Products => {
  const products = ([left, right]: (typeof PAIRS)[number]): Float64Array => {
    const [a, b] = [point[left], point[right]];
    const [da, db] = [first?.[left], first?.[right]];
    const result = new Float64Array(a.length);
    for (let i = 0; i < result.length; i += 1) {
      const correction = da === undefined || db === undefined ? 0 : at(da, i) * at(db, i);
      result[i] = at(a, i) * at(b, i) + correction - target;
    }
    return result;
  };
  return { slack: products(PAIRS[0]), u: products(PAIRS[1]), room: products(PAIRS[2]) };
};

type State = { readonly point: Iterate; readonly residuals: Residuals };

/** Whether a point is near enough to a solution to be judged: a certificate costs a tenth of an iteration. */
const isNear = ({ point, residuals }: State): boolean =>
  meanProduct(point) <= NEAR &&
  [residuals.gradient, residuals.equality, residuals.inequality].every((values) => largest(values) <= NEAR);

/** Mehrotra's step: first towards zero, then, by how far that went, towards the centre with the curvature corrected. */
const advance = (program: Program, { point, residuals }: State, share: number): Iterate | undefined => {
  const factored = factorAt(program, point);
  if (factored === undefined) return undefined;
  const mean = meanProduct(point);
  const first = newtonStep(program, point, { factored, residuals, products: productsOf(point, 0) });
  const reached = meanProduct(moved(point, first, longestStep(point, first)));
  const ratio = mean === 0 ? 0 : reached / mean;
  const products = productsOf(point, mean * ratio * ratio * ratio, first);
  const step = newtonStep(program, point, { factored, residuals, products });
  const longest = longestStep(point, step);
  return moved(point, step, longest === 1 ? 1 : share * longest);
};

/** The worst of the three residuals: the smaller, the better a point. */
const meritOf = ({ violation, dualResidual, gap }: Certificate): number => Math.max(violation, dualResidual, gap);

const isFinitePoint = (point: Iterate): boolean => point.x.every(Number.isFinite) && point.dual.every(Number.isFinite);

/** The best point so far, and for how many judged points it has been. */
type Search = { readonly best: BestPoint | undefined; readonly stale: number };

const considered = ({ best, stale }: Search, found: BestPoint): Search =>
  best === undefined || meritOf(found.certificate) < meritOf(best.certificate)
    ? { best: found, stale: 0 }
    : { best, stale: stale + 1 };

const isOver = ({ best, stale }: Search): boolean =>
  stale >= PATIENCE || (best !== undefined && meritOf(best.certificate) <= FINE);

/**
 * Mehrotra's predictor–corrector method (1992) for convex quadratic programs with hinges, dense. Starts at `start`, which
 * need not satisfy any row, and answers the best point that it met: the last one may be worse, where rounding rules. The
 * answer is no solution before its certificate says so.
 */
export const interiorPoint = (program: Program, start: Float64Array, share: number = STEP.bold): BestPoint => {
  const { inner, restore } = scaled(program);
  const certify = certifierOf(program);
  const judged = (where: Iterate, iterations: number): BestPoint => {
    const multipliers = restore(where);
    return { x: where.x, multipliers, certificate: certify(where.x, multipliers), iterations };
  };
  let point = startAt(inner, Float64Array.from(start));
  let search: Search = { best: undefined, stale: 0 };
  let iteration = 0;
  for (; iteration < MAX_ITERATIONS; iteration += 1) {
    const state = { point, residuals: residualsOf(inner, point) };
    if (isNear(state)) search = considered(search, judged(point, iteration));
    if (isOver(search)) break;
    const next = advance(inner, state, share);
    if (next === undefined || !isFinitePoint(next)) break;
    point = next;
  }
  return search.best ?? judged(point, iteration);
};
