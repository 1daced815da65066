import { readFileSync } from "node:fs";
import { z } from "zod";
import { columnMeans, sampleCovariance } from "../../keepers/quant/covariance.ts";
import { type Matrix, matrixOf } from "../../keepers/quant/matrix.ts";
import { simpleReturns } from "../../keepers/quant/returns.ts";

const DATA = new URL("../data/", import.meta.url);

/** The text of a file below `test/data`. */
export const dataText = (path: string): string => readFileSync(new URL(path, DATA), "utf8");
export const dataJson = (path: string): unknown => JSON.parse(dataText(path));

const table = (text: string): readonly (readonly string[])[] =>
  text
    .trim()
    .split("\n")
    .map((line) => line.split(","));

/** Published weights by their column: `weights.get("CVaR")` is in the order of the rows. */
export const weightTable = (path: string): ReadonlyMap<string, readonly number[]> => {
  const [head = [], ...rows] = table(dataText(path));
  return new Map(head.slice(1).map((name, column) => [name, rows.map((row) => Number(row[column + 1]))]));
};

const DAY = 86_400;

/** Riskfolio's 201 closes of ten shares as 200 simple returns; the days are numbered, since markets close on weekends. */
export const riskfolio = () => {
  const [head = [], ...rows] = table(dataText("riskfolio/prices_201x10.csv"));
  const returns = simpleReturns({
    assets: head.slice(1),
    stepSeconds: DAY,
    times: rows.map((_, day) => day * DAY),
    prices: rows.map((row) => row.slice(1).map(Number)),
  });
  if (returns.kind === "refused") throw new Error(returns.detail);
  const { matrix, assets } = returns;
  return { assets, scenarios: matrix, means: columnMeans(matrix), covariance: sampleCovariance(matrix) };
};

const numbers = z.array(z.number());
const square = z.array(numbers);

export const meanVariance20 = () => {
  const triple = z.object({ rf: z.number(), perf: z.tuple([z.number(), z.number(), z.number()]) });
  const { tickers, mu, S, expected } = z
    .object({
      tickers: z.array(z.string()),
      mu: numbers,
      S: square,
      expected: z.object({ minVolatility: triple, maxSharpeLongOnly: triple }),
    })
    .parse(dataJson("pypfopt/meanvar20.json"));
  return { assets: tickers, means: Float64Array.from(mu), covariance: matrixOf(S), expected };
};

export const hierarchy20 = () => {
  const { tickers, cov, corr, orderHead, weights } = z
    .object({
      tickers: z.array(z.string()),
      cov: square,
      corr: square,
      orderHead: numbers,
      weights: z.record(z.string(), z.number()),
    })
    .parse(dataJson("pypfopt/hrp20.json"));
  return { tickers, covariance: matrixOf(cov), correlation: matrixOf(corr), orderHead, weights };
};

/** No cap below everything, and no group. */
export const unlimited = (size: number) => ({ capsBps: Array.from({ length: size }, () => 10_000), groups: [] });

/** The largest difference of two rows of numbers. */
export const furthest = (left: ArrayLike<number>, right: readonly number[]): number =>
  right.reduce((most, value, i) => Math.max(most, Math.abs(value - (left[i] ?? Number.NaN))), 0);

/** A diagonal matrix. */
export const diagonal = (values: readonly number[]): Matrix =>
  matrixOf(values.map((value, i) => values.map((_, j) => (i === j ? value : 0))));
