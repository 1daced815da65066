import { assertNever } from "../core/assertNever.ts";
import { columnMeans } from "./covariance.ts";
import { type Matrix, at, largest, rowOf, zeros } from "./matrix.ts";
import { type Hinges, noHinges } from "./solver/program.ts";

/**
 * How risk is measured. `variance`: of the given covariance. The others are of the scenarios: the mean absolute deviation, the
 * semi-variance below the mean, the first lower partial moment below a target return, and CVaR beyond a level.
 */
export type Measure =
  | { readonly kind: "variance" }
  | { readonly kind: "mean-absolute-deviation" }
  | { readonly kind: "semi-variance" }
  | { readonly kind: "lower-partial-moment"; readonly target: number }
  | { readonly kind: "cvar"; readonly level: number };

/** What risk is measured on. `scenarios`: simple returns, a row each. */
export type Estimates = { readonly covariance: Matrix; readonly scenarios: Matrix };

/**
 * A measure as part of a program: over the weights and `extra` variables behind them. Its value in the units of returns is the
 * objective times `unit`. Scenarios are divided by their largest return, so that all variables are of the order of one.
 */
export type RiskTerms = {
  readonly quadratic: Matrix;
  readonly linear: Float64Array;
  readonly hinges: Hinges;
  readonly extra: number;
  readonly unit: number;
};

/** Rows `(shift - scenario) / unit`, padded with the entries of further variables. */
const shortfallRows = (
  scenarios: Matrix,
  unit: number,
  rest: { shift: Float64Array; tail: readonly number[] },
): Matrix => {
  const matrix = zeros(scenarios.rows, scenarios.columns + rest.tail.length);
  for (let k = 0; k < scenarios.rows; k += 1) {
    const row = rowOf(scenarios, k).map((value, i) => (at(rest.shift, i) - value) / unit);
    matrix.values.set([...row, ...rest.tail], k * matrix.columns);
  }
  return matrix;
};

const hingeTerms = (
  { scenarios }: Estimates,
  given: { shift: Float64Array; cost: number; curve: number; tail: readonly number[] },
): RiskTerms => {
  const unit = largest(scenarios.values) || 1;
  const [count, columns] = [scenarios.rows, scenarios.columns + given.tail.length];
  const linear = new Float64Array(columns);
  linear.fill(1, scenarios.columns);
  return {
    quadratic: zeros(columns, columns),
    linear,
    hinges: {
      matrix: shortfallRows(scenarios, unit, given),
      offset: new Float64Array(count),
      cost: new Float64Array(count).fill(given.cost),
      curve: new Float64Array(count).fill(given.curve),
    },
    extra: given.tail.length,
    unit,
  };
};

const varianceTerms = (covariance: Matrix): RiskTerms => {
  const size = covariance.rows;
  const unit = largest(covariance.values) || 1;
  const quadratic = { ...covariance, values: covariance.values.map((value) => value / unit) };
  return { quadratic, linear: new Float64Array(size), hinges: noHinges(size), extra: 0, unit: 2 * unit };
};

/** The terms of a measure. */
export const riskTerms = (measure: Measure, estimates: Estimates): RiskTerms => {
  const { covariance, scenarios } = estimates;
  const [size, count] = [covariance.rows, scenarios.rows];
  const means = columnMeans(scenarios);
  switch (measure.kind) {
    case "variance":
      return varianceTerms(covariance);
    case "mean-absolute-deviation":
      // Above and below the mean the deviations are equal in sum.
      return hingeTerms(estimates, { shift: means, cost: 2 / count, curve: 0, tail: [] });
    case "semi-variance":
      return hingeTerms(estimates, { shift: means, cost: 0, curve: 2 / (count - 1), tail: [] });
    case "lower-partial-moment": {
      const shift = new Float64Array(size).fill(measure.target);
      return hingeTerms(estimates, { shift, cost: 1 / count, curve: 0, tail: [] });
    }
    case "cvar": {
      // Rockafellar and Uryasev (2000): the further variable is the VaR.
      const cost = 1 / ((1 - measure.level) * count);
      return hingeTerms(estimates, { shift: new Float64Array(size), cost, curve: 0, tail: [-1] });
    }
    default:
      return assertNever(measure);
  }
};

/** Whether a measure is a loss in units of value, so that costs can be added to it. */
export const isInValue = ({ kind }: Measure): boolean => kind !== "variance" && kind !== "semi-variance";
