import type { ProposalMessage, VoteMessage } from "../core/bus.ts";
import type { Hex } from "../core/hex.ts";
import type { ExecutionMemory, ExecutionPorts } from "./ports.ts";

/** Strangers can make us remember this much and no more. */
const MAX_CANDIDATES = 64;
const MAX_EARLY = 256;
const MAX_DONE = 1_024;

/** A memory of nothing. */
export const emptyMemory = (): ExecutionMemory => ({
  candidates: new Map(),
  early: new Map(),
  done: new Set(),
  inFlight: undefined,
  backlog: [],
  settledAt: undefined,
  view: undefined,
  accountNonce: 0n,
  lastExpired: undefined,
});

const dropOldest = (
  keyed: { readonly size: number; readonly keys: () => Iterator<Hex>; delete: (key: Hex) => boolean },
  maximum: number,
): void => {
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

const addVote = (ports: ExecutionPorts, memory: ExecutionMemory, vote: VoteMessage): void => {
  if (memory.done.has(vote.hash)) return;
  const candidate = memory.candidates.get(vote.hash);
  if (candidate === undefined) {
    memory.early.set(vote.hash, [...(memory.early.get(vote.hash) ?? []), vote]);
    dropOldest(memory.early, MAX_EARLY);
    return;
  }
  if (candidate.votes.has(vote.signer)) return;
  // A signature that is not the signer's would sink the whole transaction.
  if (ports.recover(vote.hash, vote.signature) === vote.signer) candidate.votes.set(vote.signer, vote.signature);
};

const addProposal = (ports: ExecutionPorts, memory: ExecutionMemory, message: ProposalMessage): void => {
  const { hash } = message;
  if (memory.done.has(hash) || memory.candidates.has(hash)) return;
  if (ports.hashProposal(message.proposal) !== hash) return;
  memory.candidates.set(hash, { message, votes: new Map() });
  dropOldest(memory.candidates, MAX_CANDIDATES);
  const early = memory.early.get(hash) ?? [];
  memory.early.delete(hash);
  for (const vote of early) addVote(ports, memory, vote);
};

/** Takes in what came by the bus. Twice the same is once; what is forged is passed over. */
export const collect = (ports: ExecutionPorts, memory: ExecutionMemory): void => {
  for (const message of ports.proposals.take()) addProposal(ports, memory, message);
  for (const vote of ports.votes.take()) addVote(ports, memory, vote);
};
