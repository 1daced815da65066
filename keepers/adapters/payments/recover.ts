import { createRequire } from "node:module";
import { SigningKey } from "ethers";
import type { Hex } from "../../core/hex.ts";
import { address } from "../../core/units.ts";
import type { RecoverSigner, Recovery } from "../../payments/ports.ts";
import type { FastKeccak } from "./keccak.ts";

/** The public key that signed, 65 bytes and uncompressed. @throws Error when there is none */
type RecoverKey = (signature: Uint8Array, parity: 0 | 1, digest: Uint8Array) => Uint8Array;

/** What we use of the native package. */
type Native = {
  readonly ecdsaRecover: (
    ...of: readonly [signature: Uint8Array, parity: number, digest: Uint8Array, compressed: boolean]
  ) => Uint8Array;
};

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
export const recoverWith =
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

/** Recovery in plain TypeScript, 25 times slower; it needs nothing that was compiled for a machine. */
export const portableKey: RecoverKey = (signature, parity, digest) => {
  const [r, s] = [signature.subarray(0, SCALAR_BYTES), signature.subarray(SCALAR_BYTES)].map(
    (part): Hex => `0x${Buffer.from(part).toString("hex")}`,
  );
  const publicKey = SigningKey.recoverPublicKey(digest, { r: r ?? "", s: s ?? "", v: parity === 1 ? V_ODD : V_EVEN });
  return Buffer.from(publicKey.slice(2), "hex");
};

/** Recovery by libsecp256k1, or undefined where the package holds no build for this machine. */
export const nativeKey = (): RecoverKey | undefined => {
  try {
    // The package's own entry would fall back to a third implementation; ours is the one that is tested.
    const native = createRequire(import.meta.url)("secp256k1/bindings.js") as Native;
    return (signature, parity, digest) => native.ecdsaRecover(signature, parity, digest, false);
  } catch {
    return undefined;
  }
};

/** The fastest recovery that this machine has, and which one that is. */
export const loadRecovery = (
  keccak: FastKeccak,
): { readonly recover: RecoverSigner; readonly implementation: "native" | "portable" } => {
  const native = nativeKey();
  return native === undefined
    ? { recover: recoverWith(portableKey, keccak), implementation: "portable" }
    : { recover: recoverWith(native, keccak), implementation: "native" };
};
