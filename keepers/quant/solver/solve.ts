import { addTransposed, at, dot, matrixOf, rowOf, total, zeros } from "../matrix.ts";
import { activeSet } from "./activeSet.ts";
import { type BestPoint, STEP, interiorPoint } from "./interiorPoint.ts";
import { type Certificate, type Program, programOf } from "./program.ts";

/** Rows of a program that cannot all hold, by their indices. */
export type ConflictingRows = { readonly equalities: readonly number[]; readonly inequalities: readonly number[] };

/**
 * The answer to a program. `optimal`: the certificate meets {@link TOLERANCES}. `infeasible`: a combination of the named rows
 * contradicts itself, which was verified. `uncertain`: neither could be shown; there is no answer to use.
 */
export type Solution =
  | ({ readonly kind: "optimal" } & BestPoint)
  | { readonly kind: "infeasible"; readonly conflict: ConflictingRows; readonly iterations: number }
  | { readonly kind: "uncertain"; readonly certificate: Certificate; readonly iterations: number };

/** What a certificate must meet for an answer to be one. */
export const TOLERANCES = { violation: 1e-9, dualResidual: 1e-8, gap: 1e-8 } as const;

/** Whether a certificate proves its point. */
export const isProven = ({ violation, dualResidual, gap }: Certificate): boolean =>
  violation <= TOLERANCES.violation && dualResidual <= TOLERANCES.dualResidual && gap <= TOLERANCES.gap;

/** Pulls the elastic program's free directions to a point, without which they would have none. */
const PULL = 1e-11;
/** A proof of infeasibility holds for all points whose entries are at most this. */
const REACH = 1_000;
/** Multipliers below this part of the largest are none. */
const NEGLIGIBLE = 1e-6;

/** The program whose objective is the sum of all violations, each row in units of its largest coefficient. */
const elasticOf = ({ equalities, inequalities, linear }: Program): Program => {
  const size = linear.length;
  const scaled = (row: Float64Array, right: number, sign: number) => {
    const most = row.reduce((a, b) => Math.max(a, Math.abs(b)), 0) || 1;
    return { row: row.map((value) => (sign * value) / most), offset: (-sign * right) / most };
  };
  const rows = [
    ...Array.from(inequalities.right, (right, i) => scaled(rowOf(inequalities.matrix, i), right, 1)),
    ...Array.from(equalities.right, (right, i) => scaled(rowOf(equalities.matrix, i), right, 1)),
    ...Array.from(equalities.right, (right, i) => scaled(rowOf(equalities.matrix, i), right, -1)),
  ];
  const quadratic = zeros(size, size);
  for (let i = 0; i < size; i += 1) quadratic.values[i * size + i] = PULL;
  const count = rows.length;
  const hinges = {
    matrix: matrixOf(
      rows.map(({ row }) => row),
      size,
    ),
    offset: Float64Array.from(rows, ({ offset }) => offset),
    cost: new Float64Array(count).fill(1),
    curve: new Float64Array(count),
  };
  return programOf({ quadratic, linear: new Float64Array(size), hinges });
};

/**
 * Farkas' lemma, verified: with multipliers of at least zero the rows add up to `residual · x ≤ -margin`, which no x with
 * entries up to {@link REACH} satisfies.
 */
const isContradiction = (elastic: Program, multipliers: Float64Array): boolean => {
  const residual = new Float64Array(elastic.linear.length);
  addTransposed(residual, elastic.hinges.matrix, multipliers);
  const margin = dot(multipliers, elastic.hinges.offset);
  return margin > 0 && total(residual.map(Math.abs)) * REACH < margin;
};

const conflictOf = (program: Program, start: Float64Array): ConflictingRows | undefined => {
  const elastic = elasticOf(program);
  const found = interiorPoint(elastic, start);
  const most = found.multipliers.hinges.reduce((a, b) => Math.max(a, b), 0);
  const multipliers = found.multipliers.hinges.map((value) => Math.min(Math.max(0, value), 1));
  if (!isContradiction(elastic, multipliers)) return undefined;
  const [m, p] = [program.inequalities.right.length, program.equalities.right.length];
  const isUsed = (multiplier: number): boolean => Math.abs(multiplier) > NEGLIGIBLE * most;
  return {
    inequalities: Array.from({ length: m }, (_, i) => i).filter((i) => isUsed(at(multipliers, i))),
    // Both sides of an equality may be pulled at; what counts is the difference.
    equalities: Array.from({ length: p }, (_, i) => i).filter((i) =>
      isUsed(at(multipliers, m + i) - at(multipliers, m + p + i)),
    ),
  };
};

/**
 * Solves a convex program and says how sure the answer is; never a point without a certificate.
 * @param start the first point; it need not be feasible
 */
export const solve = (program: Program, start: Float64Array): Solution => {
  const quick = activeSet(program);
  if (quick !== undefined && isProven(quick.certificate)) return { kind: "optimal", ...quick };
  const found = interiorPoint(program, start);
  if (isProven(found.certificate)) return { kind: "optimal", ...found };
  const conflict = conflictOf(program, start);
  if (conflict !== undefined) return { kind: "infeasible", conflict, iterations: found.iterations };
  const second = interiorPoint(program, start, STEP.careful);
  if (isProven(second.certificate)) return { kind: "optimal", ...second };
  return { kind: "uncertain", certificate: found.certificate, iterations: found.iterations };
};
