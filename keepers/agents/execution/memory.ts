import type { ProposalMessage, VoteMessage } from "../../core/bus.ts";
import type { ChainSnapshot } from "../../core/chainSnapshot.ts";
import type { Hex } from "../../core/hex.ts";
import type { Proposal } from "../../core/proposal.ts";
import type { Address } from "../../core/units.ts";
import { copyOf, isProposalMessage } from "../../core/messages.ts";
import type { Candidate } from "./decide.ts";

/** What the engine remembers between ticks. Losing it loses no pending transaction: the store and the chain have it. */
export type ExecutionMemory = {
  /** By digest: the copies that came in, since what the digest does not cover may be wrong in some, and the votes. */
  readonly candidates: Map<Hex, { readonly copies: Map<string, ProposalMessage>; readonly votes: Map<Address, Hex> }>;
  /** Votes that came before their proposal. */
  readonly early: Map<Hex, readonly VoteMessage[]>;
  /** Digests and copies that are done with, newest last. */
  readonly done: Set<string>;
  view: ChainSnapshot | undefined;
};

/** Strangers can make us remember this much and no more. */
const MAX_CANDIDATES = 64;
const MAX_COPIES = 4;
const MAX_EARLY = 256;
const MAX_EARLY_VOTES = 128;
const MAX_DONE = 1_024;

/** A memory of nothing. */
export const emptyExecutionMemory = (): ExecutionMemory => ({
  candidates: new Map(),
  early: new Map(),
  done: new Set(),
  view: undefined,
});

type Keyed<K> = {
  readonly size: number;
  readonly keys: () => Iterator<K>;
  readonly delete: (key: K) => boolean;
};

const dropOldest = <K>(keyed: Keyed<K>, maximum: number): void => {
  while (keyed.size > maximum) {
    const oldest = keyed.keys().next();
    if (oldest.done === true) return;
    keyed.delete(oldest.value);
  }
};

/** Never touches this proposal again. */
export const finish = (memory: ExecutionMemory, hash: Hex): void => {
  memory.candidates.delete(hash);
  memory.early.delete(hash);
  memory.done.add(hash);
  dropOldest(memory.done, MAX_DONE);
};

/** Never touches this copy again; another one of the same proposal may be right. */
export const dropCopy = (memory: ExecutionMemory, message: ProposalMessage): void => {
  const copy = copyOf(message);
  memory.candidates.get(message.hash)?.copies.delete(copy);
  memory.done.add(copy);
  dropOldest(memory.done, MAX_DONE);
};

/** Every copy with the votes of its proposal. */
export const candidatesOf = ({ candidates }: ExecutionMemory): readonly Candidate[] =>
  [...candidates.values()].flatMap(({ copies, votes }) => [...copies.values()].map((message) => ({ message, votes })));

/** How messages are checked before they are believed. */
export type Checks = {
  readonly hashProposal: (proposal: Proposal) => Hex;
  /** Who signed, or undefined. */
  readonly recover: (hash: Hex, signature: Hex) => Address | undefined;
};

const addVote = (checks: Checks, memory: ExecutionMemory, vote: VoteMessage): void => {
  const candidate = memory.candidates.get(vote.hash);
  if (candidate === undefined) {
    memory.early.set(vote.hash, [...(memory.early.get(vote.hash) ?? []), vote].slice(-MAX_EARLY_VOTES));
    dropOldest(memory.early, MAX_EARLY);
    return;
  }
  if (candidate.votes.has(vote.signer)) return;
  // A signature that is not the signer's would sink the whole transaction.
  if (checks.recover(vote.hash, vote.signature) === vote.signer) candidate.votes.set(vote.signer, vote.signature);
};

/** Takes in a vote; for a proposal that is not known yet it is kept. Twice the same is once; a forged one is passed over. */
export const takeVote = (checks: Checks, memory: ExecutionMemory, vote: VoteMessage): void => {
  if (!memory.done.has(vote.hash)) addVote(checks, memory, vote);
};

/** Takes in a copy of a proposal, and the votes that came before it. What is malformed or under a wrong digest is nothing. */
export const takeProposal = (checks: Checks, memory: ExecutionMemory, message: ProposalMessage): void => {
  if (!isProposalMessage(message)) return;
  const { hash } = message;
  const copy = copyOf(message);
  if (memory.done.has(hash) || memory.done.has(copy)) return;
  if (checks.hashProposal(message.proposal) !== hash) return;
  const known = memory.candidates.get(hash);
  if (known !== undefined) {
    known.copies.set(copy, message);
    dropOldest(known.copies, MAX_COPIES);
    return;
  }
  memory.candidates.set(hash, { copies: new Map([[copy, message]]), votes: new Map() });
  dropOldest(memory.candidates, MAX_CANDIDATES);
  const early = memory.early.get(hash) ?? [];
  memory.early.delete(hash);
  for (const vote of early) addVote(checks, memory, vote);
};
