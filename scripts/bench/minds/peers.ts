import highs, { type LegacyHighs } from "highs";
import { solveQP } from "quadprog";
import { at, entry, rowOf } from "../../../keepers/quant/matrix.ts";
import type { Program, Rows } from "../../../keepers/quant/solver/program.ts";

/** What another solver answers: its optimum, or that there is none. */
export type PeerAnswer =
  | { readonly kind: "optimal"; readonly objective: number; readonly x: Float64Array }
  | { readonly kind: "infeasible" }
  | { readonly kind: "other"; readonly text: string };

/** An array that starts at index 1. */
const fromOne = (values: Iterable<number>): number[] => [0, ...values];

/** The same program for `quadprog`, which has neither hinges nor singular matrices. */
export const quadprogInput = ({ quadratic, linear, equalities, inequalities }: Program) => {
  const size = linear.length;
  const square = Array.from({ length: size }, (_, i) => fromOne(rowOf(quadratic, i)));
  const rows = [
    ...Array.from(equalities.right, (right, i) => ({ row: rowOf(equalities.matrix, i), right, sign: 1 })),
    ...Array.from(inequalities.right, (right, i) => ({ row: rowOf(inequalities.matrix, i), right, sign: -1 })),
  ];
  const columns = Array.from({ length: size }, (_, i) => fromOne(rows.map(({ row, sign }) => sign * at(row, i))));
  return {
    D: [[], ...square],
    d: fromOne(linear.map((value) => -value)),
    A: [[], ...columns],
    b: fromOne(rows.map(({ right, sign }) => sign * right)),
    equalities: equalities.right.length,
  };
};

/** Solves by `quadprog`, from what {@link quadprogInput} made; its arrays are changed. */
export const byQuadprog = ({ D, d, A, b, equalities }: ReturnType<typeof quadprogInput>): PeerAnswer => {
  const { value, solution, message } = solveQP(D, d, A, b, equalities);
  const x = Float64Array.from(solution.slice(1), (weight) => weight ?? Number.NaN);
  if (message === "") return { kind: "optimal", objective: value[1] ?? Number.NaN, x };
  return message.includes("inconsistent") ? { kind: "infeasible" } : { kind: "other", text: message };
};

const term = (coefficient: number, name: string): string =>
  coefficient === 0 ? "" : ` ${coefficient < 0 ? "-" : "+"} ${Math.abs(coefficient)} ${name}`;

const sumOf = (row: Float64Array): string => Array.from(row, (value, i) => term(value, `x${i}`)).join("") || " 0 x0";

const rowLines = ({ matrix, right }: Rows, name: string, sign: "=" | "<="): readonly string[] =>
  Array.from(right, (value, row) => ` ${name}${row}:${sumOf(rowOf(matrix, row))} ${sign} ${value}`);

/** A linear program with hinges as text in LP format: one more variable and one more row for each hinge. */
export const highsText = ({ linear, equalities, inequalities, hinges }: Program): string => {
  const size = linear.length;
  const costs = Array.from(hinges.cost, (cost, k) => term(cost, `u${k}`)).join("");
  const scenarios = Array.from(hinges.offset, (offset, k) => {
    const row = Array.from({ length: size }, (_, i) => term(-entry(hinges.matrix, k, i), `x${i}`)).join("");
    return ` k${k}: u${k}${row} >= ${offset}`;
  });
  return [
    "Minimize",
    ` obj:${sumOf(linear)}${costs}`,
    "Subject To",
    ...rowLines(equalities, "e", "="),
    ...rowLines(inequalities, "g", "<="),
    ...scenarios,
    "Bounds",
    ...Array.from({ length: size }, (_, i) => ` x${i} free`),
    "End",
  ].join("\n");
};

/** Loads the WebAssembly of `highs` once. */
export const loadHighs = (): Promise<LegacyHighs> => {
  // The package's types describe its CommonJS build, where the loader is the member `default`; here it is the import itself.
  const load = "default" in highs ? highs.default : highs;
  return load();
};

/** Solves a text by `highs` with its finest tolerances. */
export const byHighs = (solver: LegacyHighs, text: string): PeerAnswer => {
  const { Status, ObjectiveValue, Columns } = solver.solve(text, {
    primal_feasibility_tolerance: 1e-10,
    dual_feasibility_tolerance: 1e-10,
  });
  if (Status === "Optimal") {
    const primal = (index: number): number => Columns[`x${index}`]?.Primal ?? Number.NaN;
    const names = Object.keys(Columns).filter((name) => name.startsWith("x"));
    return { kind: "optimal", objective: ObjectiveValue, x: Float64Array.from(names, (_, i) => primal(i)) };
  }
  return Status === "Infeasible" ? { kind: "infeasible" } : { kind: "other", text: Status };
};
