import type { Hex } from "../../core/hex.ts";
import { address } from "../../core/units.ts";
import type { RecoverSigner, Recovery } from "../../agents/payments/ports.ts";
import type { FastKeccak } from "./keccak.ts";
import { type Native, loadNative } from "./native.ts";

/** The public key that signed, 65 bytes and uncompressed. @throws Error when there is none */
type RecoverKey = (signature: Uint8Array, parity: 0 | 1, digest: Uint8Array) => Uint8Array;

const COMPACT_BYTES = 64;
const FULL_BYTES = 65;
const SCALAR_BYTES = 32;
/** v of a 65-byte signature is one of these: the chain knows no other. */
const V_EVEN = 27;
const V_ODD = 28;
const PARITY_BIT = 0x80;
/** Half of secp256k1's order. A larger s would be a second signature of the same digest (EIP-2). */
const MAX_S = Buffer.from("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0", "hex");

type Split = { readonly signature: Uint8Array; readonly parity: 0 | 1 };

/** The parts of a 64-byte (ERC-2098) or 65-byte signature; undefined when it has no such shape. */
const split = (signature: Buffer): Split | undefined => {
  if (signature.length === FULL_BYTES) {
    const v = signature[COMPACT_BYTES];
    if (v !== V_EVEN && v !== V_ODD) return undefined;
    return { signature: signature.subarray(0, COMPACT_BYTES), parity: v === V_ODD ? 1 : 0 };
  }
  if (signature.length !== COMPACT_BYTES) return undefined;
  const first = signature[SCALAR_BYTES] ?? 0;
  const plain = Buffer.from(signature);
  plain[SCALAR_BYTES] = first & (PARITY_BIT - 1);
  return { signature: plain, parity: (first & PARITY_BIT) === 0 ? 0 : 1 };
};

/** Makes a recovery of signers out of one of public keys, with the chain's rules: what it says holds on the chain. */
const recoverWith =
  (recoverKey: RecoverKey, { hashBytes }: FastKeccak): RecoverSigner =>
  (digest, signature): Recovery => {
    const raw = Buffer.from(signature.slice(2), "hex");
    const parts = split(raw);
    if (parts === undefined) return { kind: "malformed", bytes: raw.length };
    const s = Buffer.from(parts.signature.subarray(SCALAR_BYTES));
    if (s.compare(MAX_S) > 0) return { kind: "highS", s: BigInt(`0x${s.toString("hex")}`) };
    try {
      const key = recoverKey(parts.signature, parts.parity, Buffer.from(digest.slice(2), "hex"));
      return { kind: "signer", signer: address(`0x${hashBytes(key.subarray(1)).slice(24)}`) };
    } catch {
      return { kind: "malformed", bytes: raw.length };
    }
  };

const text = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes).toString("hex")}`;

/** Recovery in plain TypeScript, 25 times slower; it needs nothing that was compiled for a machine. */
export const portableRecovery = async (keccak: FastKeccak): Promise<RecoverSigner> => {
  const { SigningKey } = await import("ethers");
  return recoverWith((signature, parity, digest) => {
    const [r, s] = [text(signature.subarray(0, SCALAR_BYTES)), text(signature.subarray(SCALAR_BYTES))];
    const key = SigningKey.recoverPublicKey(digest, { r, s, v: parity === 1 ? V_ODD : V_EVEN });
    return Buffer.from(key.slice(2), "hex");
  }, keccak);
};

/** Recovery by libsecp256k1. */
export const nativeRecovery = (native: Native, keccak: FastKeccak): RecoverSigner =>
  recoverWith((signature, parity, digest) => native.ecdsaRecover(signature, parity, digest, false), keccak);

/** The fastest recovery that this machine has. */
export const loadRecovery = async (keccak: FastKeccak): Promise<RecoverSigner> => {
  const native = loadNative();
  return native === undefined ? portableRecovery(keccak) : nativeRecovery(native, keccak);
};
