import type { TypedDataDomain, TypedDataField } from "ethers";
import { CHANNELS_DOMAIN, CLOSE_TYPES, VOUCHER_TYPES } from "../../core/channelTypes.ts";
import { type Hex, hex } from "../../core/hex.ts";
import type { ChannelDomain, ChannelHashes, SignVoucher } from "../../agents/payments/ports.ts";
import { loadNative } from "./native.ts";

/** A wallet that signs typed data, as ethers' do. */
export type TypedSigner = {
  readonly signTypedData: (
    domain: TypedDataDomain,
    types: Record<string, TypedDataField[]>,
    value: Readonly<Record<string, unknown>>,
  ) => Promise<string>;
};

const typedDomain = ({ chainId, channels }: ChannelDomain): TypedDataDomain => ({
  ...CHANNELS_DOMAIN,
  chainId,
  verifyingContract: channels,
});

/** Signs vouchers with a payer's key, 65 bytes each. */
export const voucherSigner =
  (signer: TypedSigner, domain: ChannelDomain): SignVoucher =>
  async ({ channelId, maxClaimableAmount }) => {
    const message = { channelId, maxClaimableAmount };
    const signature = hex(await signer.signTypedData(typedDomain(domain), VOUCHER_TYPES, message));
    return { domain, channelId, maxClaimableAmount, signature };
  };

/** Signs that a receiver agrees to a common close. Afterwards it must accept no voucher until the deadline has passed. */
export const closeSigner =
  (signer: TypedSigner, domain: ChannelDomain) =>
  async (close: { readonly channelId: Hex; readonly total: bigint; readonly deadline: bigint }): Promise<Hex> =>
    hex(await signer.signTypedData(typedDomain(domain), CLOSE_TYPES, { ...close }));

const V_EVEN = 27;

/** Signs digests with a raw key by libsecp256k1, or in plain TypeScript where there is no build of it. 65 bytes each. */
const loadDigestSigner = async (secret: Hex): Promise<(digest: Hex) => Hex> => {
  const native = loadNative();
  if (native === undefined) {
    const { SigningKey } = await import("ethers");
    const key = new SigningKey(secret);
    return (digest) => hex(key.sign(digest).serialized);
  }
  const key = Buffer.from(secret.slice(2), "hex");
  return (digest) => {
    const { signature, recid } = native.ecdsaSign(Buffer.from(digest.slice(2), "hex"), key);
    return `0x${Buffer.from(signature).toString("hex")}${(V_EVEN + recid).toString(16)}`;
  };
};

/** Signs vouchers with a key that lies in this process, for who pays thousands in a second. */
export const loadKeySigner = async (secret: Hex, hashes: ChannelHashes): Promise<SignVoucher> => {
  const signDigest = await loadDigestSigner(secret);
  const { domain, voucherDigest } = hashes;
  return (voucher) => Promise.resolve({ ...voucher, domain, signature: signDigest(voucherDigest(voucher)) });
};
