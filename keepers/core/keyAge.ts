import type { Hex } from "./hex.ts";
import type { ProfileKeys } from "./envelope/members.ts";
import type { AgentStatus } from "./signerRecord.ts";
import { type Address, type UnixSeconds, unixSeconds } from "./units.ts";

const DAY = 86_400n;
/** So long before the vote key's age the operator is asked for the next one, in seconds. */
const ASK_BEFORE = 7n * DAY;

/** An agent's keys as the registry has them. Times are the chain's. */
export type RegisteredKeys = {
  readonly status: AgentStatus;
  readonly signer: Address;
  readonly signerSince: UnixSeconds;
  /** Undefined for an agent without a profile. */
  readonly profile: (ProfileKeys & { readonly uriDigest: Hex }) | undefined;
  readonly profileSince: UnixSeconds;
  /** The last second in which the keys before count. */
  readonly previousEnd: UnixSeconds;
};

/** Keys that we hold. `madeAt`: the chain's time when we made them; undefined for those that the operator gave us. */
export type HeldKeys = ProfileKeys & { readonly madeAt: UnixSeconds | undefined };

/** At which age keys are replaced, in days; zero for never. */
export type KeyAges = { readonly messageDays: number; readonly voteDays: number };

export type KeyFacts = {
  readonly now: UnixSeconds;
  readonly ages: KeyAges;
  readonly registered: RegisteredKeys;
  /** Our own vote signer. */
  readonly signer: Address;
  readonly held: readonly HeldKeys[];
};

/** What is to be done about message and box keys. */
export type KeyDecision =
  /** Not ours to renew now, or not old enough. */
  | { readonly kind: "wait" }
  /** The registry has keys that we do not hold: whoever registered them renews them. */
  | { readonly kind: "foreign" }
  /** `ready`: keys that were made for this renewal before, in an earlier life perhaps. */
  | { readonly kind: "renew"; readonly ready: ProfileKeys | undefined };

export const isSameKeys = (a: ProfileKeys, b: ProfileKeys): boolean =>
  a.messageKey === b.messageKey && a.boxKey === b.boxKey;

/** Keys that were made after the current ones were registered: they wait to be registered themselves. */
const isReady = ({ profile, profileSince }: RegisteredKeys, keys: HeldKeys): boolean =>
  keys.madeAt !== undefined && keys.madeAt > profileSince && (profile === undefined || !isSameKeys(keys, profile));

/** Whether message and box keys are renewed now. Says so again for as long as the registry has the old ones. */
export const decideKeys = ({ now, ages, registered, signer, held }: KeyFacts): KeyDecision => {
  const { profile, status } = registered;
  if (ages.messageDays === 0 || status !== "Active" || registered.signer !== signer || profile === undefined)
    return { kind: "wait" };
  if (!held.some((keys) => isSameKeys(keys, profile))) return { kind: "foreign" };
  const isOld = now >= registered.profileSince + BigInt(ages.messageDays) * DAY;
  if (!isOld || now <= registered.previousEnd) return { kind: "wait" };
  return { kind: "renew", ready: held.find((keys) => isReady(registered, keys)) };
};

/** Whether keys are still of use: the current ones, those that are about to be, and others while an overlap runs. */
export const isOfUse = (registered: RegisteredKeys, keys: HeldKeys, now: UnixSeconds): boolean =>
  now <= registered.previousEnd ||
  isReady(registered, keys) ||
  (registered.profile !== undefined && isSameKeys(keys, registered.profile));

/** From when on the operator is asked for another vote key; undefined where no age is set. */
export const askForVoteKeyFrom = ({ signerSince }: Pick<RegisteredKeys, "signerSince">, { voteDays }: KeyAges) =>
  voteDays === 0 ? undefined : unixSeconds(signerSince + BigInt(voteDays) * DAY - ASK_BEFORE);

/** Whole days from one time to another. */
export const daysBetween = (from: UnixSeconds, to: UnixSeconds): bigint => (to - from) / DAY;
