import process from "node:process";
import { expect } from "chai";
import { seededRandom } from "../../../../keepers/core/random.ts";
import {
  type Transitions,
  acceptedHits,
  conditionalCoverage,
  independence,
  kupiec,
  pooled,
  transitionsOf,
} from "../../../../keepers/quant/risk/exceedances.ts";
import { type LosingSide, ONE_MINUTE, createRiskFilter } from "../../../../keepers/quant/risk/filtered.ts";
import { walkAlong } from "../../../../keepers/quant/risk/coverage.ts";
import { garchPath, recordedDays, returnsOfTicks } from "../../../support/marketPaths.ts";

const IS_DEEP = process.env["NEXUS_TEST_DEEP"] === "1";
const LEVEL = 0.99;
const PATHS = IS_DEEP ? 300 : 40;
const SIDES: readonly LosingSide[] = ["long", "short"];

const hitsOf = (exceedances: readonly boolean[]): number => exceedances.filter(Boolean).length;

/** Two days that follow one another are one series; a filter starts anew where the recording has a gap. */
const series = (): readonly (readonly number[])[] => {
  const [first, second, third] = recordedDays().map(({ ticks }) => ticks);
  if (first === undefined || second === undefined || third === undefined) throw new Error("three days are recorded");
  return [returnsOfTicks([...first, ...second]), returnsOfTicks(third)];
};

const judged = (all: readonly (readonly boolean[])[]) => {
  const trials = all.reduce((sum, one) => sum + one.length, 0);
  const hits = all.reduce((sum, one) => sum + hitsOf(one), 0);
  const transitions: Transitions = pooled(all.map(transitionsOf));
  const number = kupiec(hits, trials, 1 - LEVEL);
  const order = independence(transitions);
  return { trials, hits, number, order, both: conditionalCoverage(number, order) };
};

const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;

describe("quant/risk: value at risk on recorded minutes", () => {
  for (const side of SIDES) {
    it(`is exceeded at 99 % about as often as it says, ${side}, where a normal model is rejected [NX-QNT-07]`, () => {
      const outcomes = series().map((returns) => walkAlong(returns, { side, policy: ONE_MINUTE, level: LEVEL }));
      const ours = judged(outcomes.map(({ filtered }) => filtered));
      const plain = judged(outcomes.map(({ normal }) => normal));
      const { least, most } = acceptedHits(ours.trials, 1 - LEVEL);
      if (IS_DEEP) {
        const line = [
          `      ${side}: ${ours.hits} of ${ours.trials}, accepted ${least} to ${most}`,
          `Kupiec p ${rounded(ours.number.probability)}, independence p ${rounded(ours.order.probability)}`,
          `by series ${outcomes.map(({ filtered }) => `${hitsOf(filtered)} of ${filtered.length}`).join(" and ")}`,
          `normal ${plain.hits}, Kupiec p ${plain.number.probability.toExponential(1)}`,
        ];
        process.stdout.write(`${line.join("; ")}\n`);
      }
      expect(ours.trials).to.equal(2_159 + 719);
      expect(ours.hits).to.be.within(least, most);
      expect(ours.order.probability).to.be.above(0.01);
      expect(plain.number.probability).to.be.below(0.05);
      expect(plain.hits).to.be.above(most);
    });
  }

  it("uses nothing of its own period or later [NX-QNT-07]", () => {
    const [returns = []] = series();
    const cut = 1_000;
    const before = createRiskFilter(ONE_MINUTE);
    const scrambled = createRiskFilter(ONE_MINUTE);
    const seen: (number | undefined)[] = [];
    for (const change of returns.slice(0, cut)) {
      seen.push(before.atRisk(LEVEL, "long")?.valueAtRisk);
      before.push(change);
    }
    const again: (number | undefined)[] = [];
    for (const [index] of returns.entries()) {
      if (index < cut) again.push(scrambled.atRisk(LEVEL, "long")?.valueAtRisk);
      scrambled.push(index < cut - 1 ? (returns[index] ?? 0) : 0.05);
    }
    expect(again).to.deep.equal(seen);
  });
});

describe("quant/risk: value at risk on simulated paths", () => {
  it(`is exceeded by 0.9 to 1.1 % of ${PATHS} GARCH paths with fat tails, and rarely rejected [NX-QNT-07]`, () => {
    const policy = { lambda: 0.94, floor: 1e-9, window: 500 };
    const outcomes = Array.from({ length: PATHS }, (_, seed) =>
      walkAlong(garchPath(seededRandom(seed), 1_500), { side: "long", policy, level: LEVEL }),
    );
    const trials = outcomes.reduce((sum, { filtered }) => sum + filtered.length, 0);
    const exceedance = outcomes.reduce((sum, { filtered }) => sum + hitsOf(filtered), 0) / trials;
    const rejectedBy = (model: "filtered" | "normal"): number =>
      outcomes.filter((outcome) => kupiec(hitsOf(outcome[model]), outcome[model].length, 1 - LEVEL).probability < 0.05)
        .length / PATHS;
    const ratios = outcomes.flatMap((outcome) => outcome.ratios);
    const shortfall = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    if (IS_DEEP) {
      const figures = [exceedance, rejectedBy("filtered"), rejectedBy("normal"), shortfall].map(rounded);
      process.stdout.write(`      exceedance, rejected, normal rejected, loss ÷ shortfall: ${figures.join(", ")}\n`);
      process.stdout.write(`      exceedance in %: ${rounded(100 * exceedance)}\n`);
    }
    const slack = IS_DEEP ? 0 : 0.0008;
    expect(exceedance).to.be.within(0.009 - slack, 0.011 + slack);
    expect(rejectedBy("filtered")).to.be.at.most(0.05);
    expect(rejectedBy("normal")).to.be.above(0.3);
    expect(shortfall).to.be.within(0.95 - 100 * slack, 1.1 + 100 * slack);
  }).timeout(600_000);
});
