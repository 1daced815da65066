import {
  BUDGET,
  type LimitRow,
  type Limits,
  limitFault,
  limitRows,
  proportionalRows,
  rowsFor,
  toBasisPoints,
} from "./limits.ts";
import { type Matrix, at, dot, largest, matrixOf, total, zeros } from "./matrix.ts";
import { type Estimates, type Measure, type RiskTerms, isInValue, riskTerms } from "./measures.ts";
import { type QuantRefusal, refuse } from "./refusal.ts";
import { type Certificate, type Hinges, type Program, programOf } from "./solver/program.ts";
import { type Solution, solve } from "./solver/solve.ts";

/**
 * What an allocation is for. `least-risk`: the least of a measure, under the limits. `best-ratio`: the most return above
 * `riskFree` for each unit of the measure; with the variance it is the maximum Sharpe ratio. `utility`: the most of return less
 * half the aversion times the variance, less costs.
 */
export type Goal =
  | { readonly kind: "least-risk"; readonly measure: Measure }
  | { readonly kind: "best-ratio"; readonly measure: Measure; readonly riskFree: number }
  | { readonly kind: "utility"; readonly aversion: number };

/** What it costs to change what is held: `rates` are parts of the traded value, already divided by the periods of holding. */
export type TradeCosts = { readonly heldBps: readonly number[]; readonly rates: readonly number[] };

/** All that an allocation depends on. `means`: expected simple returns of one period. */
export type AllocationInput = Estimates & {
  readonly assets: readonly string[];
  readonly means: Float64Array;
  readonly limits: Limits;
  readonly costs?: TradeCosts;
};

/** A limit that holds the answer back, in words, and how fast the goal would improve per 1.0 of more room. */
export type ActiveLimit = { readonly words: string; readonly multiplier: number };

/**
 * An allocation. `allocated` comes with its proof: the certificate was computed from the problem and the answer alone. `risk`: the
 * measure's value at the exact weights, costs not counted. `infeasible`: the named limits contradict one another.
 */
export type Allocation =
  | {
      readonly kind: "allocated";
      readonly weightsBps: readonly number[];
      readonly weights: Float64Array;
      readonly objective: number;
      readonly expectedReturn: number;
      readonly active: readonly ActiveLimit[];
      readonly certificate: Certificate;
      readonly iterations: number;
    }
  | { readonly kind: "infeasible"; readonly conflict: readonly string[] }
  | QuantRefusal;

const sumRow = (size: number, extra: number): Matrix =>
  matrixOf([[...new Float64Array(size).fill(1), ...new Float64Array(extra)]]);

/** Both directions of each asset's trade, as hinges that cost `rate / unit`. */
const costHinges = ({ heldBps, rates }: TradeCosts, columns: number, unit: number): Hinges => {
  const sides = rates.flatMap((rate, asset) => (rate > 0 ? [1, -1].map((sign) => ({ rate, asset, sign })) : []));
  return {
    matrix: matrixOf(
      sides.map(({ asset, sign }) => Array.from({ length: columns }, (_, i) => (i === asset ? sign : 0))),
      columns,
    ),
    offset: Float64Array.from(sides, ({ asset, sign }) => (-sign * (heldBps[asset] ?? 0)) / 10_000),
    cost: Float64Array.from(sides, ({ rate }) => rate / unit),
    curve: new Float64Array(sides.length),
  };
};

const joined = (first: Hinges, second: Hinges): Hinges => ({
  matrix: {
    rows: first.matrix.rows + second.matrix.rows,
    columns: first.matrix.columns,
    values: Float64Array.of(...first.matrix.values, ...second.matrix.values),
  },
  offset: Float64Array.of(...first.offset, ...second.offset),
  cost: Float64Array.of(...first.cost, ...second.cost),
  curve: Float64Array.of(...first.curve, ...second.curve),
});

/** A program, and how the weights and the objective are read from its solution. */
type Posed = {
  readonly program: Program;
  readonly start: Float64Array;
  readonly unit: number;
  readonly weightsOf: (x: Float64Array) => Float64Array;
};

const startOf = (size: number, extra: number, each: number): Float64Array =>
  Float64Array.from({ length: size + extra }, (_, i) => (i < size ? each : 0));

const poseWeights = (input: AllocationInput, rows: readonly LimitRow[], terms: RiskTerms): Posed => {
  const size = input.assets.length;
  const { extra, unit } = terms;
  const hinges =
    input.costs === undefined ? terms.hinges : joined(terms.hinges, costHinges(input.costs, size + extra, unit));
  const program = programOf({
    quadratic: terms.quadratic,
    linear: terms.linear,
    hinges,
    inequalities: rowsFor(rows, size, extra),
    equalities: { matrix: sumRow(size, extra), right: Float64Array.of(1) },
  });
  return { program, start: startOf(size, extra, 1 / size), unit, weightsOf: (x) => x.subarray(0, size) };
};

/** The utility as risk: `½ w'Σw - μ'w / aversion`, in the units of its own largest coefficient. */
const utilityTerms = ({ covariance, means }: AllocationInput, aversion: number): RiskTerms => {
  const size = means.length;
  const unit = Math.max(aversion * largest(covariance.values), largest(means)) || 1;
  return {
    quadratic: { ...covariance, values: covariance.values.map((value) => (aversion * value) / unit) },
    linear: means.map((mean) => -mean / unit),
    hinges: {
      matrix: zeros(0, size),
      offset: new Float64Array(0),
      cost: new Float64Array(0),
      curve: new Float64Array(0),
    },
    extra: 0,
    unit,
  };
};

/**
 * The best ratio made convex: over weights of any sum whose excess return is one (Charnes and Cooper 1962), which are then
 * divided by their sum.
 */
const poseRatio = (input: AllocationInput, rows: readonly LimitRow[], goal: Goal & { kind: "best-ratio" }): Posed => {
  const size = input.assets.length;
  const terms = riskTerms(goal.measure, input);
  const excess = input.means.map((mean) => mean - goal.riskFree);
  const scale = largest(excess);
  const row = Float64Array.of(...excess.map((value) => value / scale), ...new Float64Array(terms.extra));
  const program = programOf({
    quadratic: terms.quadratic,
    linear: terms.linear,
    hinges: terms.hinges,
    inequalities: proportionalRows(rows, size, terms.extra),
    equalities: { matrix: { rows: 1, columns: size + terms.extra, values: row }, right: Float64Array.of(1) },
  });
  const weightsOf = (x: Float64Array): Float64Array => {
    const y = x.subarray(0, size);
    const sum = total(y);
    return y.map((value) => value / sum);
  };
  return { program, start: startOf(size, terms.extra, 1 / size), unit: terms.unit, weightsOf };
};

const pose = (input: AllocationInput, goal: Goal, rows: readonly LimitRow[]): Posed => {
  if (goal.kind === "utility") return poseWeights(input, rows, utilityTerms(input, goal.aversion));
  if (goal.kind === "best-ratio") return poseRatio(input, rows, goal);
  return poseWeights(input, rows, riskTerms(goal.measure, input));
};

const areNumbers = (values: Float64Array): boolean => values.every(Number.isFinite);

const areCostsComparable = (goal: Goal): boolean =>
  goal.kind === "utility" || (goal.kind === "least-risk" && isInValue(goal.measure));

const goalFault = ({ means, costs }: AllocationInput, goal: Goal): QuantRefusal | undefined => {
  if (costs !== undefined && !areCostsComparable(goal)) {
    return refuse("costs-not-comparable", "costs need a goal in units of value: a utility, or the least CVaR");
  }
  if (costs?.rates.some((rate) => !(rate >= 0)) === true) return refuse("not-a-number", "a rate of cost is below zero");
  if (goal.kind === "best-ratio" && !means.some((mean) => mean > goal.riskFree)) {
    return refuse("nothing-earns-more", "no asset is expected to earn more than cash: rest");
  }
  return undefined;
};

const inputFault = (input: AllocationInput, goal: Goal): QuantRefusal | undefined => {
  const { assets, means, covariance, scenarios, limits } = input;
  if (assets.length < 2) return refuse("too-few-assets", `there is nothing to choose among ${assets.length} asset`);
  if (scenarios.rows <= assets.length) {
    return refuse("too-few-rows", `${scenarios.rows} rows of returns for ${assets.length} assets`);
  }
  if (!areNumbers(means) || !areNumbers(covariance.values) || !areNumbers(scenarios.values)) {
    return refuse("not-a-number", "means, covariance or scenarios hold what is no finite number");
  }
  const wrong = limitFault(limits, assets);
  if (wrong !== undefined) return refuse("wrong-limits", wrong);
  return goalFault(input, goal);
};

/** Limits with less slack than this part of 1.0 hold the answer back: with more, their multiplier is next to nothing. */
const NO_SLACK = 1e-7;

const activeLimits = (
  rows: readonly LimitRow[],
  weights: Float64Array,
  { multipliers }: Extract<Solution, { kind: "optimal" }>,
): readonly ActiveLimit[] =>
  rows.flatMap(({ words, row, right }, i) => {
    const multiplier = at(multipliers.inequalities, i);
    const scale = largest(row) || 1;
    const isActive = (right - dot(row, weights)) / scale <= NO_SLACK;
    return isActive ? [{ words, multiplier }] : [];
  });

const EARNS_MORE = "the allocation earns more than cash";

const conflictWords = (
  rows: readonly LimitRow[],
  { conflict }: Extract<Solution, { kind: "infeasible" }>,
  goal: Goal,
): readonly string[] => [
  ...conflict.inequalities.map((i) => rows[i]?.words ?? ""),
  ...(conflict.equalities.length === 0 ? [] : [goal.kind === "best-ratio" ? EARNS_MORE : BUDGET]),
];

/**
 * The best allocation for a goal under limits, with the proof that it is the best. A function of its arguments alone. It never
 * answers weights that were not certified.
 */
export const allocate = (input: AllocationInput, goal: Goal): Allocation => {
  const fault = inputFault(input, goal);
  if (fault !== undefined) return fault;
  const rows = limitRows(input.limits, input.assets, input.means);
  const posed = pose(input, goal, rows);
  const solution = solve(posed.program, posed.start);
  if (solution.kind === "infeasible") return { kind: "infeasible", conflict: conflictWords(rows, solution, goal) };
  if (solution.kind === "uncertain") {
    const { violation, dualResidual, gap } = solution.certificate;
    return refuse(
      "uncertain",
      `violation ${violation}, dual residual ${dualResidual}, gap ${gap}: no proof, so no weights`,
    );
  }
  const weights = posed.weightsOf(solution.x);
  const weightsBps = toBasisPoints(weights, input.limits);
  if (weightsBps === undefined) return refuse("rounding", "no rounding to whole basis points keeps every cap");
  return {
    kind: "allocated",
    weightsBps,
    weights,
    objective: solution.certificate.objective * posed.unit,
    expectedReturn: dot(weights, input.means),
    active: activeLimits(rows, weights, solution),
    certificate: solution.certificate,
    iterations: solution.iterations,
  };
};
