import { z } from "zod";
import { USD, amount, flag } from "../../config/shapes.ts";

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
  voteOnChain: flag.default(true),
  voteOnChainAfterBlocks: amount.default(25n),
  voteOnChainBeforeSeconds: amount.default(10n),
});

export type RiskSettings = z.output<typeof settings>;
