// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {PLAIN_DAY, PLAIN_MAX_LEVEL, plainCapacity, plainDrained, plainLook} from "./Plain.sol";

/// @title BucketDay
/// @notice A bucket under one limit: never more in it than it holds, and in any stretch of time no more passes than it
/// holds and drains meanwhile.
contract BucketDay {
    uint256 private immutable HALF;
    uint256 private immutable CAPACITY;
    uint256 private _level;
    /// @dev Since `begin`: what drained, and what passed.
    uint256 private _drained;
    uint256 private _passed;

    constructor(uint256 half, uint256 capacity) {
        require(half < 2 ** 103 && capacity <= PLAIN_MAX_LEVEL);
        (HALF, CAPACITY) = (half, capacity);
    }

    /// @dev The stretch may begin at any time, so that what holds for it holds for each.
    function begin() external {
        (_drained, _passed) = (0, 0);
    }

    function fill(uint256 amount, uint256 drained) external {
        (uint256 current, uint256 free) = plainLook(_level, drained, CAPACITY);
        require(amount <= free);
        _level = current + amount;
        _drained += drained;
        _passed += amount;
        assert(_level <= CAPACITY && _passed <= _level + _drained);
    }
}

/// @title BucketDrain
/// @notice A day drains at most the half.
contract BucketDrain {
    function drain(uint256 half, uint256 elapsed) external pure {
        require(half < 2 ** 103 && elapsed <= PLAIN_DAY);
        assert(plainDrained(half, elapsed) <= half);
    }
}

/// @title BucketParts
/// @notice Draining in parts drains no more than at once; `first` and `second` are the half times seconds.
contract BucketParts {
    function drain(uint256 first, uint256 second) external pure {
        require(first < 2 ** 200 && second < 2 ** 200);
        assert(first / PLAIN_DAY + second / PLAIN_DAY <= (first + second) / PLAIN_DAY);
    }
}

/// @title BucketLimit
/// @notice What {BucketDay}, {BucketDrain} and {BucketParts} come to: no more than the limit of a day passes in a day.
contract BucketLimit {
    function pass(uint256 perDay, uint256 level, uint256 drained, uint256 passed) external pure {
        uint256 half = perDay / 2;
        require(perDay <= PLAIN_MAX_LEVEL && level <= half && drained <= half && passed <= level + drained);
        assert(passed <= perDay);
    }
}

/// @title BucketWidth
/// @notice The level fits its 104 bits, whatever limit and class want of it.
contract BucketWidth {
    function fill(uint256 wanted, uint256 level, uint256 drained, uint256 amount) external pure {
        (uint256 current, uint256 free) = plainLook(level, drained, plainCapacity(wanted));
        require(amount <= free && level <= PLAIN_MAX_LEVEL);
        assert(current + amount < 2 ** 104);
    }
}

/// @title BucketFields
/// @notice Level, time and tag of one word do not run into one another: whoever takes the word apart finds them.
contract BucketFields {
    function parts(uint256[3] calldata written, uint256[3] calldata read) external pure {
        require(written[0] < 2 ** 104 && written[1] < 2 ** 48 && written[2] < 2 ** 104);
        require(read[0] < 2 ** 104 && read[1] < 2 ** 48 && read[2] < 2 ** 104);
        uint256 word = written[0] + 2 ** 104 * written[1] + 2 ** 152 * written[2];
        require(word == read[0] + 2 ** 104 * read[1] + 2 ** 152 * read[2]);
        assert(read[0] == written[0] && read[1] == written[1] && read[2] == written[2]);
    }
}
