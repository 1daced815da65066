import type { SlowProposalMessage } from "../core/bus.ts";
import type { Hex } from "../core/hex.ts";
import type { StoredTransaction } from "../core/store.ts";
import type { BlockNumber } from "../core/units.ts";

/** A signed transaction as the journals before the store kept it. What it is for is the keeper's to add. */
export type SignedTransaction = Omit<StoredTransaction, "operation" | "details">;

/** A signed transaction for a proposal, as the journals before the store kept it. */
export type PendingTransaction = SignedTransaction & {
  readonly hash: Hex;
  readonly agentId: bigint;
  readonly proposalNonce: bigint;
  /** For the latency: the block the proposer saw, and when. */
  readonly proposedBlock: BlockNumber;
  readonly proposedAtMs: number;
};

/** How a pending transaction ended, in one word; `expired`: it can no longer take effect; `moved`: the store has it now. */
export type How = "enacted" | "done" | "reverted" | "expired" | "moved";

/** A line of a journal. Those of transactions were written before there was a store. */
export type Entry<I extends SignedTransaction> =
  | { readonly kind: "signed"; readonly pending: I }
  | { readonly kind: "resolved"; readonly transaction: Hex; readonly how: How };

/** Of a proposal on the slow path the journal keeps the content: it may be days to its execution. */
export type SlowNote =
  { readonly kind: "opened"; readonly message: SlowProposalMessage } | { readonly kind: "closed"; readonly hash: Hex };

/** Pending transactions of which the journal does not say how they ended, oldest first. */
export const unresolved = <I extends SignedTransaction>(entries: readonly (Entry<I> | SlowNote)[]): readonly I[] => {
  const ended = new Set(entries.flatMap((entry) => (entry.kind === "resolved" ? [entry.transaction] : [])));
  return entries.flatMap((entry) =>
    entry.kind === "signed" && !ended.has(entry.pending.transaction) ? [entry.pending] : [],
  );
};

/** Proposals of the slow path that were opened and not closed, oldest first. */
export const stillOpen = (
  entries: readonly (Entry<SignedTransaction> | SlowNote)[],
): readonly SlowProposalMessage[] => {
  const closed = new Set(entries.flatMap((entry) => (entry.kind === "closed" ? [entry.hash] : [])));
  return entries.flatMap((entry) =>
    entry.kind === "opened" && !closed.has(entry.message.hash) ? [entry.message] : [],
  );
};
