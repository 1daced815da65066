import type { TypedDataDomain, TypedDataField } from "ethers";
import { CHANNELS_DOMAIN, CLOSE_TYPES, VOUCHER_TYPES } from "../../core/channelTypes.ts";
import { type Hex, hex } from "../../core/hex.ts";
import type { ChannelDomain, SignVoucher } from "../../payments/ports.ts";

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
