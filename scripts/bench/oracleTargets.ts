import type { OracleRow } from "./oracles.ts";
import { type BenchTarget, atMost } from "./targets.ts";

/** What the same reading cost before an asset could have several sources. */
const ONE_SOURCE_GAS = 30_028;

/** What the rows on price sources must say. */
export const oracleTargets = (rows: readonly OracleRow[]): readonly BenchTarget[] => {
  const find = (flow: string, measure: string): number | undefined =>
    rows.find((row) => row.flow === flow && row.measure === measure)?.value;
  const plain = find("hub-read-3", "gas");
  const dead = find("hub-read-3-dead", "gas");
  const error = find("none", "99 % error");
  const slots = rows.filter(({ measure }) => measure === "new slots");
  return [
    atMost("hub-read-1, gas", find("hub-read-1", "gas"), ONE_SOURCE_GAS),
    atMost("hub-read-3, gas", plain, 70_000),
    atMost("hub-read-3 behind proxies, gas", find("hub-read-3-proxies", "gas"), 85_000),
    atMost("a dead source adds, gas", plain === undefined || dead === undefined ? undefined : dead - plain, 60_000),
    atMost("observe, gas", find("observe", "gas"), 120_000),
    atMost("trip, gas", find("trip", "gas"), 130_000),
    atMost("trip by a fall beside what the treasury reads, gas", find("trip-fall-beside-assets", "gas"), 60_000),
    atMost("trip by an outflow, gas", find("trip-outflow", "gas"), 60_000),
    atMost(
      "new slots of all of these",
      slots.reduce((sum, { value }) => sum + value, 0),
      0,
    ),
    atMost("volatility of 100 assets and the book, ms", rows.find(({ unit }) => unit === "ms")?.value, 1),
    atMost("answers outside the band, one source faulty, %", find("any of one source", "outside the band"), 1),
    atMost("median band without faults, bps", find("none", "median band"), 3 * (error ?? 0)),
  ];
};
