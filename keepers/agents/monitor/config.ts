import { z } from "zod";
import { amount, count, flag, jsonOr, privateUrl } from "../../config/shapes.ts";
import { secret } from "../../config/secret.ts";

/** What a price-feed monitor is told by its operator. README.md says what each setting means. */
export const settings = z.strictObject({
  everyBlocks: amount.default(5n),
  showsEvidence: flag.default(true),
  keepsMarks: flag.default(true),
  budgetWei: amount.default(10n ** 18n),
  lifetimeSeconds: amount.default(20n),
  heartbeats: jsonOr(z.record(z.string(), count)).default({}),
  pythUrl: privateUrl.optional(),
  pythToken: z.string().min(1).transform(secret).optional(),
  updatesPerDay: count.default(48),
  maxUpdateFeeWei: amount.default(500_000_000_000_000_000n),
  updateAheadSeconds: amount.default(60n),
  pollSeconds: count.pipe(z.int().min(1)).default(5),
  tradeSizeUsd: amount.default(1_000n),
});

export type MonitorSettings = z.output<typeof settings>;
