import { firstInvalid } from "./conditionRule.ts";
import type { Proposal } from "./proposal.ts";
import { type Refusal, type Verdict, NONE, refuse } from "./refusal.ts";
import { type ConsensusPolicy, type SignerRecord, nonceRefusal } from "./signerRecord.ts";
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
export type EnactSnapshot = {
  readonly now: UnixSeconds;
  readonly sender: Address;
  readonly policy: ConsensusPolicy;
  readonly signerRecordOf: (signer: Address) => SignerRecord | undefined;
};

/** What votes come to, in whole stake tokens and heads. */
export type VoteCount = { readonly weight: bigint; readonly voters: bigint; readonly operators: bigint };

/** Mirrors `Consensus._enactRefusal`, but for what conditions need the chain for: see `firstInvalid`. */
const admit = (proposal: Proposal, { now, sender, policy }: EnactSnapshot): Verdict => {
  if (proposal.submitter !== ZERO_ADDRESS && proposal.submitter !== sender) return refuse("WrongSubmitter");
  if (now > proposal.deadline) return refuse("DeadlinePassed");
  if (proposal.deadline > addSeconds(now, seconds(policy.maxDeadline))) return refuse("DeadlineTooFar");
  const invalid = firstInvalid(proposal.conditions);
  return invalid === undefined ? NONE : refuse("InvalidCondition", invalid);
};

const signerRecordRefusal = (
  signerRecord: SignerRecord | undefined,
  lastAgentId: bigint,
  now: UnixSeconds,
): Refusal => {
  if (signerRecord === undefined || signerRecord.agentId === 0n) return "UnknownSigner";
  if (signerRecord.validUntil !== 0n && now > signerRecord.validUntil) return "SignerExpired";
  if (signerRecord.status !== "Active") return "AgentNotActive";
  if (signerRecord.agentId <= lastAgentId) return "VotesNotAscending";
  return signerRecord.weight === 0n ? "NoWeight" : "None";
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
  view: EnactSnapshot,
): { readonly verdict: Verdict; readonly tally: VoteCount } => {
  let lastAgentId = 0n;
  let weight = 0n;
  let proposer: SignerRecord | undefined;
  let proposerAt = 0;
  const operators = new Set<bigint>();
  const tallied = (): VoteCount => ({ weight, voters: BigInt(signers.length), operators: BigInt(operators.size) });
  const malformed = votesRefusal(size);
  if (malformed.refusal !== "None") return { verdict: malformed, tally: tallied() };
  for (const [index, signer] of signers.entries()) {
    const signerRecord = signer === undefined ? undefined : view.signerRecordOf(signer);
    const refusal =
      signer === undefined ? "InvalidSignature" : signerRecordRefusal(signerRecord, lastAgentId, view.now);
    if (refusal !== "None" || signerRecord === undefined) return { verdict: refuse(refusal, index), tally: tallied() };
    lastAgentId = signerRecord.agentId;
    if (signerRecord.agentId === proposal.agentId && signerRecord.validUntil === 0n)
      [proposer, proposerAt] = [signerRecord, index];
    weight += signerRecord.weight;
    operators.add(signerRecord.operatorId);
  }
  if (proposer === undefined) return { verdict: refuse("ProposerDidNotVote"), tally: tallied() };
  return { verdict: refuse(nonceRefusal(proposer, proposal.nonce), proposerAt), tally: tallied() };
};

/** What a tally lacks of what a class demands; mirrors `Consensus._shortfall`. */
export const shortfall = ({ weight, voters, operators }: VoteCount, policy: ConsensusPolicy): Refusal => {
  if (policy.threshold === 0n || weight < policy.threshold) return "BelowThreshold";
  if (voters < policy.minVoters) return "TooFewVoters";
  return operators < policy.minOperators ? "TooFewOperators" : "None";
};

/**
 * Whether these votes carry the proposal, as far as that does not depend on its calls: mirrors `Consensus.previewEnact`
 * up to the point where it asks the executor. When the answer is `None`, the calls have the last word, and what a
 * post-condition names must be there to be read: a dry run of `enact` finds both. [NX-CON-08]
 */
export const previewVotes = (proposal: Proposal, votes: CastVotes, view: EnactSnapshot): Verdict => {
  const admitted = admit(proposal, view);
  if (admitted.refusal !== "None") return admitted;
  const { verdict, tally } = count(proposal, votes, view);
  if (verdict.refusal !== "None") return verdict;
  return refuse(shortfall(tally, view.policy));
};
