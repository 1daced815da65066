// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IChainlinkFeed} from "../interfaces/external/IChainlinkFeed.sol";
import {IPyth, PythPrice} from "../interfaces/external/IPyth.sol";
import {IRedstoneAdapter, IRedstoneFeed} from "../interfaces/external/IRedstoneFeed.sol";

/// @title MockForeignFeed
/// @notice Answers as Pyth, a Chainlink feed, a RedStone feed and its adapter do, with whatever it is told.
///
/// Warnings:
/// - A test double. Anyone may set it.
contract MockForeignFeed is IPyth, IChainlinkFeed, IRedstoneFeed, IRedstoneAdapter {
    struct Round {
        uint80 id;
        int256 answer;
        uint256 updatedAt;
    }

    struct Details {
        uint256 dataTimestamp;
        uint256 blockTimestamp;
        uint256 value;
    }

    uint8 private immutable DECIMALS;
    bytes32 private immutable ID;
    bool private _isStopped;
    PythPrice private _price;
    Round private _round;
    Details private _details;

    error UnknownFeed(bytes32 id);

    /// @param id Identifier of the only feed.
    /// @param newDecimals Decimals of Chainlink's and RedStone's answers.
    constructor(bytes32 id, uint8 newDecimals) {
        (ID, DECIMALS) = (id, newDecimals);
    }

    /// @notice From now on the adapter has no value.
    function stopAdapter() external {
        _isStopped = true;
    }

    function setPythPrice(PythPrice calldata newPrice) external {
        _price = newPrice;
    }

    function setRound(Round calldata newRound) external {
        _round = newRound;
    }

    function setDetails(Details calldata newDetails) external {
        _details = newDetails;
    }

    /// @inheritdoc IPyth
    function getPriceUnsafe(bytes32 id) external view returns (PythPrice memory price) {
        require(id == ID, UnknownFeed(id));
        return _price;
    }

    function decimals() external view override(IChainlinkFeed, IRedstoneFeed) returns (uint8) {
        return DECIMALS;
    }

    /// @inheritdoc IChainlinkFeed
    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
    {
        return (_round.id, _round.answer, _round.updatedAt, _round.updatedAt, _round.id);
    }

    /// @inheritdoc IRedstoneFeed
    function getDataFeedId() external view returns (bytes32) {
        return ID;
    }

    /// @inheritdoc IRedstoneFeed
    function getPriceFeedAdapter() external view returns (address) {
        return address(this);
    }

    /// @inheritdoc IRedstoneAdapter
    function getLastUpdateDetails(
        bytes32 dataFeedId
    ) external view returns (uint256 lastDataTimestamp, uint256 lastBlockTimestamp, uint256 lastValue) {
        require(dataFeedId == ID && !_isStopped, UnknownFeed(dataFeedId));
        return (_details.dataTimestamp, _details.blockTimestamp, _details.value);
    }
}
