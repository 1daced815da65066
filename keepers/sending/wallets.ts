import type { Hex } from "../core/hex.ts";
import { type Address, type UnixSeconds, addSeconds, seconds } from "../core/units.ts";
import type { ChainTime, SendOperation } from "./operation.ts";
import type { Lane } from "./pipeline.ts";

/** How lanes are kept in funds. Amounts in wei. */
export type WalletPolicy = {
  /** A lane below this is topped up. */
  readonly minBalance: bigint;
  /** What a lane has after a top-up. */
  readonly targetBalance: bigint;
  /** A lane below this signs nothing: it could not pay for one transaction at the highest price. */
  readonly closeBelow: bigint;
  /** What the funding account keeps for its own transactions. */
  readonly fundingReserve: bigint;
  /** The most that all top-ups of 24 hours may come to, so that a lane that burns its gas does not empty the funds. */
  readonly maxPerDay: bigint;
  /** How long a transaction may be in flight before somebody is told, in blocks. */
  readonly stuckAfter: bigint;
};

/** Funds and nonces at one block. */
export type WalletSnapshot = {
  readonly now: ChainTime;
  readonly balances: ReadonlyMap<Address, bigint>;
  readonly fundingBalance: bigint;
  /** Transactions of the funding account that are mined. */
  readonly fundingNonce: bigint;
  /** What top-ups of the last 24 hours came to. */
  readonly spentToday: bigint;
};

/** A payment to a lane. */
export type TopUp = { readonly lane: Address; readonly amount: bigint };

/** Why no lane is topped up though one is low. */
export type TopUpRefusal = "funding-empty" | "daily-limit";

export type TopUpDecision =
  | { readonly kind: "none" }
  | { readonly kind: "pay"; readonly topUp: TopUp }
  | { readonly kind: "refused"; readonly lane: Address; readonly why: TopUpRefusal };

/** The lane with the least, if it has too little. */
const neediest = (
  balances: ReadonlyMap<Address, bigint>,
  minBalance: bigint,
): { readonly lane: Address; readonly balance: bigint } | undefined =>
  [...balances]
    .map(([lane, balance]) => ({ lane, balance }))
    .filter(({ balance }) => balance < minBalance)
    .toSorted((a, b) => (a.balance < b.balance ? -1 : a.balance > b.balance ? 1 : a.lane < b.lane ? -1 : 1))
    .at(0);

/**
 * Which lane to top up. One at a time, and the neediest first: the next one is decided on once the payment shows in the
 * balances.
 */
export const decideTopUp = (
  { balances, fundingBalance, spentToday }: WalletSnapshot,
  { minBalance, targetBalance, fundingReserve, maxPerDay }: WalletPolicy,
): TopUpDecision => {
  const found = neediest(balances, minBalance);
  if (found === undefined) return { kind: "none" };
  const { lane, balance } = found;
  const amount = targetBalance - balance;
  if (spentToday + amount > maxPerDay) return { kind: "refused", lane, why: "daily-limit" };
  if (fundingBalance < amount + fundingReserve) return { kind: "refused", lane, why: "funding-empty" };
  return { kind: "pay", topUp: { lane, amount } };
};

const TOP_UP_SECONDS = seconds(120n);

/**
 * A top-up as an operation of the funding account's pipeline. Its identity is the lane and the funding account's nonce, which
 * a payment uses up: while one is on its way, the same decision has the same identity. [NX-WAL-03]
 */
export const topUpOperation = (
  { lane, amount }: TopUp,
  fundingNonce: bigint,
  { hash, time }: { readonly hash: (text: string) => Hex; readonly time: UnixSeconds },
): SendOperation => ({
  id: hash(`top-up ${lane} ${fundingNonce}`),
  call: { target: lane, data: "0x" },
  value: amount,
  priority: 0,
  urgency: "normal",
  deadline: addSeconds(time, TOP_UP_SECONDS),
  endsOnChain: false,
  guards: [],
});

/** Closes lanes that cannot pay, and opens those that can again. */
export const applyBalances = (
  lanes: readonly Lane[],
  balances: ReadonlyMap<Address, bigint>,
  { closeBelow }: WalletPolicy,
): void => {
  for (const lane of lanes) {
    const balance = balances.get(lane.account);
    // One whose balance is not known goes on as it is.
    if (balance !== undefined) lane.closedWhy = balance < closeBelow ? `it has ${balance} wei` : undefined;
  }
};

/** What a person must know of a lane, and what to do. */
export type LaneTrouble = {
  readonly code: "lane-unfunded" | "lane-stuck" | "lane-nonce-gap";
  readonly account: Address;
  readonly what: string;
  readonly next: string;
};

const stuckOf = (lane: Lane, { now }: WalletSnapshot, { stuckAfter }: WalletPolicy): readonly LaneTrouble[] =>
  lane.flights
    .filter(({ tx }) => now.block >= tx.block + stuckAfter)
    .slice(0, 1)
    .map(({ tx }) => ({
      code: "lane-stuck",
      account: lane.account,
      what: `${tx.transaction} is in flight since block ${tx.block}, at ${tx.gasPrice} wei per gas`,
      next: `see nexus tx show ${tx.transaction}: raise the cap of the gas price, or cancel it`,
    }));

/**
 * What is wrong with the lanes: no funds, a transaction that takes too long, or one whose nonce lies above the account's, so
 * that it waits for another one that nobody has. [NX-SND-02]
 * @param nonces transactions of each account that are mined
 */
export const laneTroubles = (
  lanes: readonly Lane[],
  { snapshot, nonces }: { readonly snapshot: WalletSnapshot; readonly nonces: ReadonlyMap<Address, bigint> },
  policy: WalletPolicy,
): readonly LaneTrouble[] =>
  lanes.flatMap((lane) => {
    const { account, closedWhy, flights } = lane;
    const unfunded: readonly LaneTrouble[] =
      closedWhy === undefined
        ? []
        : [
            {
              code: "lane-unfunded",
              account,
              what: closedWhy,
              next: `send funds to ${account}, or to the funding account`,
            },
          ];
    const own = flights.map(({ tx }) => tx.accountNonce);
    const lowest = own.reduce<bigint | undefined>((min, n) => (min === undefined || n < min ? n : min), undefined);
    const mined = nonces.get(account);
    const isGap = lowest !== undefined && mined !== undefined && lowest > mined;
    const gap: readonly LaneTrouble[] = isGap
      ? [
          {
            code: "lane-nonce-gap",
            account,
            what: `its next transaction has nonce ${lowest}, and the chain waits for ${mined}`,
            next: `cancel it; the lane goes on with nonce ${mined}`,
          },
        ]
      : [];
    return [...unfunded, ...gap, ...stuckOf(lane, snapshot, policy)];
  });
