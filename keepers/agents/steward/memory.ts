import type { BallotMessage, SlowProposalMessage } from "../../core/bus.ts";
import type { Hex } from "../../core/hex.ts";
import type { Proposal, TokenChange } from "../../core/proposal.ts";
import { copyOf, isSlowProposalMessage } from "../../core/messages.ts";
import type { Address, BlockNumber } from "../../core/units.ts";
import type { SignedBallot } from "./decide.ts";

/** A proposal that is looked after. */
export type Open = {
  /** The copy that is tried. What the digest does not cover may be wrong in it. */
  message: SlowProposalMessage;
  /** Other copies of the same proposal and class, for when the dry run refuses this one. */
  readonly others: Map<string, SlowProposalMessage>;
  readonly ballots: Map<Address, SignedBallot>;
  /** Whether the journal has its content. */
  isKept: boolean;
  /** What was last told of where it stands, so that each change is told once. */
  lastReported: string;
  /** Before this block it is not tried again: the last dry run was refused. */
  retryAt: BlockNumber | undefined;
  /** How many of its transactions were mined and reverted. */
  reverts: number;
  /** What our own execution changed, once its receipt is there. */
  changes: readonly TokenChange[] | undefined;
};

/** What a steward remembers. Losing it loses nothing that is on the chain: the journal has what was opened there. */
export type StewardMemory = {
  /** By digest and class: a ballot names both. */
  readonly open: Map<string, Open>;
  /** Ballots that came before their proposal. */
  readonly early: Map<Hex, readonly BallotMessage[]>;
  /** Digests that are done with, newest last. */
  readonly done: Set<Hex>;
  readAt: BlockNumber | undefined;
  /** Before this block there is nothing to do but to wait, unless a message comes in. */
  restUntil: BlockNumber | undefined;
};

/** Strangers can make us remember this much and no more. */
const MAX_OPEN = 32;
const MAX_COPIES = 4;
const MAX_EARLY = 64;
const MAX_EARLY_BALLOTS = 128;
const MAX_DONE = 256;

/** A memory of nothing. */
export const emptyStewardMemory = (): StewardMemory => ({
  open: new Map(),
  early: new Map(),
  done: new Set(),
  readAt: undefined,
  restUntil: undefined,
});

/** How messages are checked before they are believed. */
export type BallotChecks = {
  readonly hashProposal: (proposal: Proposal) => Hex;
  /** Whether the ballot on that proposal is signed by whom it names. */
  readonly isSigned: (message: SlowProposalMessage, ballot: BallotMessage) => boolean;
};

const dropOldest = <K>(
  keyed: { readonly size: number; keys: () => Iterator<K>; delete: (key: K) => boolean },
  most: number,
): void => {
  while (keyed.size > most) {
    const oldest = keyed.keys().next();
    if (oldest.done === true) return;
    keyed.delete(oldest.value);
  }
};

const keyOf = ({ hash, riskClass }: Pick<SlowProposalMessage, "hash" | "riskClass">): string => `${hash} ${riskClass}`;

/** What is looked after under a digest, in each class that somebody said it has. */
export const openOf = (memory: StewardMemory, hash: Hex): readonly Open[] =>
  [...memory.open.values()].filter(({ message }) => message.hash === hash);

/** Tries another copy, if there is one; this one comes last. */
export const tryOther = (open: Open): void => {
  const [next] = open.others;
  if (next === undefined) return;
  const [copy, message] = next;
  open.others.delete(copy);
  open.others.set(copyOf(open.message), open.message);
  open.message = message;
  open.isKept = false;
};

/** Never touches this proposal again. */
export const finish = (memory: StewardMemory, hash: Hex): void => {
  for (const { message } of openOf(memory, hash)) memory.open.delete(keyOf(message));
  memory.early.delete(hash);
  memory.done.add(hash);
  dropOldest(memory.done, MAX_DONE);
};

/** Takes in a ballot; for a proposal that is not known yet it is kept. A forged one is passed over, the first counts. */
export const takeBallot = (checks: BallotChecks, memory: StewardMemory, ballot: BallotMessage): void => {
  if (memory.done.has(ballot.hash)) return;
  const all = openOf(memory, ballot.hash);
  if (all.length === 0) {
    memory.early.set(ballot.hash, [...(memory.early.get(ballot.hash) ?? []), ballot].slice(-MAX_EARLY_BALLOTS));
    dropOldest(memory.early, MAX_EARLY);
    return;
  }
  for (const open of all) {
    if (open.ballots.has(ballot.signer) || !checks.isSigned(open.message, ballot)) continue;
    open.ballots.set(ballot.signer, { support: ballot.support, signature: ballot.signature });
  }
};

const reopen = (memory: StewardMemory, message: SlowProposalMessage, isKept: boolean): void => {
  memory.open.set(keyOf(message), {
    message,
    others: new Map(),
    ballots: new Map(),
    isKept,
    lastReported: "",
    retryAt: undefined,
    reverts: 0,
    changes: undefined,
  });
};

/** Takes up what an earlier life opened and did not close. */
export const restore = (memory: StewardMemory, messages: readonly SlowProposalMessage[]): void => {
  for (const message of messages) reopen(memory, message, true);
};

/**
 * Takes in a proposal and the ballots that came before it. When there are too many, strangers' proposals give way and not
 * those that are on the chain.
 */
export const takeSlowProposal = (checks: BallotChecks, memory: StewardMemory, message: SlowProposalMessage): void => {
  if (!isSlowProposalMessage(message)) return;
  const { hash } = message;
  if (memory.done.has(hash) || checks.hashProposal(message.proposal) !== hash) return;
  const known = memory.open.get(keyOf(message));
  if (known !== undefined) {
    if (copyOf(message) !== copyOf(known.message)) known.others.set(copyOf(message), message);
    dropOldest(known.others, MAX_COPIES);
    return;
  }
  const loose = [...memory.open.values()].find(({ isKept }) => !isKept);
  if (memory.open.size >= MAX_OPEN) {
    if (loose === undefined) return;
    memory.open.delete(keyOf(loose.message));
  }
  reopen(memory, message, false);
  const early = memory.early.get(hash) ?? [];
  memory.early.delete(hash);
  for (const ballot of early) takeBallot(checks, memory, ballot);
};
