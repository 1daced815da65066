import { z } from "zod";
import { RISK_CLASSES, addressSchema, amountSchema, asOfSchema, reasonSchema } from "./common.ts";

/** One voice on a proposal. `reason` says why not; it is null for a vote in favour. */
export const voteSchema = z
  .strictObject({
    voter: z.string(),
    support: z.enum(["for", "against", "abstain"]),
    reason: reasonSchema.nullable(),
    /** What the voter wrote beside its code. Somebody outside wrote it. */
    untrustedDetail: z.string().nullable(),
  })
  .meta({ id: "Vote" });
export type VoteDocument = z.output<typeof voteSchema>;

/** How a proposal stands. `open`: it may still change something. */
export const PROPOSAL_CODES = [
  "voting",
  "sent",
  "queued",
  "enacted",
  "executed",
  "refused",
  "reverted",
  "expired",
  "vetoed",
  "defeated",
  "canceled",
] as const;

export const stateSchema = z
  .strictObject({ code: z.enum(PROPOSAL_CODES), words: z.string(), isOpen: z.boolean() })
  .meta({ id: "ProposalState" });
export type StateDocument = z.output<typeof stateSchema>;

const summaryShape = {
  /** The EIP-712 digest of an agents' proposal, or the governor's number in hex. */
  id: z.string(),
  path: z.enum(["fast", "slow", "dao"]),
  riskClass: z.enum(RISK_CLASSES).nullable(),
  /** One sentence made of the decoded calls; never the proposer's words. */
  sentence: z.string(),
  state: stateSchema,
  block: z.int().nonnegative(),
  proposer: z.string(),
  votes: z.array(voteSchema),
  /** What it brought in the token that it was made for, once it is enacted. */
  result: amountSchema.nullable(),
  /** Milliseconds and blocks from the first sight of its block to its receipt. */
  latencyMs: z.number().nullable(),
  latencyBlocks: z.int().nullable(),
  /** The last second in which it can take effect; null where that is not known. */
  deadline: z.int().nullable(),
  /** The first second in which a queued one may be executed. */
  executableFrom: z.int().nullable(),
};

export const proposalSummarySchema = z.strictObject(summaryShape).meta({ id: "ProposalSummary" });
export type ProposalSummary = z.output<typeof proposalSummarySchema>;

const callSchema = z.strictObject({
  words: z.string(),
  target: addressSchema,
  targetName: z.string().nullable(),
  data: z.string(),
});

/** What a simulation at one block expects of a token, beside what the chain guarantees. */
const changeSchema = z.strictObject({
  symbol: z.string(),
  before: amountSchema.nullable(),
  expected: amountSchema.nullable(),
  guaranteed: z.string().nullable(),
});

const ballotSchema = z.strictObject({
  weightFor: z.string(),
  weightAgainst: z.string(),
  threshold: z.string(),
  voters: z.int().nullable(),
  minVoters: z.int().nullable(),
  operators: z.int().nullable(),
  minOperators: z.int().nullable(),
  shortfall: z.string().nullable(),
});

export const proposalSchema = z
  .strictObject({
    ...summaryShape,
    asOf: asOfSchema,
    /** What the proposer says; somebody outside wrote it. */
    untrustedText: z.string().nullable(),
    calls: z.array(callSchema),
    /** What must be true afterwards, or nothing of it happens. */
    conditions: z.array(z.string()),
    changes: z.array(changeSchema),
    maxLoss: amountSchema.nullable(),
    forecast: amountSchema.nullable(),
    /** Why it is in its class, by the mandate as it stands now. */
    classReasons: z.array(z.string()),
    /** What of its bytes could hurt whoever votes for it, while it is open: one sentence each. */
    dangers: z.array(z.string()),
    simulation: z.strictObject({ isOk: z.boolean(), words: z.string() }).nullable(),
    ballot: ballotSchema.nullable(),
    /** What an agents' proposal hashes to, and what its parts are: the wallet's typed data is made of them. */
    raw: z
      .strictObject({
        digest: z.string(),
        agentId: z.string(),
        nonce: z.string(),
        /** Unix seconds. */
        deadline: z.string(),
        /** In US dollars of 18 decimals. */
        maxLoss: z.string(),
        forecast: z.string(),
        conditions: z.array(
          z.strictObject({ kind: z.int(), subject: addressSchema, holder: addressSchema, amount: z.string() }),
        ),
        submitter: addressSchema,
        evidence: z.string(),
      })
      .nullable(),
    /** What the governor's number of a DAO's proposal hashes, beside its calls: `values` in wei, one for each call. */
    governed: z
      .strictObject({
        values: z.array(z.string()),
        /** The whole description, byte for byte as it was proposed; somebody outside wrote it. */
        untrustedDescription: z.string(),
      })
      .nullable(),
    /** What is not known here, and why. */
    notes: z.array(z.string()),
  })
  .meta({ id: "Proposal" });
export type ProposalDocument = z.output<typeof proposalSchema>;

export const proposalsSchema = z
  .strictObject({
    asOf: asOfSchema,
    items: z.array(proposalSummarySchema),
    /** Where the next page begins; null at the end. */
    next: z.string().nullable(),
    notes: z.array(z.string()),
  })
  .meta({ id: "Proposals" });
export type ProposalsDocument = z.output<typeof proposalsSchema>;
