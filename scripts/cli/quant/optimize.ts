import { type Allocation, type AllocationInput, type Goal, allocate } from "../../../keepers/quant/allocate.ts";
import { columnMeans, correlationOf, ledoitWolf } from "../../../keepers/quant/covariance.ts";
import { hierarchicalRiskParity } from "../../../keepers/quant/hierarchy.ts";
import { brokenLimits, limitRows, toBasisPoints } from "../../../keepers/quant/limits.ts";
import { type QuantRefusal, refuse } from "../../../keepers/quant/refusal.ts";
import { simpleReturns } from "../../../keepers/quant/returns.ts";
import { type Rest, allocateOrRest } from "../../../keepers/quant/rest.ts";
import { equalRisk } from "../../../keepers/quant/riskParity.ts";
import { type Command, type Values, UsageError, needed, required } from "../../lib/command.ts";
import { EXIT } from "../../lib/program.ts";
import { say, sayJson } from "../../lib/output.ts";
import { JSON_OPTION } from "../endpoint.ts";
import { readLimits } from "./readLimits.ts";
import { readPrices } from "./readPrices.ts";

const CVAR_LEVEL = 0.95;

const GOALS: ReadonlyMap<string, Goal> = new Map<string, Goal>([
  ["least-cvar", { kind: "least-risk", measure: { kind: "cvar", level: CVAR_LEVEL } }],
  ["least-variance", { kind: "least-risk", measure: { kind: "variance" } }],
  ["best-sharpe", { kind: "best-ratio", measure: { kind: "variance" }, riskFree: 0 }],
]);
const STRUCTURES = ["equal-risk", "hierarchy"] as const;
const NAMES = [...GOALS.keys(), ...STRUCTURES].join(", ");

/** Weights of a method that takes no limits, or the limits that they break. */
const structured = (input: AllocationInput, name: (typeof STRUCTURES)[number]) => {
  const { covariance, limits, assets, means } = input;
  const answer =
    name === "equal-risk" ? equalRisk(covariance) : hierarchicalRiskParity(covariance, correlationOf(covariance));
  if (answer.kind === "refused") return answer;
  const broken = brokenLimits(limitRows(limits, assets, means), answer.weights, 1e-9);
  if (broken.length > 0) return refuse("breaks-limits", `${name} takes no limits, and breaks: ${broken.join("; ")}`);
  const weightsBps = toBasisPoints(answer.weights, limits);
  if (weightsBps === undefined) return refuse("rounding", "no rounding to whole basis points keeps every cap");
  return { kind: "structured", weightsBps } as const;
};

type Answer =
  Allocation | Rest | QuantRefusal | { readonly kind: "structured"; readonly weightsBps: readonly number[] };

const answerTo = (
  values: Values,
): { readonly assets: readonly string[]; readonly rows: number; readonly answer: Answer } => {
  const table = readPrices(required(values, "prices"));
  const { limits, costs, fixedCost } = readLimits(values.get("limits"), table.assets);
  const returns = simpleReturns(table);
  if (returns.kind === "refused") return { assets: table.assets, rows: 0, answer: returns };
  const { assets, matrix } = returns;
  const input = {
    assets,
    scenarios: matrix,
    means: columnMeans(matrix),
    covariance: ledoitWolf(matrix).covariance,
    limits,
  };
  const name = values.get("goal") ?? "least-cvar";
  const goal = GOALS.get(name);
  if (goal !== undefined) {
    const answer = costs === undefined ? allocate(input, goal) : allocateOrRest({ ...input, costs }, goal, fixedCost);
    return { assets, rows: matrix.rows, answer };
  }
  const structure = STRUCTURES.find((one) => one === name);
  if (structure === undefined) throw new UsageError(`--goal must be one of ${NAMES}, got “${name}”`);
  return { assets, rows: matrix.rows, answer: structured(input, structure) };
};

const percent = (bps: number): string => `${(bps / 100).toFixed(2)} %`;

const sayAnswer = (assets: readonly string[], answer: Answer): void => {
  if (answer.kind === "refused") return say(`no allocation: ${answer.reason}: ${answer.detail}`);
  if (answer.kind === "infeasible") {
    say("no allocation keeps all limits; these contradict one another:");
    for (const words of answer.conflict) say(`  ${words}`);
    return undefined;
  }
  for (const [i, bps] of answer.weightsBps.entries()) say(`${percent(bps).padStart(9)}  ${assets[i] ?? ""}`);
  if (answer.kind === "structured") return undefined;
  if (answer.kind === "rest") {
    return say(`rest: the best allocation would gain ${answer.gain} a period, and gas costs ${answer.fixedCost}`);
  }
  const { certificate, iterations, active } = answer;
  for (const { words } of active) say(`held back by: ${words}`);
  say(
    `proof: gap ${certificate.gap.toExponential(1)}, violation ${certificate.violation.toExponential(1)}, ` +
      `dual residual ${certificate.dualResidual.toExponential(1)}, ${iterations} iterations`,
  );
  return undefined;
};

const run = (values: Values): Promise<number> => {
  const { assets, rows, answer } = answerTo(values);
  const isAnswered = answer.kind !== "refused" && answer.kind !== "infeasible";
  if (values.has("json")) {
    const weights = isAnswered
      ? Object.fromEntries(answer.weightsBps.map((bps, i) => [assets[i] ?? "", bps]))
      : undefined;
    const proof = answer.kind === "allocated" ? { ...answer, weights: undefined, weightsBps: undefined } : answer;
    sayJson({ ...proof, weightsBps: weights, assets, rows });
  } else sayAnswer(assets, answer);
  return Promise.resolve(isAnswered ? EXIT.done : EXIT.wrong);
};

/** Optimises over files of prices; knows no chain and sends nothing. */
export const optimize: Command = {
  about: "the best allocation for a goal under limits, with its proof, from files of prices; sends nothing",
  example: "--prices prices.csv --goal least-cvar --limits limits.json",
  options: {
    prices: needed({ value: "FILES", about: "prices by the minute: “timestamp,ASSET,…”; several files by commas" }),
    goal: { value: "GOAL", about: `${NAMES}; without it least-cvar` },
    limits: { value: "FILE", about: "caps, groups, a floor of the return, holdings and costs, in JSON" },
    json: JSON_OPTION,
  },
  run,
};
