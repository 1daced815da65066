// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {TallyView, Policy, Support} from "../types/Tally.sol";
import {CallProof, Proposal} from "../types/Proposal.sol";
import {Refusal} from "../types/Refusal.sol";
import {RiskClass} from "../types/RiskClass.sol";
import {IAdministered} from "./IAdministered.sol";

/// @title IConsensus
/// @notice The agents' decisions, in two ways with one rule set.
///
/// - `enact`: a `Routine` proposal and the signed votes for it arrive in one transaction and take effect in it.
/// - `propose`, `castVote`, `queue`, `execute`: everything else waits, open to inspection, to votes and to veto.
///
/// A tally is one storage slot. It keeps when it was made and until when votes count; no change of settings moves these times.
/// Whoever proposes names the class and the voters sign it; the executor computes the class of the calls from what they are
/// and refuses those above what was voted for, so naming a low class only wastes a nonce.
interface IConsensus is IAdministered {
    /// @notice Emitted when a proposal was enacted.
    /// @param proposalHash EIP-712 digest of the proposal.
    /// @param agentId The proposing agent.
    /// @param nonce The nonce that it used up.
    /// @param loss Loss of the calls, in USD with 18 decimals; zero when no balance fell.
    /// @param evidence Root of the record that led to the decision.
    event ProposalEnacted(
        bytes32 indexed proposalHash,
        uint32 indexed agentId,
        uint256 nonce,
        uint256 loss,
        bytes32 evidence
    );

    /// @notice Emitted when a proposal is put on the slow path.
    /// @param proposalHash EIP-712 digest of the proposal.
    /// @param agentId The proposing agent.
    /// @param riskClass The class that the proposer named and the voters signed.
    /// @param deadline The last second in which it may be executed.
    /// @param seats One bit for each voting seat that voted for it at once.
    /// @param weight Sum of those voters' weights, in whole stake tokens.
    /// @param executableFrom The first second in which it may be executed, if the votes sufficed to queue it; else zero.
    event Proposed(
        bytes32 indexed proposalHash,
        uint32 indexed agentId,
        RiskClass riskClass,
        uint256 deadline,
        uint256 seats,
        uint256 weight,
        uint256 executableFrom
    );

    /// @notice Emitted when votes are counted after a proposal was made.
    /// @param proposalHash EIP-712 digest of the proposal.
    /// @param support The direction of the votes: against, for or abstain.
    /// @param seats One bit for each voting seat that voted now.
    /// @param weight Weight added to the tally for or against, in whole stake tokens; zero for an abstention.
    event VotesCast(bytes32 indexed proposalHash, Support indexed support, uint256 seats, uint256 weight);

    /// @notice Emitted when a proposal that had too few votes when it was made has enough, and its delay starts.
    /// @param proposalHash EIP-712 digest of the proposal.
    /// @param executableFrom The first second in which it may be executed.
    event ProposalQueued(bytes32 indexed proposalHash, uint256 executableFrom);

    /// @notice Emitted when a queued proposal was executed.
    /// @param proposalHash EIP-712 digest of the proposal.
    /// @param agentId The proposing agent.
    /// @param loss Loss of the calls, in USD with 18 decimals; zero when no balance fell.
    /// @param evidence Root of the record that led to the decision.
    event ProposalExecuted(bytes32 indexed proposalHash, uint32 indexed agentId, uint256 loss, bytes32 evidence);

    /// @notice Emitted when a proposal is vetoed.
    /// @param proposalHash EIP-712 digest of the proposal.
    /// @param by The guardian, or the DAO's timelock.
    /// @param reason The reason, in words.
    event ProposalVetoed(bytes32 indexed proposalHash, address indexed by, string reason);

    /// @notice Emitted when the co-signer of `Critical` proposals changes.
    /// @param coSigner A contract that answers ERC-1271, as a Safe does; zero lets no such proposal pass.
    event CoSignerChanged(address coSigner);

    /// @notice Emitted when the demands of a class change.
    /// @param riskClass The class that changes.
    /// @param policy The demands of the class from now on, see {Policy}.
    event PolicyChanged(RiskClass indexed riskClass, Policy policy);

    /// @notice Thrown when a proposal, or a vote on it, is refused.
    /// @param proposalHash EIP-712 digest of the proposal.
    /// @param refusal The reason, see {Refusal}.
    /// @param index The number beside the reason, as {Refusal} explains it: a vote, a condition, a count, a state or a second.
    error ProposalRefused(bytes32 proposalHash, Refusal refusal, uint256 index);

    /// @notice Thrown when one operator or agent could carry a proposal alone, or all voting seats together could not.
    /// @param threshold The threshold that was asked for, in whole stake tokens.
    /// @param minimum The smallest allowed: one above an operator's cap or, with several operators, one above an agent's cap.
    /// @param maximum The largest allowed: the number of voting seats times an agent's cap.
    error ThresholdOutOfRange(uint256 threshold, uint256 minimum, uint256 maximum);

    /// @notice Thrown when a policy's deadline is zero or too long.
    /// @param maxDeadline The longest time to a deadline that was asked for, in seconds.
    /// @param longest `MAX_ROUTINE_DEADLINE` or, above `Routine`, `MAX_DEADLINE`.
    error DeadlineOutOfRange(uint256 maxDeadline, uint256 longest);

    /// @notice Thrown when a policy asks for more voters than one transaction may carry.
    /// @param minVoters The least number of agents that was asked for.
    /// @param minOperators The least number of operators that was asked for.
    error VoterCountOutOfRange(uint256 minVoters, uint256 minOperators);

    /// @notice Thrown unless `Routine` has no delay, and each higher class has one that is shorter than its longest deadline.
    /// @param delay The delay that was asked for, in seconds.
    /// @param maxDeadline The longest time to a deadline that was asked for, in seconds.
    error DelayOutOfRange(uint256 delay, uint256 maxDeadline);

    /// @notice Thrown when the caller may not veto.
    /// @param caller The caller that was refused.
    error NotVetoer(address caller);

    /// @notice Thrown when the co-signer would be a guardian, who could then both stop and let pass. [NX-CON-12]
    /// @param coSigner The co-signer that was refused, a guardian.
    error CoSignerIsGuardian(address coSigner);

    /// @notice Enacts `proposal` at once, if the votes carry it as a `Routine` action.
    ///
    /// @dev Emits {ProposalEnacted}. The order of parameters gives a low selector, which costs less gas. (ADR 0009)
    ///
    /// Requirements:
    /// - `previewEnact` of the same must answer `None`. [NX-CON-01] [NX-CON-02] [NX-CON-08]
    /// - Nothing in the calls may revert, and the executor's limits must hold. [NX-CON-06]
    /// - Every post-condition must hold afterwards, or it reverts with `ConditionNotMet` or `AssetMoved`. [NX-CON-06]
    ///
    /// Notes:
    /// - A vote is the EIP-712 signature of the proposal by an agent's vote signer, in the 64-byte form of ERC-2098.
    /// - Votes stand in strictly ascending order of agent ids, so that an agent counts once. [NX-CON-04]
    ///
    /// Warnings:
    /// - An attempt that reverts does not use up the nonce: until the proposal's deadline anybody can send the signed votes again.
    ///
    /// @param votes The voters' signatures of 64 bytes each, one after the other.
    /// @param proposal The proposal as it was signed.
    /// @param callProofs One {CallProof} for each call, in their order; call proofs follow from the mandate and are not signed.
    function enact(bytes calldata votes, Proposal calldata proposal, CallProof[] calldata callProofs) external;

    /// @notice The reason for which `enact` by the same caller would be refused in this block. It leaves out what
    /// depends on the calls' own effects, such as whether post-conditions hold. It answers `InvalidCondition` for a condition that
    /// cannot be read in this block; `enact` reads it after the calls, and reverts with the error of the contract that it reads.
    /// @return refusal The reason, or `None`.
    /// @return index The number beside the reason, as {Refusal} explains it; zero where it explains none.
    function previewEnact(
        Proposal calldata proposal,
        CallProof[] calldata callProofs,
        bytes calldata votes
    ) external view returns (Refusal refusal, uint256 index);

    /// @notice Puts `proposal` on the slow path with the first votes for it, its proposer's among them, and queues it if
    /// they suffice.
    /// @dev Emits {Proposed}. Creates the tally's slot. The order of parameters gives a low selector. (ADR 0009)
    ///
    /// Requirements:
    /// - `previewPropose` of the same must answer `None`.
    ///
    /// Notes:
    /// - Anyone may send it. A vote is the EIP-712 signature of
    ///   `Ballot(bytes32 proposalHash,uint8 riskClass,uint8 support)`, in the 64-byte form of ERC-2098.
    /// - A proposal that was not executed in time is made again under another nonce.
    ///
    /// @param riskClass The class whose demands it is to meet.
    /// @param votes Signatures of votes for, in ascending order of their agents' ids.
    /// @param proposal The proposal as it was signed; above `Routine`, so it must have post-conditions.
    function propose(RiskClass riskClass, bytes calldata votes, Proposal calldata proposal) external;

    /// @notice Counts the caller's vote, if `previewVote` answers `None`. The caller is an agent's vote signer. [NX-CON-07]
    /// @dev Emits {VotesCast}. Reverts with {ProposalRefused}.
    ///
    /// Notes:
    /// - Votes of every kind count until the same second, `votesUntil` of {TallyView}: the deadline of the proposal or, once
    ///   it is queued, the last second before it may be executed.
    /// - An agent whose weight rose in the second in which the proposal was made, or later, cannot vote on it: the same stake could
    ///   otherwise vote with one agent and then with another. An agent whose weight fell votes with what is left. [NX-CON-10]
    /// - An operator is counted as being for it as soon as one of its agents votes for it, unless another of its agents voted
    ///   otherwise before, or it transferred an agent away since that second. Votes against count while it is queued too. [NX-CON-10]
    function castVote(bytes32 proposalHash, Support support) external;

    /// @notice Counts the vote of `signer`, who may be a contract that answers ERC-1271.
    /// @dev Emits {VotesCast}. As `castVote`; the signature is over the ballot that `hashBallot` gives. Order of parameters: Governor's.
    function castVoteBySig(bytes32 proposalHash, Support support, address signer, bytes calldata signature) external;

    /// @notice Counts votes of one kind, as signatures of 64 bytes in any order.
    /// @dev Emits {VotesCast}. As `castVote`. Reverts with the index of a signature that is nobody's, or of a key that never was a
    /// vote signer. Votes that do not count, or are counted already, are passed over, so that no voter can make the call of others
    /// revert; if none counts it reverts with the reason of the first. [NX-CON-07]
    function castVotes(bytes32 proposalHash, Support support, bytes calldata votes) external;

    /// @notice Starts the delay of a proposal that has what its class demands.
    /// @dev Emits {ProposalQueued}. Anyone may call it. Reverts with {ProposalRefused}.
    function queue(bytes32 proposalHash) external;

    /// @notice Executes a queued proposal after its delay, from the first second in which no vote counts. For anyone, but its
    /// `submitter` alone where it names one.
    /// @dev Emits {ProposalExecuted}, and frees the tally's slot: from then on nobody knows the proposal, and since its
    /// nonce is used it cannot be made again.
    ///
    /// Requirements:
    /// - `previewExecute` with the same arguments must answer `None`. [NX-CON-01] [NX-CON-02]
    /// - The calls must be of no higher class than was voted for, and all conditions must hold. [NX-CON-03] [NX-CON-06]
    ///
    /// @param proposal The proposal as it was signed; a `Critical` one needs `executeCoSigned`.
    /// @param callProofs One {CallProof} for each call, in the order of the calls.
    function execute(Proposal calldata proposal, CallProof[] calldata callProofs) external;

    /// @notice As `execute`, with the co-signature that `Critical` demands.
    /// @dev Emits {ProposalExecuted}.
    /// @param coSignature The co-signer's signature of `hashCoSignature`; ignored for other classes. It counts for nothing while
    /// the co-signer is a guardian. [NX-CON-12]
    function executeCoSigned(
        Proposal calldata proposal,
        CallProof[] calldata callProofs,
        bytes calldata coSignature
    ) external;

    /// @notice Stops a proposal for ever. Only guardians of the breaker and the administrator, until it is executed. [NX-CON-05]
    /// @dev Emits {ProposalVetoed}. The tally stays, as vetoed: no vote counts any more, and it cannot be proposed again.
    /// @param reason The reason, in words.
    function veto(bytes32 proposalHash, string calldata reason) external;

    /// @notice The reason for which `propose` would be refused in this block.
    function previewPropose(
        Proposal calldata proposal,
        RiskClass riskClass,
        bytes calldata votes
    ) external view returns (Refusal refusal, uint256 index);

    /// @notice The reason for which a vote of `signer` would not be counted in this block, its signature aside.
    function previewVote(
        bytes32 proposalHash,
        Support support,
        address signer
    ) external view returns (Refusal refusal, uint256 index);

    /// @notice The reason for which `queue` would be refused in this block.
    function previewQueue(bytes32 proposalHash) external view returns (Refusal refusal, uint256 index);

    /// @notice The reason for which `executeCoSigned` by the same caller, or with an empty co-signature `execute`,
    /// would be refused in this block. It leaves out what depends on the calls' own effects.
    function previewExecute(
        Proposal calldata proposal,
        CallProof[] calldata callProofs,
        bytes calldata coSignature
    ) external view returns (Refusal refusal, uint256 index);

    /// @notice The state of a proposal on the slow path. One that was executed is as one that nobody made;
    /// {ProposalExecuted} tells them apart.
    function tallyOf(bytes32 proposalHash) external view returns (TallyView memory);

    /// @notice The digest that a vote on the slow path signs.
    function hashBallot(bytes32 proposalHash, RiskClass riskClass, Support support) external view returns (bytes32);

    /// @notice The digest that the co-signer signs.
    function hashCoSignature(bytes32 proposalHash) external view returns (bytes32);

    /// @notice Sets the account that co-signs `Critical` proposals; zero for none.
    /// @dev Emits {CoSignerChanged}. Only the administrator.
    function setCoSigner(address newCoSigner) external;

    /// @notice The account that co-signs `Critical` proposals; zero for none.
    function coSigner() external view returns (address);

    /// @notice Sets the demands of a class.
    /// @dev Emits {PolicyChanged}. Only the administrator.
    ///
    /// Requirements:
    /// - The threshold must be more than one operator may weigh or, where at least two operators are demanded, more than one
    ///   agent may; and no more than all voting seats may. These bounds follow from the caps that the administrator set and
    ///   not from what agents weigh now, so that no agent can make this call revert. [NX-CON-02] [NX-CON-05]
    /// - The deadline must be at most `MAX_ROUTINE_DEADLINE` or, above `Routine`, `MAX_DEADLINE`; the delay must be shorter.
    ///
    /// Warnings:
    /// - A threshold below half of the weight that agents have now lets a minority decide; with one above all of it nothing passes.
    /// - A proposal that was made before keeps its times, and must meet the new demands.
    function setPolicy(RiskClass riskClass, Policy calldata newPolicy) external;

    /// @notice The demands of a class.
    function policyOf(RiskClass riskClass) external view returns (Policy memory);

    /// @notice The EIP-712 digest that voters sign.
    function hashProposal(Proposal calldata proposal) external view returns (bytes32);

    /// @notice The longest time that the deadline of a `Routine` proposal may lie ahead, in seconds.
    function MAX_ROUTINE_DEADLINE() external view returns (uint256);

    /// @notice The longest time to any deadline, in seconds. Unbonding takes longer, so that voters are still bonded at the execution.
    function MAX_DEADLINE() external view returns (uint256);

    /// @notice The registry that counts the votes.
    function REGISTRY() external view returns (address);

    /// @notice The breaker whose guardians may veto.
    function BREAKER() external view returns (address);

    /// @notice The contract that makes the calls.
    function EXECUTOR() external view returns (address);
}
