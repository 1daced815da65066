import { z } from "zod";
import { USD, amount, flag, jsonOr } from "../../config/shapes.ts";
import type { Address } from "../../core/units.ts";

const level = z
  .strictObject({ priceUsd: amount.default(0n), distanceBps: amount.default(0n) })
  .refine(({ distanceBps }) => distanceBps < 10_000n, "distanceBps must be less than 10000");

/** Which positions are watched, by token symbol, when they are sold, and how. */
const stopLoss = jsonOr(
  z.strictObject({
    levels: z.record(z.string(), level),
    snapshots: amount.refine((count) => count >= 1n && count <= 100n, "must be 1 to 100").default(3n),
    everySeconds: amount.default(60n),
    poolToleranceBps: amount.default(200n),
    sliceUsd: amount.default(2_000n * USD),
    slippageBps: amount.refine((bps) => bps < 10_000n, "must be less than 10000").default(200n),
    lifetimeSeconds: amount.default(5n),
    restBlocks: amount.default(5n),
  }),
);

/** What a risk manager is told by its operator. README.md says what each setting means. */
export const settings = z.strictObject({
  maxDeadlineSeconds: amount.default(10n),
  maxAgeBlocks: amount.default(3n),
  maxLossUsd: amount.default(0n),
  minGainUsd: amount.default(0n),
  profitToleranceBps: amount.default(0n),
  maxPriceDeviationBps: amount.default(500n),
  slowVoteDeadlineSeconds: amount.default(86_400n),
  slowVoteLossUsd: amount.default(1_000n * USD),
  slowVotePositionUsd: amount.default(50_000n * USD),
  riskBudgetPips: amount.default(0n),
  riskToleranceBps: amount.default(500n),
  stopLoss: stopLoss.optional(),
  voteOnChain: flag.default(true),
  voteOnChainAfterBlocks: amount.default(25n),
  voteOnChainBeforeSeconds: amount.default(10n),
});

export type RiskSettings = z.output<typeof settings>;

/** When positions are sold, with tokens by their addresses; undefined where the operator watches none. */
export const stopPolicyOf = (
  { stopLoss: own }: RiskSettings,
  base: Address,
  tokenNamed: (symbol: string) => Address,
) => {
  if (own === undefined) return undefined;
  const levels = new Map(Object.entries(own.levels).map(([symbol, one]) => [tokenNamed(symbol), one] as const));
  const { snapshots, everySeconds, poolToleranceBps, sliceUsd, slippageBps } = own;
  return { base, levels, snapshots, everySeconds, poolToleranceBps, sliceUsd, slippageBps };
};
