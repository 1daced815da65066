import { type BallotView, type ClassPolicy, type Support, AGAINST, CRITICAL, FOR } from "../../core/ballot.ts";
import type { SlowProposalMessage } from "../../core/bus.ts";
import type { ChainView } from "../../core/chainView.ts";
import { type Tally, shortfall } from "../../core/enactRule.ts";
import type { SlowEnd } from "../../core/events.ts";
import { type Hex, concat } from "../../core/hex.ts";
import type { Refusal } from "../../core/refusal.ts";
import { type Seat, nonceRefusal } from "../../core/seat.ts";
import type { Address } from "../../core/units.ts";

/** A signature that came in by the bus, and was found to be the signer's. */
export type SignedBallot = { readonly support: Support; readonly signature: Hex };

/** A proposal that is looked after, and the ballots that came in for it, by signer. */
export type Tended = {
  readonly message: SlowProposalMessage;
  readonly ballots: ReadonlyMap<Address, SignedBallot>;
};

/** Where it stands on the chain, and what its class demands. */
export type Facts = { readonly view: ChainView; readonly ballot: BallotView; readonly policy: ClassPolicy };

/** What to do about a proposal now. */
export type Step =
  | { readonly kind: "propose"; readonly votes: Hex }
  | { readonly kind: "cast"; readonly support: Support; readonly votes: Hex }
  | { readonly kind: "queue" }
  | { readonly kind: "execute" }
  | { readonly kind: "wait"; readonly why: Refusal }
  | { readonly kind: "close"; readonly how: SlowEnd["how"] };

const wait = (why: Refusal): Step => ({ kind: "wait", why });
const close = (how: SlowEnd["how"]): Step => ({ kind: "close", how });

type Voter = { readonly seat: Seat; readonly signature: Hex };

/** Whether a vote by this seat's key would be counted now; mirrors `VoterRoll.withVote`. */
const counts = (seat: Seat, { view, ballot }: Facts): boolean => {
  const hasEnded = seat.validUntil !== 0n && view.time > seat.validUntil;
  if (seat.agentId === 0n || seat.status !== "Active" || seat.weight === 0n || hasEnded) return false;
  if (((ballot.seats >> BigInt(seat.votingSeat)) & 1n) === 1n) return false;
  return ballot.state === "None" || seat.weightSince < ballot.since;
};

/** Votes of one kind that would count now, one for each agent, in ascending order of agents; its newest key's first choice. */
const votersFor = ({ ballots }: Tended, facts: Facts, support: Support): readonly Voter[] => {
  const byAgent = new Map<bigint, Voter>();
  for (const seat of facts.view.seats) {
    const signed = ballots.get(seat.signer);
    if (signed?.support !== support || !counts(seat, facts)) continue;
    const voter = { seat, signature: signed.signature };
    if (!byAgent.has(seat.agentId) || seat.validUntil === 0n) byAgent.set(seat.agentId, voter);
  }
  return [...byAgent.values()].sort((a, b) => (a.seat.agentId < b.seat.agentId ? -1 : 1));
};

const tallyOf = (voters: readonly Voter[]): Tally => ({
  weight: voters.reduce((sum, { seat }) => sum + seat.weight, 0n),
  voters: BigInt(voters.length),
  operators: BigInt(new Set(voters.map(({ seat }) => seat.operatorId)).size),
});

const signatures = (voters: readonly Voter[]): Hex => concat(voters.map(({ signature }) => signature));

const cast = (support: Support, voters: readonly Voter[]): Step => ({
  kind: "cast",
  support,
  votes: signatures(voters),
});

/** Not on the chain yet. It goes there when it is carried, or when whoever would vote has had the time to. */
const beforeBallot = (tended: Tended, facts: Facts, patience: bigint): Step => {
  const { proposal, block } = tended.message;
  const own = facts.view.seats.find(({ agentId, validUntil }) => agentId === proposal.agentId && validUntil === 0n);
  if (own === undefined) return close("refused");
  // Another proposal of the agent has used the nonce up: this one can never be made.
  if (nonceRefusal(own, proposal.nonce) !== "None") return close("expired");
  const [inFavour, opposed] = [votersFor(tended, facts, FOR), votersFor(tended, facts, AGAINST)];
  const isOver = facts.view.block > block + patience;
  if (!inFavour.some(({ seat }) => seat.signer === own.signer))
    return isOver ? close("refused") : wait("ProposerDidNotVote");
  const tally = tallyOf(inFavour);
  const lacks = shortfall(tally, facts.policy);
  if (lacks === "None") return { kind: "propose", votes: signatures(inFavour) };
  if (!isOver) return wait(lacks);
  // What most speak against is not worth its gas. Who wants it all the same can propose it: anyone may.
  return tallyOf(opposed).weight >= tally.weight ? close("refused") : { kind: "propose", votes: signatures(inFavour) };
};

const onChainShortfall = ({ ballot, policy }: Facts): Refusal => {
  if (ballot.weightAgainst >= ballot.weightFor) return "MoreAgainst";
  const { weightFor: weight, votersFor: voters, operatorsFor: operators } = ballot;
  return shortfall({ weight, voters, operators }, policy);
};

/** Voting: every vote that came in is brought to the chain, for and against alike. [NX-CON-07] */
const whileVoting = (tended: Tended, facts: Facts): Step => {
  if (facts.view.time > facts.ballot.votesUntil) return close("expired");
  for (const support of [AGAINST, FOR]) {
    const voters = votersFor(tended, facts, support);
    if (voters.length > 0) return cast(support, voters);
  }
  const lacks = onChainShortfall(facts);
  return lacks === "None" ? { kind: "queue" } : wait(lacks);
};

/**
 * Queued: votes count until the delay is over. Those against are brought to the chain whatever they change, those for where
 * they are needed. [NX-CON-07]
 */
const whileQueued = (tended: Tended, facts: Facts): Step => {
  const lacks = onChainShortfall(facts);
  if (facts.view.time <= facts.ballot.votesUntil) {
    const opposed = votersFor(tended, facts, AGAINST);
    if (opposed.length > 0) return cast(AGAINST, opposed);
    const inFavour = lacks === "None" ? [] : votersFor(tended, facts, FOR);
    return inFavour.length > 0 ? cast(FOR, inFavour) : wait("DelayNotPassed");
  }
  if (lacks === "MoreAgainst") return close("outvoted");
  if (lacks !== "None") return wait(lacks);
  return tended.message.riskClass === CRITICAL ? wait("CoSignatureMissing") : { kind: "execute" };
};

/**
 * The next step of one proposal on the slow path. Pure and total: all that it depends on is the chain at one block and the
 * ballots that came in, so a crash between any two steps changes nothing. The dry run has the last word.
 * @param patience blocks that voters have before a proposal which is not carried goes to the chain all the same
 */
export const decide = (tended: Tended, facts: Facts, patience: bigint): Step => {
  const { state } = facts.ballot;
  if (state === "Executed") return close("executed");
  if (state === "Vetoed") return close("vetoed");
  if (facts.view.time > tended.message.proposal.deadline) return close("expired");
  if (state === "None") return beforeBallot(tended, facts, patience);
  return state === "Voting" ? whileVoting(tended, facts) : whileQueued(tended, facts);
};
