// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title IReputation
/// @notice How good agents have been, as far as the registry needs to know.
interface IReputation {
    /// @notice Takes what an agent earned from it: its id changed hands. [NX-AGT-06]
    /// @dev Only the registry.
    function restart(uint32 agentId) external;

    /// @notice An agent's score, in basis points; 10,000 for one without history.
    function scoreOf(uint32 agentId) external view returns (uint256 bps);
}
