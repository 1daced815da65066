import type { Topic } from "../bus.ts";
import type { Hex } from "../hex.ts";
import { type Address, address } from "../units.ts";

/** Version 1 of the envelope, byte for byte as docs/messages.md has it. */
export const VERSION = 1;
const MAGIC = [0x4e, 0x58, 0x4d, 0x53] as const;

/** What precedes the body, and the signature behind it, in bytes. */
export const HEADER_BYTES = 91;
export const SIGNATURE_BYTES = 64;
/** No envelope is longer. A proposal of sixteen calls for two hundred recipients is shorter. */
export const MAX_ENVELOPE_BYTES = 131_072;

/** The number of each topic on the wire. A number is never used again for another topic. */
export const TOPIC_NUMBERS: Readonly<Record<Topic, number>> = {
  proposals: 1,
  votes: 2,
  refusals: 3,
  results: 4,
  slowProposals: 5,
  ballots: 6,
};

export const TOPICS: readonly Topic[] = ["proposals", "votes", "refusals", "results", "slowProposals", "ballots"];

const topicOf = (wanted: number): Topic | undefined => TOPICS.find((topic) => TOPIC_NUMBERS[topic] === wanted);

/** What the sender signs, beside its body. */
export type Header = {
  readonly topic: Topic;
  /** Whether the body can be read by its recipients alone. */
  readonly isSealed: boolean;
  readonly chainId: bigint;
  /** The registry that the keys are registered in. */
  readonly registry: Address;
  /** The sending agent's id. */
  readonly sender: bigint;
  /** Above that of each earlier envelope of this sender and topic. */
  readonly sequence: bigint;
  /** The sender's clock, in whole milliseconds since the Unix epoch. */
  readonly sentAtMs: number;
  /** The Ed25519 public key that signs, 32 bytes. */
  readonly messageKey: Hex;
};

export type Envelope = Header & {
  readonly body: Uint8Array;
  /** All that the signature covers: everything before it. */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
};

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Bytes as text. */
export const hexOf = (bytes: Uint8Array): Hex => {
  let digits = "";
  for (const byte of bytes) digits += DIGITS[byte] ?? "";
  return `0x${digits}`;
};

/** Text as bytes; what is no hex digit counts as zero. */
export const bytesOf = (text: Hex): Uint8Array =>
  Uint8Array.from({ length: (text.length - 2) / 2 }, (_, i) => Number.parseInt(text.slice(2 + 2 * i, 4 + 2 * i), 16));

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Header and body as bytes: what is to be signed. @throws RangeError when a number does not fit its field */
export const encodeUnsigned = (header: Header, body: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(HEADER_BYTES + body.length);
  const view = viewOf(bytes);
  const { chainId, sender, sequence, sentAtMs } = header;
  const fits = chainId >> 64n === 0n && sender >> 32n === 0n && sequence >> 64n === 0n;
  if (!fits || !Number.isSafeInteger(sentAtMs) || sentAtMs < 0) throw new RangeError("the header does not fit");
  bytes.set([...MAGIC, VERSION, TOPIC_NUMBERS[header.topic], header.isSealed ? 1 : 0]);
  view.setBigUint64(7, chainId);
  bytes.set(bytesOf(header.registry), 15);
  view.setUint32(35, Number(sender));
  view.setBigUint64(39, sequence);
  view.setBigUint64(47, BigInt(sentAtMs));
  bytes.set(bytesOf(header.messageKey), 55);
  view.setUint32(87, body.length);
  bytes.set(body, HEADER_BYTES);
  return bytes;
};

/** The envelope: what was signed, and the signature behind it. */
export const encodeEnvelope = (signed: Uint8Array, signature: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(signed.length + SIGNATURE_BYTES);
  bytes.set(signed);
  bytes.set(signature, signed.length);
  return bytes;
};

/** Why bytes are no envelope of this version. */
export type LayoutRefusal = "too-large" | "malformed" | "unknown-version" | "unknown-topic";

export type Decoded =
  | { readonly kind: "envelope"; readonly envelope: Envelope }
  | { readonly kind: "refused"; readonly reason: LayoutRefusal };

const refused = (reason: LayoutRefusal): Decoded => ({ kind: "refused", reason });

const isMagic = (bytes: Uint8Array): boolean => MAGIC.every((byte, i) => bytes[i] === byte);

/** What is wrong before a field is read. */
const faultOf = (bytes: Uint8Array): LayoutRefusal | undefined => {
  if (bytes.length > MAX_ENVELOPE_BYTES) return "too-large";
  if (bytes.length < HEADER_BYTES + SIGNATURE_BYTES || !isMagic(bytes)) return "malformed";
  return bytes[4] === VERSION ? undefined : "unknown-version";
};

/** Reads an envelope. Each sequence of bytes has one meaning or none: no byte is ignored. Never throws. */
export const decodeEnvelope = (bytes: Uint8Array): Decoded => {
  const fault = faultOf(bytes);
  if (fault !== undefined) return refused(fault);
  const view = viewOf(bytes);
  const [topic, form] = [topicOf(view.getUint8(5)), view.getUint8(6)];
  if (topic === undefined) return refused("unknown-topic");
  const end = HEADER_BYTES + view.getUint32(87);
  const sentAtMs = Number(view.getBigUint64(47));
  const isWhole = end + SIGNATURE_BYTES === bytes.length && form <= 1 && Number.isSafeInteger(sentAtMs);
  if (!isWhole) return refused("malformed");
  return {
    kind: "envelope",
    envelope: {
      topic,
      isSealed: form === 1,
      chainId: view.getBigUint64(7),
      registry: address(hexOf(bytes.subarray(15, 35))),
      sender: BigInt(view.getUint32(35)),
      sequence: view.getBigUint64(39),
      sentAtMs,
      messageKey: hexOf(bytes.subarray(55, 87)),
      body: bytes.subarray(HEADER_BYTES, end),
      signed: bytes.subarray(0, end),
      signature: bytes.subarray(end),
    },
  };
};
