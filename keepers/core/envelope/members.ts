import type { Hex } from "../hex.ts";
import type { AgentStatus } from "../signerRecord.ts";
import type { UnixSeconds } from "../units.ts";

/** The keys that an agent registered together; 32 bytes each, zero for none. */
export type ProfileKeys = { readonly messageKey: Hex; readonly boxKey: Hex };

/** Keys that count up to and including a second of the chain's time; undefined for no end. */
export type TimedKeys = ProfileKeys & { readonly validUntil: UnixSeconds | undefined };

/** An agent as the registry's events tell of it. The current keys are the first. */
export type Member = { readonly agentId: bigint; readonly status: AgentStatus; readonly keys: readonly TimedKeys[] };

/** What changes a member, in the chain's order. */
export type MemberEvent =
  | { readonly kind: "joined"; readonly agentId: bigint; readonly profile: ProfileKeys }
  | {
      readonly kind: "profile";
      readonly agentId: bigint;
      readonly profile: ProfileKeys;
      /** The last second in which the keys before count. */
      readonly previousEnd: UnixSeconds;
    }
  | { readonly kind: "status"; readonly agentId: bigint; readonly status: AgentStatus };

export const NO_KEY: Hex = `0x${"0".repeat(64)}`;

/** A member after an event; of an agent that never joined only a joining makes one. */
export const withEvent = (member: Member | undefined, event: MemberEvent): Member | undefined => {
  if (event.kind === "joined") {
    return { agentId: event.agentId, status: "Active", keys: [{ ...event.profile, validUntil: undefined }] };
  }
  if (member === undefined) return undefined;
  if (event.kind === "status") return { ...member, status: event.status };
  const [before] = member.keys;
  // Keys that are older still end at once.
  const overlapping = before === undefined ? [] : [{ ...before, validUntil: event.previousEnd }];
  return { ...member, keys: [{ ...event.profile, validUntil: undefined }, ...overlapping] };
};

const counts = ({ validUntil }: TimedKeys, now: UnixSeconds): boolean => validUntil === undefined || now <= validUntil;

/** The keys of a member that count at a second of the chain's time; none unless it is active. [NX-AGT-02] */
export const keysAt = (member: Member | undefined, now: UnixSeconds): readonly TimedKeys[] =>
  member?.status === "Active" ? member.keys.filter((keys) => counts(keys, now)) : [];

/** What others seal for a member with; undefined when it has nothing to open them with. */
export const sealKeyOf = (member: Member, now: UnixSeconds): Hex | undefined => {
  const [current] = keysAt(member, now);
  return current === undefined || current.boxKey === NO_KEY ? undefined : current.boxKey;
};

/** Who may talk, as the registry's events tell it. */
export type Directory = {
  readonly member: (agentId: bigint) => Member | undefined;
  /** The active ones. */
  readonly members: () => readonly Member[];
  /** The newest head's time. */
  readonly chainTime: () => UnixSeconds;
};
