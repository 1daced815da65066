// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Call, Proposal} from "../types/Proposal.sol";

/// @title ProposalHash
/// @notice The EIP-712 struct hash of a proposal, so that a wallet shows what is signed.
library ProposalHash {
    bytes32 internal constant CALL_TYPEHASH = keccak256("Call(address target,bytes data)");
    bytes32 internal constant PROPOSAL_TYPEHASH = keccak256(
        "Proposal(uint32 agentId,uint40 nonce,uint40 deadline,address executor,uint128 maxLoss,Call[] calls,bytes32 evidence)Call(address target,bytes data)"
    );

    /// @dev hashStruct(`proposal`) of EIP-712. Its members follow one another in calldata as they do in the encoding, so
    /// the head is copied as it is, and the hash of the calls takes the word that says where they are. A value with bits
    /// beyond its type is hashed with them: nobody signed that hash, and whoever reads the value reverts.
    function hash(Proposal calldata proposal) internal pure returns (bytes32 structHash) {
        bytes32 callsHash = _hashCalls(proposal.calls);
        bytes32 typehash = PROPOSAL_TYPEHASH;
        assembly ("memory-safe") {
            // Memory that nobody owns, not kept.
            let start := mload(0x40)
            mstore(start, typehash)
            calldatacopy(add(start, 32), proposal, 224)
            mstore(add(start, 192), callsHash)
            structHash := keccak256(start, 256)
        }
    }

    /// @dev The hash of the calls' hashes, one after the other.
    function _hashCalls(Call[] calldata calls) private pure returns (bytes32 callsHash) {
        bytes32 typehash = CALL_TYPEHASH;
        uint256 count = calls.length;
        for (uint256 i; i < count; ++i) {
            (address target, bytes calldata data) = (calls[i].target, calls[i].data);
            assembly ("memory-safe") {
                // Memory that nobody owns: first a row for the hashes, behind it room for one call at a time.
                let row := mload(0x40)
                let room := add(row, shl(5, count))
                calldatacopy(room, data.offset, data.length)
                let dataHash := keccak256(room, data.length)
                mstore(room, typehash)
                mstore(add(room, 32), target)
                mstore(add(room, 64), dataHash)
                mstore(add(row, shl(5, i)), keccak256(room, 96))
            }
        }
        assembly ("memory-safe") {
            callsHash := keccak256(mload(0x40), shl(5, count))
        }
    }
}
