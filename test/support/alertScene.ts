import type {
  MessageChannelState,
  FeedState,
  MarketState,
  SourceState,
  StandingAlert,
} from "../../keepers/core/alerts.ts";
import type { ChainSnapshot } from "../../keepers/core/chainSnapshot.ts";
import type { KeeperEvent } from "../../keepers/core/events.ts";
import { blockNumber, unixSeconds } from "../../keepers/core/units.ts";
import { type FleetFacts, type ProcessReadings, emptyFacts } from "../../keepers/agents/alerts/facts.ts";
import { applyFact } from "../../keepers/agents/alerts/fold.ts";
import { RULES } from "../../keepers/agents/alerts/rules/all.ts";
import type { AlertLimits } from "../../keepers/agents/alerts/rules/rule.ts";
import { type Attention, type AlertEntries, alertsOf, judged } from "../../keepers/agents/alerts/standing.ts";
import { USDC, WSEI, account, chainSnapshot } from "./keeperBuilders.ts";

const SECOND_MS = 1_000;
export const START_MS = 1_800_000_000_000;
const MEBIBYTE = 1_048_576;
export const SEI = 10n ** 18n;

export const LIMITS: AlertLimits = {
  balanceFloor: SEI,
  maxResidentBytes: 1_024 * MEBIBYTE,
  valueDropBps: 300n,
  leastConfidenceBps: 2_500,
  marketGapBps: 200,
  volatilityRatio: 3,
  pegged: [USDC],
  symbolOf: (token) => (token === USDC ? "USDC" : token === WSEI ? "WSEI" : token),
  voters: ["risk-1", "risk-2"].map((name, index) => ({ name, account: account(0x5001 + index) })),
};

/** A fleet as the alerts agent sees it, in which time passes by seconds. */
export type AlertScene = {
  readonly hear: (...events: readonly KeeperEvent[]) => AlertScene;
  /** Lets seconds pass; blocks come in each, unless the chain stands. */
  readonly pass: (seconds: number) => AlertScene;
  readonly see: (changes: Partial<ChainSnapshot>) => AlertScene;
  readonly read: (readings: Partial<ProcessReadings>) => AlertScene;
  readonly tellChannels: (channels: readonly MessageChannelState[]) => AlertScene;
  readonly stopChain: () => AlertScene;
  readonly nowMs: () => number;
  readonly alerts: (attention?: Attention) => readonly StandingAlert[];
  /** Ids of the alerts of a rule that stand. */
  readonly of: (rule: string) => readonly string[];
};

const NOBODY: Attention = { acknowledged: new Map(), silences: [] };

export const createAlertScene = (): AlertScene => {
  let nowMs = START_MS;
  let block = 100n;
  let isStopped = false;
  let facts: FleetFacts = emptyFacts(nowMs);
  let entries: AlertEntries = new Map();
  let process: ProcessReadings = { headMs: nowMs, residentBytes: MEBIBYTE, lagMs: 0, balances: new Map() };
  const hear: AlertScene["hear"] = (...events) => {
    for (const event of events) facts = applyFact(facts, event, nowMs);
    return scene;
  };
  const judge = (): void => {
    facts = { ...facts, nowMs, process };
    entries = judged(entries, { rules: RULES, facts, limits: LIMITS });
  };
  const see: AlertScene["see"] = (changes) => {
    block += 1n;
    const time = unixSeconds(BigInt(Math.floor(nowMs / SECOND_MS)));
    hear({
      kind: "snapshot",
      agent: "searcher",
      view: chainSnapshot({ block: blockNumber(block), time, ...changes }),
      pools: [],
      tookMs: 1,
    });
    judge();
    return scene;
  };
  const pass: AlertScene["pass"] = (seconds) => {
    for (let left = seconds; left > 0; left -= 1) {
      nowMs += SECOND_MS;
      if (!isStopped) process = { ...process, headMs: nowMs };
      judge();
    }
    return scene;
  };
  const alerts: AlertScene["alerts"] = (attention = NOBODY) => alertsOf(entries, attention, nowMs);
  const scene: AlertScene = {
    hear,
    pass,
    see,
    read: (readings) => {
      process = { ...process, ...readings };
      return scene;
    },
    tellChannels: (channels) => {
      facts = { ...facts, channels };
      return scene;
    },
    stopChain: () => {
      isStopped = true;
      return scene;
    },
    nowMs: () => nowMs,
    alerts,
    of: (rule) => alerts().flatMap((one) => (one.rule === rule && one.resolvedMs === undefined ? [one.id] : [])),
  };
  return scene;
};

export const sourceState = (changes: Partial<SourceState> = {}): SourceState => ({
  name: "API3",
  state: "Agreeing",
  ageSeconds: 10,
  maxAge: 1_800,
  offBps: 0,
  lateSeconds: 0,
  ...changes,
});

/** Two pools and an endpoint that agree with the oracles. */
export const marketState = (changes: Partial<MarketState> = {}): MarketState => ({
  status: "Ready",
  middle: 2_000n * 10n ** 18n,
  confidenceBps: 9_000,
  gapBps: 5,
  sources: ["pool A", "pool B", "Pyth"].map((name) => ({ name, state: "Agreeing", price: 2_000n * 10n ** 18n })),
  depths: [{ pool: "pool A", mid: 2_000n * 10n ** 18n, sellLossBps: 35, buyLossBps: undefined }],
  ...changes,
});

export const feedState = (changes: Partial<FeedState> = {}): FeedState => ({
  asset: "WETH",
  status: "Ready",
  confidenceBps: 8_000,
  agreeing: 3,
  quorum: 2,
  sources: ["API3", "Pyth", "RedStone"].map((name) => sourceState({ name })),
  volatilityRatio: 1,
  volatility: undefined,
  market: undefined,
  ...changes,
});

/** The monitor's word about one asset. */
export const feedsEvent = (changes: Partial<FeedState> = {}): KeeperEvent => ({
  kind: "feeds",
  agent: "monitor",
  block: blockNumber(1n),
  feeds: [feedState(changes)],
  book: undefined,
});
