// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IPriceSource} from "../interfaces/IPriceSource.sol";
import {IChainlinkFeed} from "../interfaces/external/IChainlinkFeed.sol";
import {FeedDecimals} from "../libraries/FeedDecimals.sol";

/// @title ChainlinkShapedSource
/// @notice Any feed in the shape of Chainlink's aggregators as a price source.
///
/// Notes:
/// - Numbers of rounds are not read: makes other than Chainlink answer zero or one for them.
/// - Time is the time at which the chain was told, which is later than the time at which the price was true.
///
/// Warnings:
/// - The feed's decimals are read once. A feed that changes them afterwards is wrong by powers of ten, as a lie is.
contract ChainlinkShapedSource is IPriceSource {
    using SafeCast for int256;
    using SafeCast for uint256;

    address public immutable FEED;
    int256 private immutable SCALE;

    /// @param feed Address of the feed, an {IChainlinkFeed} of at most 18 decimals.
    constructor(address feed) {
        FEED = feed;
        // Safe cast: at most 10^18.
        SCALE = int256(FeedDecimals.scaleOf(IChainlinkFeed(feed).decimals()));
    }

    /// @inheritdoc IPriceSource
    function read() external view returns (int224 price, uint32 updatedAt) {
        (, int256 answer, , uint256 time, ) = IChainlinkFeed(FEED).latestRoundData();
        price = (answer * SCALE).toInt224();
        updatedAt = time.toUint32();
    }
}
