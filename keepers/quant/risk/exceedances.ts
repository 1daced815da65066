import { binomialCdf, chiSquareTail1, chiSquareTail2 } from "./distributions.ts";

/** A likelihood-ratio test: its statistic, and the probability of at least that where the model is right. */
export type RatioTest = { readonly statistic: number; readonly probability: number };

/** `count · ln(chance)`, with nothing where there is no case. */
const logTerm = (count: number, chance: number): number => (count === 0 ? 0 : count * Math.log(chance));

/** Kupiec's (1995) test of the number of exceedances: `hits` among `trials` where `chance` is promised. */
export const kupiec = (hits: number, trials: number, chance: number): RatioTest => {
  const share = hits / trials;
  const promised = logTerm(trials - hits, 1 - chance) + logTerm(hits, chance);
  const seen = logTerm(trials - hits, 1 - share) + logTerm(hits, share);
  const statistic = Math.max(0, -2 * (promised - seen));
  return { statistic, probability: chiSquareTail1(statistic) };
};

/** How often each follows each: `n01` counts an exceedance after none. */
export type Transitions = { readonly n00: number; readonly n01: number; readonly n10: number; readonly n11: number };

/** Counts the transitions of a series of exceedances. */
export const transitionsOf = (exceedances: readonly boolean[]): Transitions => {
  const counts = { n00: 0, n01: 0, n10: 0, n11: 0 };
  for (const [index, hit] of exceedances.slice(1).entries()) {
    const before = exceedances[index] === true;
    if (before) counts[hit ? "n11" : "n10"] += 1;
    else counts[hit ? "n01" : "n00"] += 1;
  }
  return counts;
};

/** The sum of several series' transitions: nothing follows across the gap between two recordings. */
export const pooled = (all: readonly Transitions[]): Transitions => {
  const sumOf = (key: keyof Transitions): number => all.reduce((sum, one) => sum + one[key], 0);
  return { n00: sumOf("n00"), n01: sumOf("n01"), n10: sumOf("n10"), n11: sumOf("n11") };
};

/** Christoffersen's (1998) test whether exceedances come independently. */
export const independence = ({ n00, n01, n10, n11 }: Transitions): RatioTest => {
  const chanceOf = (hits: number, all: number): number => (all === 0 ? 0 : hits / all);
  const after = { none: chanceOf(n01, n00 + n01), hit: chanceOf(n11, n10 + n11) };
  const any = chanceOf(n01 + n11, n00 + n01 + n10 + n11);
  const same = logTerm(n00 + n10, 1 - any) + logTerm(n01 + n11, any);
  const apart =
    logTerm(n00, 1 - after.none) + logTerm(n01, after.none) + logTerm(n10, 1 - after.hit) + logTerm(n11, after.hit);
  const statistic = Math.max(0, -2 * (same - apart));
  return { statistic, probability: chiSquareTail1(statistic) };
};

/** Number and independence in one: the sum of both statistics, on two degrees of freedom. */
export const conditionalCoverage = (number: RatioTest, order: RatioTest): RatioTest => {
  const statistic = number.statistic + order.statistic;
  return { statistic, probability: chiSquareTail2(statistic) };
};

/** The numbers of exceedances that Kupiec's test does not reject at `significance`, both ends included. */
export const acceptedHits = (
  trials: number,
  chance: number,
  significance = 0.05,
): { readonly least: number; readonly most: number } => {
  const isAccepted = (hits: number): boolean => kupiec(hits, trials, chance).probability >= significance;
  const centre = Math.round(trials * chance);
  let [least, most] = [centre, centre];
  while (least > 0 && isAccepted(least - 1)) least -= 1;
  while (most < trials && isAccepted(most + 1)) most += 1;
  return { least, most };
};

/** The Basel Committee's (1996) zones, by the probability of at most so many exceedances. */
export type TrafficLight = "green" | "yellow" | "red";
const YELLOW_FROM = 0.95;
const RED_FROM = 0.9999;

export const trafficLight = (hits: number, trials: number, chance: number): TrafficLight => {
  const cumulated = binomialCdf(hits, trials, chance);
  return cumulated >= RED_FROM ? "red" : cumulated >= YELLOW_FROM ? "yellow" : "green";
};
