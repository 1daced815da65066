import { readFileSync } from "node:fs";
import { expect } from "chai";
import { z } from "zod";
import {
  type Bar,
  type RangeEstimator,
  bipowerVariation,
  rangeVolatility,
  realisedVariance,
} from "../../../../keepers/market/prices/rangeVolatility.ts";

const VECTORS = new URL("../../../vectors/", import.meta.url);
const figures = z.object({
  garmanKlass: z.number(),
  parkinson: z.number(),
  rogersSatchell: z.number(),
  garmanKlassYangZhang: z.number(),
  yangZhang: z.number(),
});
const expected = z
  .object({
    atBar48: figures,
    atBar30: figures,
    day: z.object({ realisedVariance47: z.number(), bipowerVariation47: z.number() }),
  })
  .parse(JSON.parse(readFileSync(new URL("ohlc48-expected.json", VECTORS), "utf8")));

const bars: readonly Bar[] = readFileSync(new URL("ohlc48.csv", VECTORS), "utf8")
  .trim()
  .split("\n")
  .slice(1)
  .map((line) => {
    const [open = 0, high = 0, low = 0, close = 0] = line.split(",").map(Number);
    return { open, high, low, close };
  });
/** How many bars the vectors' estimators look at; those with gaps need the close of one more. */
const LENGTH = 20;
const ESTIMATORS = ["parkinson", "garmanKlass", "rogersSatchell", "garmanKlassYangZhang", "yangZhang"] as const;
const HAS_GAPS: readonly RangeEstimator[] = ["garmanKlassYangZhang", "yangZhang"];
const returns = bars.slice(1).map(({ close }, index) => Math.log(close / (bars[index]?.close ?? close)));
const EXACT = 1e-14;

describe("market/prices/rangeVolatility", () => {
  for (const [words, end, want] of [
    ["48", 48, expected.atBar48],
    ["30", 30, expected.atBar30],
  ] as const) {
    for (const estimator of ESTIMATORS) {
      it(`agrees with R's TTR in ${estimator} at bar ${words}, to 1e-14`, () => {
        const length = HAS_GAPS.includes(estimator) ? LENGTH + 1 : LENGTH;
        expect(Math.abs(rangeVolatility(estimator, bars.slice(end - length, end)) - want[estimator])).to.be.at.most(
          EXACT,
        );
      });
    }
  }

  it("agrees with the day's realised variance and bipower variation, to 1e-14", () => {
    expect(Math.abs(realisedVariance(returns) - expected.day.realisedVariance47)).to.be.at.most(EXACT);
    expect(Math.abs(bipowerVariation(returns) - expected.day.bipowerVariation47)).to.be.at.most(EXACT);
  });

  it("refuses too few bars, and what is no bar", () => {
    const flat = { open: 1, high: 1, low: 1, close: 1 };
    expect(() => rangeVolatility("parkinson", [])).to.throw(RangeError, "at least 1 bars, got 0");
    expect(() => rangeVolatility("garmanKlassYangZhang", [flat])).to.throw(RangeError, "at least 2 bars, got 1");
    expect(() => rangeVolatility("yangZhang", [flat, flat])).to.throw(RangeError, "at least 3 bars, got 2");
    expect(() => bipowerVariation([0.1])).to.throw(RangeError, "at least 2 returns, got 1");
    for (const wrong of [
      { ...flat, low: 2 },
      { ...flat, high: 0.5 },
      { ...flat, low: 0 },
      { ...flat, low: -1 },
      { ...flat, high: Infinity },
      { ...flat, close: Number.NaN },
    ]) {
      expect(() => rangeVolatility("rogersSatchell", [flat, wrong])).to.throw(RangeError, "bar 1 has no positive low");
    }
  });
});
