// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {PerformanceReport} from "../interfaces/IReputation.sol";

/// @notice The pending losses of an agent, which are not on its record yet, in the 104 bits that a bucket leaves free: their
/// number (lowest 16 bits), their sum (44), and the sum of their limits (44), both in thousandths of a dollar.
type PendingLoss is uint256;

using PendingLossLib for PendingLoss global;

/// @title PendingLossLib
/// @notice Packs, adds and reads pending losses.
/// @dev Pending losses are added as numbers. What one can hold, 65,535 losses of 17 billion dollars, is beyond what the limits of
/// any day admit between two records; more limit than that is cut off, which makes losses heavier and never lighter.
library PendingLossLib {
    uint256 private constant LOSS_SHIFT = 16;
    uint256 private constant LIMIT_SHIFT = 60;
    uint256 private constant FIELD = (1 << 44) - 1;
    uint256 private constant TAG = type(uint104).max;
    /// @dev A thousandth of a dollar, in USD with 18 decimals.
    uint256 private constant UNIT = 1e15;

    /// @dev One loss: rounded up, its limit down.
    /// @param loss The loss, in USD with 18 decimals; not zero.
    /// @param limit The largest loss that was allowed, in USD with 18 decimals.
    function single(uint256 loss, uint256 limit) internal pure returns (PendingLoss) {
        // No overflow: the mandate's limits have 48 bits of millionths of a dollar.
        unchecked {
            uint256 word = 1 | (((loss + UNIT - 1) / UNIT) << LOSS_SHIFT) | ((limit / UNIT) << LIMIT_SHIFT);
            return PendingLoss.wrap(word);
        }
    }

    function plus(PendingLoss a, PendingLoss b) internal pure returns (PendingLoss) {
        // No overflow: both have 104 bits.
        unchecked {
            return PendingLoss.wrap((PendingLoss.unwrap(a) + PendingLoss.unwrap(b)) & TAG);
        }
    }

    function toReport(PendingLoss pendingLoss) internal pure returns (PerformanceReport memory report) {
        uint256 word = PendingLoss.unwrap(pendingLoss);
        report.count = uint16(word);
        // Safe casts: 44 bits of thousandths.
        report.result = -int128(int256(((word >> LOSS_SHIFT) & FIELD) * UNIT));
        report.maxLoss = uint128((word >> LIMIT_SHIFT) * UNIT);
    }
}
