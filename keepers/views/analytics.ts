import type { AddressBook } from "../../deployments/schema.ts";
import { address } from "../core/units.ts";
import type { Analysis, Compared } from "../quant/analytics/analyse.ts";
import type { StrategyRecord } from "../quant/analytics/effects.ts";
import type { ResultRow } from "../quant/analytics/ledger.ts";
import { amountText, signedText } from "./amounts.ts";
import { namesOf } from "./names.ts";

/** Decimals of the ledger's dollars, and of those that the contracts record. */
export const LEDGER_DECIMALS = 36;
export const RECORD_DECIMALS = 18;

export const DIMENSIONS = ["agent", "strategy", "venue", "cause"] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** One sum of results, in 10⁻³⁶ dollars. */
export type ResultSum = { readonly name: string; readonly value: bigint };

/** Results summed by one dimension, the largest first; sums of zero are left out. */
export const sumsBy = (rows: readonly ResultRow[], dimension: Dimension): readonly ResultSum[] => {
  const sums = new Map<string, bigint>();
  for (const row of rows) sums.set(row[dimension], (sums.get(row[dimension]) ?? 0n) + row.value);
  return [...sums]
    .map(([name, value]) => ({ name, value }))
    .filter(({ value }) => value !== 0n)
    .toSorted((a, b) => (a.value > b.value ? -1 : 1));
};

/** What Reputation has of an agent beside what the fold says of it. Dollars with 18 decimals, and with 36. */
export type AgentResult = {
  readonly agent: string;
  readonly result: bigint;
  readonly recorded: bigint;
  readonly records: bigint;
};

/** All that is said of a treasury's results. `value`: of the fold's balances as `totalAssets` is computed, in base units. */
export type AnalyticsView = {
  readonly block: number;
  readonly time: number;
  readonly base: { readonly token: string; readonly decimals: number };
  readonly value: bigint;
  readonly totalAssets: bigint;
  readonly analysis: Analysis;
  readonly strategies: readonly StrategyRecord[];
  readonly agents: readonly AgentResult[];
};

const percent = (part: number | undefined): string => (part === undefined ? "unknown" : `${(part * 100).toFixed(4)} %`);

/** What is told of a sum's name: agents by their ids, venues by the names of pools. */
export const nameIn = (book: AddressBook, dimension: Dimension, name: string): string => {
  if (dimension === "agent") return name === "none" ? "nobody" : `agent ${name}`;
  return name.startsWith("0x") ? (namesOf(book).pool(address(name))?.label ?? name) : name;
};

const sumLines = ({ analysis }: AnalyticsView, book: AddressBook): readonly string[] =>
  DIMENSIONS.flatMap((dimension) => [
    `by ${dimension}:`,
    ...sumsBy(analysis.report.rows, dimension).map(
      ({ name, value }) => `  ${nameIn(book, dimension, name)}: ${signedText(value, LEDGER_DECIMALS, 6)} $`,
    ),
  ]);

const residualLines = ({ analysis: { report }, value, totalAssets, base }: AnalyticsView): readonly string[] => {
  const left = report.valueResiduals.filter(({ residual }) => residual !== 0n);
  const wrong = report.tokenResiduals.map(
    ({ token, observed, expected }) => `  ${token}: the chain has ${observed} units, the logs come to ${expected}`,
  );
  const inBase = (units: bigint): string => amountText(units, base.decimals, base.decimals);
  return [
    `residual: ${report.residual} of 10⁻³⁶ $; ${left.length} of ${report.valueResiduals.length} tokens have one`,
    `balances: ${wrong.length === 0 ? "every token's logs come to what the chain has" : "another on the chain than by the logs:"}`,
    ...wrong,
    `totalAssets: ${inBase(totalAssets)}, by the fold ${inBase(value)}, apart by ${inBase(value - totalAssets)}`,
  ];
};

const comparedLine = ({ name, total, interval }: Compared): string => {
  const between =
    interval === undefined ? "" : `, 90 % between ${percent(interval.lower)} and ${percent(interval.upper)}`;
  return `  ${name}: ${percent(total)}${between}`;
};

const performanceLines = ({ analysis }: AnalyticsView): readonly string[] => {
  const { seconds, timeWeighted, moneyWeighted, annual } = analysis.report.performance;
  const year = annual === undefined ? "no figure of a year: it takes thirty days" : `${percent(annual)} a year`;
  return [
    `returns over ${seconds} s: time-weighted ${percent(timeWeighted)}, money-weighted ${percent(moneyWeighted)}; ${year}`,
    `compared at ${analysis.ticks} moments:`,
    ...analysis.compared.map(comparedLine),
  ];
};

const strategyLine = (one: StrategyRecord): string => {
  const missed = Object.entries(one.missed).map(([why, count]) => `${why} ${count}`);
  const words = [
    `proposed on chain ${one.proposed}`,
    `votes ${one.votesFor} for, ${one.votesAgainst} against`,
    `carried out ${one.executed}`,
    ...(missed.length === 0 ? [] : [`missed: ${missed.join(", ")}`]),
    one.compared === 0
      ? "no forecast to compare"
      : `of ${one.compared} forecast ${amountText(one.predicted, RECORD_DECIMALS, 6)} $, recorded ${amountText(one.realised, RECORD_DECIMALS, 6)} $`,
  ];
  return `  ${one.strategy}: ${words.join("; ")}`;
};

const agentLine = ({ agent, result, recorded, records }: AgentResult): string =>
  `  agent ${agent}: ${signedText(result, LEDGER_DECIMALS, 6)} $ by the fold; ${records} records of ${signedText(recorded, RECORD_DECIMALS, 6)} $`;

/** A treasury's results in lines for a terminal. */
export const analyticsLines = (view: AnalyticsView, book: AddressBook): readonly string[] => {
  const { report } = view.analysis;
  if (report.balances.size === 0) return [`nothing has come into the treasury up to block ${view.block}`];
  const [value, flows, results] = [report.netValue, report.flows, report.results].map((amount) =>
    signedText(amount, LEDGER_DECIMALS, 6),
  );
  return [
    `treasury at block ${view.block}: net value ${value} $ = flows ${flows} $ + results ${results} $`,
    ...residualLines(view),
    ...sumLines(view, book),
    ...performanceLines(view),
    "strategies:",
    ...view.strategies.map(strategyLine),
    "agents:",
    ...view.agents.map(agentLine),
  ];
};

/** Whether nothing is left over: every sum comes out, and the chain holds what the logs come to. */
export const isWhole = ({ analysis: { report }, value, totalAssets }: AnalyticsView): boolean =>
  report.residual === 0n &&
  report.valueResiduals.every(({ residual }) => residual === 0n) &&
  report.tokenResiduals.length === 0 &&
  value === totalAssets;
