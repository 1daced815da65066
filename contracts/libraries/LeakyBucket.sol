// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

/// @notice A bucket in one storage word: level (lowest 104 bits), time it was true (48), and 104 bits for whoever keeps it.
type Bucket is uint256;

using LeakyBucket for Bucket global;

/// @title LeakyBucket
/// @notice A limit per rolling day in one storage slot.
/// @dev A bucket that holds H and drains H per day admits at most 2 H in any 24 hours: H that it holds, and H that
/// drains meanwhile. So a daily limit L is kept by H = L / 2, whatever the order, the split or the block boundaries;
/// the price is that no more than L / 2 passes in one burst. [NX-MAN-02]
library LeakyBucket {
    using FixedPointMathLib for uint256;

    uint256 private constant TIME_SHIFT = 104;
    uint256 private constant TAG_SHIFT = 152;
    uint256 private constant TAG_MASK = ~uint256(type(uint152).max);

    /// @dev Thrown when `amount` does not fit. `remaining` is what would have.
    error DailyLimitExceeded(uint256 amount, uint256 remaining);

    /// @dev The bucket once `amount` was added at `time`, or a revert when it does not fit. Limits are uint104s. The time
    /// is never zero in a bucket that was used or primed, so that using it creates no slot.
    /// @param multiple Multiplier on the bucket's capacity for this risk class. The drain rate does not change: H *
    /// `multiple` that the bucket holds and H that drains are at most `perDay` * `multiple` in any 24 hours.
    function fill(
        Bucket bucket,
        uint256 amount,
        uint256 perDay,
        uint256 multiple,
        uint256 time
    ) internal pure returns (Bucket) {
        (uint256 current, uint256 capacity) = _levelAt(bucket, perDay, multiple, time);
        uint256 free = capacity.zeroFloorSub(current);
        require(amount <= free, DailyLimitExceeded(amount, free));
        unchecked {
            return Bucket.wrap((Bucket.unwrap(bucket) & TAG_MASK) | (time << TIME_SHIFT) | (current + amount));
        }
    }

    /// @dev The amount that still fits at `time` under a limit of `perDay`.
    function remaining(
        Bucket bucket,
        uint256 perDay,
        uint256 multiple,
        uint256 time
    ) internal pure returns (uint256 free) {
        (uint256 current, uint256 capacity) = _levelAt(bucket, perDay, multiple, time);
        free = capacity.zeroFloorSub(current);
    }

    /// @dev The amount that still fits at `time`, and the most that fits from then to a day later, both seconds
    /// included, since the bucket drains meanwhile. Filling it at once and again a day later uses all of it.
    /// [NX-TRE-02]
    function remainingAmounts(
        Bucket bucket,
        uint256 perDay,
        uint256 multiple,
        uint256 time
    ) internal pure returns (uint256 atOnce, uint256 inADay) {
        (uint256 current, uint256 capacity) = _levelAt(bucket, perDay, multiple, time);
        atOnce = capacity.zeroFloorSub(current);
        inADay = (capacity + perDay / 2).zeroFloorSub(current);
    }

    /// @dev The bucket of an unused one ahead of its first use, without changing what fits.
    function primed(Bucket bucket, uint256 time) internal pure returns (Bucket) {
        return bucket.updatedAt() == 0 ? Bucket.wrap(Bucket.unwrap(bucket) | (time << TIME_SHIFT)) : bucket;
    }

    function level(Bucket bucket) internal pure returns (uint256) {
        return Bucket.unwrap(bucket) & type(uint104).max;
    }

    function updatedAt(Bucket bucket) internal pure returns (uint256) {
        return (Bucket.unwrap(bucket) >> TIME_SHIFT) & type(uint48).max;
    }

    /// @dev The keeper's own 104 bits.
    function tag(Bucket bucket) internal pure returns (uint256) {
        return Bucket.unwrap(bucket) >> TAG_SHIFT;
    }

    function withTag(Bucket bucket, uint104 newTag) internal pure returns (Bucket) {
        return Bucket.wrap((Bucket.unwrap(bucket) & type(uint152).max) | (uint256(newTag) << TAG_SHIFT));
    }

    /// @dev Adds to the tag; what its highest field cannot hold is cut off.
    function plusTag(Bucket bucket, uint256 addend) internal pure returns (Bucket) {
        unchecked {
            return Bucket.wrap(Bucket.unwrap(bucket) + (addend << TAG_SHIFT));
        }
    }

    /// @dev The level at `time` and what a bucket can hold. What drained is rounded down, so that the level is never
    /// understated.
    function _levelAt(
        Bucket bucket,
        uint256 perDay,
        uint256 multiple,
        uint256 time
    ) private pure returns (uint256 current, uint256 capacity) {
        (uint256 before, uint256 since) = (bucket.level(), bucket.updatedAt());
        // No overflow: a limit is below 2^104, a multiple below 2^16, and time passes.
        unchecked {
            uint256 half = perDay / 2;
            uint256 drained = (half * (time - since)) / 1 days;
            current = before.zeroFloorSub(drained);
            // At most what a level can hold; nothing has a balance beyond it.
            capacity = FixedPointMathLib.min(half * multiple, type(uint104).max);
        }
    }
}
