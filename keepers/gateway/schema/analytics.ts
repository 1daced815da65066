import { z } from "zod";
import { amountSchema, asOfSchema } from "./common.ts";

const sumSchema = z.strictObject({ name: z.string(), value: amountSchema }).meta({ id: "ResultSum" });
export type ResultSumDocument = z.output<typeof sumSchema>;

/** Returns are parts of a whole: 0.01 is one hundredth. Null where there is too little to tell. */
const comparedSchema = z
  .strictObject({
    name: z.string(),
    total: z.number().nullable(),
    lower: z.number().nullable(),
    upper: z.number().nullable(),
  })
  .meta({ id: "Compared", description: "A total return, and the ends of what holds nine tenths of resampled ones" });
export type ComparedDocument = z.output<typeof comparedSchema>;

const strategySchema = z
  .strictObject({
    name: z.string(),
    proposed: z.int(),
    executed: z.int(),
    missed: z.int(),
    /** How many executions had a forecast to compare with what was recorded. */
    compared: z.int(),
    predicted: amountSchema,
    realised: amountSchema,
  })
  .meta({ id: "StrategyResult" });
export type StrategyDocument = z.output<typeof strategySchema>;

/** What the treasury earned since its first block. Results are dollars of 36 decimals, so that they add up to the unit. */
export const analyticsSchema = z
  .strictObject({
    /** The block up to which the history was read; it is read again once a minute at most. */
    asOf: asOfSchema,
    netValue: amountSchema,
    flows: amountSchema,
    results: amountSchema,
    /** The net value less flows and results: zero, or a cause is missing. */
    residual: amountSchema,
    /** Whether every sum comes out, and the chain holds what the logs come to. */
    isWhole: z.boolean(),
    totalAssets: amountSchema,
    by: z.strictObject({
      agent: z.array(sumSchema),
      strategy: z.array(sumSchema),
      venue: z.array(sumSchema),
      cause: z.array(sumSchema),
    }),
    seconds: z.int(),
    timeWeighted: z.number().nullable(),
    moneyWeighted: z.number().nullable(),
    compared: z.array(comparedSchema),
    strategies: z.array(strategySchema),
    notes: z.array(z.string()),
  })
  .meta({ id: "Analytics" });
export type AnalyticsDocument = z.output<typeof analyticsSchema>;
