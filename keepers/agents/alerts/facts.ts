import type { MessageChannelState, FeedState } from "../../core/alerts.ts";
import type { ChainSnapshot } from "../../core/chainSnapshot.ts";
import type { PositionAlert } from "../../core/positionAlert.ts";
import type { AgentState } from "../../core/events.ts";
import type { UnixSeconds } from "../../core/units.ts";
import type { Activity } from "./activity.ts";

/** What is known of one agent of this process. Times in Unix milliseconds. */
export type AgentFacts = {
  readonly name: string;
  /** Undefined before it was connected for the first time. */
  readonly isUp: boolean | undefined;
  /** Why it is cut off, in words of a node. */
  readonly detail: string;
  /** When its connection came up or went down lately. */
  readonly turnsMs: readonly number[];
  readonly decisions: number;
  readonly lastDecisionMs: number | undefined;
  readonly troublesMs: readonly number[];
  readonly lastTrouble: string;
  readonly state: AgentState | undefined;
  /** The largest weight that it had since this process watches. */
  readonly bestWeight: bigint;
  /** Since when its vote key counts, and from when on another one is due; undefined before it is known. */
  readonly voteKey: { readonly since: UnixSeconds; readonly askFrom: UnixSeconds | undefined } | undefined;
  readonly activity: Activity;
};

/** A transaction on its way, or a proposal on the slow path that nobody has ended. */
export type OpenTransaction = { readonly agent: string; readonly transaction: string; readonly sentMs: number };
export type OpenProposal = {
  readonly hash: string;
  readonly openedMs: number;
  readonly answeredBy: ReadonlySet<string>;
  readonly isQueued: boolean;
  /** Why its next step cannot be taken, and since when. */
  readonly blocked: { readonly reason: string; readonly sinceMs: number } | undefined;
};

/** Something that happened once and is worth knowing for a while. */
export type Happening = { readonly subject: string; readonly what: string; readonly atMs: number };

/** What is read at each round beside the events. */
export type ProcessReadings = {
  /** When the newest block was seen; undefined before the first. */
  readonly headMs: number | undefined;
  readonly residentBytes: number;
  /** By how many milliseconds the timer of the rounds was late. */
  readonly lagMs: number;
  /** Of those who pay gas, in wei, by name. */
  readonly balances: ReadonlyMap<string, bigint>;
};

/** Everything that rules look at. */
export type FleetFacts = {
  readonly nowMs: number;
  readonly startedMs: number;
  readonly agents: ReadonlyMap<string, AgentFacts>;
  readonly view: ChainSnapshot | undefined;
  /** When an agent told of a newer block than any before. */
  readonly viewMs: number | undefined;
  /** Since when the treasury's value has been unknown; undefined while it is known. */
  readonly valueLostMs: number | undefined;
  /** Middle of the treasury's value by minute, oldest first, in units of the base asset. */
  readonly values: readonly { readonly minute: number; readonly value: bigint }[];
  readonly feeds: readonly FeedState[];
  readonly transactions: ReadonlyMap<string, OpenTransaction>;
  readonly results: readonly { readonly isEnacted: boolean; readonly atMs: number }[];
  readonly proposals: ReadonlyMap<string, OpenProposal>;
  readonly vetoes: readonly Happening[];
  readonly failedPayments: readonly Happening[];
  /** The last answer about prices that was not used, by the endpoint or source that it was about. */
  readonly refusedAnswers: ReadonlyMap<string, Happening>;
  /** How each risk manager's watched positions stand, by manager and token. */
  readonly positions: ReadonlyMap<string, PositionAlert>;
  readonly process: ProcessReadings;
  readonly channels: readonly MessageChannelState[];
};

const NOTHING_READ: ProcessReadings = { headMs: undefined, residentBytes: 0, lagMs: 0, balances: new Map() };

export const emptyFacts = (nowMs: number): FleetFacts => ({
  nowMs,
  startedMs: nowMs,
  agents: new Map(),
  view: undefined,
  viewMs: undefined,
  valueLostMs: undefined,
  values: [],
  feeds: [],
  transactions: new Map(),
  results: [],
  proposals: new Map(),
  vetoes: [],
  failedPayments: [],
  refusedAnswers: new Map(),
  positions: new Map(),
  process: NOTHING_READ,
  channels: [],
});
