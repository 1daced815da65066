import { Signature, recoverPublicKey } from "@noble/secp256k1";
import type { Hex } from "../../../keepers/core/hex.ts";
import { hexOf, keccak } from "../data/keccak.ts";
import { FIRST_V, type KeySignature } from "./signature.ts";

/** A point is written as a sign byte, then both coordinates. */
const COORDINATES = 1;
const ADDRESS_DIGITS = 40;

/** The account whose key signed a digest, in lower case; undefined where no key can have. */
export const signerOf = (digest: Hex, { r, s, v }: KeySignature): string | undefined => {
  try {
    const signature = new Signature(BigInt(r), BigInt(s), Number(v - FIRST_V));
    // A chain refuses the twin of a signature: only the lower half of `s` counts.
    if (signature.hasHighS()) return undefined;
    const bytes = Uint8Array.from({ length: 32 }, (_, i) => Number.parseInt(digest.slice(2 + 2 * i, 4 + 2 * i), 16));
    const options = { prehash: false, isCompressed: false };
    const point = recoverPublicKey(signature.toBytes("recovered"), bytes, options).slice(COORDINATES);
    return `0x${keccak(hexOf(point)).slice(-ADDRESS_DIGITS)}`;
  } catch {
    return undefined;
  }
};
