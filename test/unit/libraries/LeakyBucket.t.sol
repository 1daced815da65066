// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {LeakyBucket} from "../../../contracts/libraries/LeakyBucket.sol";
import {NexusTest} from "../../support/NexusTest.sol";

contract LeakyBucketTest is NexusTest {
    using LeakyBucket for LeakyBucket.Bucket;

    uint256 private constant START = 1_700_000_000;

    LeakyBucket.Bucket private _bucket;

    /// @dev What was let through, and when: the naive model looks at every window of a day.
    uint256[] private _times;
    uint256[] private _amounts;

    /// Any sequence: in every 24 hours no more than the limit passes. [NX-MAN-02]
    function testFuzz_NoWindowOfADayExceedsTheLimit(uint104 perDay, uint256[24] memory seeds) public {
        uint256 time = START;
        for (uint256 i; i < seeds.length; ++i) {
            time += (seeds[i] >> 128) % 3 == 0 ? 0 : (seeds[i] >> 130) % 20_000;
            uint256 free = _bucket.room(perDay, time);
            // Mostly all there is, sometimes a part of it.
            uint256 amount = seeds[i] % 4 == 0 ? _bound(seeds[i] >> 2, 0, free) : free;
            _bucket.fill(amount, perDay, time);
            _times.push(time);
            _amounts.push(amount);
        }
        for (uint256 from; from < _times.length; ++from) {
            uint256 sum;
            for (uint256 i = from; i < _times.length && _times[i] <= _times[from] + 1 days; ++i) sum += _amounts[i];
            VM.assertLe(sum, perDay, "a day let more through than the limit");
        }
    }

    /// `room` is exactly what `fill` takes: all of it passes, one more does not.
    function testFuzz_FillTakesAllOfTheRoomAndNotMore(uint104 perDay, uint256 first, uint32 pause) public {
        first = _bound(first, 0, uint256(perDay) / 2);
        _bucket.fill(first, perDay, START);
        uint256 time = START + pause;
        uint256 free = _bucket.room(perDay, time);
        VM.expectRevert(abi.encodeWithSelector(LeakyBucket.DailyLimitExceeded.selector, free + 1, free));
        this.fillFromOutside(free + 1, perDay, time);
        _bucket.fill(free, perDay, time);
        VM.assertEq(_bucket.room(perDay, time), 0, "room left");
    }

    /// Room comes back with time alone, never falls by waiting, and is whole after a day.
    function testFuzz_RefillsWithTimeAlone(uint104 perDay, uint256 amount, uint32 pause) public {
        amount = _bound(amount, 0, uint256(perDay) / 2);
        _bucket.fill(amount, perDay, START);
        uint256 atOnce = _bucket.room(perDay, START);
        uint256 later = _bucket.room(perDay, START + pause);
        VM.assertLe(atOnce, later, "waiting took room away");
        VM.assertEq(_bucket.room(perDay, START + 1 days), uint256(perDay) / 2, "not whole after a day");
        VM.assertEq(atOnce, uint256(perDay) / 2 - amount, "room is not what is left");
    }

    /// Priming changes nothing about what fits, whether the bucket was used or not.
    function testFuzz_PrimingChangesNoRoom(uint104 perDay, uint256 amount, uint32 pause, bool used) public {
        if (used) _bucket.fill(_bound(amount, 0, uint256(perDay) / 2), perDay, START);
        uint256 time = START + pause;
        uint256 before = _bucket.room(perDay, time);
        _bucket.prime(time);
        VM.assertEq(_bucket.room(perDay, time), before, "priming changed the room");
        VM.assertTrue(_bucket.updatedAt != 0, "not primed");
    }

    /// A lowered limit holds at once.
    function testFuzz_LoweringTheLimitHoldsAtOnce(uint104 perDay, uint104 lower) public {
        _bucket.fill(uint256(perDay) / 2, perDay, START);
        uint256 free = _bucket.room(lower, START);
        VM.assertLe(free, uint256(lower) / 2, "more room than the limit");
        if (lower <= perDay) VM.assertEq(free, 0, "a full bucket has room under a lower limit");
    }

    function fillFromOutside(uint256 amount, uint256 perDay, uint256 time) external {
        _bucket.fill(amount, perDay, time);
    }
}
