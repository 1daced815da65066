// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice The reasons for which a proposal is refused, in the order in which they are looked for.
/// One vocabulary for Consensus, AgentRegistry, Mandate, Treasury and the keepers, so that a reason reads the same
/// wherever it is met. Beside it stands `index`: the index of the vote, the call or the condition that is at fault, else zero.
enum Refusal {
    /// Nothing is wrong.
    None,
    /// The proposal names an executor, and it is not the caller.
    WrongExecutor,
    /// The deadline lies in the past.
    DeadlinePassed,
    /// The deadline is further away than the class allows.
    DeadlineTooFar,
    /// Above `Routine` a proposal must say what shall be true afterwards.
    NoConditions,
    /// A post-condition demands nothing or cannot be read, or there are more than the limit.
    InvalidCondition,
    /// There are no votes.
    NoVotes,
    /// The votes are not whole 64-byte signatures, or more than the limit.
    MalformedVotes,
    /// A signature recovers to no address (high s included).
    InvalidSignature,
    /// The signer has no seat: it was never a vote signer, or it was revoked.
    UnknownSigner,
    /// The signer was rotated out and its overlap has ended.
    SignerExpired,
    /// The signer's agent is paused or terminated.
    AgentNotActive,
    /// Agent ids do not strictly ascend: unsorted, or one agent twice, whatever its keys.
    VotesNotAscending,
    /// The proposing agent's current signer is not among the voters.
    ProposerDidNotVote,
    /// The proposal nonce was used or cancelled.
    NonceUsed,
    /// The proposal nonce lies below the window.
    NonceTooOld,
    /// The proposal nonce lies too far above the highest used.
    NonceTooFarAhead,
    /// The votes weigh less than the class demands.
    BelowThreshold,
    /// Fewer agents voted than the class demands.
    TooFewVoters,
    /// Fewer operators voted than the class demands.
    TooFewOperators,
    /// There are no calls, or more than the limit.
    BadCallCount,
    /// There is not exactly one grant for each call.
    GrantCountMismatch,
    /// A call targets one of our own contracts.
    CoreTarget,
    /// The decoder does not know the call, or its arguments are malformed.
    UndecodableCall,
    /// The mandate holds no leaf for the call.
    NotInMandate,
    /// The tokens that the call buys would not go to the treasury.
    RecipientNotTreasury,
    /// The call touches a token without limits.
    TokenNotInMandate,
    /// The calls spend more of a token than one action may.
    OverActionLimit,
    /// The calls spend more of a token than the rolling windows have room for, in any class.
    OverDailyLimit,
    /// The calls are of a class that these votes do not carry.
    ClassNotAllowed,
    /// The breaker stands at Halted for something that the calls touch.
    BreakerHalted,
    /// `Routine` has no slow path, or the ballot is not in the state that the step needs: none, voting, queued
    /// or vetoed; `index` is the state.
    WrongBallotState,
    /// The time to vote is over.
    VotingClosed,
    /// The agent has voted on the proposal, with this or with another of its keys.
    AlreadyVoted,
    /// The agent has no weight.
    NoWeight,
    /// The agent gained weight since the second in which the proposal was made.
    WeightTooNew,
    /// At least as much weight is against as is for.
    MoreAgainst,
    /// The delay has not passed; `index` is the first second in which it has.
    DelayNotPassed,
    /// The co-signature is missing, or is not the co-signer's for this proposal.
    CoSignatureMissing
}
