// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title LeakyBucket
/// @notice A limit per rolling day in one storage slot.
/// @dev A bucket that holds H and drains H per day admits at most 2 H in any 24 hours: H that it holds, and H that
/// drains meanwhile. So a daily limit L is kept by H = L / 2, whatever the order, the split or the block boundaries;
/// the price is that no more than L / 2 passes in one burst. [NX-MAN-02]
library LeakyBucket {
    /// @dev `updatedAt` is never zero in a bucket that was used or primed, so that using it creates no slot. A bucket's
    /// own daily limit can lie beside it; whoever keeps the limit elsewhere leaves it zero.
    struct Bucket {
        uint104 level;
        uint48 updatedAt;
        uint104 perDay;
    }

    /// @dev Thrown when `amount` does not fit. `room` is what would have.
    error DailyLimitExceeded(uint256 amount, uint256 room);

    /// @dev What still fits at `time` under a limit of `perDay`.
    function room(Bucket storage bucket, uint256 perDay, uint256 time) internal view returns (uint256) {
        uint256 capacity = perDay / 2;
        uint256 level = _levelAt(bucket.level, bucket.updatedAt, capacity, time);
        return level < capacity ? capacity - level : 0;
    }

    /// @dev Adds `amount`, or reverts when it does not fit.
    function fill(Bucket storage bucket, uint256 amount, uint256 perDay, uint256 time) internal {
        uint256 capacity = perDay / 2;
        uint256 level = _levelAt(bucket.level, bucket.updatedAt, capacity, time);
        uint256 free = level < capacity ? capacity - level : 0;
        require(amount <= free, DailyLimitExceeded(amount, free));
        // Safe casts: level + amount <= capacity < 2^103, since every limit is a uint104; time < 2^48.
        bucket.level = uint104(level + amount);
        bucket.updatedAt = uint48(time);
    }

    /// @dev Creates the slot of an unused bucket ahead of its first use, without changing what fits.
    function prime(Bucket storage bucket, uint256 time) internal {
        if (bucket.updatedAt == 0) bucket.updatedAt = uint48(time);
    }

    /// @dev Rounds the drained amount down, so that the level is never understated.
    function _levelAt(uint256 level, uint256 updatedAt, uint256 capacity, uint256 time) private pure returns (uint256) {
        uint256 drained = (capacity * (time - updatedAt)) / 1 days;
        return level > drained ? level - drained : 0;
    }
}
