import { FatalError } from "../core/errors.ts";
import { type KeeperConfig, configSchema } from "./schema.ts";

/** Environment variable → where its value goes. README.md of each agent says what it means. */
export const VARIABLES = {
  NEXUS_RPC_URL: ["rpcUrl"],
  NEXUS_CHAIN_ID: ["chainId"],
  NEXUS_ADDRESS_BOOK: ["addressBook"],
  NEXUS_DATA_DIR: ["dataDir"],
  NEXUS_DRY_RUN: ["dryRun"],
  NEXUS_AGENTS: ["agents"],
  NEXUS_TICK_DEADLINE_MS: ["tickDeadlineMs"],
  NEXUS_BUS_CAPACITY: ["busCapacity"],
  NEXUS_NATIVE_TOKEN: ["nativeToken"],
  NEXUS_BASE_TOKEN: ["baseToken"],
  NEXUS_ARBITRAGE_MIN_PROFIT: ["arbitrage", "minProfit"],
  NEXUS_ARBITRAGE_GAS_OVERHEAD: ["arbitrage", "gasOverhead"],
  NEXUS_ARBITRAGE_GAS_PER_V2_HOP: ["arbitrage", "gasPerV2Hop"],
  NEXUS_ARBITRAGE_GAS_PER_V3_HOP: ["arbitrage", "gasPerV3Hop"],
  NEXUS_ARBITRAGE_MAX_HOPS: ["arbitrage", "maxHops"],
  NEXUS_ARBITRAGE_LIFETIME_SECONDS: ["arbitrage", "lifetimeSeconds"],
  NEXUS_ARBITRAGE_TICK_REACH_WORDS: ["arbitrage", "tickReachWords"],
  NEXUS_RISK_MAX_DEADLINE_SECONDS: ["risk", "maxDeadlineSeconds"],
  NEXUS_RISK_MAX_AGE_BLOCKS: ["risk", "maxAgeBlocks"],
  NEXUS_RISK_MAX_LOSS_USD: ["risk", "maxLossUsd"],
  NEXUS_RISK_MIN_GAIN_USD: ["risk", "minGainUsd"],
  NEXUS_RISK_CLAIM_TOLERANCE_BPS: ["risk", "claimToleranceBps"],
  NEXUS_RISK_MAX_PRICE_DEVIATION_BPS: ["risk", "maxPriceDeviationBps"],
  NEXUS_RISK_BALLOT_DEADLINE_SECONDS: ["risk", "ballotDeadlineSeconds"],
  NEXUS_RISK_BALLOT_LOSS_USD: ["risk", "ballotLossUsd"],
  NEXUS_RISK_BALLOT_POSITION_USD: ["risk", "ballotPositionUsd"],
  NEXUS_REBALANCE_TARGETS: ["rebalance", "targets"],
  NEXUS_REBALANCE_BAND_BPS: ["rebalance", "bandBps"],
  NEXUS_REBALANCE_MAX_TRADE_USD: ["rebalance", "maxTradeUsd"],
  NEXUS_REBALANCE_SLIPPAGE_BPS: ["rebalance", "slippageBps"],
  NEXUS_REBALANCE_LIFETIME_SECONDS: ["rebalance", "lifetimeSeconds"],
  NEXUS_REBALANCE_EVERY_BLOCKS: ["rebalance", "everyBlocks"],
  NEXUS_REBALANCE_COOLDOWN_SECONDS: ["rebalance", "cooldownSeconds"],
  NEXUS_STEWARD_COLLECT_BLOCKS: ["steward", "collectBlocks"],
  NEXUS_EXECUTION_MAX_AGE_BLOCKS: ["execution", "maxAgeBlocks"],
  NEXUS_EXECUTION_TIP_WEI: ["execution", "tipWei"],
  NEXUS_EXECUTION_MAX_GAS_PRICE_WEI: ["execution", "maxGasPriceWei"],
  NEXUS_EXECUTION_GAS_MARGIN_PERCENT: ["execution", "gasMarginPercent"],
  NEXUS_EXECUTION_RECORD_OUTCOMES: ["execution", "recordOutcomes"],
  NEXUS_PAYMENTS_CHANNELS: ["payments", "channels"],
  NEXUS_PAYMENTS_VOUCHER_STORES: ["payments", "voucherStores"],
  NEXUS_PAYMENTS_FROM_BLOCK: ["payments", "fromBlock"],
  NEXUS_PAYMENTS_CLAIM_MARGIN_PERCENT: ["payments", "claimMarginPercent"],
  NEXUS_PAYMENTS_MAX_BATCH: ["payments", "maxBatch"],
  NEXUS_PAYMENTS_WATCH_OTHERS: ["payments", "watchOthers"],
  NEXUS_PAYMENTS_TRUSTED_WORKERS: ["payments", "trustedWorkers"],
  NEXUS_PAYMENTS_APPROVE_UP_TO: ["payments", "approveUpTo"],
  NEXUS_PAYMENTS_RECORD_RESULTS: ["payments", "recordResults"],
  NEXUS_PAYMENTS_RECORD_BUDGET_WEI: ["payments", "recordBudgetWei"],
  NEXUS_PAYMENTS_DIVIDE_FROM: ["payments", "divideFrom"],
  NEXUS_PAYMENTS_LIFETIME_SECONDS: ["payments", "lifetimeSeconds"],
  NEXUS_BUS_REDIS: ["bus", "redis"],
  NEXUS_BUS_PREFIX: ["bus", "prefix"],
  NEXUS_NODE_REQUEST_TIMEOUT_MS: ["node", "requestTimeoutMs"],
  NEXUS_NODE_RECONNECT_DELAY_MS: ["node", "reconnectDelayMs"],
  NEXUS_NODE_READY_TIMEOUT_MS: ["node", "readyTimeoutMs"],
  NEXUS_NODE_SILENCE_MS: ["node", "silenceMs"],
  NEXUS_NODE_BASE_FEE_FLOOR: ["node", "baseFeeFloor"],
} as const satisfies Readonly<Record<string, readonly [string] | readonly [string, string]>>;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const nameOf = (path: readonly PropertyKey[]): string => {
  // An item of a list has no variable of its own.
  const dotted = path
    .filter((part) => typeof part !== "number")
    .map(String)
    .join(".");
  const variable = Object.entries(VARIABLES).find(([, at]) => at.join(".") === dotted);
  return variable === undefined ? dotted || "(top)" : `${dotted} (${variable[0]})`;
};

const place = (
  target: Readonly<Record<string, unknown>>,
  [first, second]: readonly string[],
  value: unknown,
): Readonly<Record<string, unknown>> => {
  if (first === undefined) return target;
  if (second === undefined) return { ...target, [first]: value };
  const inner = target[first];
  return { ...target, [first]: { ...(isRecord(inner) ? inner : {}), [second]: value } };
};

/** Names that begin like ours and are none: a slip of the pen would otherwise be silently ignored. */
const strangers = (environment: Readonly<Record<string, string | undefined>>, alsoKnown: readonly string[]) =>
  Object.keys(environment)
    .filter((name) => name.startsWith("NEXUS_") && !(name in VARIABLES) && !alsoKnown.includes(name))
    .map((name) => `${name}: no such variable`);

/**
 * One frozen configuration from a file's JSON and the environment, which wins.
 * @param file what `JSON.parse` returned, or undefined for none
 * @param alsoKnown variables of other parts of the system that may be set
 * @throws FatalError with one line for each fault
 */
export const loadConfig = (
  file: unknown,
  environment: Readonly<Record<string, string | undefined>>,
  alsoKnown: readonly string[] = [],
): KeeperConfig => {
  if (file !== undefined && !isRecord(file)) throw new FatalError("the configuration file is no JSON object");
  const merged = Object.entries(VARIABLES).reduce<Readonly<Record<string, unknown>>>((config, [name, path]) => {
    const value = environment[name];
    return value === undefined ? config : place(config, path, value);
  }, file ?? {});
  const parsed = configSchema.safeParse(merged);
  const faults = [
    ...strangers(environment, alsoKnown),
    ...(parsed.error?.issues ?? []).map(({ path, message }) => `${nameOf(path)}: ${message}`),
  ];
  if (parsed.success && faults.length === 0) return parsed.data;
  throw new FatalError(`the configuration has ${faults.length} fault(s):\n  ${faults.join("\n  ")}`);
};
