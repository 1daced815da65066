// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IPriceSource} from "../interfaces/IPriceSource.sol";
import {IRedstoneAdapter, IRedstoneFeed} from "../interfaces/external/IRedstoneFeed.sol";
import {FeedDecimals} from "../libraries/FeedDecimals.sol";

/// @title RedstoneSource
/// @notice A push feed of RedStone as a price source. It reads the adapter behind the feed: the feed tells the time at which
/// the chain was told, the adapter also the time that the signers gave the price, which can be minutes older.
///
/// Warnings:
/// - Adapter, identifier and decimals are read from the feed once. A feed that moves to another adapter needs a new source.
contract RedstoneSource is IPriceSource {
    using SafeCast for int256;
    using SafeCast for uint256;

    uint256 private constant MILLISECONDS = 1_000;

    address public immutable ADAPTER;
    bytes32 public immutable DATA_FEED_ID;
    uint256 private immutable SCALE;

    /// @param feed Address of the feed, an {IRedstoneFeed} of at most 18 decimals.
    constructor(address feed) {
        ADAPTER = IRedstoneFeed(feed).getPriceFeedAdapter();
        DATA_FEED_ID = IRedstoneFeed(feed).getDataFeedId();
        SCALE = FeedDecimals.scaleOf(IRedstoneFeed(feed).decimals());
    }

    /// @inheritdoc IPriceSource
    function read() external view returns (int224 price, uint32 updatedAt) {
        (uint256 milliseconds, , uint256 value) = IRedstoneAdapter(ADAPTER).getLastUpdateDetails(DATA_FEED_ID);
        price = (value * SCALE).toInt256().toInt224();
        updatedAt = (milliseconds / MILLISECONDS).toUint32();
    }
}
