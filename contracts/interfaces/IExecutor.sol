// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Call, CallProof} from "../types/Proposal.sol";
import {Refusal} from "../types/Refusal.sol";
import {RiskClass} from "../types/RiskClass.sol";

/// @title IExecutor
/// @notice The contract that Consensus drives: it makes the calls that were voted for, within its own limits.
interface IExecutor {
    /// @notice Makes `calls`, all or nothing. Only Consensus may call it.
    /// @dev A call pays for every selector below the one that it asks for; this order of parameters has a low one. (ADR 0009)
    /// @param allowed The highest class that the votes carry.
    /// @param calls The calls to make, in order.
    /// @param maxLoss The most that the calls may lose, in USD with 18 decimals.
    /// @param callProofs One {CallProof} for each call, in the order of the calls.
    /// @param agentId The proposing agent, whose limits are used.
    /// @return loss Loss of the calls, in USD with 18 decimals; zero when no balance fell.
    function execute(
        RiskClass allowed,
        Call[] calldata calls,
        uint256 maxLoss,
        CallProof[] calldata callProofs,
        uint32 agentId
    ) external returns (uint256 loss);

    /// @notice The reason for which `execute` would refuse, as far as that does not depend on the calls' own effects.
    /// @param calls The calls, in order.
    /// @param callProofs One {CallProof} for each call, in the order of the calls.
    /// @param allowed The highest class that the votes carry.
    /// @return refusal The reason, or `None`.
    /// @return index The call at fault, from zero; zero too where {Refusal} names no call.
    function previewExecute(
        Call[] calldata calls,
        CallProof[] calldata callProofs,
        RiskClass allowed
    ) external view returns (Refusal refusal, uint256 index);
}
