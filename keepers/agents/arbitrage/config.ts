import { z } from "zod";
import { amount, count } from "../../config/shapes.ts";

/** What an arbitrage searcher is told by its operator. README.md says what each setting means. */
export const settings = z.strictObject({
  minProfit: amount.default(10_000n),
  gasOverhead: amount.default(325_000n),
  gasPerV2Hop: amount.default(92_000n),
  gasPerV3Hop: amount.default(104_000n),
  maxHops: count.pipe(z.union([z.literal(2), z.literal(3)])).default(3),
  lifetimeSeconds: amount.default(4n),
  tickReachWords: count.pipe(z.int().max(20)).default(2),
  foresight: z.enum(["off", "sei", "ethereum"]).default("off"),
  foresightPollMs: count.pipe(z.int().min(50).max(10_000)).default(100),
});

export type ArbitrageSettings = z.output<typeof settings>;
