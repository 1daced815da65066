// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Call, Condition, Proposal} from "../types/Proposal.sol";

/// @title ProposalHash
/// @notice The EIP-712 struct hash of a proposal, so that a wallet shows what is signed.
library ProposalHash {
    bytes32 internal constant CALL_TYPEHASH = keccak256("Call(address target,bytes data)");
    bytes32 internal constant CONDITION_TYPEHASH = keccak256(
        "Condition(uint8 kind,address subject,address holder,uint256 amount)"
    );
    bytes32 internal constant PROPOSAL_TYPEHASH = keccak256(
        "Proposal(uint32 agentId,uint40 nonce,uint40 deadline,address executor,uint128 maxLoss,uint128 forecast,Call[] calls,Condition[] conditions,bytes32 evidence)Call(address target,bytes data)Condition(uint8 kind,address subject,address holder,uint256 amount)"
    );

    /// @dev hashStruct(`proposal`) of EIP-712. The members' words follow one another in calldata as they do in the
    /// encoding, so they are copied as they are, and the hashes of the two lists take the words that say where the lists
    /// are. A value with bits beyond its type is hashed with them: nobody signed that hash, and who reads the value
    /// reverts.
    function hash(Proposal calldata proposal) internal pure returns (bytes32 structHash) {
        bytes32 callsHash = _hashCalls(proposal.calls);
        bytes32 conditionsHash = _hashConditions(proposal.conditions);
        bytes32 typehash = PROPOSAL_TYPEHASH;
        assembly ("memory-safe") {
            // Memory that nobody owns, not kept: the type's hash, then the nine members.
            let start := mload(0x40)
            mstore(start, typehash)
            calldatacopy(add(start, 32), proposal, 288)
            mstore(add(start, 224), callsHash)
            mstore(add(start, 256), conditionsHash)
            structHash := keccak256(start, 320)
        }
    }

    /// @dev The hash of the calls' hashes, one after the other.
    function _hashCalls(Call[] calldata calls) private pure returns (bytes32 callsHash) {
        bytes32 typehash = CALL_TYPEHASH;
        uint256 count = calls.length;
        uint256 row;
        assembly ("memory-safe") {
            // A row for the hashes, which is ours from now on.
            row := mload(0x40)
            mstore(0x40, add(row, shl(5, count)))
        }
        for (uint256 i; i < count; ++i) {
            (address target, bytes calldata data) = (calls[i].target, calls[i].data);
            assembly ("memory-safe") {
                // Memory that nobody owns, for one call at a time.
                let room := mload(0x40)
                calldatacopy(room, data.offset, data.length)
                let dataHash := keccak256(room, data.length)
                mstore(room, typehash)
                mstore(add(room, 32), target)
                mstore(add(room, 64), dataHash)
                mstore(add(row, shl(5, i)), keccak256(room, 96))
            }
        }
        assembly ("memory-safe") {
            callsHash := keccak256(row, shl(5, count))
        }
    }

    /// @dev The hash of the conditions' hashes, one after the other; four words each.
    function _hashConditions(Condition[] calldata conditions) private pure returns (bytes32 conditionsHash) {
        bytes32 typehash = CONDITION_TYPEHASH;
        uint256 count = conditions.length;
        assembly ("memory-safe") {
            // Memory that nobody owns, not kept: first a row for the hashes, behind it room for one condition at a time.
            let row := mload(0x40)
            let room := add(row, shl(5, count))
            for {
                let i := 0
            } lt(i, count) {
                i := add(i, 1)
            } {
                mstore(room, typehash)
                calldatacopy(add(room, 32), add(conditions.offset, shl(7, i)), 128)
                mstore(add(row, shl(5, i)), keccak256(room, 160))
            }
            conditionsHash := keccak256(row, shl(5, count))
        }
    }
}
