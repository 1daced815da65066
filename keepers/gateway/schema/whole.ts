import { z } from "zod";
import { BREAKER_LEVELS, addressSchema, asOfSchema, rangeSchema } from "./common.ts";
import { agentSchema, tradingSchema } from "./fleet.ts";
import { priceSchema, worstCaseSchema } from "./money.ts";
import { proposalSummarySchema } from "./proposals.ts";

/** One point of the treasury's value. Units of the base asset at both ends of the band. */
export const valuePointSchema = z
  .strictObject({ time: z.int(), block: z.int(), lower: z.string(), upper: z.string() })
  .meta({ id: "ValuePoint" });
export type ValuePoint = z.output<typeof valuePointSchema>;

export const overviewSchema = z
  .strictObject({
    asOf: asOfSchema,
    deployment: z.strictObject({ name: z.string(), chainId: z.int() }),
    asset: z.strictObject({ symbol: z.string(), decimals: z.int() }),
    /** Null while a held token has no price. */
    value: rangeSchema.nullable(),
    /** The value since this gateway began to look, oldest first. */
    history: z.array(valuePointSchema),
    breaker: z.enum(BREAKER_LEVELS),
    worstCase: z.array(worstCaseSchema),
    trading: tradingSchema.nullable(),
    /** Proposals that somebody may still vote on, veto or execute. */
    waiting: z.array(proposalSummarySchema),
    decisions: z.array(proposalSummarySchema),
    agents: z.array(agentSchema),
    prices: z.array(priceSchema),
    notes: z.array(z.string()),
  })
  .meta({ id: "Overview" });
export type OverviewDocument = z.output<typeof overviewSchema>;

/** What stands above every page: whether all is well, and whether something waits. */
export const headSchema = z
  .strictObject({
    asOf: asOfSchema,
    deployment: z.strictObject({ name: z.string(), chainId: z.int() }),
    value: rangeSchema.nullable(),
    breaker: z.enum(BREAKER_LEVELS),
    /** Proposals that somebody may still vote on, veto or execute. */
    waiting: z.int(),
    alerts: z.int(),
  })
  .meta({ id: "Head" });
export type HeadDocument = z.output<typeof headSchema>;

export const systemSchema = z
  .strictObject({
    asOf: asOfSchema,
    gateway: z.strictObject({
      version: z.string(),
      startedMs: z.number(),
      nowMs: z.number(),
      residentBytes: z.int(),
      streamClients: z.int(),
    }),
    chain: z.strictObject({
      chainId: z.int(),
      /** Without user, password, path and query. */
      endpoint: z.string(),
      /** Milliseconds since this process last saw a new block. */
      headAgeMs: z.number(),
      /** Why the last reading failed; null when it did not. */
      untrustedTrouble: z.string().nullable(),
    }),
    fleet: z
      .strictObject({ agents: z.int(), up: z.int(), troubles: z.int(), untrustedTrouble: z.string().nullable() })
      .nullable(),
    contracts: z.array(z.strictObject({ name: z.string(), address: addressSchema })),
    /** What this deployment does not have, each with how to add it. */
    absent: z.array(z.strictObject({ what: z.string(), how: z.string() })),
  })
  .meta({ id: "System" });
export type SystemDocument = z.output<typeof systemSchema>;

/** What the page needs to find its way: who serves it, and what the wallet must be connected to. */
export const metaSchema = z
  .strictObject({
    deployment: z.strictObject({ name: z.string(), chainId: z.int() }),
    version: z.string(),
    /** By name, so that a wallet can be asked about them. */
    contracts: z.record(z.string(), addressSchema),
    tokens: z.record(z.string(), z.strictObject({ address: addressSchema, decimals: z.int() })),
    /** Exchanges, by what they are called. */
    routers: z.record(z.string(), addressSchema),
  })
  .meta({ id: "Meta" });
export type MetaDocument = z.output<typeof metaSchema>;
