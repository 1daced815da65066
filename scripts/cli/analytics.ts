import type { Provider } from "ethers";
import { type TreasuryHistory, readTreasuryHistory } from "../../keepers/adapters/readers/analytics.ts";
import { seededRandom } from "../../keepers/core/random.ts";
import { PIPS } from "../../keepers/market/pips.ts";
import { analyse } from "../../keepers/quant/analytics/analyse.ts";
import { type AgentResult, type AnalyticsView, analyticsLines, sumsBy } from "../../keepers/views/analytics.ts";
import type { AddressBook } from "../../deployments/schema.ts";
import { type Command, type Values, UsageError, wholeNumber } from "../lib/command.ts";
import { say, sayJson, warn } from "../lib/output.ts";
import { READING_OPTIONS, bookIn, openProvider, rpcIn } from "./endpoint.ts";

const BPS = 10_000;
const DEFAULT_SEED = 1;
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

const asJson = ({ analysis: { report, ...compared }, ...view }: AnalyticsView) => ({
  ...view,
  ...compared,
  report: { ...report, balances: Object.fromEntries(report.balances) },
});

const isWhole = ({ analysis: { report }, value, totalAssets }: AnalyticsView): boolean =>
  report.residual === 0n &&
  report.valueResiduals.every(({ residual }) => residual === 0n) &&
  report.tokenResiduals.length === 0 &&
  value === totalAssets;

/** The last block that is read. @throws UsageError for one that the chain does not have yet, or from before the treasury */
const lastBlock = async (
  provider: Pick<Provider, "getBlockNumber">,
  { contracts, deployedAt }: AddressBook,
  to: number | undefined,
): Promise<number> => {
  const newest = await provider.getBlockNumber();
  const first = contracts["Treasury"]?.block ?? deployedAt;
  if (to === undefined) return newest;
  if (to >= first && to <= newest) return to;
  throw new UsageError(
    `--to must be a block from ${first}, where the treasury begins, to ${newest}, the newest: got ${to}`,
  );
};

const run = async (values: Values): Promise<number> => {
  const url = rpcIn(values);
  const book = await bookIn(values);
  const cashRate = (wholeNumber(values, "cash-bps", 0) ?? 0) / BPS;
  const seed = wholeNumber(values, "seed", 0) ?? DEFAULT_SEED;
  const to = wholeNumber(values, "to", 0);
  const provider = await openProvider(url, { chainId: book.chainId });
  try {
    const block = await lastBlock(provider, book, to);
    const view = viewOf(await readTreasuryHistory({ book, provider, warn }, block), book, { cashRate, seed });
    if (values.has("json")) sayJson(asJson(view));
    else analyticsLines(view, book).forEach(say);
    return isWhole(view) ? 0 : 1;
  } finally {
    provider.destroy();
  }
};

/** A treasury's profit and loss from its first block on; reads only. Answers 1 where anything is left over. */
export const analytics: Command = {
  about: "what the treasury earned: by agent, strategy, venue and cause, with what is left over; reads only",
  example: "--json",
  options: {
    to: { value: "BLOCK", about: "up to this block; by default the newest" },
    "cash-bps": { value: "NUMBER", about: "what cash earns a year, in basis points, for the comparison; by default 0" },
    seed: { value: "NUMBER", about: `the chance of the intervals; by default ${DEFAULT_SEED}` },
    ...READING_OPTIONS,
  },
  run,
};
