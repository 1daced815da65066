// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Support} from "../types/Tally.sol";
import {RiskClass} from "../types/RiskClass.sol";

/// @title BallotHash
/// @notice The EIP-712 struct hash of a vote on the slow path.
library BallotHash {
    bytes32 private constant BALLOT_TYPEHASH = keccak256("Ballot(bytes32 proposalHash,uint8 riskClass,uint8 support)");

    /// @dev hashStruct of EIP-712, without keeping memory.
    function hash(
        bytes32 proposalHash,
        RiskClass riskClass,
        Support support
    ) internal pure returns (bytes32 structHash) {
        bytes32 typehash = BALLOT_TYPEHASH;
        assembly ("memory-safe") {
            // Memory that nobody owns: four words.
            let start := mload(0x40)
            mstore(start, typehash)
            mstore(add(start, 32), proposalHash)
            mstore(add(start, 64), riskClass)
            mstore(add(start, 96), support)
            structHash := keccak256(start, 128)
        }
    }
}
