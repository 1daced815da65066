import { bytesOf, hexOf } from "../core/envelope/layout.ts";
import { type MessageSigner, type Primitives, verifyStrictly } from "../core/envelope/primitives.ts";
import { MAX_AHEAD_MS } from "../core/envelope/windows.ts";
import type { Realm } from "../core/envelope/write.ts";
import type { Hex } from "../core/hex.ts";
import { type Address, address } from "../core/units.ts";

/** What an operator tells the orchestrator to do with the process of one of its agents. */
export const VERBS = ["pause", "resume", "restart", "terminate"] as const;
export type Verb = (typeof VERBS)[number];

/** A command as its operator signs it. docs/orchestrator.md has the layout, byte for byte. */
export type LifecycleCommand = {
  readonly verb: Verb;
  /** The account of the agent's key. */
  readonly account: Address;
  /** Above that of each earlier command for this account. */
  readonly sequence: bigint;
  /** The operator's clock, in whole milliseconds since the Unix epoch. */
  readonly sentAtMs: number;
};

const MAGIC = [0x4e, 0x58, 0x4c, 0x43] as const;
const VERSION = 1;
const SIGNED_BYTES = 102;
export const COMMAND_BYTES = 166;
/** An older command has no effect, also where it was never seen. */
export const MAX_COMMAND_AGE_MS = 60_000;

/** Writes and signs a command. @throws RangeError for a number that does not fit its field */
export const writeCommand = (
  { chainId, registry }: Realm,
  signer: MessageSigner,
  { verb, account, sequence, sentAtMs }: LifecycleCommand,
): Uint8Array => {
  const fits = chainId >> 64n === 0n && sequence >> 64n === 0n && Number.isSafeInteger(sentAtMs) && sentAtMs >= 0;
  if (!fits) throw new RangeError("the command does not fit");
  const bytes = new Uint8Array(COMMAND_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set([...MAGIC, VERSION, VERBS.indexOf(verb) + 1]);
  view.setBigUint64(6, chainId);
  bytes.set(bytesOf(registry), 14);
  bytes.set(bytesOf(account), 34);
  view.setBigUint64(54, sequence);
  view.setBigUint64(62, BigInt(sentAtMs));
  bytes.set(bytesOf(signer.messageKey), 70);
  bytes.set(signer.sign(bytes.subarray(0, SIGNED_BYTES)), SIGNED_BYTES);
  return bytes;
};

export type CommandRefusal =
  | "malformed"
  | "unknown-version"
  | "unknown-verb"
  | "other-chain"
  | "other-registry"
  | "unknown-agent"
  | "foreign-operator"
  | "replayed"
  | "too-old"
  | "from-the-future"
  | "bad-signature"
  | "terminated";

export type JudgedCommand =
  | { readonly kind: "accepted"; readonly command: LifecycleCommand }
  | { readonly kind: "refused"; readonly reason: CommandRefusal };

/** What is known of a process before a command for it. `operatorKey`: the one key whose commands it obeys, Ed25519. */
export type Commanded = {
  readonly operatorKey: Hex | undefined;
  readonly lastSequence: bigint;
  readonly isTerminated: boolean;
};

export type JudgeWorld = {
  readonly primitives: Pick<Primitives, "verify">;
  readonly realm: Realm;
  /** Undefined for an account that the fleet does not have. */
  readonly commanded: (account: Address) => Commanded | undefined;
  readonly nowMs: number;
};

const layoutFault = (bytes: Uint8Array): CommandRefusal | undefined => {
  if (bytes.length !== COMMAND_BYTES || !MAGIC.every((byte, i) => bytes[i] === byte)) return "malformed";
  return bytes[4] === VERSION ? undefined : "unknown-version";
};

const timeFault = (
  { sequence, sentAtMs }: LifecycleCommand,
  last: bigint,
  nowMs: number,
): CommandRefusal | undefined => {
  if (sequence <= last) return "replayed";
  if (sentAtMs < nowMs - MAX_COMMAND_AGE_MS) return "too-old";
  return sentAtMs > nowMs + MAX_AHEAD_MS ? "from-the-future" : undefined;
};

const realmFault = ({ realm }: JudgeWorld, view: DataView, bytes: Uint8Array): CommandRefusal | undefined => {
  if (view.getBigUint64(6) !== realm.chainId) return "other-chain";
  return address(hexOf(bytes.subarray(14, 34))) === realm.registry ? undefined : "other-registry";
};

const refused = (reason: CommandRefusal): JudgedCommand => ({ kind: "refused", reason });

/** Whether a command was signed by the operator of that very agent, for here and now, and for the first time. [NX-ORC-03] */
export const judgeCommand = (world: JudgeWorld, bytes: Uint8Array): JudgedCommand => {
  const fault = layoutFault(bytes);
  if (fault !== undefined) return refused(fault);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const verb = VERBS[view.getUint8(5) - 1];
  if (verb === undefined) return refused("unknown-verb");
  const foreign = realmFault(world, view, bytes);
  if (foreign !== undefined) return refused(foreign);
  const account = address(hexOf(bytes.subarray(34, 54)));
  const command = { verb, account, sequence: view.getBigUint64(54), sentAtMs: Number(view.getBigUint64(62)) };
  const reason = refusalOf(world, command, bytes);
  return reason === undefined ? { kind: "accepted", command } : refused(reason);
};

const refusalOf = (
  { primitives, commanded, nowMs }: JudgeWorld,
  command: LifecycleCommand,
  bytes: Uint8Array,
): CommandRefusal | undefined => {
  const known = commanded(command.account);
  if (known === undefined) return "unknown-agent";
  const messageKey = hexOf(bytes.subarray(70, SIGNED_BYTES));
  if (messageKey !== known.operatorKey) return "foreign-operator";
  const late = timeFault(command, known.lastSequence, nowMs);
  if (late !== undefined) return late;
  const [signed, signature] = [bytes.subarray(0, SIGNED_BYTES), bytes.subarray(SIGNED_BYTES)];
  if (!verifyStrictly(primitives, { signed, signature, messageKey })) return "bad-signature";
  return known.isTerminated ? "terminated" : undefined;
};
