import type { Hex } from "../core/hex.ts";
import type { Outcome, SlowProposalMessage } from "../core/bus.ts";
import type { Address, BlockNumber, UnixSeconds } from "../core/units.ts";

/**
 * A signed transaction and what it is for. Stored before it is sent. Its identity is the proposal's digest, which the chain
 * consumes once through the proposal nonce. [NX-KEE-01]
 */
export type Intent = {
  readonly hash: Hex;
  readonly agentId: bigint;
  readonly proposalNonce: bigint;
  readonly deadline: UnixSeconds;
  readonly account: Address;
  readonly accountNonce: bigint;
  /** In wei per gas. */
  readonly gasPrice: bigint;
  readonly raw: Hex;
  readonly transaction: Hex;
  /** The block it was signed at. */
  readonly block: BlockNumber;
  /** For the latency: the block the proposer saw, and when. */
  readonly proposedBlock: BlockNumber;
  readonly proposedAtMs: number;
};

/** A line of the journal. Of a proposal on the slow path it keeps the content too: it may be days to its execution. */
export type JournalEntry =
  | { readonly kind: "signed"; readonly intent: Intent }
  | { readonly kind: "resolved"; readonly transaction: Hex; readonly how: Outcome["kind"] }
  | { readonly kind: "opened"; readonly message: SlowProposalMessage }
  | { readonly kind: "closed"; readonly hash: Hex };

/** Intents of which the journal does not say how they ended, oldest first. */
export const unresolved = (entries: readonly JournalEntry[]): readonly Intent[] => {
  const ended = new Set(entries.flatMap((entry) => (entry.kind === "resolved" ? [entry.transaction] : [])));
  return entries.flatMap((entry) =>
    entry.kind === "signed" && !ended.has(entry.intent.transaction) ? [entry.intent] : [],
  );
};

/** Proposals of the slow path that were opened and not closed, oldest first. */
export const stillOpen = (entries: readonly JournalEntry[]): readonly SlowProposalMessage[] => {
  const closed = new Set(entries.flatMap((entry) => (entry.kind === "closed" ? [entry.hash] : [])));
  return entries.flatMap((entry) =>
    entry.kind === "opened" && !closed.has(entry.message.hash) ? [entry.message] : [],
  );
};

/** What the chain says of an intent at one block. */
export type IntentFacts = {
  readonly block: BlockNumber;
  readonly time: UnixSeconds;
  /** The outcome that the receipt tells, if there is a receipt. */
  readonly mined: { readonly outcome: Outcome; readonly block: BlockNumber } | undefined;
  /** Transactions of the account mined up to `block`. */
  readonly accountNonce: bigint;
  /** The block in which the account's nonce was first seen used without a receipt, and the last broadcast. */
  readonly usedSince: BlockNumber | undefined;
  readonly sentAt: BlockNumber | undefined;
};

export type IntentStep =
  | { readonly kind: "resolved"; readonly outcome: Outcome; readonly block: BlockNumber }
  /** The same bytes again: a transaction may have been dropped. */
  | { readonly kind: "broadcast" }
  | { readonly kind: "wait" };

/** Nodes may know that a block is there before they know its receipts. */
const RECEIPT_PATIENCE = 10n;
const REBROADCAST_EVERY = 2n;

/**
 * What to do about an unresolved intent. It is resolved by its receipt; or, without one, when it can no longer take effect:
 * its deadline has passed unmined, or another transaction used the account's nonce.
 */
export const stepOf = (intent: Intent, facts: IntentFacts): IntentStep => {
  if (facts.mined !== undefined) return { kind: "resolved", ...facts.mined };
  if (facts.accountNonce > intent.accountNonce) {
    if (facts.block < (facts.usedSince ?? facts.block) + RECEIPT_PATIENCE) return { kind: "wait" };
    const why = "another transaction used the account's nonce";
    return { kind: "resolved", outcome: { kind: "expired", why }, block: facts.block };
  }
  if (facts.time > intent.deadline) {
    const why = "the deadline passed before it was mined";
    return { kind: "resolved", outcome: { kind: "expired", why }, block: facts.block };
  }
  if (facts.sentAt === undefined || facts.block >= facts.sentAt + REBROADCAST_EVERY) return { kind: "broadcast" };
  return { kind: "wait" };
};
