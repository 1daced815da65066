import { z } from "zod";
import { addressSchema, amountSchema, asOfSchema } from "./common.ts";

/** What a signature of typed data (EIP-712) must name: the domain of a contract, and the account's next number there. */
const signingSchema = z
  .strictObject({ name: z.string(), version: z.string(), nonce: z.string().regex(/^\d+$/) })
  .meta({ id: "Signing" });

/** What one account holds, for a page in a browser without a wallet. */
export const holderSchema = z
  .strictObject({
    asOf: asOfSchema,
    account: addressSchema,
    shares: amountSchema,
    /** Shares that may leave now. */
    redeemable: amountSchema,
    /** Unix seconds from which the rest may leave; null where nothing waits. */
    recentUntil: z.int().nullable(),
    /** What a deposit could take, and what the treasury is allowed to take of it. */
    assets: amountSchema,
    allowance: amountSchema,
    tokens: amountSchema,
    votes: amountSchema,
    /** Whom the tokens vote with; null for nobody. */
    delegate: addressSchema.nullable(),
    governor: signingSchema,
    token: signingSchema,
  })
  .meta({ id: "Holder" });
export type HolderDocument = z.output<typeof holderSchema>;

/** What an account holds. */
export const HOLDER_ROUTE = {
  path: "/v1/holders/:account",
  summary: "What one account holds, may take out and votes with; for pages in a browser without a wallet",
  params: z.strictObject({ account: addressSchema }),
  answer: holderSchema,
} as const;
