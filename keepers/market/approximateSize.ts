import type { ApproximateEdge } from "./approximateEdge.ts";

/** The input at which a cycle gains most, and the gain, in real numbers of the smallest unit. */
export type ApproximateSize = { readonly amountIn: number; readonly gain: number };

/** A hop of the cycle and how far its pool has been traded. */
type Stage = {
  readonly edge: ApproximateEdge;
  readonly limit: number;
  range: number;
  reserveIn: number;
  reserveOut: number;
  room: number;
  used: number;
};

const enterRange = (stage: Stage, range: number): boolean => {
  const entered = stage.edge.rangeAt(range);
  if (entered === undefined) return false;
  stage.range = range;
  stage.reserveIn = entered.reserveIn;
  stage.reserveOut = entered.reserveOut;
  stage.room = entered.room;
  return true;
};

const stageOf = (edge: ApproximateEdge, limit: number): Stage => {
  const stage = { edge, limit, range: 0, reserveIn: 0, reserveOut: 0, room: 0, used: 0 };
  enterRange(stage, 0);
  return stage;
};

/** How much more may go into the cycle: up to the best size, or to where the first stage ends its range or its limit. */
type Stride = { readonly best: number; readonly most: number; readonly bound: Stage | undefined };

/**
 * As long as no stage leaves its range, the whole cycle pays a·d ÷ (c·d + e) for an input d: such maps compose. Its slope
 * a·e ÷ (c·d + e)² falls to one at d = (√(a·e) − e) ÷ c, where the gain is largest.
 */
const strideOf = (stages: readonly Stage[]): Stride => {
  let [a, c, e] = [1, 0, 1];
  let most = Infinity;
  let bound: Stage | undefined;
  for (const stage of stages) {
    const room = Math.min(stage.room, stage.limit - stage.used);
    const input = a > room * c ? (room * e) / (a - room * c) : Infinity;
    if (input < most) [most, bound] = [input, stage];
    const { keptShare } = stage.edge;
    c = keptShare * a + stage.reserveIn * c;
    a *= stage.reserveOut * keptShare;
    e *= stage.reserveIn;
  }
  return { best: (Math.sqrt(a) * Math.sqrt(e) - e) / c, most, bound };
};

/** Trades an input through all stages and returns what comes out. */
const trade = (stages: readonly Stage[], input: number): number => {
  let amount = input;
  for (const stage of stages) {
    const kept = amount * stage.edge.keptShare;
    const paid = (stage.reserveOut * kept) / (stage.reserveIn + kept);
    stage.used += amount;
    stage.room -= amount;
    stage.reserveIn += kept;
    stage.reserveOut -= paid;
    amount = paid;
  }
  return amount;
};

/** The stage that ended its range goes on to the next, unless it stands at its limit or at the end of its pool. */
const goOn = (bound: Stage): boolean => bound.limit - bound.used > bound.room && enterRange(bound, bound.range + 1);

/**
 * Finds the best size of a cycle by walking its ranges outwards from nothing. What a pool pays is concave in what it gets,
 * so the gain rises until the slope is one and never again after.
 * @param limits the most that may go into each hop, in the token of that hop
 */
export const bestApproximateSize = (edges: readonly ApproximateEdge[], limits: readonly number[]): ApproximateSize => {
  const stages = edges.map((edge, hop) => stageOf(edge, limits[hop] ?? 0));
  let [amountIn, amountOut] = [0, 0];
  for (;;) {
    const { best, most, bound } = strideOf(stages);
    const stride = Math.min(best, most);
    if (stride > 0) {
      amountOut += trade(stages, stride);
      amountIn += stride;
    }
    if (bound === undefined || best <= most || !goOn(bound)) return { amountIn, gain: amountOut - amountIn };
  }
};
