import type { Hex } from "../hex.ts";
import { bytesOf, hexOf } from "./layout.ts";
import type { BoxKeys, Primitives } from "./primitives.ts";

const KEY_BYTES = 32;
const NONCE_BYTES = 24;
/** A content key in its box. */
const BOXED_BYTES = 48;
const SLOT_BYTES = KEY_BYTES + BOXED_BYTES;
/** Sender's box key, nonce, number of recipients. */
const PREFIX_BYTES = KEY_BYTES + NONCE_BYTES + 2;
/** What a secretbox adds. */
const TAG_BYTES = 16;

/** For so many recipients a body is sealed at the most. */
export const MAX_RECIPIENTS = 512;

/** A sealed body in its parts. */
export type Sealed = {
  readonly senderBoxKey: Hex;
  readonly nonce: Uint8Array;
  readonly slots: readonly { readonly boxKey: Hex; readonly boxed: Uint8Array }[];
  readonly content: Uint8Array;
};

const ascending = (a: Hex, b: Hex): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Seals a body: a fresh key opens the body, and a box for each recipient holds that key.
 * @param recipients X25519 public keys; each counts once, in whatever order
 * @throws RangeError without a recipient, or for more than {@link MAX_RECIPIENTS}
 */
export const sealBody = (
  { secretbox, random }: Pick<Primitives, "secretbox" | "random">,
  {
    body,
    from,
    recipients,
  }: { readonly body: Uint8Array; readonly from: BoxKeys; readonly recipients: readonly Hex[] },
): Uint8Array => {
  const keys = [...new Set(recipients)].sort(ascending);
  if (keys.length === 0 || keys.length > MAX_RECIPIENTS) throw new RangeError(`${keys.length} recipients`);
  const [contentKey, nonce] = [random(KEY_BYTES), random(NONCE_BYTES)];
  const sealed = new Uint8Array(PREFIX_BYTES + keys.length * SLOT_BYTES + body.length + TAG_BYTES);
  sealed.set(bytesOf(from.boxKey));
  sealed.set(nonce, KEY_BYTES);
  sealed.set([keys.length >> 8, keys.length & 0xff], KEY_BYTES + NONCE_BYTES);
  keys.forEach((key, i) => {
    sealed.set(bytesOf(key), PREFIX_BYTES + i * SLOT_BYTES);
    // Each box has a key of its own, and so has the body: one nonce serves them all.
    sealed.set(from.box(contentKey, nonce, key), PREFIX_BYTES + i * SLOT_BYTES + KEY_BYTES);
  });
  sealed.set(secretbox(body, nonce, contentKey), PREFIX_BYTES + keys.length * SLOT_BYTES);
  return sealed;
};

/** Takes a sealed body apart; undefined when it is none, or not written as {@link sealBody} writes. */
export const parseSealed = (bytes: Uint8Array): Sealed | undefined => {
  const count = ((bytes[KEY_BYTES + NONCE_BYTES] ?? 0) << 8) | (bytes[KEY_BYTES + NONCE_BYTES + 1] ?? 0);
  const start = PREFIX_BYTES + count * SLOT_BYTES;
  if (count === 0 || count > MAX_RECIPIENTS || bytes.length < start + TAG_BYTES) return undefined;
  const slots = Array.from({ length: count }, (_, i) => {
    const at = PREFIX_BYTES + i * SLOT_BYTES;
    return {
      boxKey: hexOf(bytes.subarray(at, at + KEY_BYTES)),
      boxed: bytes.subarray(at + KEY_BYTES, at + SLOT_BYTES),
    };
  });
  const isAscending = slots.every(({ boxKey }, i) => i === 0 || (slots[i - 1]?.boxKey ?? "") < boxKey);
  if (!isAscending) return undefined;
  return {
    senderBoxKey: hexOf(bytes.subarray(0, KEY_BYTES)),
    nonce: bytes.subarray(KEY_BYTES, KEY_BYTES + NONCE_BYTES),
    slots,
    content: bytes.subarray(start),
  };
};

export type Unsealed =
  | { readonly kind: "opened"; readonly body: Uint8Array }
  | { readonly kind: "refused"; readonly reason: "not-for-us" | "cannot-open" };

/** Opens a sealed body with whichever of our keys it was sealed for. Never throws. */
export const openSealed = (
  { openSecretbox }: Pick<Primitives, "openSecretbox">,
  { senderBoxKey, nonce, slots, content }: Sealed,
  ours: readonly BoxKeys[],
): Unsealed => {
  for (const keys of ours) {
    const slot = slots.find(({ boxKey }) => boxKey === keys.boxKey);
    if (slot === undefined) continue;
    const contentKey = keys.open(slot.boxed, nonce, senderBoxKey);
    const body = contentKey && openSecretbox(content, nonce, contentKey);
    return body === undefined ? { kind: "refused", reason: "cannot-open" } : { kind: "opened", body };
  }
  return { kind: "refused", reason: "not-for-us" };
};
