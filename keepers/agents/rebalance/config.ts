import { z } from "zod";
import { USD, amount, jsonOr } from "../../config/shapes.ts";

/** Token symbols and the basis points of the treasury that each is to be; the base token is the rest. */
const targets = jsonOr(z.record(z.string(), amount))
  .refine((parts) => Object.values(parts).reduce((sum, part) => sum + part, 0n) <= 10_000n, "must not exceed 10000")
  .default({});

/** What a rebalancer is told by its operator. README.md says what each setting means. */
export const settings = z.strictObject({
  targets,
  bandBps: amount.default(100n),
  maxTradeUsd: amount.default(25_000n * USD),
  slippageBps: amount.default(200n),
  lifetimeSeconds: amount.default(600n),
  everyBlocks: amount.default(25n),
  cooldownSeconds: amount.default(3_600n),
});

export type RebalanceSettings = z.output<typeof settings>;
