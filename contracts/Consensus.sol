// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IAgentRegistry, Tally} from "./interfaces/IAgentRegistry.sol";
import {IConsensus, Policy} from "./interfaces/IConsensus.sol";
import {IExecutor} from "./interfaces/IExecutor.sol";
import {Administered} from "./libraries/Administered.sol";
import {ProposalHash} from "./libraries/ProposalHash.sol";
import {Grant, Proposal} from "./types/Proposal.sol";
import {Refusal} from "./types/Refusal.sol";
import {RiskClass} from "./types/RiskClass.sol";

/// @title Consensus
/// @notice See {IConsensus}.
contract Consensus is IConsensus, Administered, EIP712 {
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
        Policy memory policy = _policies[RiskClass.Routine];

        // Check: who sends it and when. Effect: use up the nonce. Check: the weight of the votes.
        Refusal refusal = _admission(proposal, policy);
        uint256 index;
        if (refusal == Refusal.None) {
            Tally memory tally;
            (refusal, index, tally) = IAgentRegistry(REGISTRY).countVotes(
                proposalHash,
                votes,
                proposal.nonce,
                proposal.agentId
            );
            if (refusal == Refusal.None) refusal = _shortfall(tally, policy);
        }
        require(refusal == Refusal.None, ProposalRefused(proposalHash, refusal, index));

        // Interaction: the executor checks the calls themselves. The nonce is gone, so re-entry enacts nothing twice.
        uint256 loss = IExecutor(EXECUTOR).execute(
            proposal.calls,
            proposal.agentId,
            grants,
            RiskClass.Routine,
            proposal.maxLoss
        );
        emit ProposalEnacted(proposalHash, proposal.agentId, proposal.nonce, loss, proposal.evidence);
    }

    /// @inheritdoc IConsensus
    function previewEnact(
        Proposal calldata proposal,
        Grant[] calldata grants,
        bytes calldata votes
    ) external view returns (Refusal refusal, uint256 index) {
        Policy memory policy = _policies[RiskClass.Routine];
        refusal = _admission(proposal, policy);
        if (refusal != Refusal.None) return (refusal, 0);

        Tally memory tally;
        (refusal, index, tally) = IAgentRegistry(REGISTRY).previewVotes(
            hashProposal(proposal),
            votes,
            proposal.nonce,
            proposal.agentId
        );
        if (refusal == Refusal.None) refusal = _shortfall(tally, policy);
        if (refusal != Refusal.None) return (refusal, index);

        return IExecutor(EXECUTOR).previewExecute(proposal.calls, grants, RiskClass.Routine);
    }

    /// @dev What is checked before anyone is asked: caller and time.
    function _admission(Proposal calldata proposal, Policy memory policy) private view returns (Refusal) {
        if (proposal.executor != address(0) && proposal.executor != msg.sender) return Refusal.WrongExecutor;
        if (block.timestamp > proposal.deadline) return Refusal.DeadlinePassed;
        if (proposal.deadline > block.timestamp + policy.maxDeadline) return Refusal.DeadlineTooFar;
        return Refusal.None;
    }

    /// @dev A class without a policy demands the impossible, so that forgetting to set one opens nothing.
    function _shortfall(Tally memory tally, Policy memory policy) private pure returns (Refusal) {
        if (policy.threshold == 0 || tally.weight < policy.threshold) return Refusal.BelowThreshold;
        if (tally.voters < policy.minVoters) return Refusal.TooFewVoters;
        if (tally.operators < policy.minOperators) return Refusal.TooFewOperators;
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
            newPolicy.minVoters <= IAgentRegistry(REGISTRY).MAX_VOTES() && newPolicy.minOperators <= newPolicy.minVoters,
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
