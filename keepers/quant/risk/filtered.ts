import { at } from "../matrix.ts";
import { fitTail, tailAtRisk } from "./tail.ts";
import { weibullQuantile } from "./quantile.ts";

/**
 * How value at risk is simulated. `lambda`: the weight of the past in the variance. `floor`: the least standard deviation of a
 * period, one tick where prices move in ticks. `window`: the number of filtered returns that stand for the next one.
 */
export type FilterPolicy = { readonly lambda: number; readonly floor: number; readonly window: number };

/** RiskMetrics' λ, one v3 tick, and twelve hours of minutes. They were chosen once and are not fitted to any day. */
export const ONE_MINUTE: FilterPolicy = { lambda: 0.94, floor: Math.log(1.0001), window: 720 };

/** Losses of a position of one unit over the next period, as positive parts of its value. */
export type AtRisk = {
  readonly valueAtRisk: number;
  readonly expectedShortfall: number;
  /** By the window's own values, or by the tail that is fitted to them. */
  readonly by: "window" | "tail";
};

/** Which way one loses: `long` by falls, `short` by rises. */
export type LosingSide = "long" | "short";

/**
 * Filtered historical simulation (Barone-Adesi, Giannopoulos and Vosper 1999) of one price, kept up to date. `push` takes the
 * log return of a period; `atRisk` is about the next one and uses nothing newer; undefined until the window is full.
 */
export type RiskFilter = {
  readonly push: (logReturn: number) => void;
  readonly sigma: () => number;
  readonly atRisk: (level: number, side: LosingSide) => AtRisk | undefined;
};

/** The place of a value among ascending ones: the first that is not below it. */
const placeOf = (sorted: Float64Array, count: number, value: number): number => {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (at(sorted, middle) < value) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** With fewer values of the window beyond the level, their mean comes from a tail that is fitted to more of them. */
const TAIL_VALUES = 20;

/** The mean of the losses at or above a quantile, the quantile's own part included (Acerbi and Tasche 2002). */
const meanBeyond = (sorted: Float64Array, level: number): number => {
  const beyond = (1 - level) * sorted.length;
  const whole = Math.floor(beyond);
  let sum = 0;
  for (let i = 0; i < whole; i += 1) sum += at(sorted, sorted.length - 1 - i);
  return (sum + (beyond - whole) * at(sorted, sorted.length - 1 - whole)) / beyond;
};

/** The risk of ascending losses: by the values themselves, or by a tail that is fitted where they are too few. */
export const riskOfLosses = (sorted: Float64Array, level: number): AtRisk => {
  const isThin = (1 - level) * sorted.length < 1;
  const tail = (1 - level) * sorted.length < TAIL_VALUES ? fitTail(sorted) : undefined;
  if (tail !== undefined && isThin) return { ...tailAtRisk(tail, level), by: "tail" };
  const valueAtRisk = weibullQuantile(sorted, level);
  const beyond = tail === undefined ? meanBeyond(sorted, level) : tailAtRisk(tail, level).expectedShortfall;
  return { valueAtRisk, expectedShortfall: Math.max(beyond, valueAtRisk), by: "window" };
};

/**
 * A filter for one price.
 * @throws RangeError where the policy is none
 */
export const createRiskFilter = ({ lambda, floor, window }: FilterPolicy): RiskFilter => {
  if (!(lambda > 0 && lambda < 1 && floor > 0 && Number.isInteger(window) && window >= 30)) {
    throw new RangeError(`no filter with λ ${lambda}, a floor of ${floor} and a window of ${window}`);
  }
  const ring = new Float64Array(window);
  const sorted = new Float64Array(window);
  let [count, next, variance] = [0, 0, floor * floor];
  const sigma = (): number => Math.max(Math.sqrt(variance), floor);
  const insert = (value: number): void => {
    if (count === window) {
      const gone = placeOf(sorted, count, at(ring, next));
      sorted.copyWithin(gone, gone + 1, count);
      count -= 1;
    }
    const place = placeOf(sorted, count, value);
    sorted.copyWithin(place + 1, place, count);
    sorted[place] = value;
    ring[next] = value;
    count += 1;
    next = (next + 1) % window;
  };
  const push = (logReturn: number): void => {
    if (!Number.isFinite(logReturn)) throw new RangeError(`a return must be a finite number, got ${logReturn}`);
    insert(logReturn / sigma());
    variance = lambda * variance + (1 - lambda) * logReturn * logReturn;
  };
  const atRisk = (level: number, side: LosingSide): AtRisk | undefined => {
    if (count < window) return undefined;
    const losses = side === "short" ? sorted : sorted.map((_, i) => -at(sorted, window - 1 - i));
    const { valueAtRisk, expectedShortfall, by } = riskOfLosses(losses, level);
    return { valueAtRisk: valueAtRisk * sigma(), expectedShortfall: expectedShortfall * sigma(), by };
  };
  return { push, sigma, atRisk };
};
