import type { TransactionResult } from "../core/bus.ts";
import { gasPriceFor, percentMore } from "../core/gasPrice.ts";
import { type Hex, sizeOf } from "../core/hex.ts";
import type { Call } from "../core/proposal.ts";
import type { PendingTransaction, JournalEntry } from "./pending.ts";
import {
  type Now,
  type OutboxSender,
  dispatch,
  nextNonce,
  resolveInFlight as resolveOutbox,
  resumeFrom,
  toOutbid,
} from "./outbox.ts";
import type { HeadFacts, ProposalSender } from "./ports.ts";

const TRANSACTION_GAS = 21_000n;
const NONZERO_BYTE_GAS = 16n;

/** The most that the bytes of a call can cost before it runs (EIP-2028). */
const intrinsicGas = (data: Hex): bigint => TRANSACTION_GAS + BigInt(sizeOf(data)) * NONZERO_BYTE_GAS;

/** How proposals' transactions are looked after, and what is told of them. */
const outboxOf = ({
  ports,
  memory,
  policy,
  onEnd,
}: ProposalSender): OutboxSender<PendingTransaction, TransactionResult> => {
  const { name: agent, sender: account, dryRun } = policy;
  return {
    ports,
    box: memory,
    account,
    dryRun,
    onSent: ({ hash, transaction }, block) => ports.emit({ kind: "sent", agent, hash, transaction, block }),
    onRefused: ({ transaction }, why) =>
      ports.emit({ kind: "trouble", agent, what: `the node refused ${transaction}: ${why}` }),
    onEnded: onEnd,
  };
};

/** Looks after the transaction in flight once for each block, and after those of earlier lives when it is resolved. */
export const resolveInFlight = (sender: ProposalSender, now: Now): Promise<void> =>
  resolveOutbox(outboxOf(sender), now);

/** What a pending transaction is for, without the transaction that carries it. */
export type Purpose = Pick<
  PendingTransaction,
  "hash" | "agentId" | "proposalNonce" | "deadline" | "proposedBlock" | "proposedAtMs"
>;

/** One transaction to be sent at one head. */
export type Attempt = { readonly purpose: Purpose; readonly call: Call; readonly head: HeadFacts & Now };

/** What stands in the way of a transaction. */
export type Obstacle = { readonly reason: string; readonly detail: string };

/** Simulates, prices and signs, or says what stands in the way. */
const prepare = async (
  { ports, memory, policy }: ProposalSender,
  { purpose, call, head }: Attempt,
): Promise<PendingTransaction | Obstacle> => {
  const simulation = await ports.simulate(call, head.block);
  if (simulation.kind === "reverted") {
    const { refusal, name, text } = simulation.error;
    return { reason: refusal ?? name, detail: text };
  }
  const accountNonce = nextNonce(memory);
  const gasPrice = gasPriceFor(head.baseFee, policy, toOutbid(memory, head.time));
  if (gasPrice === undefined) return { reason: "gas-too-dear", detail: `base fee ${head.baseFee} wei` };
  if (policy.dryRun) return { reason: "dry-run", detail: "it would have been sent" };
  const gasLimit =
    percentMore(simulation.gasUsed + intrinsicGas(call.data), policy.gasMarginPercent) + policy.gasReserve;
  return {
    ...purpose,
    account: policy.sender,
    accountNonce,
    gasPrice,
    block: head.block,
    ...ports.sign(call.target, { data: call.data, nonce: accountNonce, gasLimit, gasPrice }),
  };
};

/**
 * Sends one transaction, or says why not. The bytes are durable before they are sent. [NX-KEE-01]
 * @param before entries that the journal must hold first; written only when there is something to send
 * @returns undefined when it is in flight now
 */
export const submit = async (
  sender: ProposalSender,
  attempt: Attempt,
  before: readonly JournalEntry[] = [],
): Promise<Obstacle | undefined> => {
  const made = await prepare(sender, attempt);
  if ("reason" in made) return made;
  for (const entry of before) await sender.ports.append(entry);
  await dispatch(outboxOf(sender), made, attempt.head.time);
  return undefined;
};

/**
 * Takes up what an earlier life left unresolved. Must come before the first tick. [NX-KEE-02]
 * @returns the whole journal
 * @throws FatalError when the journal belongs to another sender
 */
export const resumeOutbox = async ({
  ports,
  memory,
  policy,
}: Omit<ProposalSender, "onEnd">): Promise<readonly JournalEntry[]> => {
  const journal = await ports.loadJournal();
  resumeFrom({ box: memory, account: policy.sender }, journal);
  return journal;
};
