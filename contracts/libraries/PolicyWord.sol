// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Policy} from "../types/Tally.sol";
import {RiskClass} from "../types/RiskClass.sol";

/// @notice The demands of a risk class as their storage slot has them, see {Policy}.
type PolicyWord is uint256;

using PolicyWordLib for PolicyWord global;

/// @title PolicyWordLib
/// @notice Reads the demands of a class out of their one slot with one load.
/// @dev The offsets follow from the order of {Policy}'s fields, lowest bits first; the tests compare each with the struct
/// that Solidity itself unpacks.
library PolicyWordLib {
    uint256 private constant MIN_VOTERS_SHIFT = 64;
    uint256 private constant MIN_OPERATORS_SHIFT = 80;
    uint256 private constant MAX_DEADLINE_SHIFT = 96;
    uint256 private constant DELAY_SHIFT = 128;

    /// @dev The demands of `riskClass`, in one word.
    function load(Policy[3] storage policies, RiskClass riskClass) internal view returns (PolicyWord word) {
        uint256 index = uint256(riskClass);
        assembly ("memory-safe") {
            // A policy is one slot, and there is one for each class. Only read here, so nothing can be overwritten.
            word := sload(add(policies.slot, index))
        }
    }

    function threshold(PolicyWord policy) internal pure returns (uint256) {
        return uint64(PolicyWord.unwrap(policy));
    }

    function minVoters(PolicyWord policy) internal pure returns (uint256) {
        return uint16(PolicyWord.unwrap(policy) >> MIN_VOTERS_SHIFT);
    }

    function minOperators(PolicyWord policy) internal pure returns (uint256) {
        return uint16(PolicyWord.unwrap(policy) >> MIN_OPERATORS_SHIFT);
    }

    function maxDeadline(PolicyWord policy) internal pure returns (uint256) {
        return uint32(PolicyWord.unwrap(policy) >> MAX_DEADLINE_SHIFT);
    }

    function delay(PolicyWord policy) internal pure returns (uint256) {
        return uint32(PolicyWord.unwrap(policy) >> DELAY_SHIFT);
    }
}
