import type { EmitEvent } from "../../core/events.ts";
import type { GasTerms } from "../../core/gasPrice.ts";
import type { Hex } from "../../core/hex.ts";
import type { SenderPorts } from "../../sending/ports.ts";
import type { Address, BlockNumber, Seconds, UnixSeconds } from "../../core/units.ts";
import type { ChannelSnapshot } from "./accept.ts";
import type { Operation } from "./operation.ts";
import type { Channel } from "./channel.ts";
import type { PaymentsSnapshot } from "./moneySnapshot.ts";
import type { ChannelTerms, SignedVoucher, Voucher } from "./voucher.ts";

/** Signs a voucher for the payer. */
export type SignVoucher = (voucher: Voucher) => Promise<SignedVoucher>;

/** Asks the chain whether a contract accepts a signature (ERC-1271). A contract that fails does not accept. */
export type AskSigner = (signer: Address, digest: Hex, signature: Hex) => Promise<boolean>;

/** A channel as the newest block shows it. */
export type ReadChannel = (terms: ChannelTerms) => Promise<ChannelSnapshot>;

/** A voucher, and what it was given for: the 32-byte hash of the request, or zero. */
export type StoredVoucher = SignedVoucher & { readonly purchase: Hex };

/** A channel that vouchers are kept of. The contract stores no terms: who loses them cannot claim. */
export type StoredChannel = {
  readonly channelId: Hex;
  readonly terms: ChannelTerms;
  readonly last: StoredVoucher | undefined;
  /** The last few, oldest first: who asks again for what one of them bought need not pay again. */
  readonly recent: readonly StoredVoucher[];
  /** The deadline of the last common close that the receiver agreed to. */
  readonly agreedUntil: UnixSeconds | undefined;
};

/** Vouchers on disk; a payer's or a receiver's. */
export type VoucherStore = {
  /** The newest voucher of a channel, from memory: what `append` was given counts at once, before it is durable. */
  readonly last: (channelId: Hex) => StoredVoucher | undefined;
  readonly channel: (channelId: Hex) => StoredChannel | undefined;
  readonly channels: () => readonly StoredChannel[];
  /** Keeps a channel's terms. Durable when it resolves. Twice is harmless. */
  readonly learn: (channelId: Hex, terms: ChannelTerms) => Promise<void>;
  /**
   * Keeps a voucher of a channel that was learned. Durable when it resolves, and nothing may be given for it before; many
   * share one write to the disk. @throws FatalError when the disk fails; RangeError when it is not above the last one
   */
  readonly append: (voucher: StoredVoucher) => Promise<void>;
  /**
   * Takes back the last voucher of a channel, whose purchase was not charged: the next one may have its total again. Durable
   * when it resolves. @returns whether it was the last one
   */
  readonly release: (channelId: Hex, total: bigint) => Promise<boolean>;
  /** Keeps until when a common close of a learned channel is agreed. Durable when it resolves. */
  readonly freeze: (channelId: Hex, deadline: UnixSeconds) => Promise<void>;
  /** Drops a channel that is closed on the chain, which can never open again. Durable when it resolves. */
  readonly forget: (channelId: Hex) => Promise<void>;
  /** Waits for what was appended, and closes the file. */
  readonly close: () => Promise<void>;
};

/* THE AGENT */

/** A transaction before it has a price. */
export type PaymentCall = { readonly to: Address; readonly data: Hex };

/** What the agent sees of the chain; what gas costs is told by the head, what was spent by memory. */
export type MoneySnapshot = Omit<PaymentsSnapshot, "gasPrice" | "spentOnRecords">;

/** All that the payments agent may know of the world. */
export type PaymentsPorts = {
  /** The newest head; its fee in wei per gas. */
  readonly head: () => { readonly block: BlockNumber; readonly baseFee: bigint } | undefined;
  readonly readSnapshot: (block: BlockNumber) => Promise<MoneySnapshot>;
  /** A channel at a block, asked of the chain and nothing remembered. */
  readonly readChannel: (terms: ChannelTerms, block: BlockNumber) => Promise<Channel>;
  readonly encode: (operation: Operation) => PaymentCall;
  readonly hash: (text: string) => Hex;
  readonly sending: SenderPorts;
  readonly emit: EmitEvent;
};

/** How the agent sends. */
export type PaymentSending = GasTerms & {
  readonly name: string;
  readonly dryRun: boolean;
  /** Room above what the dry run used, in percent. */
  readonly gasMarginPercent: bigint;
  /** How long a transaction may stay unmined before it is cancelled. */
  readonly lifetime: Seconds;
};

export type { ValuedOperation, Operation } from "./operation.ts";
export type { Channel } from "./channel.ts";
export type { ChannelPlan, PaymentsPolicy } from "./decide.ts";
export type { PaymentTransaction } from "./transaction.ts";
export type { BestVoucher, PaymentsSnapshot, Rate, SeenChannel, SeenFees, SeenJob } from "./moneySnapshot.ts";
export type {
  Acceptance,
  ChannelState,
  ChannelSnapshot,
  Stored,
  Recovery,
  RecoverSigner,
  SeenVoucher,
  VoucherRefusal,
} from "./accept.ts";
export type { ChannelDomain, ChannelHashes, ChannelTerms, SignedVoucher, Voucher } from "./voucher.ts";
