/** Mirrors `Refusal` of contracts/types/Refusal.sol, in the same order: the index is the value on the chain. */
export const REFUSALS = [
  "None",
  "WrongSubmitter",
  "DeadlinePassed",
  "DeadlineTooFar",
  "NoConditions",
  "InvalidCondition",
  "NoVotes",
  "MalformedVotes",
  "InvalidSignature",
  "UnknownSigner",
  "SignerExpired",
  "AgentNotActive",
  "VotesNotAscending",
  "ProposerDidNotVote",
  "NonceUsed",
  "NonceTooOld",
  "NonceTooFarAhead",
  "BelowThreshold",
  "TooFewVoters",
  "TooFewOperators",
  "BadCallCount",
  "ProofCountMismatch",
  "CoreTarget",
  "UndecodableCall",
  "NotInMandate",
  "RecipientNotTreasury",
  "TokenNotInMandate",
  "OverActionLimit",
  "OverDailyLimit",
  "ClassNotAllowed",
  "BreakerHalted",
  "WrongProposalState",
  "VotingClosed",
  "AlreadyVoted",
  "NoWeight",
  "WeightTooNew",
  "MoreAgainst",
  "DelayNotPassed",
  "CoSignatureMissing",
] as const;

/** Why the chain would refuse a proposal. */
export type Refusal = (typeof REFUSALS)[number];

/** A reason, and the index of the vote, the call or the condition at fault, else zero. */
export type Verdict = { readonly refusal: Refusal; readonly index: number };

export const NONE: Verdict = { refusal: "None", index: 0 };

export const refuse = (refusal: Refusal, index = 0): Verdict => ({ refusal, index });

/** The name of a value of the enum. @throws RangeError for a value that it does not have */
export const refusalAt = (value: number): Refusal => {
  const refusal = REFUSALS[value];
  if (refusal === undefined) throw new RangeError(`no refusal has the value ${value}`);
  return refusal;
};
