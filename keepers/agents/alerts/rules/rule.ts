import type { Severity } from "../../../core/alerts.ts";
import type { Address } from "../../../core/units.ts";
import type { FleetFacts } from "../facts.ts";

/** What an operator may set about the rules. */
export type AlertLimits = {
  /** In wei: below it whoever pays gas is short of money. */
  readonly balanceFloor: bigint;
  readonly maxResidentBytes: number;
  /** In basis points of the highest value within an hour. */
  readonly valueDropBps: bigint;
  readonly leastConfidenceBps: number;
  /** How far the oracles' price may lie from that of pools and endpoints, in basis points. */
  readonly marketGapBps: number;
  /** Volatility of the last minutes over that of the longest window. */
  readonly volatilityRatio: number;
  /** Tokens that should be worth one dollar. */
  readonly pegged: readonly Address[];
  readonly symbolOf: (token: Address) => string;
  /** Agents of this process that answer proposals, and the accounts that they sign with. */
  readonly voters: readonly { readonly name: string; readonly account: Address }[];
};

/** One subject for which a rule's condition holds, and what was seen. */
export type RuleFinding = { readonly subject: string; readonly what: string; readonly severity?: Severity };

/** What a condition is asked with. `isStanding`: whether the alert of a subject stands, so that limits may differ by it. */
export type RuleQuestion = {
  readonly facts: FleetFacts;
  readonly limits: AlertLimits;
  readonly isStanding: (subject: string) => boolean;
};

/**
 * One rule. Its condition must hold for `holdMs` before an alert stands, and be gone for `clearMs` before the alert is over.
 */
export type AlertRule = {
  readonly id: string;
  /** A finding may be of another severity. */
  readonly severity: Severity;
  readonly cause: string;
  readonly holdMs: number;
  readonly clearMs: number;
  /** What is wrong, in words that a subject follows. */
  readonly title: string;
  /** What to do first. */
  readonly next: string;
  /** Whether its alert is about everything here, so that it explains alerts of any subject. */
  readonly isWide?: true;
  /** Rules whose alerts explain this one: while one of the same subject, or a wide one, stands, no message tells of it. */
  readonly explainedBy?: readonly string[];
  readonly find: (question: RuleQuestion) => readonly RuleFinding[];
};

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;

/** The limit for what does not stand yet, and the one that ends what stands. */
export const hysteresis = <T>(isStanding: boolean, on: T, off: T): T => (isStanding ? off : on);
