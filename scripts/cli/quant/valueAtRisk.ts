import { bipowerVariation, realisedVariance } from "../../../keepers/market/prices/rangeVolatility.ts";
import { rowOf } from "../../../keepers/quant/matrix.ts";
import { simpleReturns } from "../../../keepers/quant/returns.ts";
import { type Coverage, coverageOf, walkAlong } from "../../../keepers/quant/risk/coverage.ts";
import { type LosingSide, ONE_MINUTE, createRiskFilter } from "../../../keepers/quant/risk/filtered.ts";
import { normalAtRisk } from "../../../keepers/quant/risk/parametric.ts";
import { type Command, type Values, UsageError, needed, required } from "../../lib/command.ts";
import { say, sayJson } from "../../lib/output.ts";
import { EXIT } from "../../lib/program.ts";
import { JSON_OPTION } from "../endpoint.ts";
import { readPrices } from "./readPrices.ts";

const MINUTES_OF_YEAR = 365 * 1_440;
const SIDES: readonly LosingSide[] = ["long", "short"];

const levelIn = (values: Values): number => {
  const text = values.get("level") ?? "99";
  const level = Number(text) / 100;
  if (/^\d{1,2}(?:\.\d+)?$/.test(text) && level >= 0.5 && level < 1) return level;
  throw new UsageError(`--level is a percentage from 50 to below 100, got “${text}”`);
};

type SideRisk = {
  readonly side: LosingSide;
  readonly valueAtRisk: number | undefined;
  readonly expectedShortfall: number | undefined;
  readonly normalValueAtRisk: number;
  readonly coverage: Coverage | undefined;
  readonly normalCoverage: Coverage | undefined;
};

const sideRisk = (returns: readonly number[], side: LosingSide, level: number): SideRisk => {
  const filter = createRiskFilter(ONE_MINUTE);
  for (const change of returns) filter.push(change);
  const { filtered, normal } = walkAlong(returns, { side, policy: ONE_MINUTE, level });
  const risk = filter.atRisk(level, side);
  return {
    side,
    valueAtRisk: risk?.valueAtRisk,
    expectedShortfall: risk?.expectedShortfall,
    normalValueAtRisk: normalAtRisk(filter.sigma(), level).valueAtRisk,
    coverage: coverageOf(filtered, level),
    normalCoverage: coverageOf(normal, level),
  };
};

const assetRisk = (asset: string, returns: readonly number[], level: number) => ({
  asset,
  minutes: returns.length,
  /** Of a year, with jumps and without them: the estimators of the volatility index. */
  volatility: Math.sqrt((realisedVariance(returns) / returns.length) * MINUTES_OF_YEAR),
  volatilityWithoutJumps: Math.sqrt((bipowerVariation(returns) / returns.length) * MINUTES_OF_YEAR),
  sides: SIDES.map((side) => sideRisk(returns, side, level)),
});

const percent = (part: number | undefined): string => (part === undefined ? "unknown" : `${(100 * part).toFixed(3)} %`);

const coverageWords = (coverage: Coverage | undefined): string =>
  coverage === undefined
    ? "not tested"
    : `${coverage.hits} of ${coverage.trials} (Kupiec p ${coverage.number.probability.toFixed(3)}, ` +
      `independence p ${coverage.order.probability.toFixed(3)}, ${coverage.light})`;

const sayAsset = ({
  asset,
  minutes,
  volatility,
  volatilityWithoutJumps,
  sides,
}: ReturnType<typeof assetRisk>): void => {
  say(
    `${asset}: ${minutes} minutes, volatility ${percent(volatility)} a year, ${percent(volatilityWithoutJumps)} without jumps`,
  );
  for (const { side, valueAtRisk, expectedShortfall, coverage, normalCoverage } of sides) {
    say(
      `  ${side}: value at risk of the next minute ${percent(valueAtRisk)}, expected shortfall ${percent(expectedShortfall)}`,
    );
    say(`    exceeded in this file: ${coverageWords(coverage)}; a normal model: ${coverageWords(normalCoverage)}`);
  }
};

const run = (values: Values): Promise<number> => {
  const level = levelIn(values);
  const returns = simpleReturns(readPrices(required(values, "prices")));
  if (returns.kind === "refused") {
    if (values.has("json")) sayJson(returns);
    else say(`no value at risk: ${returns.reason}: ${returns.detail}`);
    return Promise.resolve(EXIT.wrong);
  }
  const { assets, matrix, holes } = returns;
  const columns = assets.map((asset, i) =>
    assetRisk(
      asset,
      Array.from({ length: matrix.rows }, (_, row) => Math.log1p(rowOf(matrix, row)[i] ?? 0)),
      level,
    ),
  );
  if (values.has("json")) sayJson({ kind: "value-at-risk", level, window: ONE_MINUTE.window, holes, assets: columns });
  else {
    for (const column of columns) sayAsset(column);
    if (holes > 0) say(`${holes} gaps between rows were left out; none counts as a return of zero`);
    if (matrix.rows <= ONE_MINUTE.window) say(`a value at risk needs more than ${ONE_MINUTE.window} returns`);
  }
  return Promise.resolve(matrix.rows <= ONE_MINUTE.window ? EXIT.wrong : EXIT.done);
};

/** Value at risk by filtered historical simulation, with how often it was exceeded; knows no chain and sends nothing. */
export const valueAtRisk: Command = {
  about: "value at risk of the next minute from files of prices, with how often it was exceeded; sends nothing",
  example: "--prices usdc-weth.csv --level 99",
  options: {
    prices: needed({
      value: "FILES",
      about: "prices by the minute, recorded or “timestamp,ASSET,…”; several by commas",
    }),
    level: { value: "PERCENT", about: "the share of minutes that shall lose less; without it 99" },
    json: JSON_OPTION,
  },
  run,
};
