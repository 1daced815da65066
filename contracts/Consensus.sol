// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IAgentRegistry} from "./interfaces/IAgentRegistry.sol";
import {IConsensus, Policy} from "./interfaces/IConsensus.sol";
import {IExecutor} from "./interfaces/IExecutor.sol";
import {ITreasury} from "./interfaces/ITreasury.sol";
import {Administered} from "./libraries/Administered.sol";
import {PostConditions} from "./libraries/PostConditions.sol";
import {ProposalHash} from "./libraries/ProposalHash.sol";
import {Condition, Grant, Proposal} from "./types/Proposal.sol";
import {Refusal} from "./types/Refusal.sol";
import {RiskClass} from "./types/RiskClass.sol";

/// @title Consensus
/// @notice See {IConsensus}.
contract Consensus is IConsensus, Administered, EIP712 {
    using PostConditions for Condition[];
    using ProposalHash for Proposal;

    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc IConsensus
    uint256 public constant MAX_ROUTINE_DEADLINE = 60;
    /// @inheritdoc IConsensus
    address public immutable REGISTRY;
    /// @inheritdoc IConsensus
    address public immutable EXECUTOR;

    /* STORAGE */

    mapping(RiskClass riskClass => Policy policy) private _policies;

    /* CONSTRUCTOR */

    /// @param admin The DAO's timelock.
    /// @param registry Who counts the votes.
    /// @param executor Who makes the calls.
    constructor(address admin, address registry, address executor) Administered(admin) EIP712("NEXUS Consensus", "1") {
        REGISTRY = registry;
        EXECUTOR = executor;
    }

    /* FAST PATH */

    /// @inheritdoc IConsensus
    function enact(Proposal calldata proposal, Grant[] calldata grants, bytes calldata votes) external {
        bytes32 proposalHash = hashProposal(proposal);
        uint32 agentId = proposal.agentId;
        uint40 nonce = proposal.nonce;

        // Check: who sends it and when. Effect: use up the nonce. Check: the weight of the votes.
        Policy memory policy = _policies[RiskClass.Routine];
        Condition[] calldata conditions = proposal.conditions;
        (Refusal refusal, uint256 index) = _admission(proposal, conditions, policy);
        if (refusal == Refusal.None) {
            uint256 weight;
            uint256 voters;
            uint256 operators;
            (refusal, index, weight, voters, operators) = IAgentRegistry(REGISTRY).countVotes(
                proposalHash,
                votes,
                nonce,
                agentId
            );
            if (refusal == Refusal.None) refusal = _shortfall(policy, weight, voters, operators);
        }
        require(refusal == Refusal.None, ProposalRefused(proposalHash, refusal, index));

        // Interaction: the executor checks the calls themselves. The nonce is gone, so re-entry enacts nothing twice.
        uint256 loss = _execute(proposal, conditions, agentId, grants, RiskClass.Routine);
        emit ProposalEnacted(proposalHash, agentId, nonce, loss, proposal.evidence);
    }

    /// @inheritdoc IConsensus
    function previewEnact(
        Proposal calldata proposal,
        Grant[] calldata grants,
        bytes calldata votes
    ) external view returns (Refusal refusal, uint256 index) {
        Policy memory policy = _policies[RiskClass.Routine];
        (refusal, index) = _admission(proposal, proposal.conditions, policy);
        if (refusal != Refusal.None) return (refusal, index);

        uint256 weight;
        uint256 voters;
        uint256 operators;
        (refusal, index, weight, voters, operators) = IAgentRegistry(REGISTRY).previewVotes(
            hashProposal(proposal),
            votes,
            proposal.nonce,
            proposal.agentId
        );
        if (refusal == Refusal.None) refusal = _shortfall(policy, weight, voters, operators);
        if (refusal != Refusal.None) return (refusal, index);

        return IExecutor(EXECUTOR).previewExecute(proposal.calls, grants, RiskClass.Routine);
    }

    /// @dev What is checked before anyone is asked: caller, time, and that the post-conditions make sense.
    function _admission(
        Proposal calldata proposal,
        Condition[] calldata conditions,
        Policy memory policy
    ) private view returns (Refusal, uint256) {
        address executor = proposal.executor;
        if (executor != address(0) && executor != msg.sender) return (Refusal.WrongExecutor, 0);
        uint256 deadline = proposal.deadline;
        if (block.timestamp > deadline) return (Refusal.DeadlinePassed, 0);
        if (deadline > block.timestamp + policy.maxDeadline) return (Refusal.DeadlineTooFar, 0);
        uint256 invalid = conditions.firstInvalid();
        if (invalid != conditions.length) return (Refusal.InvalidCondition, invalid);
        return (Refusal.None, 0);
    }

    /// @dev Makes the calls between two looks at what the conditions speak of.
    function _execute(
        Proposal calldata proposal,
        Condition[] calldata conditions,
        uint32 agentId,
        Grant[] calldata grants,
        RiskClass allowed
    ) private returns (uint256 loss) {
        if (conditions.length == 0) {
            return IExecutor(EXECUTOR).execute(proposal.calls, agentId, grants, allowed, proposal.maxLoss);
        }
        PostConditions.Snapshot memory seen = conditions.look(ITreasury(EXECUTOR));
        loss = IExecutor(EXECUTOR).execute(proposal.calls, agentId, grants, allowed, proposal.maxLoss);
        conditions.enforce(ITreasury(EXECUTOR), seen);
    }

    /// @dev A class without a policy demands the impossible, so that forgetting to set one opens nothing.
    function _shortfall(
        Policy memory policy,
        uint256 weight,
        uint256 voters,
        uint256 operators
    ) private pure returns (Refusal) {
        if (policy.threshold == 0 || weight < policy.threshold) return Refusal.BelowThreshold;
        if (voters < policy.minVoters) return Refusal.TooFewVoters;
        if (operators < policy.minOperators) return Refusal.TooFewOperators;
        return Refusal.None;
    }

    /* POLICY */

    /// @inheritdoc IConsensus
    function setPolicy(RiskClass riskClass, Policy calldata newPolicy) external onlyAdmin {
        uint256 totalWeight = IAgentRegistry(REGISTRY).totalWeight();
        uint256 threshold = newPolicy.threshold;
        require(threshold * 2 > totalWeight && threshold <= totalWeight, ThresholdOutOfRange(threshold, totalWeight));
        require(
            newPolicy.maxDeadline != 0 &&
                (riskClass != RiskClass.Routine || newPolicy.maxDeadline <= MAX_ROUTINE_DEADLINE),
            DeadlineOutOfRange(newPolicy.maxDeadline)
        );
        require(
            newPolicy.minVoters <= IAgentRegistry(REGISTRY).MAX_VOTES() &&
                newPolicy.minOperators <= newPolicy.minVoters,
            VoterCountOutOfRange(newPolicy.minVoters, newPolicy.minOperators)
        );
        _policies[riskClass] = newPolicy;
        emit PolicyChanged(riskClass, newPolicy);
    }

    /// @inheritdoc IConsensus
    function policyOf(RiskClass riskClass) external view returns (Policy memory) {
        return _policies[riskClass];
    }

    /// @inheritdoc IConsensus
    function hashProposal(Proposal calldata proposal) public view returns (bytes32) {
        return _hashTypedDataV4(proposal.hash());
    }
}
