import type { EmitEvent } from "../../core/events.ts";
import type { GasTerms } from "../../core/gasPrice.ts";
import type { Hex } from "../../core/hex.ts";
import type { Address, BlockNumber, Seconds, UnixSeconds } from "../../core/units.ts";
import type { FeedReading } from "../../market/prices/feedHealth.ts";
import type { Entry, HeadFacts, Mined, Note, SendAnswer, Signed, TransactionDraft } from "../../sending/ports.ts";
import type { AssetEvidence, EvidenceOperation, EvidencePolicy } from "./evidence.ts";
import type { MonitorResult, MonitorTransaction } from "./transaction.ts";

/** Prices, their sources and the evidence about them, all at one block. */
export type MonitorReading = {
  readonly block: BlockNumber;
  readonly time: UnixSeconds;
  readonly feeds: readonly FeedReading[];
  /** Empty where the deployment judges no evidence. */
  readonly assets: readonly AssetEvidence[];
};

/** What a dry run says: the gas that it took, or the contract's error by name. */
export type EvidenceEstimate =
  { readonly kind: "ok"; readonly gas: bigint } | { readonly kind: "reverted"; readonly error: string };

/** All that the monitor may know of the world. */
export type MonitorPorts = {
  readonly head: () => HeadFacts | undefined;
  /** @throws RetryableError when the chain does not answer */
  readonly read: (block: BlockNumber) => Promise<MonitorReading>;
  readonly readAccountNonce: (block: BlockNumber) => Promise<bigint>;
  readonly readReceipt: (transaction: Hex) => Promise<Mined<MonitorResult> | undefined>;
  readonly encode: (operation: EvidenceOperation) => Hex;
  readonly estimate: (data: Hex) => Promise<EvidenceEstimate>;
  readonly sign: (draft: TransactionDraft) => Signed;
  readonly send: (raw: Hex) => Promise<SendAnswer>;
  readonly append: (entry: Entry<MonitorTransaction>) => Promise<void>;
  readonly loadJournal: () => Promise<readonly (Entry<MonitorTransaction> | Note)[]>;
  readonly emit: EmitEvent;
};

export type MonitorConfig = GasTerms & {
  readonly name: string;
  readonly self: Address;
  readonly dryRun: boolean;
  /** Whether evidence is sent at all. */
  readonly showsEvidence: boolean;
  readonly evidence: EvidencePolicy;
  /** Between two readings. */
  readonly everyBlocks: bigint;
  /** How long a transaction may wait to be mined. */
  readonly lifetime: Seconds;
  readonly gasMarginPercent: bigint;
  /** Gas beyond that, which the oracle hub wants to find and does not use. */
  readonly gasReserve: bigint;
};
