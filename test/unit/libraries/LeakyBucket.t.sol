// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Bucket, LeakyBucket} from "../../../contracts/libraries/LeakyBucket.sol";
import {NexusTest, VM} from "../../support/NexusTest.sol";

contract LeakyBucketTest is NexusTest {
    uint256 private constant START = 1_700_000_000;

    Bucket private _bucket;

    /// @dev What was let through, and when: the naive model looks at every window of a day.
    uint256[] private _times;
    uint256[] private _amounts;

    /// Any sequence: in every 24 hours no more than the limit passes. [NX-MAN-02]
    function testFuzz_NoWindowOfADayExceedsTheLimit(uint104 perDay, uint256[24] memory seeds) public {
        uint256 time = START;
        for (uint256 i; i < seeds.length; ++i) {
            time += (seeds[i] >> 128) % 3 == 0 ? 0 : (seeds[i] >> 130) % 20_000;
            uint256 free = _bucket.remaining(perDay, 1, time);
            // Mostly all there is, sometimes a part of it.
            uint256 amount = seeds[i] % 4 == 0 ? _bound(seeds[i] >> 2, 0, free) : free;
            _bucket = _bucket.fill(amount, perDay, 1, time);
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
        _bucket = _bucket.fill(first, perDay, 1, START);
        uint256 time = START + pause;
        uint256 free = _bucket.remaining(perDay, 1, time);
        VM.expectRevert(abi.encodeWithSelector(LeakyBucket.DailyLimitExceeded.selector, free + 1, free));
        this.fillFromOutside(free + 1, perDay, time);
        _bucket = _bucket.fill(free, perDay, 1, time);
        VM.assertEq(_bucket.remaining(perDay, 1, time), 0, "room left");
    }

    /// Room comes back with time alone, never falls by waiting, and is whole after a day.
    function testFuzz_RefillsWithTimeAlone(uint104 perDay, uint256 amount, uint32 pause) public {
        amount = _bound(amount, 0, uint256(perDay) / 2);
        _bucket = _bucket.fill(amount, perDay, 1, START);
        uint256 atOnce = _bucket.remaining(perDay, 1, START);
        uint256 later = _bucket.remaining(perDay, 1, START + pause);
        VM.assertLe(atOnce, later, "waiting took room away");
        VM.assertEq(_bucket.remaining(perDay, 1, START + 1 days), uint256(perDay) / 2, "not whole after a day");
        VM.assertEq(atOnce, uint256(perDay) / 2 - amount, "room is not what is left");
    }

    /// From any state no sequence puts more into the bucket within a day than `rooms` says, and filling it at once and again
    /// in the last second puts all of that in. [NX-TRE-02]
    function testFuzz_TheRoomOfADayIsNeverExceededAndAlwaysReached(
        uint104 perDay,
        uint16 multiple,
        uint104 level,
        uint256[8] memory seeds
    ) public {
        multiple = uint16(_bound(multiple, 1, type(uint16).max));
        // Whatever level an earlier limit or a higher class left, some time ago.
        Bucket before = Bucket.wrap(0).fill(level, type(uint104).max, type(uint16).max, START);
        uint256 dawn = START + (seeds[0] % 3 days);
        (uint256 atOnce, uint256 inADay) = before.remainingAmounts(perDay, multiple, dawn);
        VM.assertEq(atOnce, before.remaining(perDay, multiple, dawn), "what fits at once is not what fits");

        _bucket = before.fill(atOnce, perDay, multiple, dawn);
        VM.assertEq(atOnce + _bucket.remaining(perDay, multiple, dawn + 1 days), inADay, "it is not reached");

        (uint256 sum, uint256 time) = (0, dawn);
        _bucket = before;
        for (uint256 i = 1; i < seeds.length; ++i) {
            uint256 amount = _bound(seeds[i], 0, _bucket.remaining(perDay, multiple, time));
            _bucket = _bucket.fill(amount, perDay, multiple, time);
            sum += amount;
            time += (seeds[i] >> 128) % (dawn + 1 days + 1 - time);
        }
        VM.assertLe(sum, inADay, "more fitted in a day");
    }

    /// Priming changes nothing about what fits, whether the bucket was used or not.
    function testFuzz_PrimingChangesNoRoom(uint104 perDay, uint256 amount, uint32 pause, bool used) public {
        if (used) _bucket = _bucket.fill(_bound(amount, 0, uint256(perDay) / 2), perDay, 1, START);
        uint256 time = START + pause;
        uint256 before = _bucket.remaining(perDay, 1, time);
        _bucket = _bucket.primed(time);
        VM.assertEq(_bucket.remaining(perDay, 1, time), before, "priming changed the room");
        VM.assertTrue(_bucket.updatedAt() != 0, "not primed");
    }

    /// A lowered limit holds at once.
    function testFuzz_LoweringTheLimitHoldsAtOnce(uint104 perDay, uint104 lower) public {
        _bucket = _bucket.fill(uint256(perDay) / 2, perDay, 1, START);
        uint256 free = _bucket.remaining(lower, 1, START);
        VM.assertLe(free, uint256(lower) / 2, "more room than the limit");
        if (lower <= perDay) VM.assertEq(free, 0, "a full bucket has room under a lower limit");
    }

    /// The keeper's bits stay what they are through all that happens to the bucket, and setting them changes nothing else.
    function testFuzz_TheTagAndTheRestDoNotTouch(
        uint104 perDay,
        uint256 amount,
        uint104 tag,
        uint104 other,
        uint32 pause
    ) public {
        amount = _bound(amount, 0, uint256(perDay) / 2);
        _bucket = _bucket.withTag(tag).fill(amount, perDay, 1, START);
        VM.assertEq(_bucket.tag(), tag, "filling changed the tag");
        (uint256 level, uint256 updatedAt) = (_bucket.level(), _bucket.updatedAt());
        VM.assertEq(level, amount, "level");
        VM.assertEq(updatedAt, START, "time");
        _bucket = _bucket.withTag(other);
        VM.assertEq(_bucket.tag(), other, "tag");
        VM.assertEq(_bucket.level(), level, "the tag changed the level");
        VM.assertEq(_bucket.updatedAt(), updatedAt, "the tag changed the time");
        Bucket fresh = Bucket.wrap(0).withTag(tag).primed(START + pause);
        VM.assertEq(fresh.tag(), tag, "priming changed the tag");
        VM.assertEq(fresh.updatedAt(), START + pause, "not primed");
        VM.assertEq(Bucket.unwrap(fresh.primed(START + pause + 1)), Bucket.unwrap(fresh), "primed twice");
    }

    function fillFromOutside(uint256 amount, uint256 perDay, uint256 time) external {
        _bucket = _bucket.fill(amount, perDay, 1, time);
    }
}
