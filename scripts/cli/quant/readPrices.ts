import { readFileSync } from "node:fs";
import type { PriceTable } from "../../../keepers/quant/returns.ts";
import { UsageError } from "../../lib/command.ts";
import { FlowFileError, parseFlow } from "../../sandbox/recordedFlow.ts";

/*
 * Two formats: recorded minutes of the pool USDC/WETH, as the sandbox replays them, and a table with one column for each asset.
 */

const MINUTE = 60;
const RECORDED = /^timestamp,netAmount0,/;
const TABLE = /^timestamp(?:,[A-Za-z][\w.-]{0,31})+$/;
const TIME = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\dZ?$/;
const PRICE = /^\d+(?:\.\d+)?(?:e[+-]?\d+)?$/;
const LARGEST_FILE = 64 * 1024 * 1024;

type Rows = {
  readonly assets: readonly string[];
  readonly times: readonly number[];
  readonly prices: readonly number[][];
};

const secondsOf = (text: string, line: number): number => {
  const seconds = TIME.test(text) ? Date.parse(`${text.replace(" ", "T").replace(/Z$/, "")}Z`) / 1_000 : Number.NaN;
  if (Number.isNaN(seconds))
    throw new FlowFileError(line, `timestamp is no UTC time: ${JSON.stringify(text.slice(0, 40))}`);
  return seconds;
};

const recorded = (text: string): Rows => {
  const rows = parseFlow(text);
  return {
    assets: ["WETH"],
    times: rows.map(({ timestamp }, index) => secondsOf(timestamp, index + 2)),
    prices: rows.map(({ closeTick }) => [1e12 * Math.exp(-closeTick * Math.log(1.0001))]),
  };
};

const priceOf = (text: string, line: number, asset: string): number => {
  if (PRICE.test(text)) return Number(text);
  throw new FlowFileError(line, `the price of ${asset} is no number: ${JSON.stringify(text.slice(0, 40))}`);
};

const tabular = (header: string, lines: readonly string[]): Rows => {
  const assets = header.split(",").slice(1);
  if (new Set(assets).size < assets.length) throw new FlowFileError(1, "an asset has two columns");
  const cells = lines.map((line, index) => {
    const row = line.split(",");
    if (row.length === assets.length + 1) return row;
    throw new FlowFileError(index + 2, `has ${row.length} columns instead of ${assets.length + 1}`);
  });
  return {
    assets,
    times: cells.map(([time = ""], index) => secondsOf(time, index + 2)),
    prices: cells.map((row, index) => assets.map((asset, i) => priceOf(row[i + 1] ?? "", index + 2, asset))),
  };
};

const parsePrices = (text: string): Rows => {
  const [header = "", ...lines] = text.trimEnd().split(/\r?\n/);
  if (RECORDED.test(header)) return recorded(text);
  if (TABLE.test(header)) return tabular(header, lines);
  throw new FlowFileError(1, "the header is neither that of recorded minutes nor “timestamp,ASSET,…”");
};

const readRows = (path: string): Rows => {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new UsageError(`${path} cannot be read`);
  }
  if (text.length > LARGEST_FILE) throw new UsageError(`${path} is larger than ${LARGEST_FILE} bytes`);
  try {
    return parsePrices(text);
  } catch (error) {
    if (error instanceof FlowFileError) throw new UsageError(`${path}, ${error.message}`, { cause: error });
    throw error;
  }
};

/**
 * Reads prices of one or more files, separated by commas, in the order of time; all must name the same assets. What the rows
 * hold is judged by {@link simpleReturns}: order, repetition and missing minutes.
 * @throws UsageError naming the file, the line and what is wrong with it
 */
export const readPrices = (paths: string): PriceTable => {
  const files = paths.split(",").map((path) => ({ path, rows: readRows(path) }));
  const assets = files[0]?.rows.assets ?? [];
  const stranger = files.find(({ rows }) => rows.assets.join() !== assets.join());
  if (stranger !== undefined)
    throw new UsageError(`${stranger.path} has other assets than the first file: ${assets.join(", ")}`);
  return {
    assets,
    stepSeconds: MINUTE,
    times: files.flatMap(({ rows }) => rows.times),
    prices: files.flatMap(({ rows }) => rows.prices),
  };
};
