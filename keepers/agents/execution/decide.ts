import type { ProposalMessage } from "../../core/bus.ts";
import { type ChainView, valueAt } from "../../core/chainView.ts";
import { type CastVotes, previewVotes } from "../../core/enactRule.ts";
import { type Hex, concat } from "../../core/hex.ts";
import type { Refusal } from "../../core/refusal.ts";
import { type Seat, nonceRefusal } from "../../core/seat.ts";
import type { Address } from "../../core/units.ts";

/** A proposal and the valid signatures that came in for it, by signer. */
export type Candidate = {
  readonly message: ProposalMessage;
  readonly votes: ReadonlyMap<Address, Hex>;
};

export type ExecutionPolicy = {
  /** Who sends. */
  readonly sender: Address;
  /** How many blocks a proposal may be old. */
  readonly maxAgeBlocks: bigint;
};

/** What to do about one candidate. */
export type ExecutionDecision =
  | { readonly kind: "enact"; readonly candidate: Candidate; readonly votes: Hex }
  /** Not yet: votes are missing. */
  | { readonly kind: "wait"; readonly candidate: Candidate; readonly why: Refusal }
  /** Never. */
  | { readonly kind: "drop"; readonly candidate: Candidate; readonly why: Refusal | "too-old" };

/** Reasons that more votes can cure. */
const CURABLE: ReadonlySet<Refusal> = new Set([
  "NoVotes",
  "ProposerDidNotVote",
  "BelowThreshold",
  "TooFewVoters",
  "TooFewOperators",
]);

/** Votes that count now, one for each agent, in ascending order of agents; the proposing agent's by its current key. */
export const orderVotes = (candidate: Candidate, view: ChainView): readonly (readonly [Seat, Hex])[] => {
  const byAgent = new Map<bigint, readonly [Seat, Hex]>();
  for (const seat of view.seats) {
    const signature = candidate.votes.get(seat.signer);
    const ended = seat.validUntil !== 0n && view.time > seat.validUntil;
    if (signature === undefined || seat.agentId === 0n || seat.status !== "Active" || ended) continue;
    const other = byAgent.get(seat.agentId);
    if (other === undefined || seat.validUntil === 0n) byAgent.set(seat.agentId, [seat, signature]);
  }
  return [...byAgent.values()].sort(([a], [b]) => (a.agentId < b.agentId ? -1 : 1));
};

const decideOne = (candidate: Candidate, view: ChainView, policy: ExecutionPolicy): ExecutionDecision => {
  const { proposal, block } = candidate.message;
  if (view.block > block + policy.maxAgeBlocks) return { kind: "drop", candidate, why: "too-old" };
  const own = view.seats.find((seat) => seat.agentId === proposal.agentId && seat.validUntil === 0n);
  const nonce = own === undefined ? "None" : nonceRefusal(own, proposal.nonce);
  if (nonce !== "None") return { kind: "drop", candidate, why: nonce };
  const ordered = orderVotes(candidate, view);
  const votes = concat(ordered.map(([, signature]) => signature));
  const cast: CastVotes = { size: ordered.length * 64, signers: ordered.map(([seat]) => seat.signer) };
  const seats = new Map(view.seats.map((seat) => [seat.signer, seat]));
  const { refusal } = previewVotes(proposal, cast, {
    now: view.time,
    sender: policy.sender,
    policy: view.policy,
    seatOf: (signer) => seats.get(signer),
  });
  if (refusal === "None") return { kind: "enact", candidate, votes };
  return CURABLE.has(refusal) ? { kind: "wait", candidate, why: refusal } : { kind: "drop", candidate, why: refusal };
};

/** The claim in USD with 18 decimals at the price's lower end; zero where there is none. */
const claimedValue = ({ message }: Candidate, view: ChainView): bigint => {
  const state = view.tokens.find(({ token }) => token === message.claim.token);
  return state === undefined ? 0n : valueAt(state, message.claim.profit, state.price.lower);
};

const better = (a: Candidate, b: Candidate, view: ChainView): number => {
  if (a.message.block !== b.message.block) return a.message.block > b.message.block ? -1 : 1;
  const [left, right] = [claimedValue(a, view), claimedValue(b, view)];
  if (left !== right) return left > right ? -1 : 1;
  return a.message.hash < b.message.hash ? -1 : 1;
};

/**
 * One decision for each candidate, those to enact first, the newest and then the most profitable leading. Only the first
 * `enact` should be acted on: the next block decides anew.
 */
export const decide = (
  candidates: readonly Candidate[],
  view: ChainView,
  policy: ExecutionPolicy,
): readonly ExecutionDecision[] => {
  const rank = { enact: 0, wait: 1, drop: 2 } as const;
  return candidates
    .map((candidate) => decideOne(candidate, view, policy))
    .sort((a, b) => rank[a.kind] - rank[b.kind] || better(a.candidate, b.candidate, view));
};
