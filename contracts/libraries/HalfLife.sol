// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title HalfLife
/// @notice Powers of one half in 18 decimals: what is left of one after any part of a half-life.
/// @dev 2^-x = 2^-n · e^-z, with n the whole and f the fractional part of x, and z = f · ln 2. The shift by n is exact; e^-z
/// is its Taylor series up to z^10, by Horner's rule: 1 - z(1 - z/2(1 - z/3(…(1 - z/10)))).
///
/// The series alternates and its terms shrink, so the error is below the first term that is left out, (ln 2)^11 / 11! <
/// 4.5e-10, and never negative, since the last term kept is added. So the answer falls as x grows, across whole half-lives
/// too: what is left just before one is no less than the half that is left after it. [NX-REP-03]
library HalfLife {
    uint256 internal constant ONE = 1e18;
    /// @dev The natural logarithm of 2, rounded down.
    uint256 private constant LN_2 = 693_147_180_559_945_309;
    /// @dev From here on nothing is left in 18 decimals, and a shift by x would be meaningless.
    uint256 private constant NOTHING_LEFT = 60 * ONE;

    /// @dev The part of one that is left after `spent`, where half is left after `half`. `half` is not zero; both in
    /// one unit, and `spent` below 2^196, so that nothing overflows.
    function left(uint256 spent, uint256 half) internal pure returns (uint256) {
        // No overflow: spent < 2^196 and ONE < 2^60; z < ONE and r <= ONE, so that each subtrahend is below ONE.
        unchecked {
            uint256 x = (spent * ONE) / half;
            if (x >= NOTHING_LEFT) return 0;
            uint256 z = ((x % ONE) * LN_2) / ONE;
            uint256 r = ONE - z / 10;
            r = ONE - (z * r) / (9 * ONE);
            r = ONE - (z * r) / (8 * ONE);
            r = ONE - (z * r) / (7 * ONE);
            r = ONE - (z * r) / (6 * ONE);
            r = ONE - (z * r) / (5 * ONE);
            r = ONE - (z * r) / (4 * ONE);
            r = ONE - (z * r) / (3 * ONE);
            r = ONE - (z * r) / (2 * ONE);
            r = ONE - (z * r) / ONE;
            return r >> (x / ONE);
        }
    }
}
