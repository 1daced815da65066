import { readFileSync } from "node:fs";
import { parseUnits } from "ethers";
import { z } from "zod";
import type { Position, Scenario } from "../../../keepers/quant/risk/stress.ts";
import { UsageError } from "../../lib/command.ts";
import shipped from "./scenarios.json" with { type: "json" };

const kind = z.enum(["spot", "lent", "pool", "staked"]);
const whole = (least: number, most: number) => z.int().min(least).max(most).transform(BigInt);
const dollars = z
  .string()
  .regex(/^\d{1,15}(?:\.\d{1,18})?$/, "an amount in dollars, as “1234.56”")
  .transform((text) => parseUnits(text, 18));

const scenarios = z.strictObject({
  scenarios: z
    .array(
      z.strictObject({
        name: z.string().max(64),
        words: z.string().max(200),
        shocksBps: z.record(z.string(), whole(-10_000, 1_000_000)).default({}),
        depthDivisor: whole(1, 1_000_000).default(1n),
        blocked: z.array(kind).default([]),
        gasFactor: whole(1, 1_000_000).default(1n),
        carryBps: whole(-10_000, 10_000).default(0n),
      }),
    )
    .min(1),
});

const position = z.strictObject({
  holdings: z
    .array(
      z.strictObject({
        asset: z.string().max(64),
        kind,
        valueUsd: dollars,
        /** The size whose sale moves the price by one per cent. */
        depthUsd: dollars,
        liquidationThresholdBps: whole(0, 10_000).default(0n),
      }),
    )
    .min(1),
  debts: z.array(z.strictObject({ asset: z.string().max(64), valueUsd: dollars })).default([]),
  gasUsd: dollars.default(0n),
});

const read = <T>(path: string, schema: z.ZodType<T>): T => {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    throw new UsageError(`${path} is no JSON file that can be read`);
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  throw new UsageError(`${path}: ${z.prettifyError(result.error)}`);
};

/** What is held and owed, and what a sale's gas costs. @throws UsageError where the file is no such file */
export const readPosition = (path: string): Position & { readonly gasUsd: bigint } => read(path, position);

/** Scenarios from a file, or those that come with the command. @throws UsageError where the file is no such file */
export const readScenarios = (path: string | undefined): readonly Scenario[] =>
  path === undefined ? scenarios.parse(shipped).scenarios : read(path, scenarios).scenarios;
