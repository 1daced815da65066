import type { Hex } from "../core/hex.ts";
import type { Address, BlockNumber, UnixSeconds } from "../core/units.ts";

/** A signed transaction, as every keeper keeps it before it sends it. What it is for is the keeper's to add. */
export type SignedTransaction = {
  readonly account: Address;
  readonly accountNonce: bigint;
  /** In wei per gas. */
  readonly gasPrice: bigint;
  readonly raw: Hex;
  readonly transaction: Hex;
  /** The block it was signed at. */
  readonly block: BlockNumber;
  /** Unmined after it, it is given up. */
  readonly deadline: UnixSeconds;
};

/** Bytes that were signed. */
export type Signed = { readonly raw: Hex; readonly transaction: Hex };

export type TransactionDraft = {
  readonly data: Hex;
  readonly nonce: bigint;
  readonly gasLimit: bigint;
  /** In wei per gas. */
  readonly gasPrice: bigint;
};

/** What a node said to a transaction. Only the chain decides: a refusal may be wrong. */
export type SendAnswer = { readonly kind: "accepted" } | { readonly kind: "refused"; readonly why: string };

/** How a pending transaction ended, in one word; `expired`: it can no longer take effect. */
export type How = "enacted" | "done" | "reverted" | "expired";

/** A line of a journal. */
export type Entry<I extends SignedTransaction> =
  | { readonly kind: "signed"; readonly pending: I }
  | { readonly kind: "resolved"; readonly transaction: Hex; readonly how: How };

/** What else a keeper may keep in its journal. */
export type Note = { readonly kind: "opened" | "closed" };

/** Pending transactions of which the journal does not say how they ended, oldest first. */
export const unresolved = <I extends SignedTransaction>(entries: readonly (Entry<I> | Note)[]): readonly I[] => {
  const ended = new Set(entries.flatMap((entry) => (entry.kind === "resolved" ? [entry.transaction] : [])));
  return entries.flatMap((entry) =>
    entry.kind === "signed" && !ended.has(entry.pending.transaction) ? [entry.pending] : [],
  );
};

export type Expired = { readonly kind: "expired"; readonly why: string };
/** What a receipt tells, and in which block it was mined. */
export type Mined<O> = { readonly result: O; readonly block: BlockNumber };

/** What the chain says of a pending transaction at one block. */
export type TransactionFacts<O> = {
  readonly block: BlockNumber;
  readonly time: UnixSeconds;
  /** The outcome that the receipt tells, if there is a receipt. */
  readonly mined: Mined<O> | undefined;
  /** Transactions of the account mined up to `block`. */
  readonly accountNonce: bigint;
  /** The block in which the account's nonce was first seen used without a receipt, and the last broadcast. */
  readonly usedSince: BlockNumber | undefined;
  readonly sentAt: BlockNumber | undefined;
};

export type OutboxStep<O> =
  | { readonly kind: "resolved"; readonly result: O | Expired; readonly block: BlockNumber }
  /** The same bytes again: a transaction may have been dropped. */
  | { readonly kind: "broadcast" }
  | { readonly kind: "wait" };

/** Nodes may know that a block is there before they know its receipts. */
const RECEIPT_PATIENCE = 10n;
const REBROADCAST_EVERY = 2n;

/**
 * What to do about a pending transaction. It is resolved by its receipt; or, without one, when it can no longer take effect:
 * its deadline has passed unmined, or another transaction used the account's nonce.
 */
export const stepOf = <O>(pending: SignedTransaction, facts: TransactionFacts<O>): OutboxStep<O> => {
  const expired = (why: string): OutboxStep<O> => ({
    kind: "resolved",
    result: { kind: "expired", why },
    block: facts.block,
  });
  if (facts.mined !== undefined) return { kind: "resolved", ...facts.mined };
  if (facts.accountNonce > pending.accountNonce) {
    if (facts.block < (facts.usedSince ?? facts.block) + RECEIPT_PATIENCE) return { kind: "wait" };
    return expired("another transaction used the account's nonce");
  }
  if (facts.time > pending.deadline) return expired("the deadline passed before it was mined");
  if (facts.sentAt === undefined || facts.block >= facts.sentAt + REBROADCAST_EVERY) return { kind: "broadcast" };
  return { kind: "wait" };
};
