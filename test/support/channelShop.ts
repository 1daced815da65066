import { type NodeRequest, channelReader, signerAsker } from "../../keepers/adapters/payments/chain.ts";
import { type VoucherIntake, voucherIntake } from "../../keepers/adapters/payments/intake.ts";
import { type Endpoint, type OtherScheme, type Paywall, paywall } from "../../keepers/adapters/payments/paywall.ts";
import { type TypedSigner, voucherSigner } from "../../keepers/adapters/payments/sign.ts";
import { type ChannelWallet, channelWallet } from "../../keepers/adapters/payments/wallet.ts";
import { ZERO_ADDRESS } from "../../keepers/core/proposal.ts";
import { hex } from "../../keepers/core/hex.ts";
import { address, seconds } from "../../keepers/core/units.ts";
import type { Offer } from "../../keepers/agents/payments/offer.ts";
import type { ChannelTerms, VoucherStore } from "../../keepers/agents/payments/ports.ts";
import { channelHashes } from "../../keepers/agents/payments/voucher.ts";
import { ethers } from "./chain.ts";
import { type Config, DEPOSIT, authorizer } from "./channels.ts";
import { CHAIN_ID, type Money } from "./money.ts";
import { fastKeccak, memoryStore, recover } from "./payments.ts";

/** A config of the contract's tests, as the library knows it. */
export const termsOfConfig = (config: Config): ChannelTerms => ({
  payer: address(config.payer),
  payerAuthorizer: address(config.payerAuthorizer),
  receiver: address(config.receiver),
  receiverAuthorizer: address(config.receiverAuthorizer),
  token: address(config.token),
  withdrawDelay: seconds(config.withdrawDelay),
  salt: hex(config.salt),
});

export const domainOf = (f: Pick<Money, "addresses">) => ({
  chainId: CHAIN_ID,
  channels: address(f.addresses.channels),
});
export const hashesOf = (f: Pick<Money, "addresses">) => channelHashes(fastKeccak.keccak, domainOf(f));

/** The test's chain, by JSON-RPC. */
export const request: NodeRequest = (method, params) => ethers.provider.send(method, [...params]);

const offerOf = (f: Money): Offer => ({
  receiver: address(f.payee.address),
  token: address(f.addresses.usdc),
  receiverAuthorizers: [ZERO_ADDRESS],
  minWithdrawDelay: seconds(900n),
});

/** The payee's voucher intake on the real contract; it looks at the chain each time. */
export const chainIntake = (f: Money, store: VoucherStore = memoryStore()): VoucherIntake =>
  voucherIntake({
    offer: offerOf(f),
    hashes: hashesOf(f),
    recover,
    askSigner: signerAsker(request),
    store,
    readChannel: channelReader(request, hashesOf(f)),
    nowMs: () => performance.now(),
    maxAgeMs: 0,
    minAgeMs: 0,
  });

/** A seller whose channels are on the test's chain. */
export const chainWall = (
  f: Money,
  {
    endpoint,
    intake,
    origin,
    others = [],
  }: {
    readonly endpoint: Endpoint;
    readonly intake: VoucherIntake;
    readonly origin: string;
    readonly others?: readonly OtherScheme[];
  },
): Paywall => paywall({ intake, domain: domainOf(f), offer: offerOf(f), endpoint, others, origin, timeoutSeconds: 60 });

/** The wallet of a channel's payer. */
export const chainWallet = (
  f: Money,
  config: Config,
  { store = memoryStore(), key = authorizer }: { readonly store?: VoucherStore; readonly key?: TypedSigner } = {},
): ChannelWallet =>
  channelWallet({
    hashes: hashesOf(f),
    recover,
    sign: voucherSigner(key, domainOf(f)),
    store,
    findChannel: () => Promise.resolve(termsOfConfig(config)),
    maxPerRequest: DEPOSIT,
  });
