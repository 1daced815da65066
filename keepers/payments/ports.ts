import type { Hex } from "../core/hex.ts";
import type { Address, UnixSeconds } from "../core/units.ts";
import type { ChannelView } from "./accept.ts";
import type { ChannelTerms, SignedVoucher, Voucher } from "./voucher.ts";

/** Signs a voucher for the payer. */
export type SignVoucher = (voucher: Voucher) => Promise<SignedVoucher>;

/** Asks the chain whether a contract accepts a signature (ERC-1271). A contract that fails does not accept. */
export type AskSigner = (signer: Address, digest: Hex, signature: Hex) => Promise<boolean>;

/** A channel as the newest block shows it. */
export type ReadChannel = (terms: ChannelTerms) => Promise<ChannelView>;

/** A voucher, and what it was given for: the 32-byte hash of the request, or zero. */
export type StoredVoucher = SignedVoucher & { readonly purchase: Hex };

/** A channel that vouchers are kept of. The contract stores no terms: who loses them cannot claim. */
export type StoredChannel = {
  readonly channelId: Hex;
  readonly terms: ChannelTerms;
  readonly last: StoredVoucher | undefined;
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
  /** Keeps until when a common close of a learned channel is agreed. Durable when it resolves. */
  readonly freeze: (channelId: Hex, deadline: UnixSeconds) => Promise<void>;
  /** Drops a channel that is closed on the chain, which can never open again. Durable when it resolves. */
  readonly forget: (channelId: Hex) => Promise<void>;
  /** Waits for what was appended, and closes the file. */
  readonly close: () => Promise<void>;
};

export type {
  Acceptance,
  ChannelState,
  ChannelView,
  Held,
  Recovery,
  RecoverSigner,
  Seen,
  VoucherRefusal,
} from "./accept.ts";
export type { ChannelDomain, ChannelHashes, ChannelTerms, SignedVoucher, Voucher } from "./voucher.ts";
