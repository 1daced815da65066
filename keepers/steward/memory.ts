import type { BallotMessage, SlowProposalMessage } from "../core/bus.ts";
import type { Hex } from "../core/hex.ts";
import type { Proposal, TokenChange } from "../core/proposal.ts";
import type { Address, BlockNumber } from "../core/units.ts";
import type { Intent, SendMemory } from "../sending/ports.ts";
import { emptyOutbox } from "../sending/outbox.ts";
import type { SignedBallot } from "./decide.ts";

/** A proposal that is looked after. */
export type Open = {
  readonly message: SlowProposalMessage;
  readonly ballots: Map<Address, SignedBallot>;
  /** Whether the journal has its content. */
  isKept: boolean;
  /** What was last told of where it stands, so that each change is told once. */
  told: string;
  /** Before this block it is not tried again: the last dry run was refused. */
  retryAt: BlockNumber | undefined;
  /** How many of its transactions were mined and reverted. */
  reverts: number;
  /** What our own execution changed, once its receipt is there. */
  changes: readonly TokenChange[] | undefined;
};

/** What a steward remembers. Losing it loses nothing that is on the chain: the journal has what was opened there. */
export type StewardMemory = SendMemory & {
  readonly open: Map<Hex, Open>;
  /** Ballots that came before their proposal. */
  readonly early: Map<Hex, readonly BallotMessage[]>;
  /** Digests that are done with, newest last. */
  readonly done: Set<Hex>;
  lookedAt: BlockNumber | undefined;
  /** Before this block there is nothing to do but to wait, unless a message comes in. */
  restUntil: BlockNumber | undefined;
};

/** Strangers can make us remember this much and no more. */
const MAX_OPEN = 32;
const MAX_EARLY = 64;
const MAX_EARLY_BALLOTS = 128;
const MAX_DONE = 256;

/** A memory of nothing. */
export const emptyStewardMemory = (): StewardMemory => ({
  ...emptyOutbox<Intent>(),
  open: new Map(),
  early: new Map(),
  done: new Set(),
  lookedAt: undefined,
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

/** Never touches this proposal again. */
export const finish = (memory: StewardMemory, hash: Hex): void => {
  memory.open.delete(hash);
  memory.early.delete(hash);
  memory.done.add(hash);
  dropOldest(memory.done, MAX_DONE);
};

/** Takes in a ballot; for a proposal that is not known yet it is kept. A forged one is passed over, the first counts. */
export const takeBallot = (checks: BallotChecks, memory: StewardMemory, ballot: BallotMessage): void => {
  if (memory.done.has(ballot.hash)) return;
  const open = memory.open.get(ballot.hash);
  if (open === undefined) {
    memory.early.set(ballot.hash, [...(memory.early.get(ballot.hash) ?? []), ballot].slice(-MAX_EARLY_BALLOTS));
    dropOldest(memory.early, MAX_EARLY);
    return;
  }
  if (open.ballots.has(ballot.signer) || !checks.isSigned(open.message, ballot)) return;
  open.ballots.set(ballot.signer, { support: ballot.support, signature: ballot.signature });
};

const reopen = (memory: StewardMemory, message: SlowProposalMessage, isKept: boolean): void => {
  memory.open.set(message.hash, {
    message,
    ballots: new Map(),
    isKept,
    told: "",
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
  const { hash } = message;
  if (memory.done.has(hash) || memory.open.has(hash)) return;
  if (checks.hashProposal(message.proposal) !== hash) return;
  const loose = [...memory.open.values()].find(({ isKept }) => !isKept);
  if (memory.open.size >= MAX_OPEN) {
    if (loose === undefined) return;
    memory.open.delete(loose.message.hash);
  }
  reopen(memory, message, false);
  const early = memory.early.get(hash) ?? [];
  memory.early.delete(hash);
  for (const ballot of early) takeBallot(checks, memory, ballot);
};
