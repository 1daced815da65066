import { seededRandom } from "../../../keepers/core/random.ts";
import { columnMeans, sampleCovariance } from "../../../keepers/quant/covariance.ts";
import { limitRows, rowsFor } from "../../../keepers/quant/limits.ts";
import { type Matrix, at, matrixOf } from "../../../keepers/quant/matrix.ts";
import { type Measure, riskTerms } from "../../../keepers/quant/measures.ts";
import { type Program, programOf } from "../../../keepers/quant/solver/program.ts";

export const ASSETS = 50;
export const SCENARIOS = 1_000;

/** Simulated returns of assets with one common factor; what is measured here is time, and nothing about a market. */
export const scenarios = (): Matrix => {
  const random = seededRandom(17);
  return matrixOf(
    Array.from({ length: SCENARIOS }, () => {
      const common = 0.01 * random.normal();
      return Array.from(
        { length: ASSETS },
        (_, i) => 0.0003 * (i % 7) + common + 0.01 * (1 + (i % 5)) * random.normal(),
      );
    }),
  );
};

/** The least of a measure with a cap of 10 % each, one group of at most 30 %, and a floor under the return. */
export const allocationProgram = (returns: Matrix, measure: Measure): Program => {
  const means = columnMeans(returns);
  const names = Array.from({ length: ASSETS }, (_, i) => `asset ${i}`);
  const limits = {
    capsBps: names.map(() => 1_000),
    groups: [{ kind: "protocol", name: "one", members: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], mostBps: 3_000 }] as const,
    returnFloor: means.reduce((sum, mean) => sum + mean, 0) / ASSETS,
  };
  const terms = riskTerms(measure, { covariance: sampleCovariance(returns), scenarios: returns });
  const columns = ASSETS + terms.extra;
  return programOf({
    quadratic: terms.quadratic,
    linear: terms.linear,
    hinges: terms.hinges,
    inequalities: rowsFor(limitRows(limits, names, means), ASSETS, terms.extra),
    equalities: {
      matrix: matrixOf([Array.from({ length: columns }, (_, i) => (i < ASSETS ? 1 : 0))]),
      right: Float64Array.of(1),
    },
  });
};

/** Where a solver starts: equal weights. */
export const equalStart = (program: Program): Float64Array =>
  program.linear.map((_, i) => (i < ASSETS ? 1 / ASSETS : 0));

/** Log returns of one price, for value at risk. */
export const minuteReturns = (count: number): Float64Array => {
  const random = seededRandom(23);
  return Float64Array.from({ length: count }, () => 5e-4 * random.normal());
};

/** The same objective from two solvers, or a fault: a faster answer that is another one is no measurement. */
export const sameObjective = (left: number, right: number): boolean =>
  Math.abs(left - right) <= 1e-8 * Math.max(Math.abs(right), 1e-3);

/** The middle of some figures. */
export const medianOf = (values: readonly number[]): number =>
  at(Float64Array.from(values).sort(), Math.floor(values.length / 2));
