import { assertNever } from "../../core/assertNever.ts";
import type { JobTerms } from "../../core/jobTerms.ts";
import type { Hex } from "../../core/hex.ts";
import type { Address } from "../../core/units.ts";
import type { ChannelTerms } from "./voucher.ts";

/** One channel's part of a batch: its signature in 64 bytes (ERC-2098). */
export type BatchClaim = {
  readonly channelId: Hex;
  readonly terms: ChannelTerms;
  readonly total: bigint;
  readonly compact: Hex;
};

/** What is done. Amounts in the token's units. */
export type Deed =
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
  | { readonly kind: "finishClose"; readonly channelId: Hex; readonly terms: ChannelTerms }
  | { readonly kind: "timeOut"; readonly key: Hex; readonly terms: JobTerms }
  | { readonly kind: "approve"; readonly key: Hex; readonly terms: JobTerms }
  | { readonly kind: "record"; readonly key: Hex; readonly terms: JobTerms }
  | { readonly kind: "divide"; readonly token: Address; readonly accounts: readonly Address[]; readonly sum: bigint };

/** A deed, and what it is worth. */
export type Act = Deed & {
  readonly token: Address;
  /** What it brings, in the token's units; undefined for what is done by rule, whatever it costs. */
  readonly gain: bigint | undefined;
  /** Worth it as soon as it brings more than its gas, without the margin: what waits is lost. */
  readonly isUrgent: boolean;
};

/**
 * What names a deed for as long as it is still to be done, made of state that exists anyway: a channel and its total, a
 * job's key. Done once, the state has moved on and the same deed cannot be decided again.
 */
export const identityOf = (deed: Deed): string => {
  switch (deed.kind) {
    case "open":
    case "finishClose":
      return `${deed.kind} ${deed.channelId}`;
    case "topUp":
      return `topUp ${deed.channelId} to ${deed.deposited}`;
    case "claim":
      return `claim ${deed.channelId} up to ${deed.total}`;
    case "claimMany":
      return `claimMany ${deed.claims.map(({ channelId, total }) => `${channelId} up to ${total}`).join(", ")}`;
    case "timeOut":
    case "approve":
    case "record":
      return `${deed.kind} ${deed.key}`;
    case "divide":
      return `divide ${deed.sum} of ${deed.token}`;
    default:
      return assertNever(deed);
  }
};
