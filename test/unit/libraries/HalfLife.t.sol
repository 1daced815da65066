// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {HalfLife} from "../../../contracts/libraries/HalfLife.sol";
import {NexusTest, VM} from "../../support/NexusTest.sol";

contract HalfLifeTest is NexusTest {
    uint256 private constant ONE = 1e18;
    /// @dev What the library promises, plus what the plain model's own rounding adds.
    uint256 private constant TOLERANCE = 5e8;

    /// Another way to the same number: one factor 2^(-1/2^i) for each bit of the fraction, each the root of the one before.
    function _plain(uint256 spent, uint256 half) private pure returns (uint256 result) {
        uint256 x = (spent * ONE) / half;
        result = ONE;
        uint256 root = ONE / 2;
        uint256 fraction = x % ONE;
        for (uint256 i; i < 60; ++i) {
            root = Math.sqrt(root * ONE);
            fraction *= 2;
            if (fraction < ONE) continue;
            fraction -= ONE;
            result = (result * root) / ONE;
        }
        for (uint256 i; i < x / ONE && result != 0; ++i) result /= 2;
    }

    /// [NX-REP-03]
    function testFuzz_IsThePowerOfOneHalf(uint128 spent, uint40 half) public pure {
        uint256 some = _bound(half, 1, type(uint40).max);
        uint256 near = _bound(spent, 0, 8 * some);
        (uint256 ours, uint256 plain) = (HalfLife.left(near, some), _plain(near, some));
        VM.assertLe(ours > plain ? ours - plain : plain - ours, TOLERANCE, "not 2^-x");
    }

    /// [NX-REP-03]
    function testFuzz_NeverGrowsWithWhatIsSpent(uint128 spent, uint64 more, uint40 half) public pure {
        uint256 some = _bound(half, 1, type(uint40).max);
        VM.assertLe(HalfLife.left(uint256(spent) + more, some), HalfLife.left(spent, some), "grew");
        // Across a whole half-life, where the series ends and the next begins.
        uint256 whole = some * (spent % 64);
        VM.assertLe(HalfLife.left(whole + 1, some), HalfLife.left(whole, some), "grew after a whole half-life");
        if (whole == 0) return;
        VM.assertLe(HalfLife.left(whole, some), HalfLife.left(whole - 1, some), "grew at a whole half-life");
    }

    /// [NX-REP-03]
    function testFuzz_HalvesExactlyWithEachHalfLife(uint8 times, uint40 half) public pure {
        uint256 some = _bound(half, 1, type(uint40).max);
        VM.assertEq(HalfLife.left(some * times, some), times < 60 ? ONE >> times : 0, "not halved");
    }

    /// The largest that the library promises to take. [NX-REP-01]
    function testFuzz_IsAtMostOneAndNeverReverts(uint256 spent, uint128 half) public pure {
        uint256 some = _bound(half, 1, type(uint128).max);
        VM.assertLe(HalfLife.left(_bound(spent, 0, 2 ** 196 - 1), some), ONE, "more than one");
        VM.assertEq(HalfLife.left(0, some), ONE, "not all at once");
    }

    /// [NX-REP-05]
    function testFuzz_ASumLeavesTheProduct(uint64 first, uint64 second, uint40 half) public pure {
        uint256 some = _bound(half, 1, type(uint40).max);
        uint256 a = _bound(first, 0, 10 * some);
        uint256 b = _bound(second, 0, 10 * some);
        uint256 product = (HalfLife.left(a, some) * HalfLife.left(b, some)) / ONE;
        uint256 whole = HalfLife.left(a + b, some);
        VM.assertLe(product > whole ? product - whole : whole - product, 3 * TOLERANCE, "pieces leave another rest");
    }
}
