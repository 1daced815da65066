import type { Hex } from "../../core/hex.ts";
import type { Address } from "../../core/units.ts";
import { type ValuedOperation, identityOf } from "./operation.ts";
import type { PaymentsSnapshot } from "./moneySnapshot.ts";
import type { ChannelTerms } from "./voucher.ts";
import { worthOf } from "./worth.ts";

/** A channel that the agent pays through. Amounts in the token's units. */
export type ChannelPlan = {
  readonly channelId: Hex;
  readonly terms: ChannelTerms;
  /** What it is opened with, and what is left in it after each top-up. */
  readonly deposit: bigint;
  /** It is topped up when less than this is left. */
  readonly low: bigint;
  /** What is put in at the most, in all. */
  readonly limit: bigint;
};

export type PaymentsPolicy = {
  readonly self: Address;
  readonly plans: readonly ChannelPlan[];
  /** What a claim must bring above its gas, in percent. */
  readonly marginPercent: bigint;
  /** Channels, or accounts that owe fees, in one batch, at the most. */
  readonly maxBatch: number;
  /** Whether closes of others' channels are answered for their bounty. */
  readonly watchesOthers: boolean;
  /** Deliveries of these workers are approved up to this price, in the token's units. */
  readonly trustedWorkers: ReadonlySet<Address>;
  readonly approveUpTo: bigint;
  /** Whether results of its jobs are put on the record of the agents that the terms name. */
  readonly recordsResults: boolean;
  /** What that may cost in a day, in wei. */
  readonly recordBudget: bigint;
  /** Fees are divided from this sum on, in the token's units. */
  readonly divideFrom: bigint;
};

/** Why nothing is done about something. */
export type WaitReason =
  | "too-dear"
  | "unpriced"
  | "limit-reached"
  | "balance-too-small"
  | "no-longer-open"
  | "bounty-later"
  | "no-rule"
  | "budget-spent";
export type PaymentDecision =
  | { readonly kind: "operate"; readonly operation: ValuedOperation }
  | { readonly kind: "wait"; readonly id: string; readonly why: WaitReason };

/** What everything is decided by. */
export type Judge = { readonly view: PaymentsSnapshot; readonly policy: PaymentsPolicy };

export const wait = (id: string, why: WaitReason): PaymentDecision => ({ kind: "wait", id, why });

/** The act if it is worth its gas, else why not. */
export const ifWorth = (operation: ValuedOperation, gas: bigint, { view, policy }: Judge): PaymentDecision => {
  const worth = worthOf(operation, gas, { view, marginPercent: policy.marginPercent });
  return worth === "worth" ? { kind: "operate", operation } : wait(identityOf(operation), worth);
};
