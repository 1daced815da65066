// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IChainlinkFeed} from "../interfaces/external/IChainlinkFeed.sol";
import {IRedstoneAdapter, IRedstoneFeed} from "../interfaces/external/IRedstoneFeed.sol";

/// @title SandboxRedstoneFeed
/// @notice One value of the sandbox's RedStone adapter in the shape of a Chainlink feed, as RedStone's push feeds are.
///
/// Warnings:
/// - For the sandbox only.
contract SandboxRedstoneFeed is IRedstoneFeed, IChainlinkFeed {
    address private immutable ADAPTER;
    bytes32 private immutable DATA_FEED_ID;

    /// @param adapter Address of the adapter.
    /// @param dataFeedId Identifier of the value in it.
    constructor(address adapter, bytes32 dataFeedId) {
        (ADAPTER, DATA_FEED_ID) = (adapter, dataFeedId);
    }

    function decimals() external pure override(IRedstoneFeed, IChainlinkFeed) returns (uint8) {
        return 8;
    }

    /// @inheritdoc IRedstoneFeed
    function getDataFeedId() external view returns (bytes32) {
        return DATA_FEED_ID;
    }

    /// @inheritdoc IRedstoneFeed
    function getPriceFeedAdapter() external view returns (address) {
        return ADAPTER;
    }

    /// @inheritdoc IChainlinkFeed
    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
    {
        (, uint256 time, uint256 value) = IRedstoneAdapter(ADAPTER).getLastUpdateDetails(DATA_FEED_ID);
        return (1, int256(value), time, time, 1);
    }
}
