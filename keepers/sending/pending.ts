import type { SlowProposalMessage } from "../core/bus.ts";
import type { Hex } from "../core/hex.ts";
import type { BlockNumber } from "../core/units.ts";
import type { Entry, SignedTransaction } from "./step.ts";

/**
 * A signed transaction for a proposal. Its identity is the proposal's digest, which the chain consumes once through the
 * proposal nonce. [NX-KEE-01]
 */
export type PendingTransaction = SignedTransaction & {
  readonly hash: Hex;
  readonly agentId: bigint;
  readonly proposalNonce: bigint;
  /** For the latency: the block the proposer saw, and when. */
  readonly proposedBlock: BlockNumber;
  readonly proposedAtMs: number;
};

/** Of a proposal on the slow path the journal keeps the content too: it may be days to its execution. */
export type SlowNote =
  { readonly kind: "opened"; readonly message: SlowProposalMessage } | { readonly kind: "closed"; readonly hash: Hex };

/** A line of the journal. */
export type JournalEntry = Entry<PendingTransaction> | SlowNote;

/** Proposals of the slow path that were opened and not closed, oldest first. */
export const stillOpen = (entries: readonly JournalEntry[]): readonly SlowProposalMessage[] => {
  const closed = new Set(entries.flatMap((entry) => (entry.kind === "closed" ? [entry.hash] : [])));
  return entries.flatMap((entry) =>
    entry.kind === "opened" && !closed.has(entry.message.hash) ? [entry.message] : [],
  );
};
