import type { Refusal } from "../core/refusal.ts";

/** Which part of a proposal the index beside a refusal counts. */
const PARTS = {
  call: new Set<Refusal>([
    "CoreTarget",
    "UndecodableCall",
    "NotInMandate",
    "RecipientNotTreasury",
    "TokenNotInMandate",
    "OverActionLimit",
    "OverDailyLimit",
    "ClassNotAllowed",
  ]),
  condition: new Set<Refusal>(["InvalidCondition"]),
} as const;

const WORDS: Readonly<Record<Refusal, string>> = {
  None: "nothing is wrong",
  WrongExecutor: "it names who may execute it, and this is another",
  DeadlinePassed: "its deadline has passed",
  DeadlineTooFar: "its deadline is further away than its class allows",
  NoConditions: "it has no post-conditions",
  InvalidCondition: "a post-condition demands nothing or cannot be read",
  NoVotes: "there are no votes",
  MalformedVotes: "the votes are no whole signatures, or too many",
  InvalidSignature: "a signature is nobody's",
  UnknownSigner: "the signer signs for no agent",
  SignerExpired: "the signer was rotated out",
  AgentNotActive: "the agent is paused or terminated",
  VotesNotAscending: "the votes do not stand in the order of agents",
  ProposerDidNotVote: "its proposer did not vote for it",
  NonceUsed: "its nonce was used or cancelled",
  NonceTooOld: "its nonce is too old",
  NonceTooFarAhead: "its nonce is too far ahead",
  BelowThreshold: "too little weight is for it",
  TooFewVoters: "too few agents are for it",
  TooFewOperators: "too few operators are for it",
  BadCallCount: "it has no calls, or too many",
  GrantCountMismatch: "it has not one grant for each call",
  CoreTarget: "it calls one of NEXUS's own contracts",
  UndecodableCall: "nothing can read the call",
  NotInMandate: "the mandate does not permit the call",
  RecipientNotTreasury: "what it buys would not go to the treasury",
  TokenNotInMandate: "it touches a token without limits",
  OverActionLimit: "it spends more of a token than one action may",
  OverDailyLimit: "it spends more of a token than there is room for today",
  ClassNotAllowed: "it is of a higher class than was voted for",
  BreakerHalted: "the breaker is raised for something that it touches",
  WrongBallotState: "its ballot is not at that step",
  VotingClosed: "the time to vote is over",
  AlreadyVoted: "the agent has voted on it",
  NoWeight: "the agent has no weight",
  WeightTooNew: "the agent gained weight after it was made",
  MoreAgainst: "at least as much weight is against it as for it",
  DelayNotPassed: "its delay has not passed",
  CoSignatureMissing: "the co-signer has not signed it",
};

/** Why the chain refuses, in words; `index` as the chain gives it beside the reason. */
export const refusalWords = (refusal: Refusal, index = 0n): string => {
  const part = PARTS.call.has(refusal) ? "call" : PARTS.condition.has(refusal) ? "condition" : undefined;
  return part === undefined ? WORDS[refusal] : `${WORDS[refusal]} (${part} ${index + 1n})`;
};
