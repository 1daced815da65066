import { expect } from "chai";
import { type Allocation, type Goal, allocate } from "../../../../keepers/quant/allocate.ts";
import { columnMeans, sampleCovariance } from "../../../../keepers/quant/covariance.ts";
import type { Measure } from "../../../../keepers/quant/measures.ts";
import { entry, matrixOf } from "../../../../keepers/quant/matrix.ts";
import { furthest, meanVariance20, riskfolio, unlimited, weightTable } from "../../../support/quantData.ts";
import { expectNear } from "../../../support/near.ts";

const weightsOf = (allocation: Allocation): Float64Array => {
  if (allocation.kind === "allocated") return allocation.weights;
  throw new Error(JSON.stringify(allocation));
};

const MEASURES: ReadonlyMap<string, Measure> = new Map<string, Measure>([
  ["MV", { kind: "variance" }],
  ["MAD", { kind: "mean-absolute-deviation" }],
  ["MSV", { kind: "semi-variance" }],
  ["FLPM", { kind: "lower-partial-moment", target: 0 }],
  ["CVaR", { kind: "cvar", level: 0.95 }],
]);

type Shares = ReturnType<typeof riskfolio>;

const portfolioReturns = ({ scenarios }: Shares, weights: ArrayLike<number>): readonly number[] =>
  Array.from({ length: scenarios.rows }, (_, k) => {
    let sum = 0;
    for (let i = 0; i < scenarios.columns; i += 1) sum += (weights[i] ?? 0) * entry(scenarios, k, i);
    return sum;
  });

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The measures of a series by their definitions, without the solver's detours. */
const BY_DEFINITION: Readonly<Record<string, (returns: readonly number[]) => number>> = {
  MAD: (returns) => meanOf(returns.map((value) => Math.abs(value - meanOf(returns)))),
  MSV: (returns) => {
    const mean = meanOf(returns);
    const squares = returns.map((value) => Math.min(0, value - mean) * Math.min(0, value - mean));
    return Math.sqrt((meanOf(squares) * returns.length) / (returns.length - 1));
  },
  FLPM: (returns) => meanOf(returns.map((value) => Math.max(0, -value))),
};

/** Where the published weights of a ratio are themselves off their optimum by more than 1e-6. */
const LOOSE = ["MAD", "MSV", "FLPM"];

describe("quant/allocate: against published weights", () => {
  const shares = riskfolio();
  const input = { ...shares, limits: unlimited(shares.assets.length) };
  for (const [name, measure] of MEASURES) {
    it(`agrees with Riskfolio's weights of the least ${name}, to 1e-6 [NX-QNT-01]`, () => {
      const weights = weightsOf(allocate(input, { kind: "least-risk", measure }));
      const wanted = weightTable("riskfolio/Classic_MinRisk.csv").get(name) ?? [];
      expect(furthest(weights, wanted)).to.be.at.most(1e-6);
    });

    const isLoose = LOOSE.includes(name);
    const words = isLoose ? "to 1.1e-5, with a ratio that is at least theirs" : "to 1e-6";
    it(`agrees with Riskfolio's weights of the best return for each unit of ${name}, ${words} [NX-QNT-01]`, () => {
      const weights = weightsOf(allocate(input, { kind: "best-ratio", measure, riskFree: 0 }));
      const wanted = weightTable("riskfolio/Classic_Sharpe.csv").get(name) ?? [];
      expect(furthest(weights, wanted)).to.be.at.most(isLoose ? 1.1e-5 : 1e-6);
      const riskOf = BY_DEFINITION[name];
      if (riskOf === undefined) return;
      const ratioOf = (returns: readonly number[]): number => meanOf(returns) / riskOf(returns);
      const [ours, theirs] = [portfolioReturns(shares, weights), portfolioReturns(shares, wanted)];
      expect(ratioOf(ours)).to.be.at.least(ratioOf(theirs));
    });
  }

  for (const [words, key, goalOf] of [
    ["least volatility", "minVolatility", (): Goal => ({ kind: "least-risk", measure: { kind: "variance" } })],
    [
      "best Sharpe ratio",
      "maxSharpeLongOnly",
      (rf: number): Goal => ({ kind: "best-ratio", measure: { kind: "variance" }, riskFree: rf }),
    ],
  ] as const) {
    it(`agrees with PyPortfolioOpt's return, volatility and Sharpe ratio of the ${words}, to 1e-7 [NX-QNT-01]`, () => {
      const { assets, means, covariance, expected } = meanVariance20();
      const { rf, perf } = expected[key];
      const goal: Goal = goalOf(rf);
      const scenarios = matrixOf(Array.from({ length: 21 }, () => [...means]));
      const weights = weightsOf(allocate({ assets, means, covariance, scenarios, limits: unlimited(20) }, goal));
      const expectedReturn = means.reduce((sum, mean, i) => sum + mean * (weights[i] ?? 0), 0);
      let variance = 0;
      for (const [i, a] of weights.entries()) {
        for (const [j, b] of weights.entries()) variance += a * b * (covariance.values[i * 20 + j] ?? 0);
      }
      const volatility = Math.sqrt(variance);
      expect(furthest([expectedReturn, volatility, (expectedReturn - rf) / volatility], perf)).to.be.at.most(1e-7);
    });
  }
});

describe("quant/allocate: limits, reasons and refusals", () => {
  const shares = riskfolio();
  const caps = (bps: number): readonly number[] => shares.assets.map(() => bps);
  const variance: Goal = { kind: "least-risk", measure: { kind: "variance" } };
  const cvar: Goal = { kind: "least-risk", measure: { kind: "cvar", level: 0.95 } };
  const members = [2, 3, 4];

  it("keeps caps and groups, says which of them hold it back, and proves the answer [NX-QNT-02]", () => {
    const limits = {
      capsBps: caps(2_000),
      groups: [{ kind: "protocol", name: "Yei", members, mostBps: 3_000 }] as const,
    };
    const allocation = allocate({ ...shares, limits }, cvar);
    if (allocation.kind !== "allocated") throw new Error(JSON.stringify(allocation));
    expect(allocation.certificate.violation).to.be.at.most(1e-9);
    expect(allocation.certificate.gap).to.be.at.most(1e-8);
    expect(allocation.weightsBps.reduce((sum, bps) => sum + bps, 0)).to.equal(10_000);
    expect(Math.max(...allocation.weightsBps)).to.be.at.most(2_000);
    expect(members.reduce((sum, i) => sum + (allocation.weightsBps[i] ?? 0), 0)).to.be.at.most(3_000);
    const words = allocation.active.map((limit) => limit.words);
    expect(words).to.include("protocol Yei is at most 30 %");
    expect(words.some((text) => text.endsWith("is at most 20 %"))).to.equal(true);
    expect(allocation.active.every(({ multiplier }) => multiplier > 0)).to.equal(true);
    for (const [i, name] of shares.assets.entries()) {
      const bps = allocation.weightsBps[i] ?? 0;
      if (bps > 1) expect(words).to.not.include(`${name} is at least 0 %`);
      if (bps < 1_999) expect(words).to.not.include(`${name} is at most 20 %`);
    }
  });

  it("keeps to a floor of the return, which then is what holds it back [NX-QNT-02]", () => {
    const free = allocate({ ...shares, limits: unlimited(10) }, cvar);
    if (free.kind !== "allocated") throw new Error(free.kind);
    const returnFloor = free.expectedReturn + 0.0003;
    const allocation = allocate({ ...shares, limits: { ...unlimited(10), returnFloor } }, cvar);
    if (allocation.kind !== "allocated") throw new Error(allocation.kind);
    expectNear(allocation.expectedReturn, returnFloor, 1e-9);
    expect(allocation.objective).to.be.above(free.objective);
    expect(allocation.active.some(({ words }) => words.startsWith("the expected return is at least"))).to.equal(true);
  });

  it("says the CVaR itself as its objective", () => {
    const allocation = allocate({ ...shares, limits: unlimited(10) }, cvar);
    if (allocation.kind !== "allocated") throw new Error(allocation.kind);
    const losses = portfolioReturns(shares, allocation.weights)
      .map((value) => -value)
      .sort((a, b) => b - a);
    expectNear(allocation.objective, meanOf(losses.slice(0, 10)), 1e-12);
  });

  it("names the limits that contradict one another, and no other [NX-QNT-02]", () => {
    const tooLow = allocate({ ...shares, limits: { capsBps: caps(900), groups: [] } }, variance);
    if (tooLow.kind !== "infeasible") throw new Error(tooLow.kind);
    expect(tooLow.conflict).to.have.members([
      "all weights sum to 100 %",
      ...shares.assets.map((name) => `${name} is at most 9 %`),
    ]);
    const group = { kind: "illiquid", name: "staked", members: [0, 1, 2, 3, 4, 5, 6, 7], mostBps: 1_000 } as const;
    const two = allocate({ ...shares, limits: { capsBps: caps(3_000), groups: [group] } }, cvar);
    if (two.kind !== "infeasible") throw new Error(two.kind);
    expect(two.conflict).to.have.members([
      "all weights sum to 100 %",
      "the illiquid share (staked) is at most 10 %",
      `${shares.assets[8] ?? ""} is at most 30 %`,
      `${shares.assets[9] ?? ""} is at most 30 %`,
    ]);
    const floor = allocate({ ...shares, limits: { ...unlimited(10), returnFloor: 0.5 } }, variance);
    if (floor.kind !== "infeasible") throw new Error(floor.kind);
    expect(floor.conflict).to.include("the expected return is at least 0.5 a period");
  });

  it("answers limits without any room with the one allocation that they leave", () => {
    const allocation = allocate({ ...shares, limits: { capsBps: caps(1_000), groups: [] } }, variance);
    if (allocation.kind !== "allocated") throw new Error(JSON.stringify(allocation));
    expect(allocation.weightsBps).to.deep.equal(caps(1_000));
  });

  it("trades nothing from the optimum at any cost, and nothing from a small drift at a large one [NX-QNT-03]", () => {
    const aversion = 5;
    const input = { ...shares, limits: unlimited(10) };
    const goal: Goal = { kind: "utility", aversion };
    const optimum = allocate(input, goal);
    if (optimum.kind !== "allocated") throw new Error(optimum.kind);
    for (const rate of [1e-5, 1e-3]) {
      const costs = { heldBps: optimum.weightsBps, rates: caps(0).map(() => rate) };
      const again = allocate({ ...input, costs }, goal);
      if (again.kind !== "allocated") throw new Error(JSON.stringify(again));
      expect(
        furthest(
          again.weights,
          optimum.weightsBps.map((bps) => bps / 10_000),
        ),
      ).to.be.at.most(1e-4);
    }
    const drifted = caps(1_000);
    const costs = { heldBps: drifted, rates: drifted.map(() => 0.05) };
    const kept = allocate({ ...input, costs }, goal);
    if (kept.kind !== "allocated") throw new Error(JSON.stringify(kept));
    expect(kept.weightsBps).to.deep.equal(drifted);
    const cheap = allocate({ ...input, costs: { ...costs, rates: drifted.map(() => 0) } }, goal);
    if (cheap.kind !== "allocated") throw new Error(cheap.kind);
    expect(furthest(cheap.weights, [...optimum.weights])).to.be.at.most(1e-6);
  });

  it("refuses what it cannot answer, each with its reason [NX-QNT-02]", () => {
    const input = { ...shares, limits: unlimited(10) };
    const reasonOf = (allocation: Allocation): string =>
      allocation.kind === "refused" ? allocation.reason : allocation.kind;
    const one = {
      assets: ["A"],
      means: Float64Array.of(0),
      covariance: matrixOf([[1]]),
      scenarios: matrixOf([[1], [2]]),
    };
    expect(reasonOf(allocate({ ...one, limits: unlimited(1) }, variance))).to.equal("too-few-assets");
    const short = { ...shares.scenarios, rows: 10, values: shares.scenarios.values.slice(0, 100) };
    expect(reasonOf(allocate({ ...input, scenarios: short }, variance))).to.equal("too-few-rows");
    const broken = shares.means.with(3, Number.NaN);
    expect(reasonOf(allocate({ ...input, means: broken }, variance))).to.equal("not-a-number");
    expect(reasonOf(allocate({ ...input, limits: unlimited(9) }, variance))).to.equal("wrong-limits");
    const cash: Goal = { kind: "best-ratio", measure: { kind: "variance" }, riskFree: 1 };
    expect(reasonOf(allocate(input, cash))).to.equal("nothing-earns-more");
    const costs = { heldBps: caps(1_000), rates: caps(0) };
    expect(reasonOf(allocate({ ...input, costs }, variance))).to.equal("costs-not-comparable");
    const paid = { heldBps: caps(1_000), rates: caps(-1) };
    expect(reasonOf(allocate({ ...input, costs: paid }, cvar))).to.equal("not-a-number");
  });

  it("gives an asset without variance all of the least variance, and shares it among duplicates", () => {
    const flat = matrixOf(Array.from({ length: 40 }, (_, k) => [0.001, 0.01 * ((k % 5) - 2), 0.01 * ((k % 5) - 2)]));
    const covariance = sampleCovariance(flat);
    const input = { assets: ["cash", "one", "same"], means: columnMeans(flat), covariance, scenarios: flat };
    const allocation = allocate({ ...input, limits: unlimited(3) }, variance);
    if (allocation.kind !== "allocated") throw new Error(JSON.stringify(allocation));
    expect(allocation.weightsBps).to.deep.equal([10_000, 0, 0]);
    const capped = allocate({ ...input, limits: { capsBps: [5_000, 10_000, 10_000], groups: [] } }, variance);
    if (capped.kind !== "allocated") throw new Error(JSON.stringify(capped));
    expect(capped.weightsBps[0]).to.equal(5_000);
  });
});
