import type { Outcome } from "../core/bus.ts";
import type { Hex } from "../core/hex.ts";
import type { Entry, Facts, SignedIntent } from "../core/outbox.ts";
import type { BlockNumber } from "../core/units.ts";

/**
 * A signed transaction and what it is for. Stored before it is sent. Its identity is the proposal's digest, which the chain
 * consumes once through the proposal nonce; its deadline is the proposal's. [NX-KEE-01]
 */
export type Intent = SignedIntent & {
  readonly hash: Hex;
  readonly agentId: bigint;
  readonly proposalNonce: bigint;
  /** For the latency: the block the proposer saw, and when. */
  readonly proposedBlock: BlockNumber;
  readonly proposedAtMs: number;
};

/** A line of the journal. */
export type JournalEntry = Entry<Intent>;

/** What the chain says of an intent at one block. */
export type IntentFacts = Facts<Outcome>;
