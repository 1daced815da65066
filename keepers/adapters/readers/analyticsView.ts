import type { AddressBook } from "../../../deployments/schema.ts";
import { seededRandom } from "../../core/random.ts";
import { PIPS } from "../../market/pips.ts";
import { analyse } from "../../quant/analytics/analyse.ts";
import { type AgentResult, type AnalyticsView, sumsBy } from "../../views/analytics.ts";
import { type TreasuryHistory, readTreasuryHistory } from "./analytics.ts";
import type { HistoryMemory } from "./blockReadings.ts";
import type { LogSource } from "./logs.ts";

export const DEFAULT_SEED = 1;
/** Ticks of a block, samples, and the part of them that an interval holds. */
const BOOTSTRAP = { length: 8, repeats: 500, confidence: 0.9 } as const;

/** The least that a trade costs on the book's pools, as a part of what is traded; nothing where there are none. */
const cheapestTrade = ({ environment: { pools } }: AddressBook): number =>
  pools.length === 0 ? 0 : Math.min(...pools.map(({ feePips }) => feePips)) / Number(PIPS);

/** Each agent that the fold or the record names, with both. */
const agentsOf = ({ recorded }: TreasuryHistory, rows: Parameters<typeof sumsBy>[0]): readonly AgentResult[] => {
  const results = new Map(sumsBy(rows, "agent").map(({ name, value }) => [name, value]));
  const names = new Set([...results.keys(), ...recorded.map(({ agent }) => agent)]);
  names.delete("none");
  return [...names].toSorted().map((agent) => {
    const own = recorded.filter((one) => one.agent === agent);
    return {
      agent,
      result: results.get(agent) ?? 0n,
      recorded: own.reduce((sum, { result }) => sum + result, 0n),
      records: own.reduce((sum, { count }) => sum + count, 0n),
    };
  });
};

/** A history's results with its comparison. `cashRate`: simple, a part a year. */
export const viewOf = (
  read: TreasuryHistory,
  book: AddressBook,
  { cashRate, seed }: { readonly cashRate: number; readonly seed: number },
): AnalyticsView => {
  const terms = { tradeCost: cheapestTrade(book), cashRate, marketCost: 0 };
  const analysis = analyse(read.history, terms, { ...BOOTSTRAP, random: seededRandom(seed) });
  const { block, time, base, totalAssets, strategies } = read;
  return {
    block,
    time,
    base: { token: base.token, decimals: base.decimals },
    value: read.valueOf(analysis.report.balances).middle,
    totalAssets,
    analysis,
    strategies,
    agents: agentsOf(read, analysis.report.rows),
  };
};

/**
 * Reads what a treasury earned up to a block, and compares it.
 * @throws Error when the node does not answer, or has not kept what it is asked for
 */
export const readAnalytics = async (
  source: LogSource,
  block: number,
  terms: { readonly cashRate: number; readonly seed: number; readonly memory?: HistoryMemory },
): Promise<AnalyticsView> => viewOf(await readTreasuryHistory(source, block, terms.memory), source.book, terms);
