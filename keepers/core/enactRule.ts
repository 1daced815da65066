import { firstInvalid } from "./conditionRule.ts";
import type { Proposal } from "./proposal.ts";
import { type Refusal, type Verdict, NONE, refuse } from "./refusal.ts";
import { type ConsensusPolicy, type Seat, nonceRefusal } from "./seat.ts";
import { type Address, type UnixSeconds, addSeconds, seconds } from "./units.ts";
import { ZERO_ADDRESS } from "./proposal.ts";

const MAX_VOTES = 128;
const VOTE_BYTES = 64;

/** The votes as they would be sent: who signed each, undefined where the signature recovers to nobody. */
export type CastVotes = {
  /** Length of all signatures in bytes; each has 64. */
  readonly size: number;
  readonly signers: readonly (Address | undefined)[];
};

/** What the rule needs of the chain and of the sender. */
export type EnactView = {
  readonly now: UnixSeconds;
  readonly sender: Address;
  readonly policy: ConsensusPolicy;
  readonly seatOf: (signer: Address) => Seat | undefined;
};

/** What votes come to, in whole stake tokens and heads. */
export type Tally = { readonly weight: bigint; readonly voters: bigint; readonly operators: bigint };

/** Mirrors `Consensus._enactRefusal`, but for what conditions need the chain for: see `firstInvalid`. */
const admit = (proposal: Proposal, { now, sender, policy }: EnactView): Verdict => {
  if (proposal.executor !== ZERO_ADDRESS && proposal.executor !== sender) return refuse("WrongExecutor");
  if (now > proposal.deadline) return refuse("DeadlinePassed");
  if (proposal.deadline > addSeconds(now, seconds(policy.maxDeadline))) return refuse("DeadlineTooFar");
  const invalid = firstInvalid(proposal.conditions);
  return invalid === undefined ? NONE : refuse("InvalidCondition", invalid);
};

const seatRefusal = (seat: Seat | undefined, lastAgentId: bigint, now: UnixSeconds): Refusal => {
  if (seat === undefined || seat.agentId === 0n) return "UnknownSigner";
  if (seat.validUntil !== 0n && now > seat.validUntil) return "SignerExpired";
  if (seat.status !== "Active") return "AgentNotActive";
  if (seat.agentId <= lastAgentId) return "VotesNotAscending";
  return seat.weight === 0n ? "NoWeight" : "None";
};

const votesRefusal = (size: number): Verdict => {
  if (size === 0) return refuse("NoVotes");
  const count = Math.floor(size / VOTE_BYTES);
  return size % VOTE_BYTES !== 0 || count > MAX_VOTES ? refuse("MalformedVotes", count) : NONE;
};

/** Mirrors `AgentRegistry._countVotes`: vote by vote, the signature first and then the seat. */
const count = (
  proposal: Proposal,
  { size, signers }: CastVotes,
  view: EnactView,
): { readonly verdict: Verdict; readonly tally: Tally } => {
  let lastAgentId = 0n;
  let weight = 0n;
  let proposer: Seat | undefined;
  let proposerAt = 0;
  const operators = new Set<bigint>();
  const tallied = (): Tally => ({ weight, voters: BigInt(signers.length), operators: BigInt(operators.size) });
  const malformed = votesRefusal(size);
  if (malformed.refusal !== "None") return { verdict: malformed, tally: tallied() };
  for (const [index, signer] of signers.entries()) {
    const seat = signer === undefined ? undefined : view.seatOf(signer);
    const refusal = signer === undefined ? "InvalidSignature" : seatRefusal(seat, lastAgentId, view.now);
    if (refusal !== "None" || seat === undefined) return { verdict: refuse(refusal, index), tally: tallied() };
    lastAgentId = seat.agentId;
    if (seat.agentId === proposal.agentId && seat.validUntil === 0n) [proposer, proposerAt] = [seat, index];
    weight += seat.weight;
    operators.add(seat.operatorId);
  }
  if (proposer === undefined) return { verdict: refuse("ProposerDidNotVote"), tally: tallied() };
  return { verdict: refuse(nonceRefusal(proposer, proposal.nonce), proposerAt), tally: tallied() };
};

/** What a tally lacks of what a class demands; mirrors `Consensus._shortfall`. */
export const shortfall = ({ weight, voters, operators }: Tally, policy: ConsensusPolicy): Refusal => {
  if (policy.threshold === 0n || weight < policy.threshold) return "BelowThreshold";
  if (voters < policy.minVoters) return "TooFewVoters";
  return operators < policy.minOperators ? "TooFewOperators" : "None";
};

/**
 * Whether these votes carry the proposal, as far as that does not depend on its calls: mirrors `Consensus.previewEnact`
 * up to the point where it asks the executor. When the answer is `None`, the calls have the last word, and what a
 * post-condition names must be there to be read: a dry run of `enact` finds both. [NX-CON-08]
 */
export const previewVotes = (proposal: Proposal, votes: CastVotes, view: EnactView): Verdict => {
  const admitted = admit(proposal, view);
  if (admitted.refusal !== "None") return admitted;
  const { verdict, tally } = count(proposal, votes, view);
  if (verdict.refusal !== "None") return verdict;
  return refuse(shortfall(tally, view.policy));
};
