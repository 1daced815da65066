import { encodeBody } from "../../keepers/adapters/bus/bodies.ts";
import { nativePrimitives } from "../../keepers/adapters/bus/nacl.ts";
import { type Gate, type Sequences, createGate } from "../../keepers/core/envelope/gate.ts";
import { MAX_ENVELOPE_BYTES } from "../../keepers/core/envelope/layout.ts";
import { DEFAULT_RATE } from "../../keepers/core/envelope/windows.ts";
import { writeEnvelope } from "../../keepers/core/envelope/write.ts";
import type { Random } from "../../keepers/core/random.ts";
import { CHAIN_TIME, MESSAGES, NOW_MS, REALM, bytesOfOne, identityOf, letterOf, worldOf } from "./envelopes.ts";
import { account } from "./keeperBuilders.ts";

const [honest, ours, hostile, stranger] = [1, 2, 3, 9].map((n) => identityOf(n));
if (honest === undefined || ours === undefined || hostile === undefined || stranger === undefined) throw new Error();

const BODY = encodeBody(MESSAGES.votes);
const REALMS = { right: REALM, chain: { ...REALM, chainId: 1328n }, registry: { ...REALM, registry: account(8) } };
const OVERSIZED = new Uint8Array(MAX_ENVELOPE_BYTES + 1);

const write = (from = hostile, changes: Parameters<typeof letterOf>[1] = {}, realm = REALM): Uint8Array =>
  writeEnvelope({ primitives: nativePrimitives, realm }, from, letterOf(BODY, changes));

/** Some hundred envelopes that somebody really signed; an attack is made of them, since signing a million takes a minute. */
const models = (): readonly Uint8Array[] =>
  Array.from({ length: 64 }, (_, n) => {
    const sequence = BigInt(n + 1);
    const recipients = n % 2 === 0 ? [ours.boxKeys.boxKey, honest.boxKeys.boxKey] : undefined;
    return write(hostile, { sequence, recipients });
  });

type Attack = (random: Random, models: readonly Uint8Array[]) => Uint8Array;

const pick = (random: Random, from: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(from[Number(random.below(BigInt(from.length)))] ?? []);

const madeOnce = new Map<string, Uint8Array>();
const once = (name: string, make: () => Uint8Array): Uint8Array => {
  const known = madeOnce.get(name) ?? make();
  madeOnce.set(name, known);
  return known;
};

/** Kinds of hostile messages; each is refused whatever else happens. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  altered: (random, from) => {
    const bytes = pick(random, from);
    const bit = Number(random.below(BigInt(bytes.length * 8)));
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return bytes;
  },
  forged: (random) => {
    const bytes = Uint8Array.from(once("forged", () => write(hostile, { sequence: 1n })));
    for (let i = bytes.length - 64; i < bytes.length; i += 1) bytes[i] = Number(random.below(256n));
    bytes[45] = Number(random.below(256n));
    return bytes;
  },
  cut: (random, from) => {
    const bytes = pick(random, from);
    return bytes.subarray(0, Number(random.below(BigInt(bytes.length))));
  },
  junk: (random) => Uint8Array.from({ length: Number(random.below(300n)) }, () => Number(random.below(256n))),
  oversized: () => OVERSIZED,
  "another chain's": () => once("chain", () => write(hostile, { sequence: 1n << 60n }, REALMS.chain)),
  "another registry's": () => once("registry", () => write(hostile, { sequence: 1n << 60n }, REALMS.registry)),
  "a stranger's": () => once("stranger", () => write(stranger, { sequence: 1n << 60n })),
  "another member's": () => once("other", () => write(honest, { sequence: 1n << 60n })),
  old: () => once("old", () => write(hostile, { sequence: 1n << 60n, sentAtMs: NOW_MS - 61_000 })),
  early: () => once("early", () => write(hostile, { sequence: 1n << 60n, sentAtMs: NOW_MS + 10_000_000 })),
  "of no topic": (random, from) => pick(random, from).fill(0x77, 5, 6),
  "of no version": (random, from) => pick(random, from).fill(0x77, 4, 5),
  "without sense": () => once("senseless", () => write(hostile, { sequence: 65n, body: bytesOfOne(0x7b, 90) })),
};

/** A gate in memory, its members agents 1 to 3. */
export const openGate = (): Gate => {
  const last = new Map<string, bigint>();
  const sequences: Sequences = {
    last: (topic, sender) => last.get(`${topic} ${sender}`) ?? 0n,
    accept: (topic, sender, sequence) => void last.set(`${topic} ${sender}`, sequence),
  };
  return createGate(worldOf([honest, ours, hostile], ours), { sequences, rate: DEFAULT_RATE });
};

export type AttackReport = {
  readonly hostile: number;
  /** Hostile ones that were accepted: must be none. */
  readonly effects: number;
  readonly honestSent: number;
  readonly honestAccepted: number;
  readonly reasons: ReadonlySet<string>;
};

/** Sends `count` hostile messages and an honest one after every hundred; time passes as at ten thousand a second. */
export const attack = (gate: Gate, random: Random, count: number): AttackReport => {
  const [from, kinds] = [models(), Object.values(ATTACKS)];
  const reasons = new Set<string>();
  let [effects, honestSent, honestAccepted] = [0, 0, 0];
  // All that is replayed was accepted once: it is the attacker's own, and said once.
  const first = { topic: "votes", owner: 3n, nowMs: NOW_MS, chainTime: CHAIN_TIME } as const;
  from.forEach((bytes) => gate.pass(bytes, first));
  for (let n = 0; n < count; n += 1) {
    const nowMs = NOW_MS + n / 10;
    const kind = kinds[Number(random.below(BigInt(kinds.length + 1)))];
    const bytes = kind === undefined ? pick(random, from) : kind(random, from);
    const passed = gate.pass(bytes, { ...first, nowMs });
    if (passed.kind === "accepted") effects += 1;
    else reasons.add(passed.reason);
    if (n % 100 !== 0) continue;
    honestSent += 1;
    const letter = write(honest, { sequence: BigInt(honestSent), sentAtMs: nowMs });
    const answer = gate.pass(letter, { ...first, owner: 1n, nowMs });
    if (answer.kind === "accepted") honestAccepted += 1;
  }
  return { hostile: count, effects, honestSent, honestAccepted, reasons };
};
