// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title IRedstoneFeed
/// @notice A push feed of RedStone: the Chainlink-shaped front of one value that an adapter keeps.
interface IRedstoneFeed {
    /// @notice Decimals of the value.
    function decimals() external view returns (uint8);

    /// @notice Identifier of the value in the adapter: the name of the feed, left-aligned.
    function getDataFeedId() external view returns (bytes32);

    /// @notice Address of the adapter that keeps the value, an {IRedstoneAdapter}.
    function getPriceFeedAdapter() external view returns (address);
}

/// @title IRedstoneAdapter
/// @notice The part of RedStone's adapter of many feeds that a price source reads.
interface IRedstoneAdapter {
    /// @notice The newest value of one feed. Reverts where there is none.
    /// @param dataFeedId Identifier of the value.
    /// @return lastDataTimestamp Time that the signers gave the value, in milliseconds since the epoch.
    /// @return lastBlockTimestamp Time of the block that stored it, in seconds since the epoch.
    /// @return lastValue Value in the feed's decimals.
    function getLastUpdateDetails(
        bytes32 dataFeedId
    ) external view returns (uint256 lastDataTimestamp, uint256 lastBlockTimestamp, uint256 lastValue);
}
