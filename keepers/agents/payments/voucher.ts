import { CHANNELS_DOMAIN, CLOSE_TYPES, CONFIG_TYPES, type TypedField, VOUCHER_TYPES } from "../../core/channelTypes.ts";
import { type Hex, type Keccak, addressWord, concat, word } from "../../core/hex.ts";
import { domainSeparator, typeHash, typedDigest } from "../../core/typedData.ts";
import type { Address, Seconds } from "../../core/units.ts";

/** Where a voucher counts: one PaymentChannels on one chain. */
export type ChannelDomain = { readonly chainId: bigint; readonly channels: Address };

/** What a channel is; mirrors `ChannelConfig` of contracts/types/Channel.sol. Its hash is its id, so it never changes. */
export type ChannelTerms = {
  readonly payer: Address;
  /** Who signs vouchers; the zero address for the payer itself. */
  readonly payerAuthorizer: Address;
  readonly receiver: Address;
  /** Who may act for the receiver; the zero address for nobody else. */
  readonly receiverAuthorizer: Address;
  readonly token: Address;
  readonly withdrawDelay: Seconds;
  /** 32 bytes; tells channels of the same parties apart. */
  readonly salt: Hex;
};

/** A promise that the receiver may have had `maxClaimableAmount` in all, in the token's units. Each replaces the one below. */
export type Voucher = { readonly channelId: Hex; readonly maxClaimableAmount: bigint };

/** A voucher as it travels: where it counts, and 64 (ERC-2098) or 65 bytes of ECDSA, or what an ERC-1271 account takes. */
export type SignedVoucher = Voucher & { readonly domain: ChannelDomain; readonly signature: Hex };

/** Hashes under one domain; each equals the view of the same name of `IPaymentChannels`. */
export type ChannelHashes = {
  readonly domain: ChannelDomain;
  readonly channelIdOf: (terms: ChannelTerms) => Hex;
  readonly voucherDigest: (voucher: Voucher) => Hex;
  /** What a receiver signs to agree to a common close; `total` in the token's units, `deadline` its last second. */
  readonly closeDigest: (close: { readonly channelId: Hex; readonly total: bigint; readonly deadline: bigint }) => Hex;
};

const ZERO_ADDRESS = /^0x0{40}$/;

const encodeType = (name: string, fields: readonly TypedField[]): string =>
  `${name}(${fields.map((field) => `${field.type} ${field.name}`).join(",")})`;

/** Who signs a channel's vouchers. */
export const signerOf = ({ payer, payerAuthorizer }: Pick<ChannelTerms, "payer" | "payerAuthorizer">): Address =>
  ZERO_ADDRESS.test(payerAuthorizer) ? payer : payerAuthorizer;

/** Makes the hashes of one domain; type hashes and domain separator are computed once. */
export const channelHashes = (keccak: Keccak, domain: ChannelDomain): ChannelHashes => {
  const configType = typeHash(keccak, encodeType("ChannelConfig", CONFIG_TYPES.ChannelConfig));
  const voucherType = typeHash(keccak, encodeType("Voucher", VOUCHER_TYPES.Voucher));
  const closeType = typeHash(keccak, encodeType("Close", CLOSE_TYPES.Close));
  const separator = domainSeparator(keccak, {
    ...CHANNELS_DOMAIN,
    chainId: domain.chainId,
    verifyingContract: domain.channels,
  });
  const digest = (words: readonly Hex[]): Hex => typedDigest(keccak, separator, keccak(concat(words)));
  return {
    domain,
    channelIdOf: (terms) =>
      digest([
        configType,
        addressWord(terms.payer),
        addressWord(terms.payerAuthorizer),
        addressWord(terms.receiver),
        addressWord(terms.receiverAuthorizer),
        addressWord(terms.token),
        word(terms.withdrawDelay),
        terms.salt,
      ]),
    voucherDigest: ({ channelId, maxClaimableAmount }) => digest([voucherType, channelId, word(maxClaimableAmount)]),
    closeDigest: ({ channelId, total, deadline }) => digest([closeType, channelId, word(total), word(deadline)]),
  };
};
