import { z } from "zod";
import { hex } from "../../core/hex.ts";
import { address, blockNumber, unixSeconds } from "../../core/units.ts";

/*
 * Messages as JSON has them: amounts as decimal strings, bytes in lower-case hex. Every shape refuses instead of throwing,
 * and takes one way to write a value.
 */

/** As many digits as the largest amount has. */
const DIGITS = 78;

export const bytes = z
  .string()
  .regex(/^0x(?:[0-9a-f]{2})*$/)
  .transform(hex);
export const word = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/)
  .transform(hex);
export const account = z
  .string()
  .regex(/^0x[0-9a-f]{40}$/)
  .transform(address);
export const whole = z
  .string()
  .max(DIGITS)
  .regex(/^(?:0|[1-9]\d*)$/)
  .transform(BigInt);
/** An amount that may be below zero. */
export const signed = z
  .string()
  .max(DIGITS + 1)
  .regex(/^(?:0|-?[1-9]\d*)$/)
  .transform(BigInt);
export const height = whole.transform(blockNumber);

export const proposal = z.strictObject({
  agentId: whole,
  nonce: whole,
  deadline: whole.transform(unixSeconds),
  submitter: account,
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
});

export const callProofs = z.array(
  z.strictObject({ decoder: account, minClass: z.literal([0, 1, 2]), proof: z.array(bytes) }),
);

export const slowProposal = z.strictObject({
  hash: bytes,
  riskClass: z.union([z.literal(1), z.literal(2)]),
  proposal,
  callProofs,
  why: z.string(),
  block: height,
  seenAtMs: z.number(),
});
