import { type HDNodeWallet, concat, encodeBytes32String, keccak256, toBeHex } from "ethers";

/** One value as RedStone signs it: 8 decimals, milliseconds since the epoch. */
export type RedstoneValue = { readonly name: string; readonly value: bigint; readonly milliseconds: number };

const MARKER = "0x000002ed57011e0000";
const VALUE_BYTES = 32;

/** One package of one value: what is signed, and the signature. */
const packageOf = ({ name, value, milliseconds }: RedstoneValue, wallet: HDNodeWallet): string => {
  const content = concat([
    encodeBytes32String(name),
    toBeHex(value, VALUE_BYTES),
    toBeHex(milliseconds, 6),
    toBeHex(VALUE_BYTES, 4),
    toBeHex(1, 3),
  ]);
  return concat([content, wallet.signingKey.sign(keccak256(content)).serialized]);
};

/**
 * What stands at the end of the calldata of whoever uses RedStone's values: a package of each signer for each value, their
 * number, an empty remark and the marker.
 */
export const redstonePayload = (values: readonly RedstoneValue[], signers: readonly HDNodeWallet[]): string => {
  const packages = values.flatMap((value) => signers.map((wallet) => packageOf(value, wallet)));
  return concat([...packages, toBeHex(packages.length, 2), toBeHex(0, 3), MARKER]);
};
