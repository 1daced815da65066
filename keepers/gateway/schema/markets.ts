import { z } from "zod";
import { amountSchema, asOfSchema } from "./common.ts";

/** Standard deviations of a year's log return: 0.5 is 50 %. `withJumps` is what a holder bore over the longest window. */
const volatilitySchema = z
  .strictObject({ index: z.number(), withJumps: z.number(), windows: z.array(z.number()) })
  .meta({ id: "Volatility" });
export type VolatilityDocument = z.output<typeof volatilitySchema>;

const oracleSourceSchema = z.strictObject({
  name: z.string(),
  /** How the oracle hub judges it. */
  state: z.string(),
  ageSeconds: z.number(),
  maxAge: z.int(),
  offBps: z.number(),
  lateSeconds: z.number(),
});

const marketPriceSchema = z.strictObject({
  status: z.string(),
  /** Null where pools and endpoints agree on none. */
  price: amountSchema.nullable(),
  confidenceBps: z.int(),
  /** How far the oracles' price lies above the market's; null where one of them is none. */
  gapBps: z.int().nullable(),
  sources: z.array(z.strictObject({ name: z.string(), state: z.string(), price: amountSchema })),
  /** What a trade of the monitor's size loses, fee included; null where it cannot be made. */
  depths: z.array(
    z.strictObject({
      pool: z.string(),
      mid: amountSchema,
      sellLossBps: z.int().nullable(),
      buyLossBps: z.int().nullable(),
    }),
  ),
});

export const marketSchema = z
  .strictObject({
    symbol: z.string(),
    status: z.string(),
    confidenceBps: z.int(),
    agreeing: z.int(),
    quorum: z.int(),
    sources: z.array(oracleSourceSchema),
    /** Null where neither a pool nor an endpoint tells of the asset. */
    market: marketPriceSchema.nullable(),
    /** Null before the monitor has watched for an hour. */
    volatility: volatilitySchema.nullable(),
  })
  .meta({ id: "Market" });
export type MarketDocument = z.output<typeof marketSchema>;

export const marketsSchema = z
  .strictObject({
    asOf: asOfSchema,
    /** The block at which the price-feed monitor looked; null where it has told nothing. */
    seenAt: z.int().nullable(),
    items: z.array(marketSchema),
    /** Of the whole treasury; null before the monitor has watched for an hour. */
    book: volatilitySchema.nullable(),
    notes: z.array(z.string()),
  })
  .meta({ id: "Markets" });
export type MarketsDocument = z.output<typeof marketsSchema>;
