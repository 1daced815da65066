import { assertNever } from "../../core/assertNever.ts";
import type { JobTerms } from "../../core/jobTerms.ts";
import type { Hex } from "../../core/hex.ts";
import type { Address, BlockNumber } from "../../core/units.ts";
import type { ChannelTerms } from "./voucher.ts";

/** One channel's part of a batch: its signature in 64 bytes (ERC-2098). */
export type BatchClaim = {
  readonly channelId: Hex;
  readonly terms: ChannelTerms;
  readonly total: bigint;
  readonly compact: Hex;
};

/** What is done. Amounts in the token's units. */
export type Operation =
  | { readonly kind: "open"; readonly channelId: Hex; readonly terms: ChannelTerms; readonly amount: bigint }
  | {
      readonly kind: "topUp";
      readonly channelId: Hex;
      readonly terms: ChannelTerms;
      readonly amount: bigint;
      /** What will have been put in. */
      readonly deposited: bigint;
    }
  | {
      readonly kind: "claim";
      readonly channelId: Hex;
      readonly terms: ChannelTerms;
      readonly total: bigint;
      readonly signature: Hex;
    }
  | { readonly kind: "claimMany"; readonly claims: readonly BatchClaim[] }
  | { readonly kind: "finalizeClose"; readonly channelId: Hex; readonly terms: ChannelTerms }
  | { readonly kind: "resolveTimeout"; readonly jobId: Hex; readonly terms: JobTerms }
  | { readonly kind: "approve"; readonly jobId: Hex; readonly terms: JobTerms }
  | { readonly kind: "record"; readonly jobId: Hex; readonly terms: JobTerms }
  | { readonly kind: "divide"; readonly token: Address; readonly accounts: readonly Address[]; readonly sum: bigint };

/** An operation, and what it is worth. */
export type ValuedOperation = Operation & {
  readonly token: Address;
  /** What it brings, in the token's units; undefined for what is done by rule, whatever it costs. */
  readonly gain: bigint | undefined;
  /** Worth it as soon as it brings more than its gas, without the margin: what waits is lost. */
  readonly isUrgent: boolean;
};

/**
 * What an operation is asked for by: its name, and where the same may be due again, the block at which it is. Fees of the same
 * sum may have to be divided twice; to divide twice does no harm. [NX-FEE-03]
 */
export const textOf = (operation: Operation, block: BlockNumber): string =>
  operation.kind === "divide" ? `${identityOf(operation)} at block ${block}` : identityOf(operation);

/**
 * What names an operation for as long as it is still to be done, made of state that exists anyway: a channel and its total, a
 * job's id. Done once, the state has moved on and the same operation cannot be decided again.
 */
export const identityOf = (operation: Operation): string => {
  switch (operation.kind) {
    case "open":
    case "finalizeClose":
      return `${operation.kind} ${operation.channelId}`;
    case "topUp":
      return `topUp ${operation.channelId} to ${operation.deposited}`;
    case "claim":
      return `claim ${operation.channelId} up to ${operation.total}`;
    case "claimMany":
      return `claimMany ${operation.claims.map(({ channelId, total }) => `${channelId} up to ${total}`).join(", ")}`;
    case "resolveTimeout":
    case "approve":
    case "record":
      return `${operation.kind} ${operation.jobId}`;
    case "divide":
      return `divide ${operation.sum} of ${operation.token}`;
    default:
      return assertNever(operation);
  }
};

/** What kinds of operations were called; a journal may still say so. */
const OLD_KINDS: ReadonlyMap<string, string> = new Map([
  ["finishClose", "finalizeClose"],
  ["timeOut", "resolveTimeout"],
]);

/** The identity that a journal holds, by today's name of its kind: {@link identityOf} makes it of the same state. */
export const identityFrom = (written: string): string => {
  const [kind = "", ...rest] = written.split(" ");
  return [OLD_KINDS.get(kind) ?? kind, ...rest].join(" ");
};
