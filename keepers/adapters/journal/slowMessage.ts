import { z } from "zod";
import type { SlowProposalMessage } from "../../core/bus.ts";
import { hex } from "../../core/hex.ts";
import { address, blockNumber, unixSeconds } from "../../core/units.ts";

const bytes = z.string().transform(hex);
const account = z.string().transform(address);
const whole = z.string().regex(/^\d+$/).transform(BigInt);

const shape = z.strictObject({
  hash: bytes,
  riskClass: z.union([z.literal(1), z.literal(2)]),
  proposal: z.strictObject({
    agentId: whole,
    nonce: whole,
    deadline: whole.transform(unixSeconds),
    executor: account,
    maxLoss: whole,
    forecast: whole,
    calls: z.array(z.strictObject({ target: account, data: bytes })),
    conditions: z.array(
      z.strictObject({
        kind: z.literal([0, 1, 2, 3, 4, 5, 6, 7]),
        subject: account,
        holder: account,
        amount: whole,
      }),
    ),
    evidence: bytes,
  }),
  grants: z.array(z.strictObject({ decoder: account, leastClass: z.literal([0, 1, 2]), proof: z.array(bytes) })),
  why: z.string(),
  block: whole.transform(blockNumber),
  seenAtMs: z.number(),
});

/** A proposal of the slow path as the journal's JSON has it. @throws TypeError or Error when it is none */
export const parseSlowMessage = (json: unknown): SlowProposalMessage => shape.parse(json);
