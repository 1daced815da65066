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
        "Proposal(uint32 agentId,uint40 nonce,uint40 deadline,address submitter,uint128 maxLoss,uint128 forecast,Call[] calls,Condition[] conditions,bytes32 evidence)Call(address target,bytes data)Condition(uint8 kind,address subject,address holder,uint256 amount)"
    );

    /// @dev The two lists of a proposal. Reverts without a reason, as reading malformed calldata does, unless each lies
    /// behind the place that says where it is, and wholly within calldata: so what is hashed here is what is read wherever
    /// the calldata is passed on to.
    function lists(
        Proposal calldata proposal
    ) internal pure returns (Call[] calldata calls, Condition[] calldata conditions) {
        assembly ("memory-safe") {
            // Reads calldata only. No sum overflows: nothing is added before it is known to be at most calldata's size,
            // and a position that is too large reads as zero.
            let end := calldatasize()
            let callsAt := calldataload(add(proposal, 192))
            let conditionsAt := calldataload(add(proposal, 224))
            if or(gt(callsAt, end), gt(conditionsAt, end)) {
                revert(0, 0)
            }
            calls.offset := add(add(proposal, callsAt), 32)
            calls.length := calldataload(add(proposal, callsAt))
            conditions.offset := add(add(proposal, conditionsAt), 32)
            conditions.length := calldataload(add(proposal, conditionsAt))
            if or(gt(calls.length, end), gt(conditions.length, end)) {
                revert(0, 0)
            }
            if or(
                gt(add(calls.offset, shl(5, calls.length)), end),
                gt(add(conditions.offset, shl(7, conditions.length)), end)
            ) {
                revert(0, 0)
            }
        }
    }

    /// @dev hashStruct(`proposal`) of EIP-712, given its lists. The members' words follow one another in calldata as they do in the
    /// encoding, so they are copied as they are, and the hashes of the two lists take the words that say where the lists
    /// are. A value with bits beyond its type is hashed with them: nobody signed that hash, and who reads the value
    /// reverts.
    function hash(
        Proposal calldata proposal,
        Call[] calldata calls,
        Condition[] calldata conditions
    ) internal pure returns (bytes32 structHash) {
        bytes32 callsHash = _hashCalls(calls);
        bytes32 conditionsHash = _hashConditions(conditions);
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

    /// @dev The hash of the calls' hashes, one after the other. Each call and its data lie behind the place that says where
    /// they are and within calldata, as `lists` has it.
    function _hashCalls(Call[] calldata calls) private pure returns (bytes32 callsHash) {
        bytes32 typehash = CALL_TYPEHASH;
        assembly ("memory-safe") {
            // Memory that nobody owns: first a row for the hashes, behind it room for one call at a time. No sum that is used
            // overflows: whatever is added is at most calldata's size, or this reverts before the memory is touched.
            let end := calldatasize()
            let row := mload(0x40)
            let size := shl(5, calls.length)
            let remaining := add(row, size)
            for {
                let i := 0
            } lt(i, size) {
                i := add(i, 32)
            } {
                let callAt := calldataload(add(calls.offset, i))
                let far := gt(callAt, end)
                callAt := add(calls.offset, callAt)
                let dataAt := calldataload(add(callAt, 32))
                far := or(far, gt(dataAt, end))
                dataAt := add(callAt, dataAt)
                let length := calldataload(dataAt)
                dataAt := add(dataAt, 32)
                if or(or(far, gt(length, end)), gt(add(dataAt, length), end)) {
                    revert(0, 0)
                }
                calldatacopy(remaining, dataAt, length)
                let dataHash := keccak256(remaining, length)
                mstore(remaining, typehash)
                mstore(add(remaining, 32), calldataload(callAt))
                mstore(add(remaining, 64), dataHash)
                mstore(add(row, i), keccak256(remaining, 96))
            }
            callsHash := keccak256(row, size)
        }
    }

    /// @dev The hash of the conditions' hashes, one after the other; four words each.
    function _hashConditions(Condition[] calldata conditions) private pure returns (bytes32 conditionsHash) {
        bytes32 typehash = CONDITION_TYPEHASH;
        uint256 count = conditions.length;
        assembly ("memory-safe") {
            // Memory that nobody owns, not kept: first a row for the hashes, behind it room for one condition at a time.
            let row := mload(0x40)
            let remaining := add(row, shl(5, count))
            for {
                let i := 0
            } lt(i, count) {
                i := add(i, 1)
            } {
                mstore(remaining, typehash)
                calldatacopy(add(remaining, 32), add(conditions.offset, shl(7, i)), 128)
                mstore(add(row, shl(5, i)), keccak256(remaining, 160))
            }
            conditionsHash := keccak256(row, shl(5, count))
        }
    }
}
