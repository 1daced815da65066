import type { BusMessages, Topic } from "../bus.ts";
import type { Address, UnixSeconds } from "../units.ts";
import { type Envelope, type LayoutRefusal, decodeEnvelope } from "./layout.ts";
import { type Member, type TimedKeys, keysAt } from "./members.ts";
import { type BoxKeys, type Primitives, verifyStrictly } from "./primitives.ts";
import { openSealed, parseSealed } from "./seal.ts";
import { MAX_AHEAD_MS, TOPIC_RULES } from "./windows.ts";

/** Why an envelope has no effect; docs/messages.md says what each means. */
export type EnvelopeRefusal =
  | LayoutRefusal
  | "other-chain"
  | "other-registry"
  | "wrong-stream"
  | "stranger"
  | "unknown-key"
  | "too-old"
  | "from-the-future"
  | "replayed"
  | "too-fast"
  | "bad-signature"
  | "foreign-box-key"
  | "not-for-us"
  | "cannot-open"
  | "bad-body";

/** A message of whichever topic, with its topic. */
export type TopicMessage = { readonly [T in Topic]: { readonly topic: T; readonly message: BusMessages[T] } }[Topic];

/** Turns a body into its message; undefined for one that is not written canonically or has anything out of range. */
export type ParseBody = (topic: Topic, body: Uint8Array) => TopicMessage | undefined;

/** What does not change from one envelope to the next. */
export type ReaderWorld = {
  readonly primitives: Primitives;
  readonly parseBody: ParseBody;
  readonly chainId: bigint;
  readonly registry: Address;
  /** Our own box keys, the newest first. */
  readonly boxKeys: () => readonly BoxKeys[];
  readonly member: (agentId: bigint) => Member | undefined;
};

/** Where an envelope was found, and when. */
export type Found = {
  readonly topic: Topic;
  /** Whose stream or channel it is. */
  readonly owner: bigint;
  /** The highest sequence that was accepted of this owner and topic. */
  readonly last: bigint;
  readonly nowMs: number;
  /** The newest head's time. */
  readonly chainTime: UnixSeconds;
  /** Takes one from what this owner may cost us; false when there is nothing left. */
  readonly spend: () => boolean;
};

/** `isAuthentic`: the sender did sign it, so its sequence is used up, whether or not its body is of use. */
export type Read =
  | { readonly kind: "accepted"; readonly envelope: Envelope; readonly content: TopicMessage }
  | { readonly kind: "refused"; readonly reason: EnvelopeRefusal; readonly authentic: Envelope | undefined };

const refuse = (reason: EnvelopeRefusal, authentic?: Envelope): Read => ({ kind: "refused", reason, authentic });

const placeFault = (world: ReaderWorld, envelope: Envelope, found: Found): EnvelopeRefusal | undefined => {
  if (envelope.chainId !== world.chainId) return "other-chain";
  if (envelope.registry !== world.registry) return "other-registry";
  return envelope.sender === found.owner && envelope.topic === found.topic ? undefined : "wrong-stream";
};

const timeFault = ({ sentAtMs, sequence }: Envelope, { topic, last, nowMs }: Found): EnvelopeRefusal | undefined => {
  if (sequence <= last) return "replayed";
  if (nowMs - sentAtMs > TOPIC_RULES[topic].maxAgeMs) return "too-old";
  return sentAtMs - nowMs > MAX_AHEAD_MS ? "from-the-future" : undefined;
};

type Opened =
  { readonly kind: "body"; readonly body: Uint8Array } | { readonly kind: "refused"; readonly reason: EnvelopeRefusal };

/** The body, opened where it is sealed. It must be sealed by the box key that is registered with the key that signed. */
const openBody = ({ primitives, boxKeys }: ReaderWorld, envelope: Envelope, keys: TimedKeys): Opened => {
  if (!envelope.isSealed) return { kind: "body", body: envelope.body };
  const sealed = parseSealed(envelope.body);
  if (sealed === undefined) return { kind: "refused", reason: "malformed" };
  // Else whoever cannot read a body could sign it as its own.
  if (sealed.senderBoxKey !== keys.boxKey) return { kind: "refused", reason: "foreign-box-key" };
  const opened = openSealed(primitives, sealed, boxKeys());
  return opened.kind === "opened" ? { kind: "body", body: opened.body } : opened;
};

/**
 * Judges one envelope from anybody. What costs little is asked first, so that a flood is cheap to refuse. Never throws; all
 * that is not accepted has no effect but a counter. [NX-KEE-04]
 */
export const readEnvelope = (world: ReaderWorld, bytes: Uint8Array, found: Found): Read => {
  const decoded = decodeEnvelope(bytes);
  if (decoded.kind === "refused") return refuse(decoded.reason);
  const { envelope } = decoded;
  const fault = placeFault(world, envelope, found) ?? timeFault(envelope, found);
  if (fault !== undefined) return refuse(fault);
  // What was seen before costs nothing: a stream is read again after each new connection.
  if (!found.spend()) return refuse("too-fast");
  const valid = keysAt(world.member(envelope.sender), found.chainTime);
  if (valid.length === 0) return refuse("stranger");
  const keys = valid.find(({ messageKey }) => messageKey === envelope.messageKey);
  if (keys === undefined) return refuse("unknown-key");
  if (!verifyStrictly(world.primitives, envelope)) return refuse("bad-signature");
  const opened = openBody(world, envelope, keys);
  if (opened.kind === "refused") return refuse(opened.reason, envelope);
  const content = world.parseBody(envelope.topic, opened.body);
  return content === undefined ? refuse("bad-body", envelope) : { kind: "accepted", envelope, content };
};
