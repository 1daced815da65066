import { z } from "zod";
import { account, amount, flag } from "../../config/shapes.ts";

/** What an execution engine is told by its operator. README.md says what each setting means. */
export const settings = z.strictObject({
  maxAgeBlocks: amount.default(2n),
  tipWei: amount.default(5_000_000_000n),
  maxGasPriceWei: amount.default(500_000_000_000n),
  gasMarginPercent: amount.default(30n),
  recordPerformance: flag.default(true),
  multicall: account.optional(),
});

export type ExecutionSettings = z.output<typeof settings>;
