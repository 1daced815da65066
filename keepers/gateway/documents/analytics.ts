import { isWhole, LEDGER_DECIMALS, nameIn, RECORD_DECIMALS, sumsBy } from "../../views/analytics.ts";
import type { AnalyticsView, Dimension } from "../../views/analytics.ts";
import type { AddressBook } from "../../../deployments/schema.ts";
import type { AnalyticsDocument, ResultSumDocument } from "../schema/analytics.ts";
import { MAX_ITEMS } from "../schema/routes.ts";
import type { AnalyticsReading } from "../reading/readings.ts";
import { amountOf, untrusted } from "./amounts.ts";

const MONTH_SECONDS = 30 * 86_400;
const YOUNG = "The history is shorter than thirty days: no figure of a year is made of it.";
const LEFT_OVER =
  "Something is left over: a cause of gains or losses is missing, or the chain holds another amount than the logs come to. nexus analytics says what.";

const ledgerUsd = (value: bigint) => amountOf(value, { symbol: "USD", decimals: LEDGER_DECIMALS });
const recordedUsd = (value: bigint) => amountOf(value, { symbol: "USD", decimals: RECORD_DECIMALS });

const finite = (value: number | undefined): number | null =>
  value === undefined || !Number.isFinite(value) ? null : value;

/** The largest sums of a dimension; those beyond a page's length are told as one. */
const sumsOf = ({ analysis }: AnalyticsView, book: AddressBook, dimension: Dimension): ResultSumDocument[] => {
  const all = sumsBy(analysis.report.rows, dimension);
  const rest = all.slice(MAX_ITEMS).reduce((sum, { value }) => sum + value, 0n);
  const shown = all.slice(0, MAX_ITEMS).map(({ name, value }) => ({
    name: untrusted(nameIn(book, dimension, name)) ?? "",
    value: ledgerUsd(value),
  }));
  return all.length > MAX_ITEMS ? [...shown, { name: "others", value: ledgerUsd(rest) }] : shown;
};

const comparedOf = ({ analysis }: AnalyticsView): AnalyticsDocument["compared"] =>
  analysis.compared.map(({ name, total, interval }) => ({
    name: untrusted(name) ?? "",
    total: finite(total),
    lower: finite(interval?.lower),
    upper: finite(interval?.upper),
  }));

const strategiesOf = ({ strategies }: AnalyticsView): AnalyticsDocument["strategies"] =>
  strategies.slice(0, MAX_ITEMS).map((one) => ({
    name: untrusted(one.strategy) ?? "",
    proposed: one.proposed,
    executed: one.executed,
    missed: Object.values(one.missed).reduce((sum, count) => sum + count, 0),
    compared: one.compared,
    predicted: recordedUsd(one.predicted),
    realised: recordedUsd(one.realised),
  }));

const notesOf = ({ view, warnings }: AnalyticsReading): string[] => [
  ...(view.analysis.report.performance.seconds < MONTH_SECONDS ? [YOUNG] : []),
  ...(isWhole(view) ? [] : [LEFT_OVER]),
  ...warnings.slice(0, MAX_ITEMS).map((warning) => untrusted(warning) ?? ""),
];

/** What the treasury earned: by agent, strategy, venue and cause, with what is left over, and beside its benchmarks. */
export const analyticsDocument = (
  reading: AnalyticsReading,
  {
    book,
    asset,
  }: { readonly book: AddressBook; readonly asset: { readonly symbol: string; readonly decimals: number } },
): AnalyticsDocument => {
  const { view } = reading;
  const { report } = view.analysis;
  const { seconds, timeWeighted, moneyWeighted } = report.performance;
  const by = (dimension: Dimension): ResultSumDocument[] => sumsOf(view, book, dimension);
  return {
    asOf: { block: view.block, time: view.time },
    netValue: ledgerUsd(report.netValue),
    flows: ledgerUsd(report.flows),
    results: ledgerUsd(report.results),
    residual: ledgerUsd(report.residual),
    isWhole: isWhole(view),
    totalAssets: amountOf(view.totalAssets, asset),
    by: { agent: by("agent"), strategy: by("strategy"), venue: by("venue"), cause: by("cause") },
    seconds,
    timeWeighted: finite(timeWeighted),
    moneyWeighted: finite(moneyWeighted),
    compared: comparedOf(view),
    strategies: strategiesOf(view),
    notes: notesOf(reading),
  };
};
