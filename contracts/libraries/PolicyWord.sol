// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Policy} from "../types/Ballot.sol";
import {RiskClass} from "../types/RiskClass.sol";

/// @title PolicyWord
/// @notice Reads the demands of a class out of their one slot with one load.
/// @dev The offsets follow from the order of {Policy}'s fields, lowest bits first; the tests compare each with the struct
/// that Solidity itself unpacks.
library PolicyWord {
    uint256 private constant MIN_VOTERS_AT = 64;
    uint256 private constant MIN_OPERATORS_AT = 80;
    uint256 private constant MAX_DEADLINE_AT = 96;
    uint256 private constant DELAY_AT = 128;

    /// @dev The demands of `riskClass`, in one word.
    function load(Policy[3] storage policies, RiskClass riskClass) internal view returns (uint256 word) {
        uint256 index = uint256(riskClass);
        assembly ("memory-safe") {
            // A policy is one slot, and there is one for each class. Only read here, so nothing can be overwritten.
            word := sload(add(policies.slot, index))
        }
    }

    function threshold(uint256 word) internal pure returns (uint256) {
        return uint64(word);
    }

    function minVoters(uint256 word) internal pure returns (uint256) {
        return uint16(word >> MIN_VOTERS_AT);
    }

    function minOperators(uint256 word) internal pure returns (uint256) {
        return uint16(word >> MIN_OPERATORS_AT);
    }

    function maxDeadline(uint256 word) internal pure returns (uint256) {
        return uint32(word >> MAX_DEADLINE_AT);
    }

    function delay(uint256 word) internal pure returns (uint256) {
        return uint32(word >> DELAY_AT);
    }
}
