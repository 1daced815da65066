// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice The price of one fresh source, in USD with 18 decimals.
struct Reading {
    uint256 price;
    /// Both ends of the interval in which the source expects the true price.
    uint256 low;
    uint256 high;
    /// Age of the price, in basis points of the source's maximum age.
    uint256 ageBps;
    /// Place of the source in the feed's list.
    uint256 index;
}

/// @title PriceAgreement
/// @notice Finds the sources that agree, and the price that they agree on.
///
/// @dev Two sources agree when their intervals meet. A group is all sources that agree with each other, directly or
/// through others, so no source is in two groups. All right sources are in one group, because the true price lies in the
/// interval of each. As long as fewer sources than the quorum are wrong, no group of wrong sources reaches the quorum,
/// and at most `quorum - 1` members of the group of right sources are wrong. (ADR 0045)
library PriceAgreement {
    uint256 private constant BPS = 10_000;
    uint256 private constant MAX_READINGS = 4;
    /// @dev The smallest group of which the farthest ends may be left out.
    uint256 private constant MIN_TRIMMED = 3;

    /// @dev Puts `reading` among the first `count` readings, which stay in the order of their lower ends. There are at
    /// most four, so insertion is cheapest.
    function insert(Reading[] memory readings, uint256 count, Reading memory reading) internal pure {
        uint256 i = count;
        // No underflow: the loop ends at zero.
        unchecked {
            for (; i != 0 && readings[i - 1].low > reading.low; --i) readings[i] = readings[i - 1];
        }
        readings[i] = reading;
    }

    /// @dev The largest group among the first `count` readings, as its first place and its size, and whether another
    /// group has the same size.
    function largestGroup(
        Reading[] memory readings,
        uint256 count
    ) internal pure returns (uint256 start, uint256 size, bool isTied) {
        uint256 first;
        uint256 reach;
        // No overflow: all are places in a list.
        unchecked {
            for (uint256 i; i < count; ++i) {
                Reading memory reading = readings[i];
                // Nothing before reaches the lower end of this one, and what follows begins even higher.
                if (reading.low > reach) first = i;
                if (reading.high > reach) reach = reading.high;
                uint256 length = i + 1 - first;
                if (length > size) (start, size, isTied) = (first, length, false);
                else if (length == size) isTied = true;
            }
        }
    }

    /// @dev The median price of a group; of two middle prices, the mean rounded down.
    function medianOf(Reading[] memory readings, uint256 start, uint256 size) internal pure returns (uint256) {
        uint256[MAX_READINGS] memory prices;
        // No overflow: places in a list, and a sum of two prices below 2^128.
        unchecked {
            for (uint256 i; i < size; ++i) {
                uint256 price = readings[start + i].price;
                uint256 j = i;
                for (; j != 0 && prices[j - 1] > price; --j) prices[j] = prices[j - 1];
                prices[j] = price;
            }
            return (prices[(size - 1) / 2] + prices[size / 2]) / 2;
        }
    }

    /// @dev The band of a group: from the lowest to the highest end of its intervals. In a group of three or more that is
    /// larger than the quorum, the farthest end on each side does not count, so that one wrong source cannot widen the
    /// band. The true price stays inside as long as fewer sources than the quorum are wrong. [NX-ORA-03]
    function bandOf(
        Reading[] memory readings,
        uint256 start,
        uint256 size,
        uint256 quorum
    ) internal pure returns (uint256 lower, uint256 upper) {
        uint256 second;
        // No overflow: places in a list.
        unchecked {
            for (uint256 i; i < size; ++i) {
                uint256 high = readings[start + i].high;
                if (high > upper) (upper, second) = (high, upper);
                else if (high > second) second = high;
            }
            bool isTrimmed = size >= MIN_TRIMMED && size > quorum;
            if (!isTrimmed) return (readings[start].low, upper);
            return (readings[start + 1].low, second);
        }
    }

    /// @dev The confidence in a price, in basis points: the share of all `count` sources that agree, less up to half of it with
    /// their mean age, and less up to half of the rest with the width of the band beside the widest that is allowed.
    /// @param ageBps Sum of the group's ages, each in basis points of the source's maximum age.
    /// @param width Width of the band, in the unit of the price; at most `maxWidth`.
    /// @param maxWidth Largest width that is still a price, in the unit of the price times 10,000.
    function confidenceOf(
        uint256 size,
        uint256 count,
        uint256 ageBps,
        uint256 width,
        uint256 maxWidth
    ) internal pure returns (uint256) {
        // No overflow: a width is below 2^132, and the other figures are at most four times 10,000. No underflow: a mean
        // age is at most 10,000, and `width * BPS` is at most `maxWidth`.
        unchecked {
            uint256 wideBps = width == 0 ? 0 : (width * BPS * BPS) / maxWidth;
            return (((BPS * size) / count) * (BPS - ageBps / (2 * size)) * (BPS - wideBps / 2)) / BPS / BPS;
        }
    }
}
