/** What one agent did in one period. */
type Period = {
  /** Its number since the epoch. */
  readonly number: number;
  readonly proposals: number;
  readonly answers: number;
  readonly refusals: number;
  readonly timed: number;
  /** Sum of the times of `timed` answers and decisions, in milliseconds. */
  readonly tookMs: number;
};

/** What an agent did lately, oldest period first. */
export type Activity = readonly Period[];

/** Five minutes. */
export const PERIOD_MS = 300_000;
/** A day of periods, and the one that is under way. */
const KEPT = 289;
/** An hour: with less history nothing is unlike it. */
const NEEDED = 12;

const EMPTY: Omit<Period, "number"> = { proposals: 0, answers: 0, refusals: 0, timed: 0, tookMs: 0 };

/** What one event adds. */
export type ActivityCount = Partial<Omit<Period, "number" | "timed">>;

const sum = (before: Period, { proposals = 0, answers = 0, refusals = 0, tookMs }: ActivityCount): Period => ({
  number: before.number,
  proposals: before.proposals + proposals,
  answers: before.answers + answers,
  refusals: before.refusals + refusals,
  timed: before.timed + (tookMs === undefined ? 0 : 1),
  tookMs: before.tookMs + (tookMs ?? 0),
});

/** The activity with what happened at a time. A period without events stands as an empty one. */
export const withActivity = (activity: Activity, count: ActivityCount, nowMs: number): Activity => {
  const number = Math.floor(nowMs / PERIOD_MS);
  const last = activity.at(-1);
  if (last?.number === number) return [...activity.slice(0, -1), sum(last, count)];
  const missed = last === undefined ? 0 : Math.min(Math.max(number - last.number - 1, 0), KEPT);
  const empty = Array.from({ length: missed }, (_, index) => ({ ...EMPTY, number: number - missed + index }));
  return [...activity, ...empty, sum({ ...EMPTY, number }, count)].slice(-KEPT);
};

/** The current period beside the history before it; undefined where the history is too short to compare with. */
export type Comparison = {
  readonly proposals: number;
  /** Mean and standard deviation of the proposals of a period. */
  readonly usualProposals: number;
  readonly spread: number;
  readonly answers: number;
  /** Parts of all answers, from 0 to 1. */
  readonly refused: number;
  readonly usuallyRefused: number;
  readonly timed: number;
  /** Mean milliseconds. */
  readonly tookMs: number;
  readonly usualMs: number;
};

const total = (periods: Activity, of: (period: Period) => number): number =>
  periods.reduce((all, period) => all + of(period), 0);

const part = (some: number, all: number): number => (all === 0 ? 0 : some / all);

const deviation = (periods: Activity, mean: number): number =>
  Math.sqrt(total(periods, ({ proposals }) => (proposals - mean) * (proposals - mean)) / periods.length);

/** The period under way, beside what was before; undefined without an hour of history or where nothing happens now. */
export const comparisonOf = (activity: Activity, nowMs: number): Comparison | undefined => {
  const [now, before] = [activity.at(-1), activity.slice(0, -1)];
  if (now?.number !== Math.floor(nowMs / PERIOD_MS) || before.length < NEEDED) return undefined;
  const usualProposals = total(before, ({ proposals }) => proposals) / before.length;
  return {
    proposals: now.proposals,
    usualProposals,
    spread: deviation(before, usualProposals),
    answers: now.answers,
    refused: part(now.refusals, now.answers),
    usuallyRefused: part(
      total(before, ({ refusals }) => refusals),
      total(before, ({ answers }) => answers),
    ),
    timed: now.timed,
    tookMs: part(now.tookMs, now.timed),
    usualMs: part(
      total(before, ({ tookMs }) => tookMs),
      total(before, ({ timed }) => timed),
    ),
  };
};
