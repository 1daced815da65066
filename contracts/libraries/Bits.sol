// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Bits
/// @notice Counts and finds the bits that are set in a word.
library Bits {
    function count(uint256 bits) internal pure returns (uint256 ones) {
        for (; bits != 0; bits &= bits - 1) ++ones;
    }

    /// @dev The position of the lowest bit that is set; zero for none. The tests hold it against a plain loop.
    function lowest(uint256 bits) internal pure returns (uint256 position) {
        assembly ("memory-safe") {
            // Only that bit is left, since -x = ~x + 1 agrees with x up to it. Then halve the range eight times: no shift is
            // beyond 255, and nothing but the stack is touched.
            let x := and(bits, sub(0, bits))
            position := shl(7, lt(0xffffffffffffffffffffffffffffffff, x))
            position := or(position, shl(6, lt(0xffffffffffffffff, shr(position, x))))
            position := or(position, shl(5, lt(0xffffffff, shr(position, x))))
            position := or(position, shl(4, lt(0xffff, shr(position, x))))
            position := or(position, shl(3, lt(0xff, shr(position, x))))
            position := or(position, shl(2, lt(0xf, shr(position, x))))
            position := or(position, shl(1, lt(0x3, shr(position, x))))
            position := or(position, lt(0x1, shr(position, x)))
        }
    }
}
