import { z } from "zod";
import { USD, amount, count, jsonOr } from "../../config/shapes.ts";
import type { Address } from "../../core/units.ts";

/** Token symbols and the basis points of the treasury that each is to be; the base token is the rest. */
const targets = jsonOr(z.record(z.string(), amount))
  .refine((parts) => Object.values(parts).reduce((sum, part) => sum + part, 0n) <= 10_000n, "must not exceed 10000")
  .default({});

/** How the targets' sum is spread over their tokens by optimisation: caps by symbol, and how many minutes of prices. */
const optimise = jsonOr(
  z.strictObject({
    capsBps: z.record(z.string(), amount).default({}),
    minutes: count.pipe(z.int().min(60).max(10_080)).default(1_440),
    leastMinutes: count.pipe(z.int().min(30)).default(360),
    holdingMinutes: count.pipe(z.int().min(1)).default(10_080),
  }),
);

/** What a rebalancer is told by its operator. README.md says what each setting means. */
export const settings = z
  .strictObject({
    targets,
    bandBps: amount.default(100n),
    edgeBps: amount.default(0n),
    maxTradeUsd: amount.default(25_000n * USD),
    slippageBps: amount.default(200n),
    lifetimeSeconds: amount.default(600n),
    everyBlocks: amount.default(25n),
    cooldownSeconds: amount.default(3_600n),
    optimise: optimise.optional(),
    riskBudgetPips: amount.default(0n),
  })
  .refine(({ edgeBps, bandBps }) => edgeBps === 0n || edgeBps < bandBps, "edgeBps must be less than bandBps");

export type RebalanceSettings = z.output<typeof settings>;

const MINUTE = 60n;

/** How a rebalancer finds its targets, with tokens by their addresses; undefined where the operator set them. */
export const optimiseOf = ({ optimise: own }: RebalanceSettings, tokenNamed: (symbol: string) => Address) => {
  if (own === undefined) return undefined;
  const caps = Object.entries(own.capsBps).map(([symbol, bps]) => [tokenNamed(symbol), bps] as const);
  const { minutes, leastMinutes, holdingMinutes } = own;
  const rows = { rows: minutes, leastRows: Math.min(leastMinutes, minutes), holdingRows: holdingMinutes };
  return { capsBps: new Map(caps), sampleSeconds: MINUTE, ...rows };
};
