import type { SlowClass, Support } from "./ballot.ts";
import type { Hex } from "./hex.ts";
import type { CallProof, Proposal, TokenChange } from "./proposal.ts";
import type { Address, BlockNumber } from "./units.ts";

/** A proposal as its proposer publishes it. Nothing in it is believed: voters check all of it. */
export type ProposalMessage = {
  /** The EIP-712 digest that the proposer signed. */
  readonly hash: Hex;
  readonly proposal: Proposal;
  readonly callProofs: readonly CallProof[];
  /** What the proposer says the treasury gains, in the token's units. */
  readonly expectedProfit: { readonly token: Address; readonly amount: bigint };
  /** What the proposer expects the transaction to cost, in the claimed token's units. */
  readonly gasCost: bigint;
  /** The block that it was decided on, and the proposer's clock when it saw that block. */
  readonly block: BlockNumber;
  readonly seenAtMs: number;
};

/** A vote for: a 64-byte ERC-2098 signature of the digest. */
export type VoteMessage = { readonly hash: Hex; readonly signer: Address; readonly signature: Hex };

/** A vote against. It has no weight on the chain; it tells people and the execution engine why. */
export type RefusalMessage = {
  readonly hash: Hex;
  readonly signer: Address;
  readonly reason: string;
  readonly detail: string;
};

/** How a proposal ended for the one who executes it. */
export type TransactionResult =
  | {
      readonly kind: "enacted";
      readonly changes: readonly TokenChange[];
      readonly loss: bigint;
      readonly gasUsed: bigint;
      /** In wei. */
      readonly gasPaid: bigint;
    }
  /** Mined and reverted: nothing changed but the gas paid, in wei. */
  | { readonly kind: "reverted"; readonly error: string; readonly gasPaid: bigint }
  /** Can no longer take effect: its deadline has passed, or its nonce was used by another. */
  | { readonly kind: "expired"; readonly why: string };

export type ResultMessage = {
  readonly hash: Hex;
  readonly result: TransactionResult;
  /** The block it was mined in; for one that never was, the block in which that became certain. */
  readonly block: BlockNumber;
  /** From the proposer's first reading of the block to the reading of the receipt. */
  readonly latencyMs: number;
  readonly latencyBlocks: number;
};

/** A proposal for the slow path, as its proposer publishes it. Nothing in it is believed. */
export type SlowProposalMessage = {
  /** The EIP-712 digest of the proposal; what is signed is a ballot that names it, its class and for or against. */
  readonly hash: Hex;
  readonly riskClass: SlowClass;
  readonly proposal: Proposal;
  readonly callProofs: readonly CallProof[];
  /** Why, in words. */
  readonly why: string;
  readonly block: BlockNumber;
  readonly seenAtMs: number;
};

/** A vote on the slow path. Against has weight on the chain too, so it is signed as well; `reason` says why. */
export type BallotMessage = {
  readonly hash: Hex;
  readonly signer: Address;
  readonly support: Support;
  readonly signature: Hex;
  readonly reason: string;
  readonly detail: string;
};

/** Topics, and what is sent on each. */
export type BusMessages = {
  readonly proposals: ProposalMessage;
  readonly votes: VoteMessage;
  readonly refusals: RefusalMessage;
  readonly results: ResultMessage;
  readonly slowProposals: SlowProposalMessage;
  readonly ballots: BallotMessage;
};
export type Topic = keyof BusMessages;

/** Messages of one topic waiting for one reader, oldest first. */
export type Inbox<Message> = {
  /** Takes all that waits. */
  readonly take: () => readonly Message[];
  /** How many were dropped, oldest first, because the reader was slow. */
  readonly dropped: () => number;
  readonly close: () => void;
};

/**
 * The agents' way to talk, whatever carries it. Delivery is at least once while the reader keeps up, and never after
 * `close`; nobody may depend on a message arriving: the chain is the truth.
 */
export type Bus = {
  readonly publish: <T extends Topic>(topic: T, message: BusMessages[T]) => void;
  /** Opens an inbox; `onArrival` is called when something came in, never from within `publish`. */
  readonly open: <T extends Topic>(topic: T, onArrival: () => void) => Inbox<BusMessages[T]>;
  readonly close: () => void;
};
