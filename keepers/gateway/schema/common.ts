import { z } from "zod";

/*
 * The shapes that several answers share. Amounts are decimal strings of a token's smallest units, so that no program loses
 * digits; times are Unix seconds of the chain; texts that somebody outside wrote are named `untrusted…`.
 */

/** An amount: `units` is a whole number of smallest units, `decimals` how many of its digits stand behind the point. */
export const amountSchema = z
  .strictObject({ units: z.string().regex(/^-?\d+$/), decimals: z.int().min(0).max(36), symbol: z.string() })
  .meta({ id: "Amount", description: "Whole number of smallest units, as a decimal string" });
export type Amount = z.output<typeof amountSchema>;

/** The block that an answer is true at. */
export const asOfSchema = z
  .strictObject({ block: z.int().nonnegative(), time: z.int().nonnegative() })
  .meta({ id: "AsOf", description: "The block that the answer is true at, and its Unix time in seconds" });
export type AsOf = z.output<typeof asOfSchema>;

export const addressSchema = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .meta({ id: "Address" });

/** A reason: the code that programs compare, what it means, and what to do about it; null where nothing is to be done. */
export const reasonSchema = z
  .strictObject({ code: z.string(), what: z.string(), next: z.string().nullable() })
  .meta({ id: "Reason" });
export type ReasonDocument = z.output<typeof reasonSchema>;

/** RFC 9457. `code` is stable, `detail` says what is wrong and what to do. */
export const problemSchema = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    instance: z.string(),
  })
  .meta({ id: "Problem", description: "RFC 9457 problem details" });
export type Problem = z.output<typeof problemSchema>;

/** A price of one whole unit in US dollars, and the band that the true price lies in. */
export const bandSchema = z
  .strictObject({ lower: amountSchema, middle: amountSchema, upper: amountSchema })
  .meta({ id: "Band" });

/** The two ends of what something is worth. */
export const rangeSchema = z.strictObject({ lower: amountSchema, upper: amountSchema }).meta({ id: "Range" });

/** Half of all values do not exceed `p50`, ninety-nine in a hundred not `p99`; null without a value. */
export const spreadSchema = z
  .strictObject({ p50: z.number().nullable(), p99: z.number().nullable() })
  .meta({ id: "Spread" });

export const RISK_CLASSES = ["Routine", "Elevated", "Critical"] as const;
export const BREAKER_LEVELS = ["Normal", "ReduceOnly", "Halted"] as const;
