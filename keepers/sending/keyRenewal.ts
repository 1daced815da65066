import type { ProfileKeys } from "../core/envelope/members.ts";
import {
  type HeldKeys,
  type KeyAges,
  type RegisteredKeys,
  askForVoteKeyFrom,
  daysBetween,
  decideKeys,
  isOfUse,
} from "../core/keyAge.ts";
import type { Address, UnixSeconds } from "../core/units.ts";
import type { ChainTime, SendOperation, SubmitAnswer } from "./operation.ts";

/** What a keeper's message and box keys are kept in. */
export type KeyKeeping = {
  readonly all: () => readonly HeldKeys[];
  readonly make: (now: UnixSeconds) => Promise<HeldKeys>;
  readonly keep: (isWanted: (keys: HeldKeys) => boolean) => Promise<void>;
};

/** How keys are replaced; only of an agent that can. */
export type RenewalPorts = {
  readonly ring: KeyKeeping;
  /** Whether the owner lets the renewal's contract act for the agent. */
  readonly mayRenew: () => Promise<boolean>;
  readonly operationOf: (current: NonNullable<RegisteredKeys["profile"]>, next: ProfileKeys) => SendOperation;
  /** @throws RetryableError where the store does not answer */
  readonly submit: (operation: SendOperation, now: ChainTime) => Promise<SubmitAnswer>;
};

/** What looks after an agent's keys takes of the world. */
export type KeyPorts = {
  readonly head: () => ChainTime | undefined;
  readonly readKeys: () => Promise<RegisteredKeys>;
  /** Undefined for an agent whose message keys are its operator's alone to replace. */
  readonly renewal: RenewalPorts | undefined;
  /** Told what the registry has, at each look. `askFrom`: from when on its operator is asked for another vote key. */
  readonly onKeys: (registered: RegisteredKeys, askFrom: UnixSeconds | undefined) => void;
  readonly onTrouble: (what: string) => void;
};

export type KeySettings = {
  readonly agentId: bigint;
  readonly signer: Address;
  readonly ages: KeyAges;
  /** How often it looks, in blocks. */
  readonly everyBlocks: bigint;
};

const DAY = 86_400n;
/** So long an operation is tried before it is given up; the next look asks for another one. */
const TRIED_FOR = 600n;

type Renewal = { readonly registered: RegisteredKeys; readonly now: ChainTime; readonly daily: Daily };
/** Says something once a day, by the chain's time. */
type Daily = (what: string, id: string) => void;

const createDaily = (onTrouble: KeyPorts["onTrouble"]) => {
  const told = new Map<string, UnixSeconds>();
  return (now: UnixSeconds): Daily =>
    (what, id) => {
      const last = told.get(id);
      if (last !== undefined && now < last + DAY) return;
      told.set(id, now);
      onTrouble(what);
    };
};

const renew = async (
  { ring, mayRenew, operationOf, submit }: RenewalPorts,
  { agentId, signer, ages }: KeySettings,
  { registered, now, daily }: Renewal,
): Promise<void> => {
  const decision = decideKeys({ now: now.time, ages, registered, signer, held: ring.all() });
  const { profile } = registered;
  if (decision.kind === "foreign")
    daily(`agent ${agentId} has message keys in the registry that are not here: nobody renews them here`, "foreign");
  if (decision.kind !== "renew" || profile === undefined) return;
  if (!(await mayRenew())) {
    const age = daysBetween(registered.profileSince, now.time);
    const what = `the message keys of agent ${agentId} are ${age} days old, and it may not renew them`;
    daily(`${what}: let it once by nexus agent renewal --id ${agentId}, or use nexus agent rotate-keys`, "not-allowed");
    return;
  }
  // On the disk before anything is signed: what the chain may get to know as ours we can open.
  const next = decision.ready ?? (await ring.make(now.time));
  await submit(operationOf(profile, next), { ...now });
};

/**
 * Makes what looks after an agent's keys: replaces message and box keys once they are old, forgets keys that nobody needs, and
 * asks its operator for another vote key in time. Where it is stopped, the next life goes on by what file and chain say.
 * [NX-KEE-13]
 * @returns one look, to be called at each head
 */
export const createKeyCare = (ports: KeyPorts, settings: KeySettings): (() => Promise<void>) => {
  const dailyAt = createDaily(ports.onTrouble);
  let lookAt = 0n;
  /** By their message keys, those that were of no use at the last look. */
  let doubted: ReadonlySet<string> = new Set();
  /** Forgets what was of no use at two looks, one after the other: no single answer of a node makes us lose a key. */
  const forget = async ({ ring }: RenewalPorts, registered: RegisteredKeys, now: UnixSeconds): Promise<void> => {
    const useless = ring.all().filter((keys) => !isOfUse(registered, keys, now));
    const before = doubted;
    doubted = new Set(useless.map(({ messageKey }) => messageKey));
    await ring.keep(({ messageKey }) => !doubted.has(messageKey) || !before.has(messageKey));
  };
  const askForVoteKey = ({ signer, signerSince }: RegisteredKeys, askFrom: UnixSeconds | undefined, now: ChainTime) => {
    if (askFrom === undefined || now.time < askFrom || signer !== settings.signer) return;
    const age = `${daysBetween(signerSince, now.time)} days old, and is to be replaced at ${settings.ages.voteDays}`;
    dailyAt(now.time)(
      `the vote key of agent ${settings.agentId} is ${age}: nexus agent rotate-keys --id ${settings.agentId}, by its operator`,
      "vote-key",
    );
  };
  return async () => {
    const now = ports.head();
    if (now === undefined || now.block < lookAt) return;
    lookAt = now.block + settings.everyBlocks;
    const registered = await ports.readKeys();
    const askFrom = askForVoteKeyFrom(registered, settings.ages);
    ports.onKeys(registered, askFrom);
    askForVoteKey(registered, askFrom, now);
    const { renewal } = ports;
    if (renewal === undefined) return;
    await forget(renewal, registered, now.time);
    await renew(renewal, settings, { registered, now, daily: dailyAt(now.time) });
  };
};

/** Until when an operation of a renewal is tried. */
export const renewalDeadline = (now: UnixSeconds): bigint => now + TRIED_FOR;
