// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title IChainlinkFeed
/// @notice The part of Chainlink's aggregator interface that a price source reads. Many other oracles offer it too.
interface IChainlinkFeed {
    /// @notice Decimals of the answers.
    function decimals() external view returns (uint8);

    /// @notice The newest answer. Other makes fill the numbers of rounds with anything, zero included.
    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
}
