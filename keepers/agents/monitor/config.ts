import { z } from "zod";
import { amount, count, flag, jsonOr } from "../../config/shapes.ts";

/** What a price-feed monitor is told by its operator. README.md says what each setting means. */
export const settings = z.strictObject({
  everyBlocks: amount.default(5n),
  showsEvidence: flag.default(true),
  keepsMarks: flag.default(true),
  budgetWei: amount.default(10n ** 18n),
  lifetimeSeconds: amount.default(20n),
  heartbeats: jsonOr(z.record(z.string(), count)).default({}),
});

export type MonitorSettings = z.output<typeof settings>;
