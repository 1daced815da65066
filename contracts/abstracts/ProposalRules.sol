// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IConsensus} from "../interfaces/IConsensus.sol";
import {IExecutor} from "../interfaces/IExecutor.sol";
import {ITreasury} from "../interfaces/ITreasury.sol";
import {PolicyWord} from "../libraries/PolicyWord.sol";
import {PostConditions} from "../libraries/PostConditions.sol";
import {ProposalHash} from "../libraries/ProposalHash.sol";
import {RawCalls} from "../libraries/RawCalls.sol";
import {Call, Condition, CallProof, Proposal} from "../types/Proposal.sol";
import {Refusal} from "../types/Refusal.sol";
import {RiskClass} from "../types/RiskClass.sol";
import {ClassPolicies} from "./ClassPolicies.sol";

/// @title ProposalRules
/// @notice See {IConsensus}. The rules of a proposal's form, and its execution, for both paths.
abstract contract ProposalRules is ClassPolicies, EIP712 {
    using PostConditions for Condition[];
    using ProposalHash for Proposal;
    using RawCalls for address;

    /// @inheritdoc IConsensus
    address public immutable EXECUTOR;

    constructor(address executor) EIP712("NEXUS Consensus", "1") {
        EXECUTOR = executor;
    }

    /// @inheritdoc IConsensus
    function hashProposal(Proposal calldata proposal) public view returns (bytes32) {
        (Call[] calldata calls, Condition[] calldata conditions) = proposal.lists();
        return _hashTypedDataV4(proposal.hash(calls, conditions));
    }

    /// @dev Checks the deadline, and that the post-conditions make sense.
    function _formRefusal(
        Proposal calldata proposal,
        Condition[] calldata conditions,
        PolicyWord policy
    ) internal view returns (Refusal, uint256) {
        uint256 deadline = proposal.deadline;
        if (block.timestamp > deadline) return (Refusal.DeadlinePassed, 0);
        if (deadline > block.timestamp + policy.maxDeadline()) return (Refusal.DeadlineTooFar, 0);
        uint256 invalid = conditions.firstInvalid();
        if (invalid != conditions.length) return (Refusal.InvalidCondition, invalid);
        return (Refusal.None, 0);
    }

    function _isSubmitter(address submitter) internal view returns (bool) {
        return submitter == address(0) || submitter == msg.sender;
    }

    /// @dev Makes the calls between two readings of the values that the conditions name.
    function _execute(
        bytes32 proposalHash,
        uint256 agentId,
        Call[] calldata calls,
        Condition[] calldata conditions,
        CallProof[] calldata callProofs,
        RiskClass allowed,
        uint256 maxLoss
    ) internal returns (uint256 loss) {
        if (conditions.length == 0) return EXECUTOR.execute(allowed, calls, maxLoss, callProofs, agentId);
        (uint256 unreadable, PostConditions.BalancesBefore memory before) = conditions.readBefore(ITreasury(EXECUTOR));
        require(unreadable == conditions.length, ProposalRefused(proposalHash, Refusal.InvalidCondition, unreadable));
        loss = EXECUTOR.execute(allowed, calls, maxLoss, callProofs, agentId);
        conditions.enforce(ITreasury(EXECUTOR), before);
    }

    /// @dev The answer that `_execute` would give: it reads the conditions as that does, then asks the executor, then
    /// whether the rest can be read. [NX-CON-08]
    function _previewCalls(
        Proposal calldata proposal,
        CallProof[] calldata callProofs,
        RiskClass allowed
    ) internal view returns (Refusal refusal, uint256 index) {
        Condition[] calldata conditions = proposal.conditions;
        (index, ) = conditions.readBefore(ITreasury(EXECUTOR));
        if (index != conditions.length) return (Refusal.InvalidCondition, index);
        (refusal, index) = IExecutor(EXECUTOR).previewExecute(proposal.calls, callProofs, allowed);
        if (refusal != Refusal.None) return (refusal, index);
        index = conditions.firstUnreadable(ITreasury(EXECUTOR));
        return index == conditions.length ? (Refusal.None, 0) : (Refusal.InvalidCondition, index);
    }
}
