// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IExecutor} from "../interfaces/IExecutor.sol";
import {Call, Grant} from "../types/Proposal.sol";
import {Refusal} from "../types/Refusal.sol";
import {RiskClass} from "../types/RiskClass.sol";

/// @title ForwardingExecutor
/// @notice Makes the calls that Consensus sends, and checks nothing else: what consensus alone costs.
///
/// Warnings:
/// - A test double, with no mandate, no limits and no bracket.
contract ForwardingExecutor is IExecutor {
    address private immutable CONSENSUS;

    error NotConsensusOfExecutor(address caller);

    constructor(address consensus) {
        CONSENSUS = consensus;
    }

    /// @inheritdoc IExecutor
    function execute(uint32, Call[] calldata calls, Grant[] calldata, uint256, RiskClass) external {
        require(msg.sender == CONSENSUS, NotConsensusOfExecutor(msg.sender));
        for (uint256 i; i < calls.length; ++i) Address.functionCall(calls[i].target, calls[i].data);
    }

    /// @inheritdoc IExecutor
    function previewExecute(
        Call[] calldata,
        Grant[] calldata,
        RiskClass
    ) external pure returns (Refusal refusal, uint256 index) {
        return (Refusal.None, 0);
    }
}
