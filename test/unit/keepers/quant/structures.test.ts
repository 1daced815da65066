import { expect } from "chai";
import fc from "fast-check";
import { z } from "zod";
import { correlationOf, ewmaCovariance, ledoitWolf, sampleCovariance } from "../../../../keepers/quant/covariance.ts";
import { hierarchicalRiskParity, leafOrder } from "../../../../keepers/quant/hierarchy.ts";
import { toBasisPoints } from "../../../../keepers/quant/limits.ts";
import { entry, matrixOf, times } from "../../../../keepers/quant/matrix.ts";
import { simpleReturns } from "../../../../keepers/quant/returns.ts";
import { equalRisk } from "../../../../keepers/quant/riskParity.ts";
import {
  dataJson,
  diagonal,
  furthest,
  hierarchy20,
  riskfolio,
  unlimited,
  weightTable,
} from "../../../support/quantData.ts";
import { expectNear } from "../../../support/near.ts";

describe("quant/covariance", () => {
  it("agrees with scikit-learn's shrinkage of Ledoit and Wolf, to 1e-12 [NX-QNT-01]", () => {
    const wanted = z
      .object({ shrinkage: z.number(), c00: z.number(), c01: z.number() })
      .parse(dataJson("scikit-learn/ledoit-wolf.json"));
    const { shrinkage, covariance } = ledoitWolf(riskfolio().scenarios);
    expect(Math.abs(shrinkage - wanted.shrinkage)).to.be.at.most(1e-12);
    expect(Math.abs(entry(covariance, 0, 0) - wanted.c00)).to.be.at.most(1e-12);
    expect(Math.abs(entry(covariance, 0, 1) - wanted.c01)).to.be.at.most(1e-12);
  });

  it("weighs rows by powers of λ that sum to one, the newest most", () => {
    const covariance = ewmaCovariance(matrixOf([[3], [0], [1]]), 0.5);
    expectNear(entry(covariance, 0, 0), (9 * 0.25 + 1) / 1.75, 1e-15);
  });

  it("gives an asset without variance no correlation with others", () => {
    const correlation = correlationOf(diagonal([0, 4]));
    expect([...correlation.values]).to.deep.equal([1, 0, 0, 1]);
  });

  it("divides by one less than the rows, and by their number before it shrinks", () => {
    const returns = matrixOf([[1], [2], [6]]);
    expectNear(sampleCovariance(returns).values[0], 7, 1e-12);
    expectNear(ledoitWolf(returns).covariance.values[0], 14 / 3, 1e-12);
  });

  it("needs two rows", () => {
    expect(() => sampleCovariance(matrixOf([[1]]))).to.throw(RangeError, "needs 2 rows, got 1");
    expect(() => ledoitWolf(matrixOf([[1]]))).to.throw(RangeError, "needs 2 rows, got 1");
  });
});

describe("quant/riskParity", () => {
  it("makes risk contributions agree to 1e-10, and agrees with Riskfolio's weights to 1e-5 [NX-QNT-01]", () => {
    const { covariance } = riskfolio();
    const answer = equalRisk(covariance);
    if (answer.kind === "refused") throw new Error(answer.detail);
    const marginal = times(covariance, answer.weights);
    const variance = answer.weights.reduce((sum, weight, i) => sum + weight * (marginal[i] ?? 0), 0);
    const shares = answer.weights.map((weight, i) => (weight * (marginal[i] ?? 0)) / variance);
    expect(
      furthest(
        shares,
        Array.from({ length: 10 }, () => 0.1),
      ),
    ).to.be.at.most(1e-10);
    expect(furthest(answer.weights, weightTable("riskfolio/Classic_RP.csv").get("MV") ?? [])).to.be.at.most(1e-5);
  });

  it("weighs uncorrelated assets by inverse deviations, however far apart", () => {
    const answer = equalRisk(diagonal([1e-10, 1, 1e6]));
    if (answer.kind === "refused") throw new Error(answer.detail);
    const sum = 1e5 + 1 + 1e-3;
    expect(furthest(answer.weights, [1e5 / sum, 1 / sum, 1e-3 / sum])).to.be.at.most(1e-12);
  });

  it("refuses an asset that has no variance", () => {
    expect(equalRisk(diagonal([1, 0]))).to.include({ kind: "refused", reason: "zero-variance" });
  });
});

describe("quant/hierarchy", () => {
  it("agrees with PyPortfolioOpt's order and weights, to 1e-12 [NX-QNT-01]", () => {
    const { tickers, covariance, correlation, orderHead, weights } = hierarchy20();
    const answer = hierarchicalRiskParity(covariance, correlation);
    if (answer.kind === "refused") throw new Error(answer.detail);
    expect(answer.order.slice(0, orderHead.length)).to.deep.equal(orderHead);
    const wanted = tickers.map((name) => weights[name] ?? Number.NaN);
    expect(furthest(answer.weights, wanted)).to.be.at.most(1e-12);
  });

  it("joins equal distances in the order of their indices", () => {
    const same = matrixOf([0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => (i === j ? 0 : 1))));
    expect(leafOrder(same)).to.deep.equal([3, 2, 0, 1]);
  });

  it("refuses an asset that has no variance", () => {
    const answer = hierarchicalRiskParity(diagonal([0, 1]), diagonal([1, 1]));
    expect(answer).to.include({ kind: "refused", reason: "zero-variance" });
  });
});

describe("quant/limits: whole basis points", () => {
  it("sums to 10,000 and keeps every cap, for any weights that keep them [NX-QNT-04]", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 2, maxLength: 40 }), (parts) => {
        const sum = parts.reduce((a, b) => a + b, 0);
        const weights = Float64Array.from(parts, (part) => part / sum);
        const capsBps = Array.from(weights, (weight) => Math.ceil(weight * 10_000));
        const points = toBasisPoints(weights, { capsBps, groups: [] });
        if (points === undefined) throw new Error("no rounding");
        expect(points.reduce((a, b) => a + b, 0)).to.equal(10_000);
        expect(points.every((bps, i) => Number.isInteger(bps) && bps >= 0 && bps <= (capsBps[i] ?? 0))).to.equal(true);
        expect(
          furthest(
            weights,
            points.map((bps) => bps / 10_000),
          ),
        ).to.be.below(1e-4 + 1e-9);
      }),
      { numRuns: 300 },
    );
  });

  it("gives a group no more than its limit, also by rounding [NX-QNT-04]", () => {
    const weights = Float64Array.of(0.00005, 0.00005, 0.4999, 0.5);
    const groups = [{ kind: "issuer", name: "Circle", members: [0, 1], mostBps: 1 }] as const;
    expect(toBasisPoints(weights, { ...unlimited(4), groups })).to.deep.equal([1, 0, 4_999, 5_000]);
  });

  it("gives what a full group may not have to others [NX-QNT-04]", () => {
    // In basis points: 1.5 and 0.499 of the group, and three others with less to give away.
    const weights = Float64Array.of(1.5, 0.499, 3_000.335, 3_000.333, 3_997.333).map((bps) => bps / 10_000);
    const groups = [{ kind: "issuer", name: "Circle", members: [0, 1], mostBps: 2 }] as const;
    expect(toBasisPoints(weights, { ...unlimited(5), groups })).to.deep.equal([2, 0, 3_001, 3_000, 3_997]);
  });

  it("finds no rounding where the caps leave none", () => {
    expect(toBasisPoints(Float64Array.of(0.5, 0.5), { capsBps: [4_999, 5_000], groups: [] })).to.equal(undefined);
  });
});

describe("quant/returns", () => {
  const table = { assets: ["A"], stepSeconds: 60, times: [0, 60, 120], prices: [[1], [2], [3]] };

  it("takes no return across a missing minute, and counts it [NX-QNT-05]", () => {
    const minutes = Array.from({ length: 20 }, (_, i) => 60 * (i < 10 ? i : i + 1));
    const returns = simpleReturns({ ...table, times: minutes, prices: minutes.map((_, i) => [i + 1]) });
    if (returns.kind === "refused") throw new Error(returns.detail);
    expect(returns.holes).to.equal(1);
    expect(returns.matrix.rows).to.equal(18);
    expect(returns.matrix.values[0]).to.equal(1);
    expect([...returns.matrix.values].includes(1 / 10)).to.equal(false);
  });

  for (const [reason, change] of [
    ["not-a-number", { prices: [[1], [Number.NaN], [3]] }],
    ["not-positive", { prices: [[1], [0], [3]] }],
    ["unsorted", { times: [0, 120, 60] }],
    ["duplicated", { times: [0, 60, 60] }],
    ["missing-minutes", { times: [0, 60, 600] }],
    ["another-format", { times: [0, 60, 130] }],
    ["another-format", { prices: [[1], [2, 3], [3]] }],
    ["too-few-rows", { times: [0], prices: [[1]] }],
    ["too-few-assets", { assets: [] }],
  ] as const) {
    it(`refuses as ${reason}: ${JSON.stringify(change)} [NX-QNT-05]`, () => {
      expect(simpleReturns({ ...table, ...change })).to.include({ kind: "refused", reason });
    });
  }
});
