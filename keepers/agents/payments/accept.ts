import type { CHANNEL_STATES } from "../../core/channelTypes.ts";
import type { Hex } from "../../core/hex.ts";
import type { Address, UnixSeconds } from "../../core/units.ts";
import type { ChannelDomain, ChannelHashes, SignedVoucher } from "./voucher.ts";

export type ChannelState = (typeof CHANNEL_STATES)[number];

/** A channel as the chain shows it; amounts in the token's units. */
export type ChannelSnapshot = {
  readonly channelId: Hex;
  /** Who signs its vouchers. */
  readonly signer: Address;
  /** Whether the signer has code, so that it may sign by ERC-1271. */
  readonly isSignerContract: boolean;
  readonly state: ChannelState;
  readonly deposited: bigint;
  /** What was paid out of it already. */
  readonly paid: bigint;
  /** The last second in which nobody can finish its close; zero while it is open. */
  readonly closesAt: UnixSeconds;
  /** The time of the block that was read. */
  readonly time: UnixSeconds;
};

/** What the receiver holds of a channel. */
export type Stored = {
  /** The newest voucher that was accepted. */
  readonly last: Pick<SignedVoucher, "maxClaimableAmount" | "signature"> | undefined;
  /** The deadline of a common close that the receiver agreed to: until it has passed, vouchers might never be paid. */
  readonly agreedUntil: UnixSeconds | undefined;
};

/** Why a voucher is not accepted, with the values. Amounts in the token's units. */
export type VoucherRefusal =
  | { readonly reason: "WrongChain"; readonly chainId: bigint; readonly wanted: bigint }
  | { readonly reason: "WrongContract"; readonly channels: Address; readonly wanted: Address }
  | { readonly reason: "WrongChannel"; readonly channelId: Hex; readonly wanted: Hex }
  | { readonly reason: "ZeroTotal" }
  | { readonly reason: "NotAboveLast"; readonly total: bigint; readonly last: bigint }
  | { readonly reason: "NotAboveClaimed"; readonly total: bigint; readonly claimed: bigint }
  | { readonly reason: "WrongAmount"; readonly amount: bigint; readonly price: bigint }
  | { readonly reason: "AboveDeposit"; readonly total: bigint; readonly deposited: bigint }
  | { readonly reason: "ChannelUnknown"; readonly channelId: Hex }
  | { readonly reason: "ChannelClosing"; readonly closesAt: UnixSeconds }
  | { readonly reason: "ChannelExpired"; readonly closesAt: UnixSeconds }
  | { readonly reason: "ChannelClosed"; readonly channelId: Hex }
  | { readonly reason: "CloseAgreed"; readonly deadline: UnixSeconds }
  | { readonly reason: "MalformedSignature"; readonly bytes: number }
  | { readonly reason: "HighS"; readonly s: bigint }
  | { readonly reason: "ForeignSignature"; readonly recovered: Address; readonly signer: Address }
  | { readonly reason: "SignerDenied"; readonly signer: Address }
  /** Not the voucher's fault: our node shows nothing newer than `time`. */
  | { readonly reason: "StaleView"; readonly time: UnixSeconds; readonly now: UnixSeconds }
  /** Nor this: too many channels that we do not know are looked up at the same time. */
  | { readonly reason: "Busy" };

/** Who signed a digest, or why that cannot be said. */
export type Recovery =
  | { readonly kind: "signer"; readonly signer: Address }
  | { readonly kind: "highS"; readonly s: bigint }
  | { readonly kind: "malformed"; readonly bytes: number };

/** Recovers the signer of a digest from 64 or 65 bytes of ECDSA. */
export type RecoverSigner = (digest: Hex, signature: Hex) => Recovery;

export type Acceptance =
  /** To be stored before anything is given for it; `amount` is what it adds to the last, in the token's units. */
  | { readonly kind: "accepted"; readonly voucher: SignedVoucher; readonly amount: bigint }
  /** The last voucher once more, byte by byte: nothing is owed for it. */
  | { readonly kind: "repeated" }
  /** The key did not sign; the signer is a contract, and the chain must be asked whether it accepts the signature. */
  | { readonly kind: "askSigner"; readonly signer: Address; readonly digest: Hex }
  | { readonly kind: "refused"; readonly refusal: VoucherRefusal };

/** What a voucher is judged by. */
export type SeenVoucher = {
  readonly stored: Stored;
  readonly view: ChannelSnapshot;
  /** What it must add to the last, in the token's units; undefined for any amount. */
  readonly price: bigint | undefined;
};

const domainRefusal = (got: ChannelDomain, wanted: ChannelDomain): VoucherRefusal | undefined => {
  if (got.chainId !== wanted.chainId) return { reason: "WrongChain", chainId: got.chainId, wanted: wanted.chainId };
  if (got.channels === wanted.channels) return undefined;
  return { reason: "WrongContract", channels: got.channels, wanted: wanted.channels };
};

/** A closing channel still pays, but whoever gives more for it races the close. */
const stateRefusal = ({ state, channelId, closesAt, time }: ChannelSnapshot): VoucherRefusal | undefined => {
  if (state === "Open") return undefined;
  if (state === "None") return { reason: "ChannelUnknown", channelId };
  if (state === "Closed") return { reason: "ChannelClosed", channelId };
  return { reason: time > closesAt ? "ChannelExpired" : "ChannelClosing", closesAt };
};

const totalRefusal = (total: bigint, { stored, view, price }: SeenVoucher): VoucherRefusal | undefined => {
  const last = stored.last?.maxClaimableAmount ?? 0n;
  if (total === 0n) return { reason: "ZeroTotal" };
  if (total <= last) return { reason: "NotAboveLast", total, last };
  if (total <= view.paid) return { reason: "NotAboveClaimed", total, claimed: view.paid };
  if (total > view.deposited) return { reason: "AboveDeposit", total, deposited: view.deposited };
  const amount = total - soFar({ stored, view });
  return price === undefined || price === amount ? undefined : { reason: "WrongAmount", amount, price };
};

/** The total that the next voucher must be above: the last voucher's, or what the chain paid where that is more. */
export const soFar = ({
  stored,
  view,
}: {
  readonly stored: Pick<Stored, "last">;
  readonly view: Pick<ChannelSnapshot, "paid">;
}): bigint => {
  const last = stored.last?.maxClaimableAmount ?? 0n;
  return last > view.paid ? last : view.paid;
};

const agreementRefusal = ({ agreedUntil }: Stored, time: UnixSeconds): VoucherRefusal | undefined =>
  agreedUntil !== undefined && time <= agreedUntil ? { reason: "CloseAgreed", deadline: agreedUntil } : undefined;

const recoveryRefusal = (recovery: Recovery, signer: Address): VoucherRefusal | undefined => {
  if (recovery.kind === "malformed") return { reason: "MalformedSignature", bytes: recovery.bytes };
  if (recovery.kind === "highS") return { reason: "HighS", s: recovery.s };
  return recovery.signer === signer ? undefined : { reason: "ForeignSignature", recovered: recovery.signer, signer };
};

/** Whether a voucher is for this channel of this contract on this chain; undefined when it is. */
const placeRefusal = (
  { domain, channelId }: SignedVoucher,
  wanted: { readonly domain: ChannelDomain; readonly channelId: Hex },
): VoucherRefusal | undefined => {
  const elsewhere = domainRefusal(domain, wanted.domain);
  if (elsewhere !== undefined || channelId === wanted.channelId) return elsewhere;
  return { reason: "WrongChannel", channelId, wanted: wanted.channelId };
};

/**
 * Why the chain need not be asked about a voucher: it is for somewhere else, or, where no contract may sign, the channel's
 * signer did not sign it. Undefined when it is worth a look.
 */
export const refusalUnseen = (
  {
    channelId,
    signer,
    mayBeContract,
  }: { readonly channelId: Hex; readonly signer: Address; readonly mayBeContract: boolean },
  voucher: SignedVoucher,
  { hashes, recover }: { readonly hashes: ChannelHashes; readonly recover: RecoverSigner },
): VoucherRefusal | undefined => {
  const elsewhere = placeRefusal(voucher, { domain: hashes.domain, channelId });
  if (elsewhere !== undefined || mayBeContract) return elsewhere;
  return recoveryRefusal(recover(hashes.voucherDigest(voucher), voucher.signature), signer);
};

/** All that can be said without the signature; undefined when only that is left to check. */
const withoutSignature = (seen: SeenVoucher, voucher: SignedVoucher, domain: ChannelDomain): Acceptance | undefined => {
  const { stored, view } = seen;
  const elsewhere = placeRefusal(voucher, { domain, channelId: view.channelId });
  if (elsewhere !== undefined) return { kind: "refused", refusal: elsewhere };
  const { last } = stored;
  if (last?.maxClaimableAmount === voucher.maxClaimableAmount && last.signature === voucher.signature) {
    return { kind: "repeated" };
  }
  const refusal =
    stateRefusal(view) ?? agreementRefusal(stored, view.time) ?? totalRefusal(voucher.maxClaimableAmount, seen);
  return refusal === undefined ? undefined : { kind: "refused", refusal };
};

const accepted = (seen: SeenVoucher, voucher: SignedVoucher): Acceptance => ({
  kind: "accepted",
  voucher,
  amount: voucher.maxClaimableAmount - soFar(seen),
});

/**
 * Whether a voucher is as good as money: signed for this channel, contract and chain, above the last one and covered by the
 * deposit of an open channel. What costs least is asked first, so that a stranger cannot make us recover keys. The key comes
 * before ERC-1271, as on the chain. [NX-CHN-02]
 */
export const acceptVoucher = (
  seen: SeenVoucher,
  voucher: SignedVoucher,
  { hashes, recover }: { readonly hashes: ChannelHashes; readonly recover: RecoverSigner },
): Acceptance => {
  const early = withoutSignature(seen, voucher, hashes.domain);
  if (early !== undefined) return early;
  const { signer, isSignerContract } = seen.view;
  const digest = hashes.voucherDigest(voucher);
  const refusal = recoveryRefusal(recover(digest, voucher.signature), signer);
  if (refusal === undefined) return accepted(seen, voucher);
  return isSignerContract ? { kind: "askSigner", signer, digest } : { kind: "refused", refusal };
};

/** The same once a contract has said whether it accepts the signature: other vouchers may have come meanwhile. */
export const acceptAnswered = (
  seen: SeenVoucher,
  voucher: SignedVoucher,
  { accepts, domain }: { readonly accepts: boolean; readonly domain: ChannelDomain },
): Acceptance => {
  const early = withoutSignature(seen, voucher, domain);
  if (early !== undefined) return early;
  if (accepts) return accepted(seen, voucher);
  return { kind: "refused", refusal: { reason: "SignerDenied", signer: seen.view.signer } };
};
