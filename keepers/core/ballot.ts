import { type Hex, type Keccak, concat, word } from "./hex.ts";
import type { RiskClass } from "./proposal.ts";
import { type Domain, consensusSeparator } from "./proposalHash.ts";
import type { ConsensusPolicy } from "./signerRecord.ts";
import { typeHash, typedDigest } from "./typedData.ts";
import type { BlockNumber } from "./units.ts";

/** The contract's `TallyState`, in its order. What has expired is told by its deadline. */
export const TALLY_STATES = ["None", "Voting", "Queued", "Vetoed"] as const;
/** What the chain says of a proposal: the tally of one that was executed is erased, and an event tells of it. */
export type TallyState = (typeof TALLY_STATES)[number] | "Executed";

/** What a vote says; mirrors `Support`. */
export type Support = 0 | 1;
export const AGAINST: Support = 0;
export const FOR: Support = 1;

/** A class that takes the slow path. */
export type SlowClass = Exclude<RiskClass, 0>;
export const ELEVATED: SlowClass = 1;
export const CRITICAL: SlowClass = 2;

/** What a class demands; mirrors `Policy`. In seconds. */
export type ClassPolicy = ConsensusPolicy & { readonly delay: bigint };

/** Where a proposal on the slow path stands; mirrors `TallyView`. Times in Unix seconds, `seats` one bit a voter. */
export type TallyView = {
  readonly state: TallyState;
  /** When it was made: only weight that is older counts. */
  readonly since: bigint;
  /** The last second in which votes count; once it is queued, it may be executed from the next one on. */
  readonly votesUntil: bigint;
  readonly weightFor: bigint;
  readonly weightAgainst: bigint;
  readonly votersFor: bigint;
  readonly operatorsFor: bigint;
  readonly seats: bigint;
};

/** Which proposal, since when it may be on the chain, and the block that is asked about. */
export type TallyQuestion = {
  readonly hash: Hex;
  readonly riskClass: SlowClass;
  readonly since: BlockNumber;
  readonly block: BlockNumber;
};

/** Asks where a proposal stands, and what its class demands. */
export type ReadTally = (
  question: TallyQuestion,
) => Promise<{ readonly tally: TallyView; readonly policy: ClassPolicy }>;

/** Makes the function that computes what a vote on the slow path signs: `Consensus.hashBallot` on the chain. */
export const ballotHasher = (
  keccak: Keccak,
  domain: Domain,
): ((hash: Hex, riskClass: SlowClass, support: Support) => Hex) => {
  const ballotType = typeHash(keccak, "Ballot(bytes32 proposalHash,uint8 riskClass,uint8 support)");
  const separator = consensusSeparator(keccak, domain);
  return (hash, riskClass, support) => {
    const struct = keccak(concat([ballotType, hash, word(BigInt(riskClass)), word(BigInt(support))]));
    return typedDigest(keccak, separator, struct);
  };
};
