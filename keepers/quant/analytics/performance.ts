/** Below this a figure of a year says more about chance than about a strategy. */
const LEAST_ANNUALISED_SECONDS = 30 * 86_400;
const YEAR_SECONDS = 365 * 86_400;

/**
 * Returns of a whole series of events, idle time counted. `timeWeighted`: chained between depositors' flows, so that their size
 * does not matter. `moneyWeighted`: by Modified Dietz, in which it does. Undefined while there was nothing to return on.
 */
export type Performance = {
  readonly seconds: number;
  readonly timeWeighted: number | undefined;
  readonly moneyWeighted: number | undefined;
  /** The time-weighted return of a year; undefined for less than thirty days. */
  readonly annual: number | undefined;
};

export type PerformanceFold = {
  /** Depositors' money comes or goes: at a time, its value, and the net value before it. */
  readonly flow: (time: number, value: bigint, before: bigint) => void;
  readonly passed: (time: number) => void;
  readonly report: (netValue: bigint) => Performance;
};

type Flow = { readonly time: number; readonly value: bigint };

const ratioOf = (part: bigint, whole: bigint): number => Number(part) / Number(whole);

/** The net gain over the flows, each weighted by the part of the time that it was there (Modified Dietz). */
const modifiedDietz = (flows: readonly Flow[], netValue: bigint, end: number): number | undefined => {
  const start = flows[0]?.time ?? end;
  if (end <= start) return undefined;
  const weighted = flows.reduce((sum, { time, value }) => sum + (Number(value) * (end - time)) / (end - start), 0);
  const gain = netValue - flows.reduce((sum, { value }) => sum + value, 0n);
  return weighted > 0 ? Number(gain) / weighted : undefined;
};

/** A fold of flows into returns. Times must not go back. */
export const createPerformance = (): PerformanceFold => {
  const flows: Flow[] = [];
  let linked = 1;
  let base = 0n;
  let [first, last] = [Number.NaN, Number.NaN];
  const passed = (time: number): void => {
    if (Number.isNaN(first)) first = time;
    if (time < last) throw new RangeError(`time goes back from ${last} to ${time}`);
    last = time;
  };
  const flow = (time: number, value: bigint, before: bigint): void => {
    if (base > 0n) linked *= ratioOf(before, base);
    base = before + value;
    flows.push({ time, value });
  };
  const report = (netValue: bigint): Performance => {
    const seconds = Number.isNaN(first) ? 0 : last - first;
    const isInvested = flows.length > 0 && base > 0n;
    const timeWeighted = isInvested ? linked * ratioOf(netValue, base) - 1 : undefined;
    const isLong = seconds >= LEAST_ANNUALISED_SECONDS && timeWeighted !== undefined && timeWeighted > -1;
    return {
      seconds,
      timeWeighted,
      moneyWeighted: modifiedDietz(flows, netValue, last),
      annual: isLong ? Math.expm1((Math.log1p(timeWeighted) * YEAR_SECONDS) / seconds) : undefined,
    };
  };
  return { flow, passed, report };
};
