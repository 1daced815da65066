import type { TransactionResult } from "../core/bus.ts";
import type { Hex } from "../core/hex.ts";
import type { Call } from "../core/proposal.ts";
import type { Address, BlockNumber, UnixSeconds } from "../core/units.ts";

/** A read of the chain and the answer that it must give. `atLeast` reads the answer as one number. */
export type Check =
  | { readonly kind: "equals"; readonly call: Call; readonly answer: Hex }
  | { readonly kind: "atLeast"; readonly call: Call; readonly amount: bigint };

/** A check that must hold at the block at which a transaction is signed: expected state, or the least output of a swap. */
export type Guard = { readonly what: string; readonly check: Check };

/** How much above the base fee an operation offers. */
export type Urgency = "patient" | "normal" | "urgent";

/** Something to be done once on the chain, by whichever of our accounts. */
export type SendOperation = {
  /**
   * Its identity, made from what the chain accepts only once, such as a proposal's nonce: the same operation has the same id,
   * whoever asks for it.
   */
  readonly id: Hex;
  readonly call: Call;
  /** In wei. */
  readonly value: bigint;
  /** Higher goes first. */
  readonly priority: number;
  readonly urgency: Urgency;
  /** Not sent after it. */
  readonly deadline: UnixSeconds;
  /** Whether the called contract itself refuses after the deadline. Where it does not, a late transaction is cancelled. */
  readonly endsOnChain: boolean;
  /** What tells that it was done, by us or by somebody else. */
  readonly doneWhen?: Check;
  readonly guards: readonly Guard[];
  /** What whoever asked must know when it ends, also after a restart: stored with the bytes, and told with the result. */
  readonly note?: string;
};

/** What a mined transaction did to the treasury, as its logs tell. */
export type Effect = Pick<Extract<TransactionResult, { readonly kind: "enacted" }>, "changes" | "loss" | "gasUsed">;

/** How an operation ended. Each operation that was queued is told to end in one of these; after a restart it may be told again. */
export type OperationResult =
  | {
      readonly kind: "mined";
      readonly transaction: Hex;
      readonly block: BlockNumber;
      readonly gasPaid: bigint;
      /** As far as whoever reads the receipts looks for it. */
      readonly effect?: Effect;
    }
  | {
      readonly kind: "reverted";
      readonly transaction: Hex;
      readonly block: BlockNumber;
      readonly gasPaid: bigint;
      readonly why: string;
    }
  /** Somebody did it first, or we did in an earlier life. */
  | { readonly kind: "done" }
  /** No transaction of ours did it before its deadline, and none will. */
  | { readonly kind: "expired"; readonly why: string }
  /** It was not sent: its simulation reverts or a guard does not hold. `reason`: the contract's own error by name. */
  | { readonly kind: "refused"; readonly why: string; readonly reason?: string }
  /** Another transaction used its nonce. Whoever still wants the operation asks for it again. */
  | { readonly kind: "superseded" };

/** The answer to a request. `pending`: it is queued or in flight already, and its result will come. */
export type SubmitAnswer = "queued" | "pending" | "done" | "expired" | "full";

/**
 * The newest block, as far as sending depends on it. Time, fee and nonces are read at this same block: whether an operation is
 * late and whether it was mined is then asked of one state. Fee in wei per gas.
 */
export type ChainTime = { readonly block: BlockNumber; readonly time: UnixSeconds; readonly baseFee: bigint };

/** A transaction before it is signed. Prices in wei per gas, value in wei. */
export type UnsignedTransaction = {
  readonly to: Address;
  readonly data: Hex;
  readonly value: bigint;
  readonly nonce: bigint;
  readonly gasLimit: bigint;
  readonly gasPrice: bigint;
};
