// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Call, Grant} from "../types/Proposal.sol";
import {Refusal} from "../types/Refusal.sol";
import {RiskClass} from "../types/RiskClass.sol";

/// @title IExecutor
/// @notice What Consensus drives: it makes the calls that were voted for, within its own limits.
interface IExecutor {
    /// @notice Makes `calls`, all or nothing. Only Consensus may call it.
    /// @param agentId The proposing agent, whose limits are used.
    /// @param calls What to do, in order.
    /// @param grants One for each call.
    /// @param maxLoss The most that the calls may lose, in USD with 18 decimals.
    /// @param allowed The highest class that the votes carry.
    function execute(
        uint32 agentId,
        Call[] calldata calls,
        Grant[] calldata grants,
        uint256 maxLoss,
        RiskClass allowed
    ) external;

    /// @notice Why `execute` would refuse, as far as that does not depend on the calls' own effects.
    /// @return refusal The reason, or `None`.
    /// @return index The index of the call at fault.
    function previewExecute(
        Call[] calldata calls,
        Grant[] calldata grants,
        RiskClass allowed
    ) external view returns (Refusal refusal, uint256 index);
}
