import type { Outcome } from "../core/bus.ts";
import type { Simulation } from "../core/chainView.ts";
import type { EmitEvent } from "../core/events.ts";
import type { GasTerms } from "../core/gasPrice.ts";
import type { Hex } from "../core/hex.ts";
import type { Address, BlockNumber, UnixSeconds } from "../core/units.ts";
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

/** What sending takes of the world. */
export type SendPorts = {
  /** Transactions of the sender that are mined at `block`. */
  readonly readAccountNonce: (block: BlockNumber) => Promise<bigint>;
  readonly readReceipt: (transaction: Hex) => Promise<IntentFacts["mined"]>;
  readonly simulate: (data: Hex, block: BlockNumber) => Promise<Simulation>;
  readonly sign: (draft: TransactionDraft) => Signed;
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

/** An intent that is not resolved yet. While there is one, nothing else is signed. */
export type InFlight = {
  readonly intent: Intent;
  /** The block at which a node last took it. */
  readonly sentAt: BlockNumber | undefined;
  /** The block at which the account's nonce was first seen used without a receipt. */
  readonly usedSince: BlockNumber | undefined;
};

/** What a sender remembers between ticks. Losing it loses no intent: the journal and the chain have it. */
export type SendMemory = {
  inFlight: InFlight | undefined;
  /** Intents of earlier lives that are still to be resolved, oldest first. */
  readonly backlog: Intent[];
  /** The block up to which the intent in flight was looked after. */
  settledAt: BlockNumber | undefined;
  accountNonce: bigint;
  /** The last intent that expired: one that follows it with the same account nonce must pay more. */
  lastExpired: Intent | undefined;
};

/** How an intent ended, and when that became certain. */
export type Ended = { readonly outcome: Outcome; readonly block: BlockNumber };

/** One account that sends: its world, its memory, its orders, and who is told how an intent ended. */
export type Sender = {
  readonly ports: SendPorts;
  readonly memory: SendMemory;
  readonly policy: SendPolicy;
  /** Called before the journal says it: after a crash in between it is told twice, which is better than never. */
  readonly onEnd: (intent: Intent, ended: Ended) => void;
};

/** When a sender looks after its intents. */
export type Moment = { readonly block: BlockNumber; readonly time: UnixSeconds };

export type { Intent, IntentFacts, JournalEntry } from "./intent.ts";
