import { z } from "zod";
import {
  BREAKER_LEVELS,
  RISK_CLASSES,
  addressSchema,
  amountSchema,
  asOfSchema,
  bandSchema,
  rangeSchema,
} from "./common.ts";

/** Whether the oracle hub has a price; held to the contract's own list by the documents' types. */
const quoteStatusSchema = z.enum(["Ready", "UnknownAsset", "QuorumMissed", "BandTooWide", "SourcesDisagree"]);

const sourceSchema = z.strictObject({
  reader: addressSchema,
  /** In seconds: an older price does not count. */
  maxAge: z.int(),
  deviationBps: z.int(),
  /** Null where the source does not answer. */
  price: amountSchema.nullable(),
  updatedAt: z.int().nullable(),
});

export const priceSchema = z
  .strictObject({
    symbol: z.string(),
    token: addressSchema,
    status: quoteStatusSchema,
    band: bandSchema.nullable(),
    quorum: z.int().nullable(),
    sources: z.array(sourceSchema),
  })
  .meta({ id: "Price" });
export type PriceDocument = z.output<typeof priceSchema>;

export const pricesSchema = z
  .strictObject({
    asOf: asOfSchema,
    items: z.array(priceSchema),
    /** What pools say, in the second token for one of the first. */
    pools: z.array(z.strictObject({ label: z.string(), price: z.number(), quote: z.string() })),
    notes: z.array(z.string()),
  })
  .meta({ id: "Prices" });
export type PricesDocument = z.output<typeof pricesSchema>;

/** What a corrupt quorum of one class could take in 24 hours. */
export const worstCaseSchema = z
  .strictObject({
    riskClass: z.enum(RISK_CLASSES),
    inADay: amountSchema,
    atOnce: amountSchema,
    /** Why no proposal of the class passes now; null when one can. */
    passesNothing: z.string().nullable(),
    words: z.string(),
  })
  .meta({ id: "WorstCase" });
export type WorstCaseDocument = z.output<typeof worstCaseSchema>;

export const holdingSchema = z
  .strictObject({
    symbol: z.string(),
    token: addressSchema,
    balance: amountSchema,
    value: rangeSchema.nullable(),
    status: quoteStatusSchema,
    /** The most that one Routine action may spend, and what of the day's limit is left for all agents together. */
    perAction: amountSchema,
    remainingForAll: amountSchema,
    breaker: z.enum(BREAKER_LEVELS),
  })
  .meta({ id: "Holding" });
export type HoldingDocument = z.output<typeof holdingSchema>;

/** The shares of the treasury, and the terms on which they are given back. */
export const sharesSchema = z
  .strictObject({
    supply: amountSchema,
    /** What one whole share is worth at the lower and the upper end, in the base asset; null while a price is missing. */
    worth: rangeSchema.nullable(),
    performanceFeeBps: z.int(),
    /** In seconds: shares younger than that cannot leave yet. */
    minHoldingTime: z.int(),
  })
  .meta({ id: "Shares" });

export const portfolioSchema = z
  .strictObject({
    asOf: asOfSchema,
    asset: z.string(),
    value: rangeSchema.nullable(),
    holdings: z.array(holdingSchema),
    shares: sharesSchema.nullable(),
    /** What Routine actions may lose: one of them, and all of them until the limit refills. */
    lossPerAction: amountSchema,
    remainingLoss: amountSchema,
    worstCase: z.array(worstCaseSchema),
    breaker: z.enum(BREAKER_LEVELS),
    notes: z.array(z.string()),
  })
  .meta({ id: "Portfolio" });
export type PortfolioDocument = z.output<typeof portfolioSchema>;

export const paymentsSchema = z
  .strictObject({
    asOf: asOfSchema,
    /** What the ledger owes to all accounts, and what it holds. */
    ledger: z.array(z.strictObject({ symbol: z.string(), owed: amountSchema, held: amountSchema })),
    channels: z.strictObject({
      opened: z.int(),
      closing: z.int(),
      closed: z.int(),
      items: z.array(
        z.strictObject({
          id: z.string(),
          receiver: addressSchema,
          state: z.enum(["open", "closing", "closed"]),
          openedIn: z.int(),
        }),
      ),
    }),
    jobs: z.strictObject({
      funded: z.int(),
      items: z.array(
        z.strictObject({
          id: z.string(),
          worker: addressSchema,
          state: z.enum(["funded", "accepted", "delivered", "disputed", "ended"]),
          fundedIn: z.int(),
        }),
      ),
    }),
    notes: z.array(z.string()),
  })
  .meta({ id: "Payments" });
export type PaymentsDocument = z.output<typeof paymentsSchema>;
