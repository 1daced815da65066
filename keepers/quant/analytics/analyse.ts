import { type Benchmark, type BenchmarkTerms, type Tick, compare } from "./benchmarks.ts";
import { bookBlock } from "./bookkeeping.ts";
import type { BlockFacts } from "./facts.ts";
import { type BootstrapPlan, type Interval, bootstrapInterval } from "./intervals.ts";
import { withInterest } from "./lendingInterest.ts";
import { type LedgerReport, createLedger } from "./ledger.ts";
import { deviation, totalReturn } from "../risk/ratios.ts";

/** A treasury's history. `marks`: the blocks of the common clock, each with what a unit lent in each market has grown to. */
export type History = {
  readonly blocks: readonly BlockFacts[];
  readonly decimals: ReadonlyMap<string, number>;
  readonly marks: ReadonlyMap<number, ReadonlyMap<string, number>>;
  /** What benchmarks hold: listed assets with a price of their own. */
  readonly assets: readonly string[];
};

/** One line of the comparison. `deviation`: of the returns between ticks; `interval`: of the total return. */
export type Compared = Omit<Benchmark, "returns"> & {
  readonly deviation: number | undefined;
  readonly interval: Interval | undefined;
};

export type Analysis = {
  readonly report: LedgerReport;
  /** How many moments of the clock were compared, and the time of the first; undefined before there was anything. */
  readonly ticks: number;
  readonly since: number | undefined;
  readonly compared: readonly Compared[];
};

const USD = 1e36;
const WHOLE = 1e18;

type Clock = { readonly ticks: Tick[]; flows: bigint; readonly prices: Map<string, number> };

const passBlock = (
  clock: Clock,
  block: BlockFacts,
  { report, markets }: { readonly report: () => LedgerReport; readonly markets: Tick["markets"] | undefined },
): void => {
  for (const [token, price] of block.prices) clock.prices.set(token, Number(price) / WHOLE);
  if (markets === undefined) return;
  const { netValue, flows } = report();
  if (netValue <= 0n && clock.ticks.length === 0) return;
  const flow = Number(flows - clock.flows) / USD;
  const prices = new Map(clock.prices);
  clock.ticks.push({ time: block.time, value: Number(netValue) / USD, flow, prices, markets });
  clock.flows = flows;
};

/** The parts of the value at the first tick in each asset; what is in none of them counts as the first. */
const partsOf = (
  first: Tick,
  { assets, decimals }: History,
  balances: ReadonlyMap<string, bigint>,
): ReadonlyMap<string, number> => {
  const values = assets.map((asset) => {
    const whole = Number(balances.get(asset) ?? 0n) / Number(10n ** BigInt(decimals.get(asset) ?? 0));
    return [asset, whole * (first.prices.get(asset) ?? 0)] as const;
  });
  const total = values.reduce((sum, [, value]) => sum + value, 0);
  return new Map(values.map(([asset, value]) => [asset, total > 0 ? value / total : 0]));
};

const withInterval = ({ name, total, returns }: Benchmark, plan: BootstrapPlan): Compared => {
  const spread = deviation(returns);
  return {
    name,
    total,
    deviation: Number.isFinite(spread) ? spread : undefined,
    interval: bootstrapInterval(returns, totalReturn, plan),
  };
};

/**
 * Folds a history into its report and compares it with its benchmarks. Pure: the chance of the intervals is in `plan`.
 * @throws RangeError where an amount has no price or no decimals, or time goes back
 */
export const analyse = (history: History, terms: Omit<BenchmarkTerms, "held">, plan: BootstrapPlan): Analysis => {
  const ledger = createLedger(history.decimals);
  const clock: Clock = { ticks: [], flows: 0n, prices: new Map() };
  let held: ReadonlyMap<string, number> = new Map();
  for (const block of withInterest(history.blocks)) {
    for (const event of bookBlock(block)) ledger.apply(event);
    const before = clock.ticks.length;
    passBlock(clock, block, { report: ledger.report, markets: history.marks.get(block.block) });
    const [first] = clock.ticks;
    if (before === 0 && first !== undefined) held = partsOf(first, history, ledger.report().balances);
  }
  const compared = compare(clock.ticks, { ...terms, held }).map((one) => withInterval(one, plan));
  return { report: ledger.report(), ticks: clock.ticks.length, since: clock.ticks[0]?.time, compared };
};
