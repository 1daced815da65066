import type { TransactionResult } from "../core/bus.ts";
import type { Simulation } from "../core/chainSnapshot.ts";
import type { EmitEvent } from "../core/events.ts";
import type { GasTerms } from "../core/gasPrice.ts";
import type { Hex } from "../core/hex.ts";
import type { Call } from "../core/proposal.ts";
import type { Address, BlockNumber } from "../core/units.ts";
import type { PendingTransaction, JournalEntry } from "./pending.ts";
import type { Ended, Outbox } from "./outbox.ts";
import type { Mined, SendAnswer, Signed, TransactionDraft } from "./step.ts";

/** The newest head, as far as sending depends on it. Fee in wei per gas. */
export type HeadFacts = { readonly block: BlockNumber; readonly baseFee: bigint };

/** What sending takes of the world. */
export type SendPorts = {
  /** Transactions of the sender that are mined at `block`. */
  readonly readAccountNonce: (block: BlockNumber) => Promise<bigint>;
  readonly readReceipt: (transaction: Hex) => Promise<Mined<TransactionResult> | undefined>;
  readonly simulate: (call: Call, block: BlockNumber) => Promise<Simulation>;
  readonly sign: (to: Address, draft: TransactionDraft) => Signed;
  readonly send: (raw: Hex) => Promise<SendAnswer>;
  /** Durable when it resolves. Fatal when it fails: without knowing what is in the journal nothing may be signed. */
  readonly append: (entry: JournalEntry) => Promise<void>;
  readonly loadJournal: () => Promise<readonly JournalEntry[]>;
  readonly emit: EmitEvent;
};

/** How to send. */
export type SendPolicy = GasTerms & {
  readonly name: string;
  readonly sender: Address;
  readonly dryRun: boolean;
  /** Room above what the simulation used, in percent. */
  readonly gasMarginPercent: bigint;
  /** Gas beyond that, which must be there and is not used: the oracle hub keeps it free for each of its sources. */
  readonly gasReserve: bigint;
};

/** What a sender of proposals remembers between ticks. */
export type SendMemory = Outbox<PendingTransaction>;

/** One account that sends: its world, its memory, its orders, and who is told how a pending transaction ended. */
export type ProposalSender = {
  readonly ports: SendPorts;
  readonly memory: SendMemory;
  readonly policy: SendPolicy;
  /** Called before the journal says it: after a crash in between it is told twice, which is better than never. */
  readonly onEnd: (pending: PendingTransaction, ended: Ended<TransactionResult>) => void;
};

export type { PendingTransaction, JournalEntry, SlowNote } from "./pending.ts";
export type { Ended } from "./outbox.ts";
export type { Entry, How, Mined, Note, SendAnswer, Signed, SignedTransaction, TransactionDraft } from "./step.ts";
