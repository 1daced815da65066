import { type RatioTest, type TrafficLight, independence, kupiec, trafficLight, transitionsOf } from "./exceedances.ts";
import { type FilterPolicy, type LosingSide, createRiskFilter } from "./filtered.ts";
import { normalAtRisk } from "./parametric.ts";

/** Whether each return of a series exceeded the value at risk that was given before it, by our model and by a normal one. */
export type Walk = {
  readonly filtered: readonly boolean[];
  readonly normal: readonly boolean[];
  /** Of each exceedance: the loss over the expected shortfall that was given before it. */
  readonly ratios: readonly number[];
};

/** Prices move in ticks, so that a loss often equals the value at risk: beyond it by rounding is not beyond it. */
const ROUNDING = 1e-9;
const exceeds = (loss: number, valueAtRisk: number): boolean => loss > valueAtRisk * (1 + ROUNDING);

/** Walks along log returns and asks before each one, once the window is full. */
export const walkAlong = (
  returns: Iterable<number>,
  { side, policy, level }: { readonly side: LosingSide; readonly policy: FilterPolicy; readonly level: number },
): Walk => {
  const filter = createRiskFilter(policy);
  const [filtered, normal, ratios]: [boolean[], boolean[], number[]] = [[], [], []];
  for (const change of returns) {
    const risk = filter.atRisk(level, side);
    const loss = side === "long" ? -change : change;
    if (risk !== undefined) {
      const isExceeded = exceeds(loss, risk.valueAtRisk);
      filtered.push(isExceeded);
      normal.push(exceeds(loss, normalAtRisk(filter.sigma(), level).valueAtRisk));
      if (isExceeded) ratios.push(loss / risk.expectedShortfall);
    }
    filter.push(change);
  }
  return { filtered, normal, ratios };
};

/** How a series of exceedances stands its tests. */
export type Coverage = {
  readonly trials: number;
  readonly hits: number;
  readonly number: RatioTest;
  readonly order: RatioTest;
  readonly light: TrafficLight;
};

/** Tests a series of exceedances; undefined without one period that was tested. */
export const coverageOf = (exceedances: readonly boolean[], level: number): Coverage | undefined => {
  const [trials, hits] = [exceedances.length, exceedances.filter(Boolean).length];
  if (trials === 0) return undefined;
  return {
    trials,
    hits,
    number: kupiec(hits, trials, 1 - level),
    order: independence(transitionsOf(exceedances)),
    light: trafficLight(hits, trials, 1 - level),
  };
};
