// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Administered} from "./abstracts/Administered.sol";
import {ClassPolicies} from "./abstracts/ClassPolicies.sol";
import {ProposalRules} from "./abstracts/ProposalRules.sol";
import {SlowPath} from "./abstracts/SlowPath.sol";
import {IAgentRegistry} from "./interfaces/IAgentRegistry.sol";
import {IConsensus} from "./interfaces/IConsensus.sol";
import {PolicyWord} from "./libraries/PolicyWord.sol";
import {ProposalHash} from "./libraries/ProposalHash.sol";
import {RawCalls} from "./libraries/RawCalls.sol";
import {Call, Condition, CallProof, Proposal} from "./types/Proposal.sol";
import {Refusal} from "./types/Refusal.sol";
import {RiskClass} from "./types/RiskClass.sol";

/// @title Consensus
/// @notice See {IConsensus}. This contract enacts `Routine` proposals. Demands of the classes: {ClassPolicies}. Form
/// and execution: {ProposalRules}. Votes on the slow path: {SlowVotes}. The slow path itself: {SlowPath}. (ADR 0024)
///
/// @dev By subject:
/// - Value: this contract holds no money.
/// - Bracket: post-conditions are read before and after the executor's calls; the treasury's own bracket lies inside.
/// - Limits: those of the calls are the executor's. A proposal has at most 16 conditions, and its deadline lies at most
///   `MAX_ROUTINE_DEADLINE` or `MAX_DEADLINE` ahead.
/// - Classes: the proposer names the class, the voters sign it, the executor computes it from the calls and refuses
///   more. `Critical` needs a co-signature too. (ADR 0014) Without a policy nothing passes in a class.
/// - Votes: the registry counts them. (ADR 0009) A tally is one word (ADR 0014) that keeps when it was made and until
///   when votes count (ADR 0022); executing deletes it (ADR 0015).
/// - Tokens: a condition's subject must answer `balanceOf`, or the health factor; one that does not fails the proposal.
/// - Oracles: only two conditions read prices: `PositionAtMost` at the upper end of the band, `ValueDecreasesAtMostBps` in
///   its middle. Without a price they fail the proposal.
contract Consensus is SlowPath {
    using ProposalHash for Proposal;
    using RawCalls for address;

    /// @param admin The DAO's timelock.
    /// @param registry The registry that counts the votes.
    /// @param executor The contract that makes the calls.
    /// @param breaker The breaker whose guardians may veto.
    constructor(
        address admin,
        address registry,
        address executor,
        address breaker
    ) Administered(admin) ClassPolicies(registry, breaker) ProposalRules(executor) {}

    /// @inheritdoc IConsensus
    function enact(bytes calldata votes, Proposal calldata proposal, CallProof[] calldata callProofs) external {
        (Call[] calldata calls, Condition[] calldata conditions) = proposal.lists();
        bytes32 proposalHash = _hashTypedDataV4(proposal.hash(calls, conditions));
        uint32 agentId = proposal.agentId;
        uint40 nonce = proposal.nonce;

        // Check: who sends it and when. Effect: use up the nonce. Check: the weight of the votes.
        PolicyWord policy = _policyOf(RiskClass.Routine);
        (Refusal refusal, uint256 index) = _enactRefusal(proposal, conditions, policy);
        if (refusal == Refusal.None) {
            uint256 weight;
            uint256 voters;
            uint256 operators;
            (refusal, index, weight, voters, operators, ) = REGISTRY.countVotes({
                nonce: nonce,
                votes: votes,
                digest: proposalHash,
                agentId: agentId
            });
            if (refusal == Refusal.None) refusal = _shortfall(policy, weight, voters, operators);
        }
        require(refusal == Refusal.None, ProposalRefused(proposalHash, refusal, index));

        // Interaction: the executor checks the calls themselves. The nonce is gone, so re-entry enacts nothing twice.
        uint256 loss = _execute({
            proposalHash: proposalHash,
            agentId: agentId,
            calls: calls,
            conditions: conditions,
            callProofs: callProofs,
            allowed: RiskClass.Routine,
            maxLoss: proposal.maxLoss
        });
        emit ProposalEnacted(proposalHash, agentId, nonce, loss, proposal.evidence);
    }

    /// @inheritdoc IConsensus
    function previewEnact(
        Proposal calldata proposal,
        CallProof[] calldata callProofs,
        bytes calldata votes
    ) external view returns (Refusal refusal, uint256 index) {
        PolicyWord policy = _policyOf(RiskClass.Routine);
        (refusal, index) = _enactRefusal(proposal, proposal.conditions, policy);
        if (refusal != Refusal.None) return (refusal, index);

        uint256 weight;
        uint256 voters;
        uint256 operators;
        (refusal, index, weight, voters, operators, ) = IAgentRegistry(REGISTRY).previewVotes({
            nonce: proposal.nonce,
            votes: votes,
            digest: hashProposal(proposal),
            agentId: proposal.agentId
        });
        if (refusal == Refusal.None) refusal = _shortfall(policy, weight, voters, operators);
        if (refusal != Refusal.None) return (refusal, index);

        return _previewCalls(proposal, callProofs, RiskClass.Routine);
    }

    /// @dev The checks that ask no other contract.
    function _enactRefusal(
        Proposal calldata proposal,
        Condition[] calldata conditions,
        PolicyWord policy
    ) private view returns (Refusal refusal, uint256 index) {
        if (!_isSubmitter(proposal.submitter)) return (Refusal.WrongSubmitter, 0);
        return _formRefusal(proposal, conditions, policy);
    }
}
