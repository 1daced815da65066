import { readFileSync } from "node:fs";
import { z } from "zod";
import { settings as arbitrage } from "../../keepers/agents/arbitrage/config.ts";
import { settings as execution } from "../../keepers/agents/execution/config.ts";
import { optimiseOf, settings as rebalance } from "../../keepers/agents/rebalance/config.ts";
import { settings as risk } from "../../keepers/agents/risk/config.ts";
import { settings as steward } from "../../keepers/agents/steward/config.ts";
import type { FleetPolicy } from "../../keepers/backtest/fleet.ts";
import type { SimulationPlan } from "../../keepers/backtest/plan.ts";
import type { SendingTerms } from "../../keepers/backtest/sending.ts";
import { gasPriceFor } from "../../keepers/core/gasPrice.ts";
import { type Address, seconds } from "../../keepers/core/units.ts";
import { sizingOf } from "../../keepers/quant/risk/sizing.ts";
import { UsageError } from "../lib/command.ts";
import { SPREAD } from "../sandbox/fleet.ts";
import { TOKENS, tokenAt } from "./plan.ts";

/** A fleet's settings by kind, each as in the configuration of keepers; what is not named is the sandbox's. */
const document = z.strictObject({
  arbitrage: arbitrage.prefault({}),
  risk: risk.prefault({}),
  rebalance: rebalance.prefault(SPREAD),
  execution: execution.prefault({}),
  steward: steward.prefault({}),
});
type Settings = z.output<typeof document>;

/** A policy as the backtest takes it. `text`: the settings as JSON, which says what was tested. */
export type BacktestPolicy = {
  readonly fleet: FleetPolicy;
  readonly gas: SimulationPlan["gas"];
  readonly sending: (latencyBlocks: number) => SendingTerms;
  readonly text: string;
};

/** Where a token of the market lies. @throws UsageError for a symbol that it does not have */
const namedToken = (symbol: string): Address => {
  const token = Object.values(TOKENS).find(({ name }) => name === symbol);
  if (token === undefined) throw new UsageError(`the policy names the token ${symbol}, which is unknown`);
  return tokenAt(token.name);
};

const targetsOf = ({ rebalance: own }: Settings) =>
  new Map(
    Object.entries(own.targets).map(([symbol, bps]) => {
      if (symbol === "USDC") throw new UsageError("the policy has a target for USDC, which is the rest");
      return [namedToken(symbol), bps] as const;
    }),
  );

const fleetOf = (settings: Settings): FleetPolicy => {
  const { arbitrage: searcher, risk: reviewer, rebalance: own, execution: engine } = settings;
  const base = tokenAt("USDC");
  const policy = {
    minProfit: searcher.minProfit,
    gasOverhead: searcher.gasOverhead,
    gasPerHop: { v2: searcher.gasPerV2Hop, v3: searcher.gasPerV3Hop },
    maxHops: searcher.maxHops,
    lifetime: seconds(searcher.lifetimeSeconds),
    maxPlans: 1,
  };
  const ballots = {
    maxDeadlineSeconds: reviewer.slowVoteDeadlineSeconds,
    maxLossUsd: reviewer.slowVoteLossUsd,
    maxPositionUsd: reviewer.slowVotePositionUsd,
    maxPriceDeviationBps: reviewer.maxPriceDeviationBps,
    base,
    sizing: sizingOf(reviewer.riskBudgetPips, reviewer.riskToleranceBps),
  };
  const { bandBps, edgeBps, maxTradeUsd, slippageBps } = own;
  const spread = {
    base,
    targets: targetsOf(settings),
    bandBps,
    edgeBps,
    maxTradeUsd,
    slippageBps,
    lifetime: seconds(own.lifetimeSeconds),
    sizing: sizingOf(own.riskBudgetPips),
    optimise: optimiseOf(own, namedToken),
  };
  return {
    arbitrage: { policy, gasTerms: { tip: engine.tipWei, maxGasPrice: engine.maxGasPriceWei } },
    risk: { policy: reviewer, ballots },
    rebalance: { policy: spread, everyBlocks: own.everyBlocks, cooldown: seconds(own.cooldownSeconds) },
  };
};

const policyOf = (settings: Settings): BacktestPolicy => {
  const { arbitrage: searcher, execution: engine, steward: patience } = settings;
  const fleet = fleetOf(settings);
  const { gasTerms } = fleet.arbitrage;
  return {
    fleet,
    gas: { overhead: searcher.gasOverhead, perHop: fleet.arbitrage.policy.gasPerHop },
    sending: (latencyBlocks) => ({
      latencyBlocks: BigInt(latencyBlocks),
      maxAgeBlocks: engine.maxAgeBlocks,
      gasPrice: (baseFee) => gasPriceFor(baseFee, gasTerms, undefined) ?? gasTerms.maxGasPrice,
      collectionBlocks: patience.collectionBlocks,
    }),
    text: JSON.stringify(settings, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value)),
  };
};

/** The policy of the sandbox's fleet. */
export const sandboxPolicy = (): BacktestPolicy => policyOf(document.parse({}));

/**
 * Reads a policy: JSON with the settings of each kind as the keepers' configuration has them; what it does not name is the
 * sandbox's.
 * @throws UsageError where the file cannot be read or says something else
 */
export const readPolicy = (path: string): BacktestPolicy => {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    throw new UsageError(`${path} is no JSON file that can be read`);
  }
  const parsed = document.safeParse(json);
  if (parsed.success) return policyOf(parsed.data);
  throw new UsageError(`${path}: ${z.prettifyError(parsed.error)}`);
};
