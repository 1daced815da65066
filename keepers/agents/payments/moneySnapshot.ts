import type { Hex } from "../../core/hex.ts";
import type { Job, JobTerms } from "../../core/jobTerms.ts";
import type { Address, BlockNumber, UnixSeconds } from "../../core/units.ts";
import type { Channel } from "./channel.ts";
import type { ChannelTerms } from "./voucher.ts";

/** The newest voucher of a channel. `compact`: its signature in 64 bytes, undefined where no key of the signer made it. */
export type BestVoucher = { readonly total: bigint; readonly signature: Hex; readonly compact: Hex | undefined };

/** A channel that the agent has to do with. */
export type SeenChannel = {
  readonly channelId: Hex;
  readonly terms: ChannelTerms;
  readonly channel: Channel;
  readonly voucher: BestVoucher | undefined;
};

/** A job of which the agent is a party. */
export type SeenJob = {
  readonly jobId: Hex;
  readonly terms: JobTerms;
  readonly job: Job;
  /** Whether it is over and its result can be put on the record of the agent that its terms name. */
  readonly isRecordable: boolean;
};

/** Fees that wait to be divided, in the token's units: what the splitter has, and what accounts owe. */
export type SeenFees = {
  readonly token: Address;
  readonly held: bigint;
  readonly owed: readonly { readonly account: Address; readonly amount: bigint }[];
};

/** What gas is worth in a token: one whole native token in whole tokens × 10^18, and the token's decimals. */
export type Rate = { readonly nativePriceE18: bigint; readonly decimals: number };

/** All that the agent knows of the chain, at one block. */
export type PaymentsSnapshot = {
  readonly block: BlockNumber;
  readonly time: UnixSeconds;
  readonly channels: readonly SeenChannel[];
  readonly jobs: readonly SeenJob[];
  readonly fees: readonly SeenFees[];
  /** What the agent can spend of each token, in the ledger. */
  readonly available: ReadonlyMap<Address, bigint>;
  /** Tokens without a fresh price have none. */
  readonly rates: ReadonlyMap<Address, Rate>;
  /** In wei. */
  readonly gasPrice: bigint;
  /** What was paid for putting results on records in the last day, in wei. */
  readonly spentOnRecords: bigint;
};
