import type { ProposalMessage } from "../../core/bus.ts";
import { type ChainSnapshot, valueAt } from "../../core/chainSnapshot.ts";
import { type CastVotes, previewVotes } from "../../core/enactRule.ts";
import { type Hex, concat } from "../../core/hex.ts";
import type { Refusal } from "../../core/refusal.ts";
import { type SignerRecord, nonceRefusal } from "../../core/signerRecord.ts";
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
export const orderVotes = (candidate: Candidate, view: ChainSnapshot): readonly (readonly [SignerRecord, Hex])[] => {
  const byAgent = new Map<bigint, readonly [SignerRecord, Hex]>();
  for (const signerRecord of view.signerRecords) {
    const signature = candidate.votes.get(signerRecord.signer);
    const ended = signerRecord.validUntil !== 0n && view.time > signerRecord.validUntil;
    if (signature === undefined || signerRecord.agentId === 0n || signerRecord.status !== "Active" || ended) continue;
    const other = byAgent.get(signerRecord.agentId);
    if (other === undefined || signerRecord.validUntil === 0n)
      byAgent.set(signerRecord.agentId, [signerRecord, signature]);
  }
  return [...byAgent.values()].sort(([a], [b]) => (a.agentId < b.agentId ? -1 : 1));
};

const decideOne = (candidate: Candidate, view: ChainSnapshot, policy: ExecutionPolicy): ExecutionDecision => {
  const { proposal, block } = candidate.message;
  if (view.block > block + policy.maxAgeBlocks) return { kind: "drop", candidate, why: "too-old" };
  const own = view.signerRecords.find(
    (signerRecord) => signerRecord.agentId === proposal.agentId && signerRecord.validUntil === 0n,
  );
  const nonce = own === undefined ? "None" : nonceRefusal(own, proposal.nonce);
  if (nonce !== "None") return { kind: "drop", candidate, why: nonce };
  const ordered = orderVotes(candidate, view);
  const votes = concat(ordered.map(([, signature]) => signature));
  const cast: CastVotes = { size: ordered.length * 64, signers: ordered.map(([signerRecord]) => signerRecord.signer) };
  const signerRecords = new Map(view.signerRecords.map((signerRecord) => [signerRecord.signer, signerRecord]));
  const { refusal } = previewVotes(proposal, cast, {
    now: view.time,
    sender: policy.sender,
    policy: view.policy,
    signerRecordOf: (signer) => signerRecords.get(signer),
  });
  if (refusal === "None") return { kind: "enact", candidate, votes };
  return CURABLE.has(refusal) ? { kind: "wait", candidate, why: refusal } : { kind: "drop", candidate, why: refusal };
};

/** The claim in USD with 18 decimals at the price's lower end; zero where there is none. */
const claimedValue = ({ message }: Candidate, view: ChainSnapshot): bigint => {
  const state = view.tokens.find(({ token }) => token === message.expectedProfit.token);
  return state === undefined ? 0n : valueAt(state, message.expectedProfit.amount, state.price.lower);
};

const better = (a: Candidate, b: Candidate, view: ChainSnapshot): number => {
  if (a.message.block !== b.message.block) return a.message.block > b.message.block ? -1 : 1;
  const [left, right] = [claimedValue(a, view), claimedValue(b, view)];
  if (left !== right) return left > right ? -1 : 1;
  return a.message.hash < b.message.hash ? -1 : 1;
};

/**
 * One decision for each candidate, those to enact first, the newest and then the most profitable leading. Only the first
 * `enact` should be acted on: the next block decides again.
 */
export const decide = (
  candidates: readonly Candidate[],
  view: ChainSnapshot,
  policy: ExecutionPolicy,
): readonly ExecutionDecision[] => {
  const rank = { enact: 0, wait: 1, drop: 2 } as const;
  return candidates
    .map((candidate) => decideOne(candidate, view, policy))
    .sort((a, b) => rank[a.kind] - rank[b.kind] || better(a.candidate, b.candidate, view));
};
