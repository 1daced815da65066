// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AgentStatus, Profile} from "../types/Agent.sol";

/// @title IMessageKeyRenewal
/// @notice Lets an agent's vote signer replace the agent's message and box keys, and nothing else of the agent.
///
/// An operator who wants that approves this contract for the id, as ERC-721 has it, and takes the right back in the same way.
/// A transfer of the id ends it too. The contract holds nothing, keeps nothing, and nobody administers it. (ADR 0092)
interface IMessageKeyRenewal {
    /// @notice Thrown when the caller is not the agent's vote signer of now.
    /// @param agentId The agent's id.
    /// @param caller The caller that was refused.
    error NotCurrentSigner(uint32 agentId, address caller);

    /// @notice Thrown when the agent is not active.
    /// @param agentId The agent's id.
    /// @param status The agent's status, anything but `Active`.
    error AgentNotActive(uint32 agentId, AgentStatus status);

    /// @notice Thrown when the profile is not the agent's of now, or the agent has none.
    /// @param agentId The agent's id.
    error NotCurrentProfile(uint32 agentId);

    /// @notice Thrown while keys from before the current ones still count: they would end at once.
    /// @param agentId The agent's id.
    /// @param end The last second in which they count.
    error OverlapNotOver(uint32 agentId, uint256 end);

    /// @notice Replaces message key and box key of an active agent. The keys before count for `OVERLAP` more seconds.
    ///
    /// @dev Emits {IAgentRegistry-ProfileChanged}.
    ///
    /// Requirements:
    /// - The caller must be the agent's current vote signer, and this contract approved for the agent. [NX-AGT-07]
    /// - `current` must be the agent's profile, so that each renewal happens once. [NX-AGT-07]
    /// - No overlap may run. [NX-AGT-07]
    ///
    /// Notes:
    /// - The digest of the registration file stays, though the file may name the keys that were registered with it.
    ///
    /// @param agentId The agent's id.
    /// @param current The agent's profile of now.
    /// @param messageKey The new Ed25519 public key.
    /// @param boxKey The new X25519 public key.
    function renew(uint32 agentId, Profile calldata current, bytes32 messageKey, bytes32 boxKey) external;

    /// @notice The registry of the agents.
    function REGISTRY() external view returns (address);

    /// @notice The time for which the keys before a renewal still count, in seconds.
    function OVERLAP() external view returns (uint256);
}
