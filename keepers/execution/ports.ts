import type { Inbox, Outcome, OutcomeMessage, ProposalMessage, VoteMessage } from "../core/bus.ts";
import type { ChainView, Simulation } from "../core/chainView.ts";
import type { EmitEvent } from "../core/events.ts";
import type { GasTerms } from "../core/gasPrice.ts";
import type { Hex } from "../core/hex.ts";
import type { OutboxPorts, Signed, TransactionDraft } from "../core/outbox.ts";
import type { Grant, Proposal } from "../core/proposal.ts";
import type { Address, BlockNumber } from "../core/units.ts";
import type { Intent } from "./intent.ts";
import type { Checks } from "./memory.ts";

/** The newest head, as far as sending depends on it. Fee in wei per gas. */
export type HeadFacts = { readonly block: BlockNumber; readonly baseFee: bigint };

/** All that the execution engine may know of the world. */
export type ExecutionPorts = Checks &
  OutboxPorts<Intent, Outcome> & {
    readonly head: () => HeadFacts | undefined;
    readonly readView: (block: BlockNumber) => Promise<ChainView>;
    /** Transactions of the sender that are mined at `block`. */
    readonly readAccountNonce: (block: BlockNumber) => Promise<bigint>;
    readonly encode: (proposal: Proposal, grants: readonly Grant[], votes: Hex) => Hex;
    readonly simulate: (data: Hex, block: BlockNumber) => Promise<Simulation>;
    readonly sign: (draft: TransactionDraft) => Signed;
    readonly proposals: Pick<Inbox<ProposalMessage>, "take">;
    readonly votes: Pick<Inbox<VoteMessage>, "take">;
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

export type { Intent, IntentFacts, JournalEntry } from "./intent.ts";
