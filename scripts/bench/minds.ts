import process from "node:process";
import { columnMeans, correlationOf, sampleCovariance } from "../../keepers/quant/covariance.ts";
import { hierarchicalRiskParity } from "../../keepers/quant/hierarchy.ts";
import { at } from "../../keepers/quant/matrix.ts";
import { createRiskFilter } from "../../keepers/quant/risk/filtered.ts";
import { equalRisk } from "../../keepers/quant/riskParity.ts";
import { solve } from "../../keepers/quant/solver/solve.ts";
import { byHighs, byQuadprog, highsText, loadHighs, quadprogInput } from "./minds/peers.ts";
import { allocationProgram, equalStart, medianOf, minuteReturns, sameObjective, scenarios } from "./minds/problems.ts";
import { type BenchTarget, atLeast, atMost } from "./targets.ts";

/** One thing that was timed. Times are the process's own (user and system), since clocks run on while others are at work. */
export type MindsRow = {
  readonly flow:
    "cvar-50x1000" | "least-variance-50" | "mean-variance-50" | "equal-risk-50" | "hierarchy-50" | "var-update";
  readonly system: "nexus" | "highs" | "quadprog";
  readonly minMs: number;
  readonly medianMs: number;
};

/** Odd, so that there is a median; the systems take turns in every round. */
const ROUNDS = 15;
/** Untimed runs before them: a keeper optimises again and again in one process. Short ones take more until they are compiled. */
const WARM_UPS = { long: 15, short: 400 } as const;
const UPDATES = 5_000;
const WINDOW = 1_440;
const LEVEL = 0.99;

const cpuMs = (work: () => void): number => {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
};

type Timed = { readonly flow: MindsRow["flow"]; readonly system: MindsRow["system"]; readonly work: () => void };

/** How often before it is timed, and what one run stands for. */
type Turns = { readonly warmUps?: number; readonly per?: number };

const timed = (all: readonly Timed[], { warmUps = WARM_UPS.long, per = 1 }: Turns = {}): readonly MindsRow[] => {
  for (let warm = 0; warm < warmUps; warm += 1) for (const { work } of all) work();
  const times = all.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [i, { work }] of all.entries()) times[i]?.push(cpuMs(work) / per);
  }
  return all.map(({ flow, system }, i) => {
    const own = times[i] ?? [];
    return { flow, system, minMs: Math.min(...own), medianMs: medianOf(own) };
  });
};

const requireSame = (what: string, left: number, right: number): void => {
  if (!sameObjective(left, right)) throw new Error(`${what}: ${left} here, ${right} there`);
};

const shortfall = async (): Promise<readonly MindsRow[]> => {
  const program = allocationProgram(scenarios(), { kind: "cvar", level: 0.95 });
  const start = equalStart(program);
  const [highs, text] = [await loadHighs(), highsText(program)];
  const [ours, theirs] = [solve(program, start), byHighs(highs, text)];
  if (ours.kind !== "optimal" || theirs.kind !== "optimal") throw new Error(`${ours.kind} here, ${theirs.kind} there`);
  requireSame("least CVaR", ours.certificate.objective, theirs.objective);
  return timed([
    { flow: "cvar-50x1000", system: "nexus", work: () => void solve(program, start) },
    // Its text is made beforehand: that is the interface's price and not the solver's.
    { flow: "cvar-50x1000", system: "highs", work: () => void byHighs(highs, text) },
  ]);
};

/** Few limits hold the least variance back; with a reward for return most of them do, as in an allocation that is worth one. */
const quadratic = (flow: "least-variance-50" | "mean-variance-50"): readonly MindsRow[] => {
  const returns = scenarios();
  const least = allocationProgram(returns, { kind: "variance" });
  const rewards = columnMeans(returns).map((mean) => (flow === "least-variance-50" ? 0 : -100 * mean));
  const program = { ...least, linear: rewards };
  const start = equalStart(program);
  // It changes its arguments, so that each run needs its own, made beforehand.
  const inputs = Array.from({ length: WARM_UPS.short + ROUNDS + 1 }, () => quadprogInput(program));
  const next = (): ReturnType<typeof quadprogInput> => inputs.pop() ?? quadprogInput(program);
  const [ours, theirs] = [solve(program, start), byQuadprog(next())];
  if (ours.kind !== "optimal" || theirs.kind !== "optimal") throw new Error(`${ours.kind} here, ${theirs.kind} there`);
  requireSame(flow, ours.certificate.objective, theirs.objective);
  const all: readonly Timed[] = [
    { flow, system: "nexus", work: () => void solve(program, start) },
    { flow, system: "quadprog", work: () => void byQuadprog(next()) },
  ];
  return timed(all, { warmUps: WARM_UPS.short });
};

const structures = (): readonly MindsRow[] => {
  const covariance = sampleCovariance(scenarios());
  return timed([
    { flow: "equal-risk-50", system: "nexus", work: () => void equalRisk(covariance) },
    {
      flow: "hierarchy-50",
      system: "nexus",
      work: () => void hierarchicalRiskParity(covariance, correlationOf(covariance)),
    },
  ]);
};

/** One update is a new return and the two values at risk of the next period, on a full window. */
const valueAtRisk = (): readonly MindsRow[] => {
  const returns = minuteReturns(WINDOW + UPDATES);
  const filter = createRiskFilter({ lambda: 0.94, floor: 1e-4, window: WINDOW });
  for (const value of returns.subarray(0, WINDOW)) filter.push(value);
  const work = (): void => {
    for (let i = 0; i < UPDATES; i += 1) {
      filter.push(at(returns, WINDOW + i));
      filter.atRisk(LEVEL, "long");
      filter.atRisk(LEVEL, "short");
    }
  };
  return timed([{ flow: "var-update", system: "nexus", work }], { per: UPDATES });
};

/** How long optimisation and value at risk take, beside two other solvers in the same process. */
export const benchMinds = async (): Promise<readonly MindsRow[]> => [
  ...(await shortfall()),
  ...quadratic("mean-variance-50"),
  ...quadratic("least-variance-50"),
  ...structures(),
  ...valueAtRisk(),
];

/** What the rows must say: by the least of each system's times. */
export const mindsTargets = (rows: readonly MindsRow[]): readonly BenchTarget[] => {
  const find = (flow: MindsRow["flow"], system: MindsRow["system"]): number | undefined =>
    rows.find((row) => row.flow === flow && row.system === system)?.minMs;
  const timesAsFast = (flow: MindsRow["flow"], system: MindsRow["system"]): number | undefined => {
    const [ours, theirs] = [find(flow, "nexus"), find(flow, system)];
    return ours === undefined || theirs === undefined ? undefined : theirs / ours;
  };
  const update = find("var-update", "nexus");
  return [
    atLeast("least CVaR of 50 × 1,000, times as fast as highs", timesAsFast("cvar-50x1000", "highs"), 5),
    atLeast("mean-variance of 50, times as fast as quadprog", timesAsFast("mean-variance-50", "quadprog"), 5),
    atLeast("least variance of 50, times as fast as quadprog", timesAsFast("least-variance-50", "quadprog"), 5),
    atMost("update of a value at risk, µs", update === undefined ? undefined : update * 1_000, 50),
  ];
};
