// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgentRegistry} from "../interfaces/IAgentRegistry.sol";
import {IMessageKeyRenewal} from "../interfaces/IMessageKeyRenewal.sol";
import {Agent, AgentStatus, Profile} from "../types/Agent.sol";

/// @title MessageKeyRenewal
/// @notice See {IMessageKeyRenewal}. What an owner's approval would let this contract do is far more than its code does.
contract MessageKeyRenewal is IMessageKeyRenewal {
    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc IMessageKeyRenewal
    /// @dev As long as the oldest message counts that may be sealed for the keys before.
    uint256 public constant OVERLAP = 1 days;
    /// @inheritdoc IMessageKeyRenewal
    address public immutable REGISTRY;

    /* CONSTRUCTOR */

    /// @param registry The registry of the agents.
    constructor(address registry) {
        REGISTRY = registry;
    }

    /* RENEWING */

    /// @inheritdoc IMessageKeyRenewal
    function renew(uint32 agentId, Profile calldata current, bytes32 messageKey, bytes32 boxKey) external {
        // Check: the signer of an active agent asks, and says what the agent has now.
        Agent memory agent = IAgentRegistry(REGISTRY).agentOf(agentId);
        require(msg.sender == agent.signer, NotCurrentSigner(agentId, msg.sender));
        require(agent.status == AgentStatus.Active, AgentNotActive(agentId, agent.status));
        require(agent.profile == keccak256(abi.encode(current)), NotCurrentProfile(agentId));
        require(block.timestamp > agent.previousProfileEnd, OverlapNotOver(agentId, agent.previousProfileEnd));

        // Interaction: the registry asks whether the owner approved this contract.
        Profile memory next = Profile({uriDigest: current.uriDigest, messageKey: messageKey, boxKey: boxKey});
        IAgentRegistry(REGISTRY).rotateProfile(agentId, next, OVERLAP);
    }
}
