import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign, verify } from "node:crypto";
import nacl from "tweetnacl";
import { bytesOf, hexOf } from "../../core/envelope/layout.ts";
import type { BoxKeys, MessageSigner, Primitives } from "../../core/envelope/primitives.ts";
import type { Hex } from "../../core/hex.ts";

/** As many peers' keys are kept ready; a registry has no more members than that at once. */
const MAX_KEPT = 1_024;

/** Remembers what was computed of a key. Once full it begins again, so that strangers' keys cannot fill the memory. */
const remembering = <T>(compute: (key: Hex) => T): ((key: Hex) => T) => {
  const kept = new Map<Hex, T>();
  return (key) => {
    const known = kept.get(key);
    if (known !== undefined) return known;
    if (kept.size >= MAX_KEPT) kept.clear();
    const computed = compute(key);
    kept.set(key, computed);
    return computed;
  };
};

/** Key agreement takes half a millisecond, so it is done once for each peer. */
const boxKeys = (secret: Uint8Array): BoxKeys => {
  const { publicKey, secretKey } = nacl.box.keyPair.fromSecretKey(secret);
  const shared = remembering((peer) => nacl.box.before(bytesOf(peer), secretKey));
  return {
    boxKey: hexOf(publicKey),
    box: (text, nonce, to) => nacl.box.after(text, nonce, shared(to)),
    open: (sealed, nonce, from) => nacl.box.open.after(sealed, nonce, shared(from)) ?? undefined,
  };
};

/** tweetnacl alone: the reference, in plain JavaScript. */
export const naclPrimitives: Primitives = {
  verify: (bytes, signature, messageKey) => nacl.sign.detached.verify(bytes, signature, bytesOf(messageKey)),
  secretbox: (text, nonce, key) => nacl.secretbox(text, nonce, key),
  openSecretbox: (sealed, nonce, key) => nacl.secretbox.open(sealed, nonce, key) ?? undefined,
  random: (length) => randomBytes(length),
  signer: (seed) => {
    const { publicKey, secretKey } = nacl.sign.keyPair.fromSeed(seed);
    return { messageKey: hexOf(publicKey), sign: (bytes) => nacl.sign.detached(bytes, secretKey) };
  },
  boxKeys,
};

/** What stands before a raw key in the encodings that Node reads (RFC 8410). */
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI = Buffer.from("302a300506032b6570032100", "hex");

const publicKeyOf = remembering((messageKey): KeyObject =>
  createPublicKey({ key: Buffer.concat([SPKI, bytesOf(messageKey)]), format: "der", type: "spki" }),
);

const nativeSigner = (seed: Uint8Array): MessageSigner => {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: "der", type: "pkcs8" });
  const { messageKey } = naclPrimitives.signer(seed);
  return { messageKey, sign: (bytes) => sign(null, bytes, key) };
};

/** A key that is no point cannot be made into one: nothing was signed by it. */
const nativeVerify: Primitives["verify"] = (bytes, signature, messageKey) => {
  try {
    return verify(null, bytes, publicKeyOf(messageKey), signature);
  } catch {
    return false;
  }
};

/** The same with Node's Ed25519, which signs and verifies some hundred times as fast. */
export const nativePrimitives: Primitives = { ...naclPrimitives, verify: nativeVerify, signer: nativeSigner };
