import type { Hex } from "../hex.ts";

/** An Ed25519 key that signs; 64 bytes, the same for the same bytes. */
export type MessageSigner = { readonly messageKey: Hex; readonly sign: (bytes: Uint8Array) => Uint8Array };

/** An X25519 key pair. `box` and `open` are NaCl's, between this pair and another's public key; nonces have 24 bytes. */
export type BoxKeys = {
  readonly boxKey: Hex;
  readonly box: (text: Uint8Array, nonce: Uint8Array, to: Hex) => Uint8Array;
  /** Undefined for whatever cannot be opened. */
  readonly open: (sealed: Uint8Array, nonce: Uint8Array, from: Hex) => Uint8Array | undefined;
};

/** What envelopes are made of. tweetnacl is the reference; whatever replaces a part of it passes the same vectors. */
export type Primitives = {
  readonly verify: (bytes: Uint8Array, signature: Uint8Array, messageKey: Hex) => boolean;
  readonly secretbox: (text: Uint8Array, nonce: Uint8Array, key: Uint8Array) => Uint8Array;
  readonly openSecretbox: (sealed: Uint8Array, nonce: Uint8Array, key: Uint8Array) => Uint8Array | undefined;
  readonly random: (length: number) => Uint8Array;
  /** @param seed the private half of a key, 32 bytes */
  readonly signer: (seed: Uint8Array) => MessageSigner;
  /** @param secret the private half of a key, 32 bytes */
  readonly boxKeys: (secret: Uint8Array) => BoxKeys;
};

/** The order of the group, little-endian: a signature's second half is below it, or others could alter the signature. */
const ORDER = [
  0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0x10,
] as const;

const isBelowOrder = (scalar: Uint8Array): boolean => {
  for (let i = 31; i >= 0; i -= 1) {
    const [got, most] = [scalar[i] ?? 0, ORDER[i] ?? 0];
    if (got !== most) return got < most;
  }
  return false;
};

/** 2^255 - 19. */
const FIELD = (1n << 255n) - 19n;
/** The y of the points whose order is 8 or less: a signature by them says nothing about who signed. */
const WEAK: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  FIELD - 1n,
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
]);

const isStrong = (messageKey: Hex): boolean => {
  let y = 0n;
  for (let i = 64; i > 0; i -= 2) y = (y << 8n) | BigInt(`0x${messageKey.slice(i, i + 2)}`);
  y &= (1n << 255n) - 1n;
  return y < FIELD && !WEAK.has(y);
};

/** Keys that were looked at; as many as a registry has members, several times over. */
const MAX_KNOWN = 4_096;
const known = new Map<Hex, boolean>();

const isStrongKey = (messageKey: Hex): boolean => {
  const before = known.get(messageKey);
  if (before !== undefined) return before;
  if (known.size >= MAX_KNOWN) known.clear();
  const strong = isStrong(messageKey);
  known.set(messageKey, strong);
  return strong;
};

/**
 * Verifies as docs/messages.md has it: on what libraries differ about, second halves above the group's order and weak keys,
 * none of them is asked.
 */
export const verifyStrictly = (
  { verify }: Pick<Primitives, "verify">,
  {
    signed,
    signature,
    messageKey,
  }: { readonly signed: Uint8Array; readonly signature: Uint8Array; readonly messageKey: Hex },
): boolean =>
  signature.length === 64 &&
  isBelowOrder(signature.subarray(32)) &&
  isStrongKey(messageKey) &&
  verify(signed, signature, messageKey);
