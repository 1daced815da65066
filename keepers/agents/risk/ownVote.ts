import { type ClassPolicy, type SlowClass, type Support, type TallyView, AGAINST } from "../../core/ballot.ts";
import type { ChainSnapshot } from "../../core/chainSnapshot.ts";
import type { Hex } from "../../core/hex.ts";
import type { SignerRecord } from "../../core/signerRecord.ts";
import { countsNow, hasVoted, tallyShortfall } from "../../core/tallyRule.ts";
import { type BlockNumber, type UnixSeconds, addSeconds, seconds, unixSeconds } from "../../core/units.ts";

/** What a voter said about one proposal on the slow path. */
export type OwnBallot = {
  readonly hash: Hex;
  readonly riskClass: SlowClass;
  readonly support: Support;
  readonly deadline: UnixSeconds;
};

/** When a voter brings its vote to the chain by itself. */
export type OwnVotePolicy = {
  /** So many blocks after it could be counted and is not. */
  readonly afterBlocks: bigint;
  /** Or so many seconds before votes end. */
  readonly beforeSeconds: bigint;
};

/** Where the proposal stands at one block, and our seat. */
export type OwnVoteFacts = {
  readonly view: Pick<ChainSnapshot, "block" | "time">;
  readonly tally: TallyView;
  readonly policy: ClassPolicy;
  readonly signerRecord: SignerRecord | undefined;
  /** Whether the proposal was seen on the chain before. */
  readonly wasThere: boolean;
  /** The block since which the vote is missing there. */
  readonly missingSince: BlockNumber | undefined;
};

/** What to do about one own ballot. */
export type OwnVoteStep =
  /** It is counted, or it never will be. */
  | { readonly kind: "done" }
  /** Nothing is missing now: the proposal is not on the chain yet, or has what it needs. */
  | { readonly kind: "wait" }
  /** The chain could count it and does not; whoever collects votes still has time. */
  | { readonly kind: "missing" }
  /** Votes count until `until`. */
  | { readonly kind: "cast"; readonly until: UnixSeconds };

/** Whether the proposal, or the vote, is past being counted. */
const isOver = (ballot: OwnBallot, { view, tally, wasThere }: OwnVoteFacts): boolean => {
  if (view.time > ballot.deadline || tally.state === "Vetoed" || tally.state === "Executed") return true;
  // The tally of an executed proposal is erased.
  if (tally.state === "None") return wasThere;
  return view.time > tally.votesUntil;
};

/** Whether a vote of our seat would be counted now, and change something: a no always does. */
const isWanted = ({ support }: OwnBallot, { view, tally, policy }: OwnVoteFacts, signerRecord: SignerRecord): boolean =>
  countsNow(signerRecord, tally, view.time) && (support === AGAINST || tallyShortfall(tally, policy) !== "None");

/** Whether those who collect votes have had their time. */
const isDue = ({ view, tally, missingSince }: OwnVoteFacts, when: OwnVotePolicy): boolean => {
  const isLate = addSeconds(view.time, seconds(when.beforeSeconds)) >= tally.votesUntil;
  return isLate || (missingSince !== undefined && view.block >= missingSince + when.afterBlocks);
};

/**
 * What a voter does about its own ballot: a vote that nobody brings to the chain in time it casts there itself, so that neither
 * a bus that is gone nor a collector who withholds votes can stop it. A no is cast whatever it changes; a yes where the
 * proposal lacks something. Pure and total. [NX-CON-07] [NX-KEE-11]
 */
export const decideOwnVote = (ballot: OwnBallot, facts: OwnVoteFacts, when: OwnVotePolicy): OwnVoteStep => {
  const { tally, signerRecord } = facts;
  if (isOver(ballot, facts)) return { kind: "done" };
  if (tally.state === "None" || signerRecord === undefined) return { kind: "wait" };
  if (hasVoted(signerRecord, tally) || signerRecord.weightSince >= tally.since) return { kind: "done" };
  if (!isWanted(ballot, facts, signerRecord)) return { kind: "wait" };
  if (!isDue(facts, when)) return { kind: "missing" };
  const until = tally.votesUntil < ballot.deadline ? tally.votesUntil : ballot.deadline;
  return { kind: "cast", until: unixSeconds(until) };
};
