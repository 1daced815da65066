import { SigningKey, computeAddress, keccak256, recoverAddress } from "ethers";
import { type Hex, type Keccak, concat, hex, sizeOf, sliceBytes } from "../../core/hex.ts";
import { type Address, address } from "../../core/units.ts";

/** Keccak-256, for the core's functions that take it as a parameter. */
export const keccak: Keccak = (data) => hex(keccak256(data));

/** A private key that signs and is never shown. */
export type Key = {
  readonly address: Address;
  /** A 64-byte signature of a digest (ERC-2098), as Consensus takes votes. */
  readonly signVote: (digest: Hex) => Hex;
  /** For transactions. */
  readonly signingKey: SigningKey;
};

/** @throws TypeError when the secret is no secp256k1 key */
export const createKey = (secret: string): Key => {
  const signingKey = new SigningKey(secret);
  return {
    address: address(computeAddress(signingKey.publicKey)),
    signVote: (digest) => hex(signingKey.sign(digest).compactSerialized),
    signingKey,
  };
};

/** Who signed a vote, or undefined when the signature is malformed or recovers to nobody. */
export const recoverVoter = (digest: Hex, signature: Hex): Address | undefined => {
  if (sizeOf(signature) !== 64) return undefined;
  try {
    const parity = BigInt(sliceBytes(signature, 32, 33)) >> 7n;
    const s = BigInt(sliceBytes(signature, 32)) & ((1n << 255n) - 1n);
    const tail: Hex = `0x${s.toString(16).padStart(64, "0")}${parity === 1n ? "1c" : "1b"}`;
    return address(recoverAddress(digest, concat([sliceBytes(signature, 0, 32), tail])));
  } catch {
    return undefined;
  }
};
