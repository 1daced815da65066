// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAgentRegistry} from "../interfaces/IAgentRegistry.sol";
import {IExecutor} from "../interfaces/IExecutor.sol";
import {Call, CallProof} from "../types/Proposal.sol";
import {Refusal} from "../types/Refusal.sol";
import {RiskClass} from "../types/RiskClass.sol";

/// @title Relay
/// @notice Passes votes and calls on to our own contracts as they came. Solidity would take each list apart and put it
/// together again, word by word; the previews ask by Solidity's own calls, and the tests hold one against the other.
library RawCalls {
    /// @dev {IAgentRegistry-countVotes}. `registry` is one of our own contracts: what it calls a refusal is one.
    function countVotes(
        address registry,
        uint256 nonce,
        bytes calldata votes,
        bytes32 digest,
        uint256 agentId
    )
        internal
        returns (Refusal refusal, uint256 index, uint256 weight, uint256 voters, uint256 operators, uint256 seats)
    {
        bytes4 selector = IAgentRegistry.countVotes.selector;
        assembly ("memory-safe") {
            // Memory that nobody owns, not kept: the selector, four words, and the votes behind their length. The answer is
            // six words.
            let start := mload(0x40)
            mstore(start, selector)
            mstore(add(start, 4), nonce)
            mstore(add(start, 36), 128)
            mstore(add(start, 68), digest)
            mstore(add(start, 100), agentId)
            mstore(add(start, 132), votes.length)
            calldatacopy(add(start, 164), votes.offset, votes.length)
            if iszero(call(gas(), registry, 0, start, add(164, votes.length), start, 192)) {
                returndatacopy(start, 0, returndatasize())
                revert(start, returndatasize())
            }
            // What answers less is no registry.
            if lt(returndatasize(), 192) {
                revert(0, 0)
            }
            refusal := mload(start)
            index := mload(add(start, 32))
            weight := mload(add(start, 64))
            voters := mload(add(start, 96))
            operators := mload(add(start, 128))
            seats := mload(add(start, 160))
        }
    }

    /// @dev {IExecutor-execute}. All of this call's arguments follow the five that the executor is asked with, and the lists
    /// are pointed to where they lie in them: what a list holds is found by distances from the list. `calls` must be as
    /// {ProposalHash-lists} gives them and hashed, so that no distance leads out of what is passed on.
    function execute(
        address executor,
        RiskClass allowed,
        Call[] calldata calls,
        uint256 maxLoss,
        CallProof[] calldata callProofs,
        uint256 agentId
    ) internal returns (uint256 loss) {
        bytes4 selector = IExecutor.execute.selector;
        assembly ("memory-safe") {
            // Memory that nobody owns, not kept. A list begins with its length, one word before its first element, and the
            // arguments' first byte, which has number 4, comes to number 160 among those of the executor. The answer is one
            // word, in the scratch space.
            let start := mload(0x40)
            let size := sub(calldatasize(), 4)
            mstore(start, selector)
            mstore(add(start, 4), allowed)
            mstore(add(start, 36), add(calls.offset, 124))
            mstore(add(start, 68), maxLoss)
            mstore(add(start, 100), add(callProofs.offset, 124))
            mstore(add(start, 132), agentId)
            calldatacopy(add(start, 164), 4, size)
            if iszero(call(gas(), executor, 0, start, add(164, size), 0, 32)) {
                returndatacopy(start, 0, returndatasize())
                revert(start, returndatasize())
            }
            // What answers less is no executor.
            if lt(returndatasize(), 32) {
                revert(0, 0)
            }
            loss := mload(0)
        }
    }
}
