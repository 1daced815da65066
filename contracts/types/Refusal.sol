// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice The reasons for which a proposal is refused, in the order in which they are looked for.
/// One vocabulary for Consensus, AgentRegistry, Mandate, Treasury and the keepers, so that a reason reads the same
/// wherever it is met. Each member says first why; `Index`: what the number beside the reason is, zero where nothing is
/// said; `Next`: what to do. Commands and keepers take their words from here: `npm run fix` writes them.
enum Refusal {
    /// Nothing is wrong.
    None,
    /// It names who may send it, and this is another. The caller is not the submitter that the proposal names.
    /// Next: let the named submitter send it.
    WrongSubmitter,
    /// Its deadline has passed.
    /// Next: make the proposal again with a later deadline.
    DeadlinePassed,
    /// Its deadline is further away than its class allows.
    /// Next: make the proposal again with an earlier deadline.
    DeadlineTooFar,
    /// It has no post-conditions. Above `Routine` a proposal must say what shall be true afterwards.
    /// Next: add post-conditions that bound what the calls may change.
    NoConditions,
    /// A post-condition demands nothing or cannot be read. Or there are more than the limit.
    /// Index: the post-condition, from zero.
    /// Next: correct that post-condition, and make the proposal again.
    InvalidCondition,
    /// There are no votes.
    /// Next: collect signed votes and send them with the proposal.
    NoVotes,
    /// The votes are no whole signatures, or too many. Votes are 64-byte signatures.
    /// Index: how many whole signatures there are.
    /// Next: send whole 64-byte signatures, no more than MAX_VOTES.
    MalformedVotes,
    /// A signature is nobody's. It recovers to no address (high s included).
    /// Index: the vote, from zero.
    /// Next: leave that vote out, or let its voter sign again.
    InvalidSignature,
    /// The signer signs for no agent. It was never a vote signer, or it was revoked.
    /// Index: the vote, from zero.
    /// Next: leave that vote out, or register the signer as an agent.
    UnknownSigner,
    /// The signer was rotated out. Its overlap with the new key has ended.
    /// Index: the vote, from zero.
    /// Next: let the agent vote with its current key.
    SignerExpired,
    /// The agent is paused or terminated.
    /// Index: the vote, from zero.
    /// Next: leave that vote out, or let the operator resume the agent.
    AgentNotActive,
    /// The votes do not stand in the order of agents. They are unsorted, or one agent votes twice with whatever keys.
    /// Index: the vote, from zero.
    /// Next: sort the votes by agent, one for each.
    VotesNotAscending,
    /// Its proposer did not vote for it. Its current signer is not among the voters.
    /// Next: add the vote of the proposing agent.
    ProposerDidNotVote,
    /// Its nonce was used or cancelled.
    /// Index: the proposer's vote on the fast path, from zero.
    /// Next: make the proposal again with an unused nonce.
    NonceUsed,
    /// Its nonce is too old. It lies below the window.
    /// Index: the proposer's vote on the fast path, from zero.
    /// Next: make the proposal again with a nonce above the highest used.
    NonceTooOld,
    /// Its nonce is too far ahead. It lies too far above the highest used.
    /// Index: the proposer's vote on the fast path, from zero.
    /// Next: make the proposal again with the next nonce.
    NonceTooFarAhead,
    /// Too little weight is for it.
    /// Next: collect votes of more weight.
    BelowThreshold,
    /// Too few agents are for it.
    /// Next: collect votes of more agents.
    TooFewVoters,
    /// Too few operators are for it.
    /// Next: collect votes of agents of more operators.
    TooFewOperators,
    /// It has no calls, or too many.
    /// Next: make one call at least, and no more than the limit.
    BadCallCount,
    /// It has not one call proof for each call.
    /// Next: send one call proof for each call, in their order.
    ProofCountMismatch,
    /// It calls one of NEXUS's own contracts.
    /// Index: the call, from zero.
    /// Next: leave the call out: only the DAO administers these contracts.
    CoreTarget,
    /// Nothing can read the call. The decoder does not know it, or its arguments are malformed.
    /// Index: the call, from zero.
    /// Next: write the call as its decoder documents it, or let the DAO add a decoder.
    UndecodableCall,
    /// The mandate does not permit the call. It holds no leaf for it.
    /// Index: the call, from zero.
    /// Next: let the DAO add a leaf for the call, or leave it out.
    NotInMandate,
    /// The tokens that it buys would not go to the treasury.
    /// Index: the call, from zero.
    /// Next: name the treasury as recipient.
    RecipientNotTreasury,
    /// It touches a token without limits.
    /// Index: the call, from zero.
    /// Next: let the DAO set limits for the token, or leave the call out.
    TokenNotInMandate,
    /// It spends more of a token than one action may.
    /// Index: the call, from zero.
    /// Next: spend less in one action, or propose it in a higher class.
    OverActionLimit,
    /// It spends more of a token than is left of today's limit. In any class.
    /// Index: the call, from zero.
    /// Next: wait until more of the daily limit is left, or spend less.
    OverDailyLimit,
    /// It is of a higher class than was voted for.
    /// Index: the call, from zero.
    /// Next: propose it in the class that nexus proposal show tells.
    ClassNotAllowed,
    /// The breaker is raised for something that it touches. It stands at Halted.
    /// Next: ask the guardian why it raised the breaker; only the DAO restores it.
    BreakerHalted,
    /// It is not at that step. Or `Routine` has no slow path. The states are none, voting, queued and vetoed.
    /// Index: the state that it has.
    /// Next: look at its state with nexus proposal show, and take the step that it allows.
    WrongProposalState,
    /// The time to vote is over.
    /// Index: the last second in which votes counted.
    /// Next: make the proposal again: votes count no more.
    VotingClosed,
    /// The agent has voted on it. With this or with another of its keys.
    /// Index: the vote, from zero.
    /// Next: nothing: the first vote counts.
    AlreadyVoted,
    /// The agent has no weight.
    /// Index: the vote, from zero.
    /// Next: post a bond for the agent, or look at its caps with nexus agent status.
    NoWeight,
    /// The agent gained weight after it was made. Weight counts for what was proposed in a later second.
    /// Index: the vote, from zero.
    /// Next: let other agents vote, or make the proposal again.
    WeightTooNew,
    /// At least as much weight is against it as for it.
    /// Next: convince those who voted against, or make another proposal.
    MoreAgainst,
    /// Its delay has not passed.
    /// Index: the first second in which it may be executed.
    /// Next: wait until that second.
    DelayNotPassed,
    /// The co-signer has not signed it. Or the signature is not its own for this proposal.
    /// Next: let the co-signer sign the proposal: nexus safe propose.
    CoSignatureMissing
}
