import { createHash } from "node:crypto";
import { expect } from "chai";
import { z } from "zod";
import { seededRandom } from "../../../../keepers/core/random.ts";
import {
  binomialCdf,
  chiSquareTail1,
  erfc,
  normalCdf,
  normalQuantile,
} from "../../../../keepers/quant/risk/distributions.ts";
import {
  acceptedHits,
  conditionalCoverage,
  independence,
  kupiec,
  pooled,
  trafficLight,
  transitionsOf,
} from "../../../../keepers/quant/risk/exceedances.ts";
import { createRiskFilter, riskOfLosses } from "../../../../keepers/quant/risk/filtered.ts";
import { cornishFisher, normalAtRisk } from "../../../../keepers/quant/risk/parametric.ts";
import { linearQuantile, weibullQuantile } from "../../../../keepers/quant/risk/quantile.ts";
import { deflatedSharpe } from "../../../../keepers/quant/risk/ratios.ts";
import { fitTail, tailAtRisk } from "../../../../keepers/quant/risk/tail.ts";
import { dataJson } from "../../../support/quantData.ts";
import { expectNear } from "../../../support/near.ts";

const vectors = z
  .object({
    pof: z.array(z.object({ T: z.number(), x: z.number(), p: z.number(), lr: z.number(), pval: z.number() })),
    ind: z.array(
      z.object({
        n: z.tuple([z.number(), z.number(), z.number(), z.number()]),
        lr: z.number(),
        p: z.number(),
      }),
    ),
    mathworks: z.record(z.string(), z.number()),
    acceptance95: z.record(z.string(), z.tuple([z.number(), z.number()])),
    binomCdf250_001: z.record(z.string(), z.number()),
  })
  .parse(dataJson("var-backtests/var-backtests.json"));

describe("quant/risk/distributions", () => {
  it("knows the normal distribution to 1e-13 where its values are known", () => {
    expectNear(normalCdf(1.959963984540054), 0.975, 1e-13);
    expectNear(normalCdf(-3.0902323061678136), 0.001, 1e-14);
    expectNear(normalQuantile(0.99), 2.3263478740408408, 1e-12);
    expectNear(normalQuantile(1e-9), -5.997807015007687, 1e-8);
    expectNear(erfc(5) / 1.5374597944280347e-12, 1, 1e-12);
    expect(() => normalQuantile(1)).to.throw(RangeError, "above 0 and below 1, got 1");
  });

  it("knows the 95 % point of χ² with one degree of freedom", () => {
    expectNear(chiSquareTail1(3.841458820694124), 0.05, 1e-13);
  });

  it("agrees with the binomial distribution behind the traffic light, to 1e-12 [NX-QNT-01]", () => {
    for (const [hits, wanted] of Object.entries(vectors.binomCdf250_001)) {
      expectNear(binomialCdf(Number(hits), 250, 0.01), wanted, 1e-12);
    }
  });
});

describe("quant/risk/quantile", () => {
  it("agrees with the linear quantiles that empyrical expects", () => {
    expectNear(linearQuantile(Float64Array.of(1, 2), 0.3), 1.3, 1e-15);
    const values = Float64Array.of(1, 81, 82, 83, 84, 85);
    expect([0.1, 0.2, 0.3].map((level) => linearQuantile(values, level))).to.deep.equal([41, 81, 81.5]);
  });

  it("stands at (n + 1) p by Weibull's, and at the ends of the sample beyond them", () => {
    const values = Float64Array.from({ length: 99 }, (_, i) => i + 1);
    expect(weibullQuantile(values, 0.99)).to.equal(99);
    expectNear(weibullQuantile(values, 0.905), 90.5, 1e-12);
    expect(weibullQuantile(values, 0.9999)).to.equal(99);
    expect(weibullQuantile(values, 0.0001)).to.equal(1);
  });
});

describe("quant/risk/exceedances", () => {
  it("agrees with Kupiec's test in every case, to all printed digits [NX-QNT-01]", () => {
    for (const { T, x, p, lr, pval } of vectors.pof) {
      const test = kupiec(x, T, p);
      expectNear(test.statistic, lr, 1e-11);
      expectNear(test.probability, pval, 1e-6);
    }
  });

  it("agrees with Christoffersen's test and with MathWorks' example, to all printed digits [NX-QNT-01]", () => {
    const [wanted] = vectors.ind;
    if (wanted === undefined) throw new Error("there is one case");
    const [n00, n01, n10, n11] = wanted.n;
    const order = independence({ n00, n01, n10, n11 });
    expectNear(order.statistic, wanted.lr, 1e-11);
    expectNear(order.probability, wanted.p, 1e-11);
    const number = kupiec(57, 1_043, 0.05);
    const both = conditionalCoverage(number, order);
    const printed = [number, order, both].flatMap(({ statistic, probability }) => [statistic, probability]);
    const { LRpof, ppof, LRcci, pcci, LRcc, pcc } = vectors.mathworks;
    expect(printed.map((value) => Number(value.toFixed(5)))).to.deep.equal([LRpof, ppof, LRcci, pcci, LRcc, pcc]);
  });

  it("agrees with the numbers that Kupiec's test accepts at 95 % [NX-QNT-01]", () => {
    for (const [key, [least, most]] of Object.entries(vectors.acceptance95)) {
      const [chance = 0, trials = 0] = key.split(":").map(Number);
      expect(acceptedHits(trials, chance), key).to.deep.equal({ least, most });
    }
  });

  it("shows Basel's colours for 250 days", () => {
    const colours = [0, 4, 5, 9, 10, 25].map((hits) => trafficLight(hits, 250, 0.01));
    expect(colours).to.deep.equal(["green", "green", "yellow", "yellow", "red", "red"]);
  });

  it("counts what follows what, and nothing across two recordings", () => {
    const first = transitionsOf([true, true, false, true]);
    expect(first).to.deep.equal({ n00: 0, n01: 1, n10: 1, n11: 1 });
    expect(pooled([first, transitionsOf([true])])).to.deep.equal(first);
  });

  it("answers one series without a second exceedance, where 0 · ln 0 is nothing", () => {
    expectNear(independence({ n00: 90, n01: 5, n10: 5, n11: 0 }).statistic, 0.5269, 1e-3);
    expect(independence({ n00: 100, n01: 0, n10: 0, n11: 0 })).to.deep.equal({ statistic: 0, probability: 1 });
  });

  it("finds a model that clusters, and one that is exceeded too often", () => {
    expect(independence({ n00: 900, n01: 10, n10: 10, n11: 40 }).probability).to.be.below(1e-6);
    expect(kupiec(30, 1_000, 0.01).probability).to.be.below(1e-6);
  });
});

describe("quant/risk: tails and filters", () => {
  it("finds the shape of a Pareto tail that it is shown, and its quantiles", () => {
    const random = seededRandom(7);
    const losses = Float64Array.from({ length: 20_000 }, () => Math.expm1(-0.25 * Math.log(random.uniform()))).sort();
    const tail = fitTail(losses);
    if (tail === undefined) throw new Error("there is a tail");
    expectNear(tail.shape, 0.25, 0.06);
    const { valueAtRisk, expectedShortfall } = tailAtRisk(tail, 0.999);
    const exact = Math.expm1(-0.25 * Math.log(0.001));
    expect(valueAtRisk / exact).to.be.within(0.93, 1.07);
    expect(expectedShortfall / ((exact + 0.25) / 0.75)).to.be.within(0.93, 1.07);
  });

  it("agrees with the closed forms of a Pareto distribution, and of an exponential one at shape zero", () => {
    const pareto = tailAtRisk({ threshold: 0, shape: 0.25, scale: 0.25, share: 1 }, 0.999);
    expectNear(pareto.valueAtRisk, Math.expm1(0.25 * Math.log(1_000)), 1e-12);
    expectNear(pareto.expectedShortfall, (pareto.valueAtRisk + 0.25) / 0.75, 1e-12);
    const exponential = tailAtRisk({ threshold: 1, shape: 0, scale: 2, share: 0.1 }, 0.99);
    expectNear(exponential.valueAtRisk, 1 + 2 * Math.log(10), 1e-12);
    expectNear(exponential.expectedShortfall, exponential.valueAtRisk + 2, 1e-12);
  });

  it("fits no tail to too few values or to equal ones", () => {
    expect(fitTail(new Float64Array(50))).to.equal(undefined);
    expect(fitTail(new Float64Array(500))).to.equal(undefined);
  });

  it("takes the window's own quantile, and a fitted tail only beyond the window", () => {
    const random = seededRandom(3);
    const losses = Float64Array.from({ length: 720 }, () => random.normal()).sort();
    const inside = riskOfLosses(losses, 0.99);
    expect(inside.by).to.equal("window");
    expect(inside.valueAtRisk).to.equal(weibullQuantile(losses, 0.99));
    const beyond = riskOfLosses(losses, 0.9999);
    expect(beyond.by).to.equal("tail");
    expect(beyond.valueAtRisk).to.be.above(inside.valueAtRisk);
    expect(beyond.expectedShortfall).to.be.above(beyond.valueAtRisk);
  });

  it("means the losses beyond the level, its own part included", () => {
    const losses = Float64Array.from({ length: 1_000 }, (_, i) => i + 1);
    // The worst 2.55 %: 25 whole values from 976 on, and half of the next.
    const mean = (25 * 988 + 0.5 * 975) / 25.5;
    expectNear(riskOfLosses(losses, 0.9745).expectedShortfall, mean, 1e-9);
  });

  it("keeps a sorted window: the same as sorting anew after every return", () => {
    const policy = { lambda: 0.9, floor: 1e-4, window: 50 };
    const filter = createRiskFilter(policy);
    const random = seededRandom(11);
    let variance = 1e-8;
    const all: number[] = [];
    for (let i = 0; i < 300; i += 1) {
      // Quiet periods repeat the value zero, which a window must keep and drop once each.
      const change = i % 3 === 0 ? 0 : random.normal() * 1e-3;
      const sigma = Math.max(Math.sqrt(variance), 1e-4);
      if (i >= 50) {
        const losses = Float64Array.from(all.slice(-50), (value) => -value).sort();
        const wanted = riskOfLosses(losses, 0.9);
        expectNear(filter.sigma(), sigma, 1e-15);
        expectNear(filter.atRisk(0.9, "long")?.valueAtRisk, wanted.valueAtRisk * sigma, 1e-12);
        const gains = Float64Array.from(all.slice(-50)).sort();
        expectNear(filter.atRisk(0.9, "short")?.valueAtRisk, riskOfLosses(gains, 0.9).valueAtRisk * sigma, 1e-12);
      } else expect(filter.atRisk(0.9, "long")).to.equal(undefined);
      filter.push(change);
      all.push(change / sigma);
      variance = 0.9 * variance + 0.1 * change * change;
    }
  });

  it("never takes a quiet market for one without risk: its deviation has a floor", () => {
    const filter = createRiskFilter({ lambda: 0.94, floor: 1e-4, window: 30 });
    for (let i = 0; i < 500; i += 1) filter.push(0);
    expect(filter.sigma()).to.equal(1e-4);
  });

  it("refuses a return that is no number, and a policy that is none", () => {
    const filter = createRiskFilter({ lambda: 0.94, floor: 1e-4, window: 30 });
    expect(() => filter.push(Number.NaN)).to.throw(RangeError, "must be a finite number, got NaN");
    expect(() => createRiskFilter({ lambda: 1, floor: 1e-4, window: 30 })).to.throw(RangeError, "no filter with λ 1");
    expect(() => createRiskFilter({ lambda: 0.9, floor: 0, window: 30 })).to.throw(RangeError, "a floor of 0");
  });

  it("compares with a normal model, and bends it by skewness and kurtosis", () => {
    expectNear(normalAtRisk(2, 0.99).valueAtRisk, 4.652695748081682, 1e-11);
    expectNear(normalAtRisk(1, 0.975).expectedShortfall, 2.337802792, 1e-8);
    expectNear(cornishFisher({ sigma: 1, skewness: 0, excessKurtosis: 0 }, 0.99), 2.3263478740408408, 1e-12);
    expectNear(cornishFisher({ sigma: 1, skewness: 0.5, excessKurtosis: 3 }, 0.99), 3.30131, 5e-4);
  });
});

describe("quant/risk: deflated Sharpe ratio and the bits of functions", () => {
  it("agrees with the worked example of Bailey and López de Prado [NX-QNT-01]", () => {
    const { deflatedSharpe: wanted } = z
      .object({
        deflatedSharpe: z.object({
          annualSharpe: z.number(),
          trials: z.number(),
          varianceOfTrialsAnnual: z.number(),
          T: z.number(),
          periodsPerYear: z.number(),
          skew: z.number(),
          kurtosis: z.number(),
          sr0PerPeriod: z.number(),
          dsr: z.number(),
        }),
      })
      .parse(dataJson("var-backtests/deflated-sharpe.json"));
    const { benchmark, probability } = deflatedSharpe(
      {
        sharpe: wanted.annualSharpe / Math.sqrt(wanted.periodsPerYear),
        observations: wanted.T,
        skewness: wanted.skew,
        kurtosis: wanted.kurtosis,
      },
      { trials: wanted.trials, variance: wanted.varianceOfTrialsAnnual / wanted.periodsPerYear },
    );
    expectNear(benchmark, wanted.sr0PerPeriod, 1e-9);
    expectNear(probability, wanted.dsr, 1e-9);
  });

  it("gets the same bits of exp, log, expm1, log1p and sqrt as every supported engine does [NX-QNT-08]", () => {
    const random = seededRandom(1);
    const values = Float64Array.from({ length: 100_000 }, (_, i) => {
      const x = random.uniform() * 20;
      return [Math.exp(-x), Math.log(x), Math.expm1(-x), Math.log1p(x), Math.sqrt(x)][i % 5] ?? 0;
    });
    const hash = createHash("sha256").update(new Uint8Array(values.buffer)).digest("hex");
    expect(hash).to.equal("d31748116d62278c3e841b0110d939db46609c324efa7b9e2178981bf1a4f2f5");
  });
});
