import { maxOf, minOf } from "../../core/integers.ts";
import type { Hex } from "../../core/hex.ts";
import type { ValuedOperation, BatchClaim } from "./operation.ts";
import { bountyFrom, bountyOf, isClosing, isLive, isReceiver, penaltyOf, unclaimed } from "./channel.ts";
import { decideJob } from "./jobs.ts";
import { type ChannelPlan, type Judge, type PaymentDecision, type PaymentsPolicy, ifWorth, wait } from "./policy.ts";
import type { PaymentsSnapshot, SeenChannel, SeenFees } from "./moneySnapshot.ts";
import type { ChannelTerms } from "./voucher.ts";
import { GAS, worthOf } from "./worth.ts";

export type { ChannelPlan, PaymentDecision, PaymentsPolicy, WaitReason } from "./policy.ts";

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
  if ((view.available.get(token) ?? 0n) < amount) return [wait(channelId, "balance-too-small")];
  const common = { channelId, terms, amount, token, gain: undefined, isUrgent: false };
  const operation: ValuedOperation =
    state === "None" ? { kind: "open", ...common } : { kind: "topUp", ...common, deposited: deposited + amount };
  return [{ kind: "operate", operation }];
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

const pendingPayoutOf = (
  { channelId, terms, voucher }: Claimable,
  gain: bigint,
  isUrgent: boolean,
): ValuedOperation => ({
  kind: "claim",
  channelId,
  terms,
  total: voucher.total,
  signature: voucher.signature,
  token: terms.token,
  gain,
  isUrgent,
});

/** A close that leaves a voucher out. The receiver's side answers at once, a watchtower once it is paid for it. */
const answer = (item: Claimable, judge: Judge): readonly PaymentDecision[] => {
  const { view, policy } = judge;
  const { channelId, terms, channel, due } = item;
  if (isReceiver(terms, policy.self)) return [ifWorth(pendingPayoutOf(item, due, true), GAS.claim, judge)];
  // Who pays through a channel does not punish itself.
  if (!policy.watchesOthers || terms.payer === policy.self) return [];
  const from = bountyFrom(channel, terms) ?? view.time;
  if (view.time < from) return [wait(channelId, "bounty-later")];
  return [ifWorth(pendingPayoutOf(item, bountyOf(due), false), GAS.claim, judge)];
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
    ...alone.map((item) => ifWorth(pendingPayoutOf(item, item.due, false), GAS.claim, judge)),
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
  const operation: ValuedOperation = {
    kind: "finalizeClose",
    channelId,
    terms,
    token: terms.token,
    gain,
    isUrgent: false,
  };
  return [ifWorth(operation, GAS.finalizeClose, judge)];
};

/* FEES */

const divide = ({ token, held, owed }: SeenFees, judge: Judge): readonly PaymentDecision[] => {
  const { view, policy } = judge;
  const { marginPercent, maxBatch } = policy;
  const isWorth = (gain: bigint): boolean =>
    worthOf({ token, gain, isUrgent: false }, GAS.divideEach, { view, marginPercent }) === "worth";
  // The largest first, and no more than a block takes; the others follow in the next round.
  const due = owed
    .filter(({ amount }) => isWorth(amount))
    .toSorted((a, b) => (a.amount === b.amount ? 0 : a.amount > b.amount ? -1 : 1))
    .slice(0, maxBatch);
  const sum = due.reduce((total, { amount }) => total + amount, held);
  if (sum === 0n || sum < policy.divideFrom) return [];
  const accounts = due.map(({ account }) => account);
  const operation: ValuedOperation = { kind: "divide", token, accounts, sum, gain: sum, isUrgent: false };
  return [ifWorth(operation, GAS.divide + GAS.divideEach * BigInt(accounts.length), judge)];
};

/**
 * What to do, the most urgent first: answers to closes, soonest end leading; then the agent's own channels, claims, closes
 * that are ripe, jobs, fees. Only the first act that goes through should be made: the next block decides again.
 */
export const decide = (view: PaymentsSnapshot, policy: PaymentsPolicy): readonly PaymentDecision[] => {
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
    ...view.jobs.flatMap((seen) => decideJob(seen, judge)),
    ...view.fees.flatMap((fees) => divide(fees, judge)),
  ];
};
