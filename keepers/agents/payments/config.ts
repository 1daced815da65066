import { z } from "zod";
import { account, amount, count, flag, jsonOr, listOf } from "../../config/shapes.ts";

/** A channel that the agent opens and tops up. `token` as the address book names it; amounts in its units. */
const channel = z.strictObject({
  receiver: account,
  receiverAuthorizer: account.optional(),
  payerAuthorizer: account.optional(),
  token: z.string().min(1),
  withdrawDelaySeconds: amount,
  salt: amount.default(0n),
  deposit: amount,
  low: amount,
  limit: amount,
});

/** What a payments agent is told by its operator. README.md says what each setting means. */
export const settings = z.strictObject({
  channels: jsonOr(z.array(channel)).default([]),
  voucherStores: listOf(z.string()).default([]),
  fromBlock: amount.default(0n),
  claimMarginPercent: amount.default(100n),
  maxBatch: count.pipe(z.int().min(1).max(200)).default(50),
  watchOthers: flag.default(true),
  trustedWorkers: listOf(account).default([]),
  approveUpTo: amount.default(0n),
  recordResults: flag.default(true),
  recordBudgetWei: amount.default(10n ** 18n),
  divideFrom: amount.default(1_000_000n),
  lifetimeSeconds: amount.default(30n),
});

export type PaymentsSettings = z.output<typeof settings>;
