import { maxDrawdown } from "../quant/risk/ratios.ts";
import { type Coverage, coverageOf } from "../quant/risk/coverage.ts";
import { type FilterPolicy, ONE_MINUTE, createRiskFilter } from "../quant/risk/filtered.ts";
import type { BacktestResult, Point } from "./run.ts";
import type { SentOutcome } from "./sending.ts";

const LEVEL = 0.99;
const MINUTE = 60n;

/** One minute's end: its time, net value, and what would be worth only holding; USD with 18 decimals. */
export type Minute = Pick<Point, "time" | "value" | "held" | "risky"> & {
  /** The value at risk that was given a minute before, as a part of the net value; undefined until there is enough to say one. */
  readonly valueAtRisk: number | undefined;
  /** The minute's log return of the net value; zero in the first. */
  readonly change: number;
  readonly isExceeded: boolean;
};

/** What a strategy did. `expected` and `realised`: of what was enacted and named an expectation, in base tokens' units. */
export type StrategyEffect = {
  readonly strategy: SentOutcome["strategy"];
  readonly enacted: number;
  readonly reverted: number;
  readonly expected: bigint;
  readonly realised: bigint;
  readonly gasPaid: bigint;
};

export type Summary = {
  readonly startValue: bigint;
  readonly endValue: bigint;
  readonly heldValue: bigint;
  /** The largest fall from a peak, as a part of it. */
  readonly drawdown: number;
  readonly minutes: readonly Minute[];
  readonly coverage: Coverage | undefined;
  readonly effects: readonly StrategyEffect[];
};

/** The last point of each minute. */
const minuteEnds = (points: readonly Point[]): readonly Point[] =>
  points.filter((point, index) => {
    const next = points[index + 1];
    return next === undefined || next.time / MINUTE !== point.time / MINUTE;
  });

/** A treasury that is mostly dollars moves by less than a tick: the floor is a hundredth of a basis point. */
const OF_TREASURY: FilterPolicy = { ...ONE_MINUTE, floor: 1e-6 };

const logReturn = (before: Point | undefined, { value }: Point): number =>
  before === undefined || before.value === 0n ? 0 : Math.log(Number(value) / Number(before.value));

/** Each minute with the value at risk that was known at the end of the one before. */
const withRisk = (ends: readonly Point[]): readonly Minute[] => {
  const filter = createRiskFilter(OF_TREASURY);
  return ends.map((point, index) => {
    const { time, value, held, risky } = point;
    const before = ends[index - 1];
    const change = logReturn(before, point);
    const valueAtRisk = filter.atRisk(LEVEL, "long")?.valueAtRisk;
    // A gap between files is no minute.
    const isNext = before !== undefined && time / MINUTE - before.time / MINUTE === 1n;
    if (isNext) filter.push(change);
    const isExceeded = isNext && valueAtRisk !== undefined && -change > valueAtRisk * (1 + 1e-9);
    return { time, value, held, risky, change, isExceeded, valueAtRisk: isNext ? valueAtRisk : undefined };
  });
};

const effectOf = (
  strategy: SentOutcome["strategy"],
  outcomes: readonly SentOutcome[],
  base: string,
): StrategyEffect => {
  const own = outcomes.filter((outcome) => outcome.strategy === strategy);
  const told = own.filter(({ kind, expected }) => kind === "enacted" && expected !== undefined);
  return {
    strategy,
    enacted: own.filter(({ kind }) => kind === "enacted").length,
    reverted: own.filter(({ kind }) => kind === "reverted").length,
    expected: told.reduce((sum, { expected }) => sum + (expected ?? 0n), 0n),
    realised: told.reduce((sum, { changes }) => sum + changeIn(changes, base), 0n),
    gasPaid: own.reduce((sum, { gasPaid }) => sum + gasPaid, 0n),
  };
};

const changeIn = (changes: SentOutcome["changes"], token: string): bigint => {
  for (const [at, change] of changes) if (at === token) return change;
  return 0n;
};

/** What a backtest says at a glance. @param base the base asset, in which strategies say what they expect */
export const summaryOf = ({ points, outcomes }: BacktestResult, base: string): Summary => {
  const minutes = withRisk(minuteEnds(points));
  const tested = minutes.filter(({ valueAtRisk }) => valueAtRisk !== undefined).map(({ isExceeded }) => isExceeded);
  const drawdown = minutes.length < 2 ? 0 : -maxDrawdown(minutes.slice(1).map(({ change }) => Math.expm1(change)));
  const last = minutes.at(-1);
  return {
    startValue: points[0]?.held ?? 0n,
    endValue: last?.value ?? 0n,
    heldValue: last?.held ?? 0n,
    drawdown,
    minutes,
    coverage: coverageOf(tested, LEVEL),
    effects: (["arbitrage", "rebalance"] as const).map((strategy) => effectOf(strategy, outcomes, base)),
  };
};
