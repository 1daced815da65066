/** What the package gives to who sells or buys by voucher: `import { paywall } from "nexus/payments"`. */
export { address, seconds, unixSeconds } from "../../core/units.ts";
export type { Address, Seconds, UnixSeconds } from "../../core/units.ts";
export type { Hex, Keccak } from "../../core/hex.ts";
export { FatalError, RetryableError } from "../../core/errors.ts";
export { CHANNELS_DOMAIN, CLOSE_TYPES, CONFIG_TYPES, VOUCHER_TYPES } from "../../core/channelTypes.ts";
export { type Offer, type TermsRefusal, termsRefusal } from "../../agents/payments/offer.ts";
export { acceptAnswered, acceptVoucher, soFar } from "../../agents/payments/accept.ts";
export { parseTerms, parseVoucher, termsToWire, voucherToWire } from "../../agents/payments/parse.ts";
export { channelHashes, signerOf } from "../../agents/payments/voucher.ts";
export { CHANNEL_SCHEME, networkOf } from "../../agents/payments/x402.ts";
export type {
  ChannelPayload,
  PaymentPayload,
  PaymentRequired,
  Requirements,
  ServerState,
  Settlement,
} from "../../agents/payments/x402.ts";
export type * from "../../agents/payments/ports.ts";
export { channelReader, signerAsker } from "./chain.ts";
export { type VoucherIntake, type IntakeAnswer, type IntakeSettings, voucherIntake } from "./intake.ts";
export { paidListener } from "./httpServer.ts";
export { type FastKeccak, loadKeccak } from "./keccak.ts";
export { type FetchSettings, type PaidCall, type PayingFetch, payingFetch } from "./payingFetch.ts";
export {
  type Endpoint,
  type OtherScheme,
  type PaidRequest,
  type Paywall,
  type PaywallSettings,
  paywall,
} from "./paywall.ts";
export { loadRecovery } from "./recover.ts";
export type { Reply } from "./sales.ts";
export { type TypedSigner, closeSigner, loadKeySigner, voucherSigner } from "./sign.ts";
export { type OpenedStore, type StoreOptions, openVoucherStore } from "./store.ts";
export { type ChannelWallet, channelWallet } from "./wallet.ts";
export type { FindChannel, WalletSettings } from "./ways.ts";
export { nexusScheme } from "./x402Scheme.ts";
