// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title ShortAmount
/// @notice An amount in sixteen bits, as floating-point numbers keep it: seven bits of exponent, and below them the nine bits
/// that follow the highest one. Amounts up to 1,024 are exact; others are rounded up, by less than one part in 512.
library ShortAmount {
    uint256 private constant BITS = 9;
    uint256 private constant HIGHEST = 2 ** BITS;

    /// @dev The smallest short amount that is not below `amount`. The caller knows that `amount` is below 2^127.
    function encodeUp(uint256 amount) internal pure returns (uint16) {
        if (amount < HIGHEST) return uint16(amount);
        uint256 shift = Math.log2(amount) - BITS;
        // Safe cast: the exponent is at most 118. Where rounding up reaches the next power of two, the sum carries into it.
        return uint16(((shift + 1) << BITS) + Math.ceilDiv(amount, 1 << shift) - HIGHEST);
    }

    function decode(uint256 short) internal pure returns (uint256) {
        uint256 exponent = short >> BITS;
        uint256 bits = short & (HIGHEST - 1);
        return exponent == 0 ? bits : (HIGHEST | bits) << (exponent - 1);
    }
}
