// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IExecutor} from "../interfaces/IExecutor.sol";
import {Call, CallProof} from "../types/Proposal.sol";
import {Refusal} from "../types/Refusal.sol";
import {RiskClass} from "../types/RiskClass.sol";

/// @title MockActor
/// @notice The contract that the benches measure against: it makes calls and checks nothing but who asks. With it
/// behind Consensus one sees what the votes cost; with standing approvals and called by its owner, what two swaps cost.
///
/// Warnings:
/// - No limits of any kind. For benches and tests only.
contract MockActor is IExecutor {
    address private immutable OWNER;

    error NotOwner(address caller);
    error ActorCallFailed(uint256 index);

    constructor(address owner) {
        OWNER = owner;
    }

    /// @inheritdoc IExecutor
    function execute(
        RiskClass,
        Call[] calldata calls,
        uint256,
        CallProof[] calldata,
        uint32
    ) external returns (uint256 loss) {
        _run(calls);
        return 0;
    }

    /// @notice Makes `calls` for the owner.
    function run(Call[] calldata calls) external {
        _run(calls);
    }

    /// @notice Gives `spender` a standing approval.
    function approve(IERC20 token, address spender) external {
        require(msg.sender == OWNER, NotOwner(msg.sender));
        token.approve(spender, type(uint256).max);
    }

    function _run(Call[] calldata calls) private {
        require(msg.sender == OWNER, NotOwner(msg.sender));
        for (uint256 i; i < calls.length; ++i) {
            Call calldata call_ = calls[i];
            (bool success, ) = call_.target.call(call_.data);
            require(success, ActorCallFailed(i));
        }
    }

    /// @inheritdoc IExecutor
    function previewExecute(
        Call[] calldata,
        CallProof[] calldata,
        RiskClass
    ) external pure returns (Refusal refusal, uint256 index) {
        return (Refusal.None, 0);
    }
}
