// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title BondHistory
/// @notice The bond of an agent at any past time. One slot for each second in which it changed, and one for their
/// number.
/// @dev OpenZeppelin's Checkpoints do the same in four times the code, which the registry has no room for; the tests hold
/// the two against each other.
library BondHistory {
    struct History {
        uint256 length;
        /// From 1 on: the time in the upper 128 bits, the amount in the lower.
        mapping(uint256 index => uint256 point) points;
    }

    /// @dev Notes that `amount` is held from now on, and, at the first change, that `before` always was until now.
    /// Both fit 128 bits.
    function note(History storage self, uint256 before, uint256 amount) internal {
        uint256 last = self.length;
        if (last == 0) self.points[++last] = before;
        if (self.points[last] >> 128 != block.timestamp) ++last;
        self.points[last] = (block.timestamp << 128) | amount;
        self.length = last;
    }

    /// @dev The amount held at the end of the second `time`; `current` if it never changed.
    function amountAt(History storage self, uint256 time, uint256 current) internal view returns (uint256) {
        uint256 minimum = 1;
        uint256 maximum = self.length;
        if (maximum == 0) return current;
        // The point sought lies in [minimum, maximum]; the first one is from time zero.
        while (minimum < maximum) {
            uint256 middle = (minimum + maximum + 1) / 2;
            if (self.points[middle] >> 128 > time) maximum = middle - 1;
            else minimum = middle;
        }
        return uint128(self.points[minimum]);
    }
}
