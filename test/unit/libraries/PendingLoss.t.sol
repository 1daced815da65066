// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {PerformanceReport} from "../../../contracts/interfaces/IReputation.sol";
import {Bucket} from "../../../contracts/libraries/LeakyBucket.sol";
import {PendingLoss, PendingLossLib} from "../../../contracts/libraries/PendingLoss.sol";
import {NexusTest, VM} from "../../support/NexusTest.sol";

contract PendingLossTest is NexusTest {
    uint256 private constant UNIT = 1e15;
    /// What the mandate's limits have room for.
    uint256 private constant MOST = uint256(type(uint48).max) * 1e12;

    /// A note in a bucket is the sum of the losses, each rounded up, and of their limits, each rounded down. [NX-REP-09]
    function testFuzz_APendingLossIsTheSumOfItsLosses(
        uint256[32] memory losses,
        uint256[32] memory limits,
        uint152 rest
    ) public {
        Bucket bucket = Bucket.wrap(rest);
        uint256 lost;
        uint256 allowed;
        for (uint256 i; i < losses.length; ++i) {
            uint256 limit = _bound(limits[i], 1, MOST);
            uint256 loss = _bound(losses[i], 1, limit);
            bucket = bucket.plusTag(PendingLoss.unwrap(PendingLossLib.single(loss, limit)));
            lost += (loss + UNIT - 1) / UNIT;
            allowed += limit / UNIT;
        }
        PerformanceReport memory outcome = PendingLoss.wrap(bucket.tag()).toReport();
        VM.assertEq(outcome.count, losses.length, "another number of losses");
        VM.assertTrue(outcome.result == -int256(lost * UNIT), "another loss");
        VM.assertEq(outcome.maxLoss, allowed * UNIT, "another limit");
        VM.assertEq(Bucket.unwrap(bucket) & type(uint152).max, rest, "the bucket changed");
    }

    /// Where its fields stand: 65,535 losses fit below what they lost, and 2^44 - 1 thousandths of that below the limits.
    function test_EachFieldHoldsAllThatItSays() public pure {
        VM.assertEq(
            PendingLoss.unwrap(PendingLossLib.single(5e15, 7e15)),
            1 + 5 * 2 ** 16 + 7 * 2 ** 60,
            "another layout"
        );
        uint256 most = (2 ** 44 - 1) * UNIT;
        PerformanceReport memory outcome = PendingLossLib.single(most, most).toReport();
        VM.assertEq(outcome.count, 1, "count");
        VM.assertTrue(outcome.result == -int256(most), "loss");
        VM.assertEq(outcome.maxLoss, most, "limit");
    }

    /// Two notes added are the note of all their losses.
    function testFuzz_PendingLossesAddUp(uint256 seedA, uint256 seedB, uint256 seedC) public pure {
        (PendingLoss a, PendingLoss b, PendingLoss c) = (_small(seedA), _small(seedB), _small(seedC));
        PerformanceReport memory sum = a.plus(b).plus(c).toReport();
        PerformanceReport memory first = a.toReport();
        PerformanceReport memory others = b.plus(c).toReport();
        VM.assertEq(sum.count, first.count + others.count, "counts");
        VM.assertTrue(sum.result == first.result + others.result, "losses");
        VM.assertEq(sum.maxLoss, first.maxLoss + others.maxLoss, "limits");
    }

    /// A note that cannot hold all limits says less of them: the losses become heavier, never lighter. [NX-REP-09]
    function testFuzz_WhatDoesNotFitIsLimitAlone(uint256 loss, uint8 times) public pure {
        loss = _bound(loss, 1, 1e24);
        Bucket bucket = Bucket.wrap(0);
        for (uint256 i; i < times; ++i) bucket = bucket.plusTag(PendingLoss.unwrap(PendingLossLib.single(loss, MOST)));
        PerformanceReport memory outcome = PendingLoss.wrap(bucket.tag()).toReport();
        VM.assertEq(outcome.count, times, "another number of losses");
        VM.assertTrue(outcome.result == -int256(((loss + UNIT - 1) / UNIT) * UNIT * times), "another loss");
        VM.assertLe(outcome.maxLoss, MOST * times, "more limit than there was");
    }

    function _small(uint256 seed) private pure returns (PendingLoss) {
        uint256 limit = _bound(seed, 1, 1e24);
        return PendingLossLib.single(_bound(seed >> 128, 1, limit), limit);
    }
}
