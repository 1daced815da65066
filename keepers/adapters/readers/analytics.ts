import { findProposal } from "./decodeProposal.ts";
import { type StrategyRecord, type StrategyStep, applyStep } from "../../quant/analytics/effects.ts";
import type { History } from "../../quant/analytics/analyse.ts";
import { strategiesIn } from "../../quant/analytics/bookkeeping.ts";
import type { BlockFacts } from "../../quant/analytics/facts.ts";
import { type TreasuryValue, treasuryValue } from "../../quant/analytics/treasuryValue.ts";
import { inBatches } from "./batches.ts";
import { type BlockReading, type HistoryMemory, incomeIndex, readReadings } from "./blockReadings.ts";
import type { LogSource, LogSpan } from "./logs.ts";
import { type Recorded, readRecorded, readSlowSteps } from "./recordedResults.ts";
import { type PlacedTransaction, type TreasuryPlaces, placesOf, readTransactions } from "./treasuryLogs.ts";
import { type BlockPrices, balancesAt, decimalsOf, readListing } from "./treasuryPrices.ts";

/** How many moments the clock of comparisons has, at the most. */
const MARKS = 65;
const RAY = 1e27;
const NATIVE = "WSEI";

/** A treasury's whole history as its chain tells it, up to one block. */
export type TreasuryHistory = {
  readonly block: number;
  readonly time: number;
  readonly base: { readonly token: string; readonly decimals: number };
  readonly history: History;
  /** Of the balances that the logs come to, as `totalAssets` is computed; and what the contract itself says. */
  readonly valueOf: (balances: ReadonlyMap<string, bigint>) => TreasuryValue;
  readonly totalAssets: bigint;
  readonly recorded: readonly Recorded[];
  readonly strategies: readonly StrategyRecord[];
};

/** Evenly spaced blocks, both ends included. */
const marksBetween = ({ from, to }: LogSpan): readonly number[] => {
  const count = Math.min(MARKS, to - from + 1);
  if (count < 2) return [to];
  return Array.from({ length: count }, (_, index) => from + Math.floor(((to - from) * index) / (count - 1)));
};

/** What a unit of the base asset has grown to in each lending market of the book, at a block. */
const marketsAt = async (source: LogSource, base: string, block: number): Promise<ReadonlyMap<string, number>> => {
  const markets = (source.book.environment.lending ?? []).filter(
    ({ kind, reserves }) => kind === "aaveV3" && reserves.some(({ asset }) => asset === base),
  );
  const indexes = await inBatches(markets, async ({ name, pool }) => {
    const index = await incomeIndex(source, { pool, asset: base }, block);
    return index === undefined ? [] : [[name, Number(index) / RAY] as const];
  });
  return new Map(indexes.flat());
};

/** Prices that a token has before its first: the first one that is read. It is said, since it looks into the future. */
const firstPrices = (
  { warn }: LogSource,
  tokens: readonly string[],
  readings: readonly BlockReading[],
): ReadonlyMap<string, bigint> => {
  const [start] = readings;
  const later = tokens.flatMap((token) => {
    const found = readings.find(({ prices }) => prices.has(token));
    const price = found?.prices.get(token)?.middle;
    if (found === undefined || price === undefined || found === start) return [];
    warn(`${token} has no price before block ${found.block}: what moved before is valued at its first`);
    return [[token, price] as const];
  });
  return new Map(later);
};

const middlesOf = (prices: BlockPrices): ReadonlyMap<string, bigint> =>
  new Map([...prices].map(([token, { middle }]) => [token, middle]));

const blocksOf = (
  source: LogSource,
  { tokens }: TreasuryPlaces,
  read: {
    readonly readings: readonly BlockReading[];
    readonly transactions: readonly PlacedTransaction[];
    readonly free: ReadonlyMap<string, bigint>;
  },
): readonly BlockFacts[] => {
  const { readings, transactions, free } = read;
  const first = firstPrices(source, tokens, readings);
  const native = source.book.environment.tokens[NATIVE]?.address ?? "";
  return readings.map(({ block, time, prices, indexes }, index) => ({
    block,
    time,
    indexes,
    prices: new Map([...(index === 0 ? first : []), ...middlesOf(prices)]),
    gasPrice: prices.get(native)?.middle,
    transactions: transactions.filter((transaction) => transaction.block === block),
    ...(index === readings.length - 1 ? { balances: free } : {}),
  }));
};

/** What is owed to former holders at the end, by the logs: credited and not yet paid. */
const owedIn = (transactions: readonly PlacedTransaction[]): ReadonlyMap<string, bigint> => {
  const owed = new Map<string, bigint>();
  for (const fact of transactions.flatMap(({ facts }) => facts)) {
    if (fact.kind !== "owed" && fact.kind !== "paid") continue;
    const change = fact.kind === "owed" ? fact.amount : -fact.amount;
    owed.set(fact.token, (owed.get(fact.token) ?? 0n) + change);
  }
  return owed;
};

/** What was carried out in a span of blocks, and what was recorded of it. */
type Carried = {
  readonly span: LogSpan;
  readonly transactions: readonly PlacedTransaction[];
  readonly recorded: readonly Recorded[];
};

const executedSteps = async (
  { book, provider }: LogSource,
  { consensus }: TreasuryPlaces,
  { transactions, recorded }: Pick<Carried, "transactions" | "recorded">,
): Promise<readonly StrategyStep[]> => {
  const acted = transactions.filter(({ executions }) => executions.length > 0);
  const steps = await inBatches(acted, async ({ hash: transaction, facts, executions }) => {
    const input = (await provider.getTransaction(transaction))?.data ?? "0x";
    const strategies = strategiesIn(facts);
    return executions.map(({ hash, agent }): StrategyStep => {
      const proposal = findProposal(input, hash, { chainId: book.chainId, consensus });
      const own = recorded.find((one) => one.transaction === transaction && one.agent === agent);
      const strategy = strategies.get(hash) ?? "other";
      return { strategy, kind: "executed", predicted: proposal?.forecast, realised: own?.result };
    });
  });
  return steps.flat();
};

const readStrategies = async (
  source: LogSource,
  places: TreasuryPlaces,
  read: Carried,
): Promise<readonly StrategyRecord[]> => {
  const { span, transactions } = read;
  const strategies = new Map(transactions.flatMap(({ facts }) => [...strategiesIn(facts)]));
  const steps = [
    ...(await readSlowSteps(source, span, (hash) => strategies.get(hash))),
    ...(await executedSteps(source, places, read)),
  ];
  return steps.reduce<readonly StrategyRecord[]>(applyStep, []);
};

/**
 * Reads a treasury's history since its deployment up to a block: logs in bounded pieces, prices at every block in which something
 * happened and at the moments of a common clock. Reads only; the node must keep the state of these blocks.
 * @param block the last block, which the node must have
 * @param memory readings of earlier blocks, for who reads again and again
 * @throws Error when the node does not answer, or has not kept what it is asked for
 */
export const readTreasuryHistory = async (
  source: LogSource,
  block: number,
  memory?: HistoryMemory,
): Promise<TreasuryHistory> => {
  const { book, provider } = source;
  const span = { from: book.contracts["Treasury"]?.block ?? book.deployedAt, to: block };
  const places = await placesOf(source, span);
  const [decimals, transactions, recorded, held] = await Promise.all([
    decimalsOf(provider, places.tokens),
    readTransactions(source, places, span),
    readRecorded(source, span),
    balancesAt(provider, places, block),
  ]);
  const marked = marksBetween({ from: transactions[0]?.block ?? block, to: block });
  const blocks = [...transactions.map((one) => one.block), ...marked, block];
  const readings = await readReadings(source, places, { blocks, memory });
  const last = readings.at(-1);
  if (last === undefined) throw new Error(`nothing could be read at block ${block}`);
  const { base, others, totalAssets } = await readListing(source, { block, prices: last.prices, decimals });
  const owed = owedIn(transactions);
  const free = new Map([...held].map(([token, amount]) => [token, amount - (owed.get(token) ?? 0n)]));
  const grown = await inBatches(marked, async (at) => [at, await marketsAt(source, places.base, at)] as const);
  return {
    block,
    time: last.time,
    base,
    history: {
      blocks: blocksOf(source, places, { readings, transactions, free }),
      decimals: new Map([...decimals, ["gas", 18]]),
      marks: new Map(grown),
      assets: [base, ...others.filter(({ isUnit }) => !isUnit)].map(({ token }) => token),
    },
    valueOf: (balances) => treasuryValue(base, others, balances),
    totalAssets,
    recorded,
    strategies: await readStrategies(source, places, { span, transactions, recorded }),
  };
};
