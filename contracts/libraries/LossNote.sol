// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Outcome} from "../interfaces/IReputation.sol";

/// @title LossNote
/// @notice The pending losses of an agent, which are not on its record yet, in the 104 bits that a bucket leaves free:
/// their number (lowest 16 bits), their sum (44), and the sum of their limits (44), both in thousandths of a dollar.
/// @dev Notes are added as numbers. What a note can hold, 65,535 losses of 17 billion dollars, is beyond what the limits of
/// any day admit between two records; more limit than that is cut off, which makes losses heavier and never lighter.
library LossNote {
    uint256 private constant LOSS_AT = 16;
    uint256 private constant LIMIT_AT = 60;
    uint256 private constant FIELD = (1 << 44) - 1;
    uint256 private constant TAG = type(uint104).max;
    /// @dev A thousandth of a dollar, in USD with 18 decimals.
    uint256 private constant UNIT = 1e15;

    /// @dev One loss: rounded up, its limit down.
    /// @param loss The loss, in USD with 18 decimals; not zero.
    /// @param limit The largest loss that was allowed, in USD with 18 decimals.
    function single(uint256 loss, uint256 limit) internal pure returns (uint256) {
        // No overflow: the mandate's limits have 48 bits of millionths of a dollar.
        unchecked {
            return 1 | (((loss + UNIT - 1) / UNIT) << LOSS_AT) | ((limit / UNIT) << LIMIT_AT);
        }
    }

    function sum(uint256 a, uint256 b) internal pure returns (uint256) {
        // No overflow: both have 104 bits.
        unchecked {
            return (a + b) & TAG;
        }
    }

    function toOutcome(uint256 note) internal pure returns (Outcome memory outcome) {
        outcome.count = uint16(note);
        // Safe casts: 44 bits of thousandths.
        outcome.result = -int128(int256(((note >> LOSS_AT) & FIELD) * UNIT));
        outcome.maxLoss = uint128((note >> LIMIT_AT) * UNIT);
    }
}
