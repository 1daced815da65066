import { type TallyView, type ClassPolicy, type Support, AGAINST, CRITICAL, FOR } from "../../core/ballot.ts";
import type { SlowProposalMessage } from "../../core/bus.ts";
import type { ChainSnapshot } from "../../core/chainSnapshot.ts";
import { type VoteCount, shortfall } from "../../core/enactRule.ts";
import type { SlowEnd } from "../../core/events.ts";
import { type Hex, concat } from "../../core/hex.ts";
import type { Refusal } from "../../core/refusal.ts";
import { type SignerRecord, nonceRefusal } from "../../core/signerRecord.ts";
import { countsNow, tallyShortfall } from "../../core/tallyRule.ts";
import type { Address } from "../../core/units.ts";

/** A signature that came in by the bus, and was found to be the signer's. */
export type SignedBallot = { readonly support: Support; readonly signature: Hex };

/** A proposal that is looked after, and the ballots that came in for it, by signer. */
export type TrackedProposal = {
  readonly message: SlowProposalMessage;
  readonly ballots: ReadonlyMap<Address, SignedBallot>;
};

/** Where it stands on the chain, and what its class demands. */
export type ProposalFacts = { readonly view: ChainSnapshot; readonly tally: TallyView; readonly policy: ClassPolicy };

/** What to do about a proposal now. */
export type StewardStep =
  | { readonly kind: "propose"; readonly votes: Hex }
  | { readonly kind: "cast"; readonly support: Support; readonly votes: Hex }
  | { readonly kind: "queue" }
  | { readonly kind: "execute" }
  | { readonly kind: "wait"; readonly why: Refusal }
  | { readonly kind: "close"; readonly how: SlowEnd["how"] };

const wait = (why: Refusal): StewardStep => ({ kind: "wait", why });
const close = (how: SlowEnd["how"]): StewardStep => ({ kind: "close", how });

type Voter = { readonly signerRecord: SignerRecord; readonly signature: Hex };

/** Votes of one kind that would count now, one for each agent, in ascending order of agents; its newest key's first choice. */
const votersFor = ({ ballots }: TrackedProposal, facts: ProposalFacts, support: Support): readonly Voter[] => {
  const byAgent = new Map<bigint, Voter>();
  for (const signerRecord of facts.view.signerRecords) {
    const signed = ballots.get(signerRecord.signer);
    if (signed?.support !== support || !countsNow(signerRecord, facts.tally, facts.view.time)) continue;
    const voter = { signerRecord, signature: signed.signature };
    if (!byAgent.has(signerRecord.agentId) || signerRecord.validUntil === 0n) byAgent.set(signerRecord.agentId, voter);
  }
  return [...byAgent.values()].sort((a, b) => (a.signerRecord.agentId < b.signerRecord.agentId ? -1 : 1));
};

const tallyOf = (voters: readonly Voter[]): VoteCount => ({
  weight: voters.reduce((sum, { signerRecord }) => sum + signerRecord.weight, 0n),
  voters: BigInt(voters.length),
  operators: BigInt(new Set(voters.map(({ signerRecord }) => signerRecord.operatorId)).size),
});

const signatures = (voters: readonly Voter[]): Hex => concat(voters.map(({ signature }) => signature));

const cast = (support: Support, voters: readonly Voter[]): StewardStep => ({
  kind: "cast",
  support,
  votes: signatures(voters),
});

/** Not on the chain yet. It goes there when it is carried, or when whoever would vote has had the time to. */
const beforeProposing = (tracked: TrackedProposal, facts: ProposalFacts, collectionBlocks: bigint): StewardStep => {
  const { proposal, block } = tracked.message;
  const own = facts.view.signerRecords.find(
    ({ agentId, validUntil }) => agentId === proposal.agentId && validUntil === 0n,
  );
  if (own === undefined) return close("refused");
  // Another proposal of the agent has used the nonce up: this one can never be made.
  if (nonceRefusal(own, proposal.nonce) !== "None") return close("expired");
  const [inFavour, opposed] = [votersFor(tracked, facts, FOR), votersFor(tracked, facts, AGAINST)];
  const isOver = facts.view.block > block + collectionBlocks;
  if (!inFavour.some(({ signerRecord }) => signerRecord.signer === own.signer))
    return isOver ? close("refused") : wait("ProposerDidNotVote");
  const tally = tallyOf(inFavour);
  const lacks = shortfall(tally, facts.policy);
  if (lacks === "None") return { kind: "propose", votes: signatures(inFavour) };
  if (!isOver) return wait(lacks);
  // What most speak against is not worth its gas. Who wants it all the same can propose it: anyone may.
  return tallyOf(opposed).weight >= tally.weight ? close("refused") : { kind: "propose", votes: signatures(inFavour) };
};

/** Voting: every vote that came in is brought to the chain, for and against alike. [NX-CON-07] */
const whileVoting = (tracked: TrackedProposal, facts: ProposalFacts): StewardStep => {
  if (facts.view.time > facts.tally.votesUntil) return close("expired");
  for (const support of [AGAINST, FOR]) {
    const voters = votersFor(tracked, facts, support);
    if (voters.length > 0) return cast(support, voters);
  }
  const lacks = tallyShortfall(facts.tally, facts.policy);
  return lacks === "None" ? { kind: "queue" } : wait(lacks);
};

/**
 * Queued: votes count until the delay is over. Those against are brought to the chain whatever they change, those for where
 * they are needed. [NX-CON-07]
 */
const whileQueued = (tracked: TrackedProposal, facts: ProposalFacts): StewardStep => {
  const lacks = tallyShortfall(facts.tally, facts.policy);
  if (facts.view.time <= facts.tally.votesUntil) {
    const opposed = votersFor(tracked, facts, AGAINST);
    if (opposed.length > 0) return cast(AGAINST, opposed);
    const inFavour = lacks === "None" ? [] : votersFor(tracked, facts, FOR);
    return inFavour.length > 0 ? cast(FOR, inFavour) : wait("DelayNotPassed");
  }
  if (lacks === "MoreAgainst") return close("outvoted");
  if (lacks !== "None") return wait(lacks);
  return tracked.message.riskClass === CRITICAL ? wait("CoSignatureMissing") : { kind: "execute" };
};

/**
 * The next step of one proposal on the slow path. Pure and total: all that it depends on is the chain at one block and the
 * ballots that came in, so a crash between any two steps changes nothing. The dry run has the last word.
 * @param collectionBlocks blocks that voters have before a proposal which is not carried goes to the chain all the same
 */
export const decide = (tracked: TrackedProposal, facts: ProposalFacts, collectionBlocks: bigint): StewardStep => {
  const { state } = facts.tally;
  if (state === "Executed") return close("executed");
  if (state === "Vetoed") return close("vetoed");
  if (facts.view.time > tracked.message.proposal.deadline) return close("expired");
  if (state === "None") return beforeProposing(tracked, facts, collectionBlocks);
  return state === "Voting" ? whileVoting(tracked, facts) : whileQueued(tracked, facts);
};
