import type { Inbox, OutcomeMessage, ProposalMessage, VoteMessage } from "../core/bus.ts";
import type { ChainView, Simulation } from "../core/chainView.ts";
import type { EmitEvent } from "../core/events.ts";
import type { GasTerms } from "../core/gasPrice.ts";
import type { Hex } from "../core/hex.ts";
import type { Grant, Proposal } from "../core/proposal.ts";
import type { Address, BlockNumber } from "../core/units.ts";
import type { Intent, IntentFacts, JournalEntry } from "./intent.ts";

/** The newest head, as far as sending depends on it. Fee in wei per gas. */
export type HeadFacts = { readonly block: BlockNumber; readonly baseFee: bigint };

/** What a node said to a transaction. A refusal may still be wrong: only the chain decides. */
export type SendAnswer = { readonly kind: "accepted" } | { readonly kind: "refused"; readonly why: string };

/** Bytes that were signed. */
export type Signed = { readonly raw: Hex; readonly transaction: Hex };

export type TransactionDraft = {
  readonly data: Hex;
  readonly nonce: bigint;
  readonly gasLimit: bigint;
  /** In wei per gas. */
  readonly gasPrice: bigint;
};

/** All that the execution engine may know of the world. */
export type ExecutionPorts = {
  readonly head: () => HeadFacts | undefined;
  readonly readView: (block: BlockNumber) => Promise<ChainView>;
  /** Transactions of the sender that are mined at `block`. */
  readonly readAccountNonce: (block: BlockNumber) => Promise<bigint>;
  readonly readReceipt: (transaction: Hex) => Promise<IntentFacts["mined"]>;
  readonly encode: (proposal: Proposal, grants: readonly Grant[], votes: Hex) => Hex;
  readonly simulate: (data: Hex, block: BlockNumber) => Promise<Simulation>;
  readonly sign: (draft: TransactionDraft) => Signed;
  readonly send: (raw: Hex) => Promise<SendAnswer>;
  /** Durable when it resolves. Fatal when it fails: without knowing what is in the journal nothing may be signed. */
  readonly append: (entry: JournalEntry) => Promise<void>;
  readonly loadJournal: () => Promise<readonly JournalEntry[]>;
  readonly proposals: Pick<Inbox<ProposalMessage>, "take">;
  readonly votes: Pick<Inbox<VoteMessage>, "take">;
  /** Who signed, or undefined. */
  readonly recover: (hash: Hex, signature: Hex) => Address | undefined;
  readonly hashProposal: (proposal: Proposal) => Hex;
  readonly publishOutcome: (message: OutcomeMessage) => void;
  readonly nowMs: () => number;
  readonly emit: EmitEvent;
};

/** How to send. */
export type SendPolicy = GasTerms & {
  readonly name: string;
  readonly sender: Address;
  readonly dryRun: boolean;
  readonly maxAgeBlocks: bigint;
  /** Room above what the simulation used, in percent. */
  readonly gasMarginPercent: bigint;
};

/** An intent that is not resolved yet. While there is one, nothing else is signed. */
export type InFlight = {
  readonly intent: Intent;
  readonly sentAt: BlockNumber | undefined;
  readonly usedSince: BlockNumber | undefined;
};

/** What the engine remembers between ticks. Losing it loses no intent: the journal and the chain have it. */
export type ExecutionMemory = {
  readonly candidates: Map<Hex, { readonly message: ProposalMessage; readonly votes: Map<Address, Hex> }>;
  /** Votes that came before their proposal. */
  readonly early: Map<Hex, VoteMessage[]>;
  /** Digests that are done with, newest last. */
  readonly done: Set<Hex>;
  inFlight: InFlight | undefined;
  /** Intents of earlier lives that are still to be resolved, oldest first. */
  readonly backlog: Intent[];
  /** The block up to which the intent in flight was looked after. */
  settledAt: BlockNumber | undefined;
  view: ChainView | undefined;
  accountNonce: bigint;
  /** The last intent that expired: one that follows it with the same account nonce must pay more. */
  lastExpired: Intent | undefined;
};
