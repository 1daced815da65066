import { maxOf, minOf } from "../core/integers.ts";
import { type JobTerms, termEnd } from "../core/jobTerms.ts";
import type { Hex } from "../core/hex.ts";
import type { Address } from "../core/units.ts";
import { type Act, type BatchClaim, identityOf } from "./act.ts";
import { bountyFrom, bountyOf, isClosing, isLive, isReceiver, penaltyOf, unclaimed } from "./channel.ts";
import type { PaymentsView, SeenChannel, SeenFees, SeenJob } from "./view.ts";
import type { ChannelTerms } from "./voucher.ts";
import { GAS, worthOf } from "./worth.ts";

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
  /** Channels in one batch, at the most. */
  readonly maxBatch: number;
  /** Whether closes of others' channels are answered for their bounty. */
  readonly watchesOthers: boolean;
  /** Deliveries of these workers are approved up to this price, in the token's units. */
  readonly trustedWorkers: ReadonlySet<Address>;
  readonly approveUpTo: bigint;
  /** Whether results of its jobs are put on the record of the agents that the terms name. */
  readonly recordsResults: boolean;
  /** Fees are divided from this sum on, in the token's units. */
  readonly divideFrom: bigint;
};

/** Why nothing is done about something. */
export type WaitReason =
  "too-dear" | "unpriced" | "limit-reached" | "purse-too-small" | "no-longer-open" | "bounty-later" | "no-rule";
export type PaymentDecision =
  | { readonly kind: "act"; readonly act: Act }
  | { readonly kind: "wait"; readonly id: string; readonly why: WaitReason };

type Judge = { readonly view: PaymentsView; readonly policy: PaymentsPolicy };

const wait = (id: string, why: WaitReason): PaymentDecision => ({ kind: "wait", id, why });

/** The act if it is worth its gas, else why not. */
const ifWorth = (act: Act, gas: bigint, { view, policy }: Judge): PaymentDecision => {
  const worth = worthOf(act, gas, { view, marginPercent: policy.marginPercent });
  return worth === "worth" ? { kind: "act", act } : wait(identityOf(act), worth);
};

/* CHANNELS THAT THE AGENT PAYS THROUGH */

/** What of the deposit nobody was promised yet. */
const free = ({ channel, voucher }: SeenChannel): bigint =>
  channel.deposited - maxOf(channel.paid, minOf(voucher?.total ?? 0n, channel.deposited));

const fill = (plan: ChannelPlan, seen: SeenChannel, { view }: Judge): readonly PaymentDecision[] => {
  const { channelId, terms, deposit, low, limit } = plan;
  const { state, deposited } = seen.channel;
  const { token } = terms;
  if (state !== "None" && state !== "Open") return [wait(channelId, "no-longer-open")];
  const left = state === "None" ? 0n : free(seen);
  if (state === "Open" && left >= low) return [];
  const amount = minOf(deposit - left, limit - deposited);
  if (amount <= 0n) return [wait(channelId, "limit-reached")];
  if ((view.purse.get(token) ?? 0n) < amount) return [wait(channelId, "purse-too-small")];
  const common = { channelId, terms, amount, token, gain: undefined, isUrgent: false };
  const act: Act =
    state === "None" ? { kind: "open", ...common } : { kind: "topUp", ...common, deposited: deposited + amount };
  return [{ kind: "act", act }];
};

const fills = (judge: Judge): readonly PaymentDecision[] =>
  judge.policy.plans.flatMap((plan) => {
    const seen = judge.view.channels.find(({ channelId }) => channelId === plan.channelId);
    return seen === undefined ? [] : fill(plan, seen, judge);
  });

/* VOUCHERS */

type Claimable = SeenChannel & { readonly voucher: NonNullable<SeenChannel["voucher"]>; readonly due: bigint };

const claimables = ({ view }: Judge): readonly Claimable[] =>
  view.channels.flatMap((seen) => {
    const { channel, voucher } = seen;
    if (voucher === undefined || !isLive(channel)) return [];
    const due = unclaimed(channel, voucher.total);
    // A voucher above the deposit is paid only once the payer puts in more; none that we accepted is.
    return due === 0n || voucher.total > channel.deposited ? [] : [{ ...seen, voucher, due }];
  });

const claimOf = ({ channelId, terms, voucher }: Claimable, gain: bigint, isUrgent: boolean): Act => ({
  kind: "claim",
  channelId,
  terms,
  total: voucher.total,
  signature: voucher.signature,
  token: terms.token,
  gain,
  isUrgent,
});

/** A close that leaves a voucher out. The receiver's side answers at once, a watcher once it is paid for it. */
const answer = (item: Claimable, judge: Judge): readonly PaymentDecision[] => {
  const { view, policy } = judge;
  const { channelId, terms, channel, due } = item;
  if (isReceiver(terms, policy.self)) return [ifWorth(claimOf(item, due, true), GAS.claim, judge)];
  // Who pays through a channel does not punish itself.
  if (!policy.watchesOthers || terms.payer === policy.self) return [];
  const from = bountyFrom(channel, terms) ?? view.time;
  if (view.time < from) return [wait(channelId, "bounty-later")];
  return [ifWorth(claimOf(item, bountyOf(due), false), GAS.claim, judge)];
};

const groupOf = ({ receiver, receiverAuthorizer, token, withdrawDelay }: ChannelTerms): string =>
  `${receiver} ${receiverAuthorizer} ${token} ${withdrawDelay}`;

type Compact = Claimable & { readonly compact: Hex };

const batch = (items: readonly Compact[], judge: Judge): readonly PaymentDecision[] => {
  const [first] = items;
  if (first === undefined) return [];
  const { token } = first.terms;
  const claims: readonly BatchClaim[] = items.map(({ channelId, terms, voucher, compact }) => ({
    channelId,
    terms,
    total: voucher.total,
    compact,
  }));
  const gain = items.reduce((sum, { due }) => sum + due, 0n);
  const gas = GAS.batch + GAS.batchEach * BigInt(items.length);
  return [ifWorth({ kind: "claimMany", claims, token, gain, isUrgent: false }, gas, judge)];
};

/** Claims of open channels: those of one receiver together, the largest first, as long as each pays for its own gas. */
const collect = (items: readonly Claimable[], judge: Judge): readonly PaymentDecision[] => {
  const { policy, view } = judge;
  const sorted = [...items].sort((a, b) => (a.due === b.due ? 0 : a.due > b.due ? -1 : 1));
  const groups = new Map<string, Compact[]>();
  for (const item of sorted) {
    const { compact } = item.voucher;
    const group = groups.get(groupOf(item.terms)) ?? [];
    const part = { token: item.terms.token, gain: item.due, isUrgent: false };
    const isWorth = worthOf(part, GAS.batchEach, { view, marginPercent: policy.marginPercent }) === "worth";
    if (compact === undefined || !isWorth || group.length >= policy.maxBatch) continue;
    groups.set(groupOf(item.terms), [...group, { ...item, compact }]);
  }
  const together = [...groups.values()].filter((group) => group.length > 1);
  const batched = new Set(together.flat().map(({ channelId }) => channelId));
  const alone = sorted.filter(({ channelId }) => !batched.has(channelId));
  return [
    ...together.flatMap((group) => batch(group, judge)),
    ...alone.map((item) => ifWorth(claimOf(item, item.due, false), GAS.claim, judge)),
  ];
};

/** A close whose delay is over: the payer gets the rest, the receiver what the payer loses for what it left out. */
const finish = (seen: SeenChannel, judge: Judge): readonly PaymentDecision[] => {
  const { channelId, terms, channel } = seen;
  const { self } = judge.policy;
  if (!isClosing(channel) || judge.view.time <= channel.closesAt) return [];
  const penalty = penaltyOf(channel);
  const rest = channel.deposited - channel.paid - penalty;
  const gain = terms.payer === self ? rest : isReceiver(terms, self) ? penalty : 0n;
  if (gain === 0n) return [];
  const act: Act = { kind: "finishClose", channelId, terms, token: terms.token, gain, isUrgent: false };
  return [ifWorth(act, GAS.finishClose, judge)];
};

/* JOBS */

const NOBODY = /^0x0{40}$/;
const judgeOf = ({ client, evaluator }: JobTerms): Address => (NOBODY.test(evaluator) ? client : evaluator);

/** What of a job that is timed out comes to the agent, in the token's units. */
const timeOutGain = ({ terms, job }: SeenJob, self: Address): bigint => {
  const earned = job.status === "Delivered" || job.status === "Disputed" ? terms.silent : 0n;
  if (self === terms.client) return job.reserved - earned;
  return self === terms.worker ? earned - (earned * job.feeBps) / 10_000n : 0n;
};

const record = ({ key, terms, isRecordable }: SeenJob, policy: PaymentsPolicy): readonly PaymentDecision[] => {
  if (!isRecordable || !policy.recordsResults) return [];
  return [{ kind: "act", act: { kind: "record", key, terms, token: terms.token, gain: undefined, isUrgent: false } }];
};

const settleJob = (seen: SeenJob, judge: Judge): readonly PaymentDecision[] => {
  const { view, policy } = judge;
  const { key, terms, job } = seen;
  const { token } = terms;
  const end = termEnd(job, terms);
  if (end === undefined) return record(seen, policy);
  if (view.time > end) {
    const gain = timeOutGain(seen, policy.self);
    if (gain === 0n) return [];
    return [ifWorth({ kind: "timeOut", key, terms, token, gain, isUrgent: false }, GAS.timeOut, judge)];
  }
  if (job.status !== "Delivered" || judgeOf(terms) !== policy.self) return [];
  const isByRule =
    terms.outcomeBps === 0n && terms.cap <= policy.approveUpTo && policy.trustedWorkers.has(terms.worker);
  if (!isByRule) return [wait(key, "no-rule")];
  return [{ kind: "act", act: { kind: "approve", key, terms, token, gain: undefined, isUrgent: false } }];
};

/* FEES */

const divide = ({ token, held, owed }: SeenFees, judge: Judge): readonly PaymentDecision[] => {
  const { view, policy } = judge;
  const due = owed.filter(
    ({ amount }) =>
      worthOf({ token, gain: amount, isUrgent: false }, GAS.divideEach, {
        view,
        marginPercent: policy.marginPercent,
      }) === "worth",
  );
  const sum = due.reduce((total, { amount }) => total + amount, held);
  if (sum === 0n || sum < policy.divideFrom) return [];
  const accounts = due.map(({ account }) => account);
  const act: Act = { kind: "divide", token, accounts, sum, gain: sum, isUrgent: false };
  return [ifWorth(act, GAS.divide + GAS.divideEach * BigInt(accounts.length), judge)];
};

/**
 * What to do, the most urgent first: answers to closes, soonest end leading; then the agent's own channels, claims, closes
 * that are ripe, jobs, fees. Only the first act that goes through should be made: the next block decides anew.
 */
export const decide = (view: PaymentsView, policy: PaymentsPolicy): readonly PaymentDecision[] => {
  const judge = { view, policy };
  const items = claimables(judge);
  const closing = items.filter(({ channel }) => isClosing(channel));
  const open = items.filter(({ channel, terms }) => !isClosing(channel) && isReceiver(terms, policy.self));
  const soonest = [...closing].sort((a, b) => Number(a.channel.closesAt - b.channel.closesAt));
  return [
    ...soonest.flatMap((item) => answer(item, judge)),
    ...fills(judge),
    ...collect(open, judge),
    ...view.channels.flatMap((seen) => finish(seen, judge)),
    ...view.jobs.flatMap((seen) => settleJob(seen, judge)),
    ...view.fees.flatMap((fees) => divide(fees, judge)),
  ];
};
