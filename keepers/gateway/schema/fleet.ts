import { z } from "zod";
import { addressSchema, amountSchema, asOfSchema, reasonSchema, spreadSchema } from "./common.ts";
import { proposalSummarySchema } from "./proposals.ts";

/** One agent: as this process sees it run (`fleet`), and as the registry has it (`registry`); null where unknown. */
export const agentSchema = z
  .strictObject({
    name: z.string(),
    kind: z.string().nullable(),
    fleet: z
      .strictObject({
        isUp: z.boolean(),
        /** Unix time in milliseconds of the last event that it told. */
        lastEventMs: z.number().nullable(),
        proposals: z.int(),
        votesFor: z.int(),
        votesAgainst: z.int(),
        sent: z.int(),
        enacted: z.int(),
        /** How often it refused for each reason, most frequent first. */
        refusals: z.array(z.strictObject({ reason: reasonSchema, count: z.int() })),
        /** Why it last did nothing. */
        idle: reasonSchema.nullable(),
        troubles: z.int(),
        /** The last trouble, as a node or a library put it. */
        untrustedTrouble: z.string().nullable(),
      })
      .nullable(),
    registry: z
      .strictObject({
        agentId: z.int(),
        operator: addressSchema,
        signer: addressSchema,
        status: z.enum(["None", "Active", "Paused", "Terminated"]),
        weight: z.string(),
        bond: amountSchema,
        /** In basis points: 10,000 is neutral. */
        score: z.int(),
        /** Unix seconds; zero for a key without an end. */
        validUntil: z.int(),
      })
      .nullable(),
  })
  .meta({ id: "Agent" });
export type AgentDocument = z.output<typeof agentSchema>;

export const agentsSchema = z
  .strictObject({ asOf: asOfSchema, items: z.array(agentSchema), notes: z.array(z.string()) })
  .meta({ id: "Agents" });
export type AgentsDocument = z.output<typeof agentsSchema>;

/** What the fleet of this process has done since it started. */
export const tradingSchema = z
  .strictObject({
    /** Unix milliseconds. */
    sinceMs: z.number(),
    looked: z.int(),
    found: z.int(),
    proposed: z.int(),
    enacted: z.int(),
    gained: amountSchema,
    gas: amountSchema,
    latencyMs: spreadSchema,
    latencyBlocks: spreadSchema,
    /** Why nothing is proposed now; null when something just was. */
    idle: reasonSchema.nullable(),
    refused: z.array(z.strictObject({ reason: reasonSchema, count: z.int() })),
  })
  .meta({ id: "Trading" });
export type TradingDocument = z.output<typeof tradingSchema>;

export const opportunitiesSchema = z
  .strictObject({
    asOf: asOfSchema,
    /** Null where no fleet runs in this process. */
    trading: tradingSchema.nullable(),
    items: z.array(proposalSummarySchema),
    notes: z.array(z.string()),
  })
  .meta({ id: "Opportunities" });
export type OpportunitiesDocument = z.output<typeof opportunitiesSchema>;
