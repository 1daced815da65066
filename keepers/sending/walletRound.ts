import type { Hex } from "../core/hex.ts";
import type { HistoryStore } from "../core/store.ts";
import type { Address, BlockNumber } from "../core/units.ts";
import type { ChainTime, SubmitAnswer } from "./operation.ts";
import { type Pipeline, submit } from "./pipeline.ts";
import {
  type LaneTrouble,
  type TopUpDecision,
  type WalletPolicy,
  type WalletSnapshot,
  applyBalances,
  decideTopUp,
  laneTroubles,
  topUpOperation,
} from "./wallets.ts";

/** What a wallet manager takes of the world. Every call may throw RetryableError; the next round tries again. */
export type WalletPorts = {
  /** In wei, at one block. */
  readonly readBalances: (accounts: readonly Address[], block: BlockNumber) => Promise<ReadonlyMap<Address, bigint>>;
  readonly readNonce: (account: Address, block: BlockNumber) => Promise<bigint>;
  /** What an account has paid since a time or is about to pay, in wei, by the transactions that the store has of it. */
  readonly paidSince: (account: Address, sinceMs: number) => Promise<bigint>;
  readonly alerts: Pick<HistoryStore, "raise" | "clear">;
  readonly hash: (text: string) => Hex;
  readonly nowMs: () => number;
};

/** Looks after lanes, and keeps them in funds by another pipeline whose one lane is the funding account, if there is one. */
export type WalletManager = {
  readonly ports: WalletPorts;
  readonly policy: WalletPolicy;
  readonly senders: Pick<Pipeline, "lanes">;
  readonly funding: Pipeline | undefined;
  /** What is raised now: code and account. */
  readonly raised: Map<string, LaneTrouble>;
};

const DAY_MS = 86_400_000;

const readSnapshot = async (
  { ports, senders }: WalletManager,
  now: ChainTime,
  fundingAccount: Address | undefined,
): Promise<WalletSnapshot> => {
  const accounts = senders.lanes.map(({ account }) => account);
  if (fundingAccount === undefined) {
    const balances = await ports.readBalances(accounts, now.block);
    return { now, balances, fundingBalance: 0n, fundingNonce: 0n, spentToday: 0n };
  }
  const [all, fundingNonce, spentToday] = await Promise.all([
    ports.readBalances([...accounts, fundingAccount], now.block),
    ports.readNonce(fundingAccount, now.block),
    ports.paidSince(fundingAccount, ports.nowMs() - DAY_MS),
  ]);
  const balances = new Map([...all].filter(([account]) => account !== fundingAccount));
  return { now, balances, fundingBalance: all.get(fundingAccount) ?? 0n, fundingNonce, spentToday };
};

/** Raises what is wrong, once, and clears what is wrong no more. */
const tellTroubles = async (
  { ports: { alerts, nowMs }, raised }: WalletManager,
  troubles: readonly LaneTrouble[],
): Promise<void> => {
  const current = new Map(troubles.map((trouble) => [`${trouble.code} ${trouble.account}`, trouble]));
  for (const [name, { code, account, what, next }] of current) {
    if (raised.has(name)) continue;
    await alerts.raise({ code, subject: account, severity: "page", what, next, raisedAtMs: nowMs() });
    raised.set(name, { code, account, what, next });
  }
  for (const [name, { code, account }] of raised) {
    if (current.has(name)) continue;
    await alerts.clear(code, account, nowMs());
    raised.delete(name);
  }
};

/** Whether nothing of a pipeline waits or is in flight. */
const isIdle = ({ queue, lanes }: Pipeline): boolean =>
  queue.length === 0 && lanes.every(({ flights }) => flights.length === 0);

/** What became of a round: the decision, and what the funding pipeline answered to a payment. */
export type WalletRound = { readonly decision: TopUpDecision; readonly answer: SubmitAnswer | undefined };

/**
 * One round at one block: closes lanes that cannot pay, tops one up if it is low, and tells what is wrong. The funding
 * pipeline must have been advanced to the same block, so that a payment which was mined shows in what is read.
 */
export const lookAfterWallets = async (manager: WalletManager, now: ChainTime): Promise<WalletRound> => {
  const { ports, policy, senders, funding } = manager;
  const snapshot = await readSnapshot(manager, now, funding?.lanes[0]?.account);
  applyBalances(senders.lanes, snapshot.balances, policy);
  const nonces = new Map<Address, bigint>();
  for (const { account, flights } of senders.lanes) {
    if (flights.length > 0) nonces.set(account, await ports.readNonce(account, now.block));
  }
  await tellTroubles(manager, laneTroubles(senders.lanes, { snapshot, nonces }, policy));
  if (funding === undefined) return { decision: { kind: "none" }, answer: undefined };
  const decision = decideTopUp(snapshot, policy);
  if (decision.kind !== "pay") return { decision, answer: undefined };
  // Also where a node says a wrong nonce, and the identity with it, one payment follows the other.
  if (!isIdle(funding)) return { decision, answer: "pending" };
  const { hash } = ports;
  const operation = topUpOperation(decision.topUp, snapshot.fundingNonce, { hash, time: now.time });
  return { decision, answer: await submit(funding, operation, now) };
};
