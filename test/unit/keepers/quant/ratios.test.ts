import { expect } from "chai";
import { z } from "zod";
import {
  annualReturn,
  annualVolatility,
  betaTo,
  calmarRatio,
  downsideRisk,
  growth,
  informationRatio,
  maxDrawdown,
  omegaRatio,
  sharpeRatio,
  sortinoRatio,
  tailRatio,
  totalReturn,
} from "../../../../keepers/quant/risk/ratios.ts";
import { dataJson } from "../../../support/quantData.ts";
import { expectNear } from "../../../support/near.ts";

type Series = readonly number[];
type Arguments = Readonly<Record<string, unknown>>;

const number = z.union([z.number(), z.nan(), z.enum(["NaN", "Infinity"]).transform(Number)]);
const { series, cases } = z
  .object({
    series: z.record(z.string(), z.union([z.array(number), z.record(z.string(), z.array(number))])),
    cases: z.array(z.object({ f: z.string(), a: z.record(z.string(), z.unknown()) })),
  })
  .parse(dataJson("empyrical/cases.json"));

const PERIODS = new Map([
  ["daily", 252],
  ["weekly", 52],
  ["monthly", 12],
  ["yearly", 1],
]);

/** A series by its name or its values; undefined for what is no single series. */
const seriesOf = (value: unknown): Series | undefined => {
  const named = z.object({ $series: z.string() }).safeParse(value);
  const found = named.success ? series[named.data.$series] : value;
  const values = z.array(number).safeParse(found);
  return values.success ? values.data : undefined;
};

/** The values less a number or another series, without the periods where one is missing. */
const less = (left: Series, right: unknown): Series => {
  const other = seriesOf(right);
  const taken = typeof right === "number" ? right : 0;
  return left.map((value, i) => value - (other?.[i] ?? taken)).filter((value) => !Number.isNaN(value));
};

const periodsOf = ({ period }: Arguments): number => PERIODS.get(String(period)) ?? 252;

/** empyrical states what is required a year; we state it a period. */
const dailyRequirement = ({ required_return: required }: Arguments): number => {
  const year = Number(required);
  return year <= -1 ? Number.NaN : Math.expm1(Math.log1p(year) / 252);
};

/** Each function of empyrical that has one of ours beside it. */
const OURS: Readonly<Record<string, (returns: Series, a: Arguments) => number | Series>> = {
  cum_returns: (returns, { starting_value: start }) =>
    start === 0 ? growth(returns).map((value) => value - 1) : growth(returns, Number(start)),
  cum_returns_final: (returns, { starting_value: start }) =>
    start === 0 ? totalReturn(returns) : Number(start) * (1 + totalReturn(returns)),
  max_drawdown: (returns) => maxDrawdown(returns),
  annual_ret: (returns, a) => annualReturn(returns, periodsOf(a)),
  cagr: (returns, a) => annualReturn(returns, periodsOf(a)),
  annual_volatility: (returns, a) => annualVolatility(returns, periodsOf(a)),
  calmar: (returns, a) => calmarRatio(returns, periodsOf(a)),
  omega: (returns, a) => omegaRatio(less(returns, a["risk_free"]), dailyRequirement(a)),
  sharpe_ratio: (returns, a) => sharpeRatio(less(returns, a["risk_free"]), 252),
  downside_risk: (returns, a) => downsideRisk(less(returns, a["required_return"]), periodsOf(a)),
  sortino: (returns, a) => sortinoRatio(less(returns, a["required_return"]), periodsOf(a)),
  excess_sharpe: (returns, a) =>
    informationRatio(
      less(returns, a["factor_returns"]),
      returns.map(() => 0),
    ),
  beta: (returns, a) => betaTo(returns, seriesOf(a["benchmark"]) ?? []),
  tail_ratio: (returns) => tailRatio(returns),
};

/** What empyrical's own tests ask for where it is not 8 decimals. */
const TOLERANCES = new Map([
  ["cum_returns", 1e-4],
  ["cum_returns_final", 1e-4],
  ["tail_ratio", 0.05],
]);

const expectEqual = (ours: number | Series, expected: unknown, tolerance: number): void => {
  const wanted = z.union([number.transform((value) => [value]), z.array(number)]).parse(expected);
  const got = typeof ours === "number" ? [ours] : ours;
  expect(got).to.have.length(wanted.length);
  for (const [i, value] of wanted.entries()) {
    const own = got[i] ?? 0;
    if (Number.isNaN(value)) expect(own).to.satisfy(Number.isNaN);
    else if (Number.isFinite(value)) expect(Math.abs(own - value)).to.be.at.most(tolerance);
    else expect(own).to.equal(value);
  }
};

describe("quant/risk/ratios: empyrical's cases", () => {
  for (const [f, ours] of Object.entries(OURS)) {
    const own = cases.filter(
      ({ f: name, a }) =>
        name === f && seriesOf(a["returns"]) !== undefined && (f !== "beta" || seriesOf(a["benchmark"]) !== undefined),
    );
    const tolerance = TOLERANCES.get(f) ?? 1.5e-8;
    it(`agrees in all ${own.length} of ${f}, to ${tolerance} [NX-QNT-01]`, () => {
      expect(own.length).to.be.above(0);
      for (const { a } of own) {
        // empyrical counts a missing period as time that passed without a return.
        const isRelative = ["cum_returns", "cum_returns_final", "annual_ret", "cagr", "calmar"].includes(f);
        const returns = seriesOf(a["returns"]) ?? [];
        const given = isRelative ? returns.map((value) => (Number.isNaN(value) ? 0 : value)) : less(returns, 0);
        const isAligned = ["omega", "sharpe_ratio", "downside_risk", "sortino", "excess_sharpe"].includes(f);
        expectEqual(ours(isAligned ? returns : given, a), a["expected"], tolerance);
      }
    });
  }

  it("finds the drawdown of a published path of values", () => {
    const values = [3, 1, 8, 5, 6, 2, 9, 4, 5];
    const returns = values.slice(1).map((value, i) => value / (values[i] ?? 1) - 1);
    expectNear(maxDrawdown(returns), -0.75, 1e-15);
  });
});
