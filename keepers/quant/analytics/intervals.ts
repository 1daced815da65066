import type { Random } from "../../core/random.ts";
import { weibullQuantile } from "../risk/quantile.ts";

/** Between which values a statistic lies with so much confidence. `blocks`: how many blocks each sample drew. */
export type Interval = { readonly lower: number; readonly upper: number; readonly blocks: number };

/** `length`: observations of a block; neighbours within it keep their order, and with it what they have to do with one another. */
export type BootstrapPlan = {
  readonly length: number;
  readonly repeats: number;
  readonly confidence: number;
  readonly random: Random;
};

/** Fewer blocks than these say nothing of how much a statistic varies. */
const LEAST_BLOCKS = 5;

/** One sample: blocks that begin anywhere and go on at the start after the end. */
const sampleOf = (values: readonly number[], { length, random }: BootstrapPlan): readonly number[] => {
  const sample: number[] = [];
  while (sample.length < values.length) {
    const start = Number(random.below(BigInt(values.length)));
    for (let i = 0; i < length && sample.length < values.length; i += 1)
      sample.push(values[(start + i) % values.length] ?? Number.NaN);
  }
  return sample;
};

/**
 * The interval of a statistic by the circular block bootstrap (Politis and Romano 1992), between equal tails.
 * @returns undefined for fewer than five blocks, and where the statistic has no answer for a sample
 */
export const bootstrapInterval = (
  values: readonly number[],
  statistic: (sample: readonly number[]) => number,
  plan: BootstrapPlan,
): Interval | undefined => {
  const blocks = Math.ceil(values.length / plan.length);
  if (blocks < LEAST_BLOCKS) return undefined;
  const found = Float64Array.from({ length: plan.repeats }, () => statistic(sampleOf(values, plan))).sort();
  if (found.length === 0 || found.some((value) => !Number.isFinite(value))) return undefined;
  const tail = (1 - plan.confidence) / 2;
  return { lower: weibullQuantile(found, tail), upper: weibullQuantile(found, 1 - tail), blocks };
};
