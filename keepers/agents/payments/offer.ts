import type { Address, Seconds } from "../../core/units.ts";
import type { ChannelTerms } from "./voucher.ts";

/** Which channels a receiver serves. */
export type Offer = {
  readonly receiver: Address;
  readonly token: Address;
  /** Who may act for the receiver in a channel; whoever that is can close it without a voucher. */
  readonly receiverAuthorizers: readonly Address[];
  /** The receiver must notice a close within this time, and answer it. In seconds. */
  readonly minWithdrawDelay: Seconds;
};

/** Why a channel is not served, with the values. */
export type TermsRefusal =
  | { readonly reason: "WrongReceiver"; readonly receiver: Address; readonly wanted: Address }
  | { readonly reason: "WrongToken"; readonly token: Address; readonly wanted: Address }
  | { readonly reason: "StrangeAuthorizer"; readonly receiverAuthorizer: Address }
  | { readonly reason: "DelayTooShort"; readonly withdrawDelay: Seconds; readonly least: Seconds };

/** Whether a channel's terms are such that a voucher of it can be claimed in time. */
export const termsRefusal = (terms: ChannelTerms, offer: Offer): TermsRefusal | undefined => {
  const { receiver, token, receiverAuthorizer, withdrawDelay } = terms;
  if (receiver !== offer.receiver) return { reason: "WrongReceiver", receiver, wanted: offer.receiver };
  if (token !== offer.token) return { reason: "WrongToken", token, wanted: offer.token };
  if (!offer.receiverAuthorizers.includes(receiverAuthorizer)) {
    return { reason: "StrangeAuthorizer", receiverAuthorizer };
  }
  if (withdrawDelay >= offer.minWithdrawDelay) return undefined;
  return { reason: "DelayTooShort", withdrawDelay, least: offer.minWithdrawDelay };
};
