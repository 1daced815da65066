import { type Matrix, matrixOf } from "./matrix.ts";
import { type QuantRefusal, refuse } from "./refusal.ts";

/** Prices of assets at times in seconds of the epoch, one row each. `stepSeconds`: from one row to the next. */
export type PriceTable = {
  readonly assets: readonly string[];
  readonly stepSeconds: number;
  readonly times: readonly number[];
  readonly prices: readonly (readonly number[])[];
};

/** Simple returns, a row for each two neighbours in time. `holes`: how many times a row is missing between two others. */
export type Returns = {
  readonly kind: "returns";
  readonly assets: readonly string[];
  readonly stepSeconds: number;
  readonly matrix: Matrix;
  readonly holes: number;
};

/** With more than this part of the rows missing the rest does not stand for the whole. */
const MOST_MISSING = 0.1;

const timeFault = ({ times, stepSeconds }: PriceTable): QuantRefusal | undefined => {
  for (const [index, time] of times.slice(1).entries()) {
    const before = times[index] ?? time;
    const row = `row ${index + 2}`;
    if (!Number.isFinite(time)) return refuse("not-a-number", `${row} has no time`);
    if (time === before) return refuse("duplicated", `${row} has the time of the row before it`);
    if (time < before) return refuse("unsorted", `${row} is older than the row before it`);
    if ((time - before) % stepSeconds !== 0) {
      return refuse("another-format", `${row} is not a whole number of ${stepSeconds} s steps after the one before`);
    }
  }
  return undefined;
};

const priceFault = ({ prices, assets }: PriceTable): QuantRefusal | undefined => {
  for (const [index, row] of prices.entries()) {
    const where = `row ${index + 1}`;
    if (row.length !== assets.length) {
      return refuse("another-format", `${where} has ${row.length} prices for ${assets.length} assets`);
    }
    const bad = row.findIndex((price) => !Number.isFinite(price) || price <= 0);
    if (bad === -1) continue;
    const reason = Number.isFinite(row[bad]) ? "not-positive" : "not-a-number";
    return refuse(reason, `${where}: the price of ${assets[bad] ?? ""} is ${row[bad] ?? "missing"}`);
  }
  return undefined;
};

const sizeFault = ({ assets, times, prices }: PriceTable): QuantRefusal | undefined => {
  if (assets.length === 0) return refuse("too-few-assets", "there is no asset");
  if (times.length === prices.length && times.length > 1) return undefined;
  return refuse("too-few-rows", `${times.length} times and ${prices.length} rows of prices`);
};

const holeFault = ({ times, stepSeconds }: PriceTable): QuantRefusal | undefined => {
  const span = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / stepSeconds + 1;
  const missing = span - times.length;
  if (missing <= MOST_MISSING * span) return undefined;
  return refuse("missing-minutes", `${missing} of ${span} rows are missing`);
};

/**
 * The returns of a table of prices. A return is taken only between neighbours: a missing minute is no return of zero, and the
 * way across it is left out. Refuses what is no price, rows that are not in order, and tables with a tenth missing.
 */
export const simpleReturns = (table: PriceTable): Returns | QuantRefusal => {
  const fault = sizeFault(table) ?? timeFault(table) ?? priceFault(table) ?? holeFault(table);
  if (fault !== undefined) return fault;
  const { assets, times, prices, stepSeconds } = table;
  const rows: number[][] = [];
  let holes = 0;
  for (let index = 1; index < times.length; index += 1) {
    const isNeighbour = (times[index] ?? 0) - (times[index - 1] ?? 0) === stepSeconds;
    if (!isNeighbour) holes += 1;
    else rows.push(assets.map((_, i) => (prices[index]?.[i] ?? 0) / (prices[index - 1]?.[i] ?? 1) - 1));
  }
  return { kind: "returns", assets, stepSeconds, matrix: matrixOf(rows, assets.length), holes };
};

/** The newest `count` rows of a matrix. */
export const newestRows = (matrix: Matrix, count: number): Matrix => {
  const rows = Math.min(count, matrix.rows);
  return {
    rows,
    columns: matrix.columns,
    values: matrix.values.subarray((matrix.rows - rows) * matrix.columns),
  };
};
