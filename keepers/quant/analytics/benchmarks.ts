import { totalReturn } from "../risk/ratios.ts";

const YEAR_SECONDS = 365 * 86_400;

/** One moment of the common clock. `value`: of the treasury, `flow`: what came in since the tick before; in any one unit. */
export type Tick = {
  readonly time: number;
  readonly value: number;
  readonly flow: number;
  /** Dollars for one whole token, of every asset that is compared. */
  readonly prices: ReadonlyMap<string, number>;
  /** What one unit that was lent in the first tick has grown to, by market. */
  readonly markets: ReadonlyMap<string, number>;
};

/**
 * What alternatives cost. `tradeCost`: a part of the traded value; `cashRate`: simple, of a year; `marketCost`: a part of the value, paid
 * in and again out of a market. `held`: the parts of the first value in each asset, which sum to one.
 */
export type BenchmarkTerms = {
  readonly held: ReadonlyMap<string, number>;
  readonly tradeCost: number;
  readonly cashRate: number;
  readonly marketCost: number;
};

/** Returns between the ticks, costs included, and what they come to. `name`: what is compared, with the market where it is one. */
export type Benchmark = { readonly name: string; readonly returns: readonly number[]; readonly total: number };

type Step = { readonly before: Tick; readonly after: Tick };

const stepsOf = (ticks: readonly Tick[]): readonly Step[] =>
  ticks.slice(1).flatMap((after, index) => {
    const before = ticks[index];
    return before === undefined ? [] : [{ before, after }];
  });

const named = (name: string, returns: readonly number[]): Benchmark => ({ name, returns, total: totalReturn(returns) });

const priceRatio = ({ before, after }: Step, asset: string): number =>
  (after.prices.get(asset) ?? Number.NaN) / (before.prices.get(asset) ?? Number.NaN);

/** The treasury's own returns: flows count at the end of the step in which they came. */
const ownReturns = (ticks: readonly Tick[]): readonly number[] =>
  stepsOf(ticks).map(({ before, after }) => (before.value > 0 ? (after.value - after.flow) / before.value - 1 : 0));

/** What is held in the first tick and never traded. */
const holdReturns = (ticks: readonly Tick[], held: ReadonlyMap<string, number>): readonly number[] => {
  let parts = [...held];
  return stepsOf(ticks).map((step) => {
    const grown = parts.map(([asset, part]) => [asset, part * priceRatio(step, asset)] as const);
    const total = grown.reduce((sum, [, part]) => sum + part, 0);
    parts = grown.map(([asset, part]) => [asset, part / total]);
    return total - 1;
  });
};

/** The value that trades to equal weights move, as a part of all. */
const turnover = (parts: readonly number[]): number =>
  parts.reduce((sum, part) => sum + Math.abs(part - 1 / parts.length), 0) / 2;

/** Equal weights, made so at each tick; each change is paid for, the first purchase too. */
const equalReturns = (ticks: readonly Tick[], { held, tradeCost }: BenchmarkTerms): readonly number[] => {
  const assets = [...held.keys()];
  let parts = assets.map((asset) => held.get(asset) ?? 0);
  return stepsOf(ticks).map((step) => {
    const paid = turnover(parts) * tradeCost;
    const grown = assets.map((asset) => priceRatio(step, asset) / assets.length);
    const total = grown.reduce((sum, part) => sum + part, 0);
    parts = grown.map((part) => part / total);
    return (1 - paid) * total - 1;
  });
};

const marketReturns = (ticks: readonly Tick[], market: string, cost: number): readonly number[] => {
  const steps = stepsOf(ticks);
  return steps.map(({ before, after }, index) => {
    const ratio = (after.markets.get(market) ?? Number.NaN) / (before.markets.get(market) ?? Number.NaN);
    const paid = (index === 0 ? 1 - cost : 1) * (index === steps.length - 1 ? 1 - cost : 1);
    return ratio * paid - 1;
  });
};

/** The market that in the end did best: nobody could have known it, which makes it the hardest one to beat. */
const bestMarket = (ticks: readonly Tick[], cost: number): readonly Benchmark[] =>
  [...(ticks[0]?.markets.keys() ?? [])]
    .map((market) => named(`best market: ${market}`, marketReturns(ticks, market, cost)))
    .filter(({ total }) => Number.isFinite(total))
    .toSorted((a, b) => b.total - a.total)
    .slice(0, 1);

const cashReturns = (ticks: readonly Tick[], rate: number): readonly number[] =>
  stepsOf(ticks).map(({ before, after }) => (rate * (after.time - before.time)) / YEAR_SECONDS);

/**
 * The treasury beside what it could have done instead, on one clock and with costs: hold, equal weights, the best single lending
 * market (left out where there is none) and cash. The treasury comes first.
 * @returns nothing for fewer than two ticks
 */
export const compare = (ticks: readonly Tick[], terms: BenchmarkTerms): readonly Benchmark[] =>
  ticks.length < 2
    ? []
    : [
        named("treasury", ownReturns(ticks)),
        named("hold", holdReturns(ticks, terms.held)),
        named("equal weights", equalReturns(ticks, terms)),
        ...bestMarket(ticks, terms.marketCost),
        named("cash", cashReturns(ticks, terms.cashRate)),
      ];
