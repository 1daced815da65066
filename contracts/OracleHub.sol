// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Feed, IOracleHub, Quote, QuoteStatus} from "./interfaces/IOracleHub.sol";
import {IPriceSource, SourceAnswer} from "./interfaces/IPriceSource.sol";
import {Administered} from "./libraries/Administered.sol";

/// @title OracleHub
/// @notice See {IOracleHub}.
contract OracleHub is IOracleHub, Administered {
    /* CONSTANTS */

    uint256 private constant BPS = 10_000;
    uint256 private constant MAX_SOURCES = 4;
    uint256 private constant MAX_DECIMALS = 36;
    /// @dev What a source may use. API3 takes some 20,000.
    uint256 private constant SOURCE_GAS = 150_000;
    /// @dev A price beyond this is garbage, and would overflow what is computed from it.
    uint256 private constant MAX_PRICE = type(uint128).max;
    uint256 private constant ANSWER_LENGTH = 128;

    /* STORAGE */

    /// @dev One slot, with the first source in it: most assets have no other, and every quote reads it.
    struct Config {
        uint8 decimals;
        uint8 quorum;
        uint16 maxBandBps;
        uint8 count;
        address firstSource;
    }

    mapping(address asset => Config config) private _configs;
    /// @dev Sources from the second on.
    mapping(address asset => address[MAX_SOURCES - 1] sources) private _otherSources;

    /* CONSTRUCTOR */

    /// @param admin The DAO's timelock.
    constructor(address admin) Administered(admin) {}

    /* SETTINGS */

    /// @inheritdoc IOracleHub
    function setFeed(address asset, Feed calldata newFeed, address[] calldata sources) external onlyAdmin {
        uint256 count = sources.length;
        require(
            count != 0 &&
                count <= MAX_SOURCES &&
                newFeed.quorum != 0 &&
                newFeed.quorum <= count &&
                newFeed.decimals <= MAX_DECIMALS,
            InvalidFeed(asset)
        );
        for (uint256 i; i < count; ++i) {
            for (uint256 j; j < i; ++j) require(sources[i] != sources[j], InvalidFeed(asset));
            if (i != 0) _otherSources[asset][i - 1] = sources[i];
        }
        _configs[asset] = Config({
            decimals: newFeed.decimals,
            quorum: newFeed.quorum,
            maxBandBps: newFeed.maxBandBps,
            // Safe cast: at most MAX_SOURCES.
            count: uint8(count),
            firstSource: sources[0]
        });
        emit FeedChanged(asset, newFeed, sources);
    }

    /* PRICES */

    /// @inheritdoc IOracleHub
    function quote(address asset) external view returns (Quote memory answer) {
        return _quote(asset, _configs[asset]);
    }

    /// @inheritdoc IOracleHub
    function previewQuote(address asset) external view returns (QuoteStatus status, Quote memory answer) {
        return _previewQuote(asset, _configs[asset]);
    }

    /// @inheritdoc IOracleHub
    function valueRange(address asset, uint256 amount) external view returns (uint256 lower, uint256 upper) {
        Config memory config = _configs[asset];
        Quote memory answer = _quote(asset, config);
        uint256 unit = 10 ** config.decimals;
        lower = Math.mulDiv(amount, answer.lower, unit);
        upper = Math.mulDiv(amount, answer.upper, unit, Math.Rounding.Ceil);
    }

    function _quote(address asset, Config memory config) private view returns (Quote memory answer) {
        QuoteStatus status;
        (status, answer) = _previewQuote(asset, config);
        require(status == QuoteStatus.Ready, PriceUnavailable(asset, status, answer.fresh));
    }

    /// @dev The one rule of what a price is. [NX-ORA-01]
    function _previewQuote(
        address asset,
        Config memory config
    ) private view returns (QuoteStatus status, Quote memory answer) {
        if (config.count == 0) return (QuoteStatus.UnknownAsset, answer);

        uint256[] memory prices = new uint256[](config.count);
        answer.lower = type(uint256).max;
        for (uint256 i; i < config.count; ++i) {
            (bool isFresh, uint256 price, uint256 interval) = _readSource(_sourceAt(asset, config, i));
            if (!isFresh) continue;
            _insertSorted(prices, answer.fresh++, price);
            uint256 low = price > interval ? price - interval : 0;
            if (low < answer.lower) answer.lower = low;
            if (price + interval > answer.upper) answer.upper = price + interval;
        }

        if (answer.fresh < config.quorum) return (QuoteStatus.QuorumMissed, answer);
        answer.middle = (prices[(answer.fresh - 1) / 2] + prices[answer.fresh / 2]) / 2;
        if ((answer.upper - answer.lower) * BPS > answer.middle * config.maxBandBps) {
            return (QuoteStatus.BandTooWide, answer);
        }
    }

    function _sourceAt(address asset, Config memory config, uint256 index) private view returns (address) {
        return index == 0 ? config.firstSource : _otherSources[asset][index - 1];
    }

    /// @dev One source's price and the half-width of its interval, or not fresh, whatever the source does: a bare call,
    /// since `try` lets malformed answers through as reverts of our own.
    function _readSource(address source) private view returns (bool isFresh, uint256 price, uint256 interval) {
        uint256 gasLeft = gasleft();
        require(gasLeft - gasLeft / 64 > SOURCE_GAS, NotEnoughGas(gasLeft));
        (bool success, bytes memory data) = source.staticcall{gas: SOURCE_GAS}(abi.encodeCall(IPriceSource.read, ()));
        if (!success || data.length != ANSWER_LENGTH) return (false, 0, 0);

        SourceAnswer memory answer = abi.decode(data, (SourceAnswer));
        if (answer.price <= 0 || uint256(answer.price) > MAX_PRICE || answer.deviationBps > BPS) return (false, 0, 0);
        if (answer.updatedAt > block.timestamp) return (false, 0, 0);
        uint256 age = block.timestamp - answer.updatedAt;
        if (age > answer.maxAge) return (false, 0, 0);

        price = uint256(answer.price);
        interval = (price * answer.deviationBps) / BPS;
        // A quotient of at most one, so `age * interval` is the only product: below 2^128 * 2^64.
        if (age != 0) interval += (interval * age) / answer.maxAge;
        isFresh = true;
    }

    /// @dev Keeps the first `count + 1` entries sorted. At most four, so insertion is cheapest.
    function _insertSorted(uint256[] memory prices, uint256 count, uint256 price) private pure {
        uint256 i = count;
        for (; i > 0 && prices[i - 1] > price; --i) prices[i] = prices[i - 1];
        prices[i] = price;
    }

    /* VIEWS */

    /// @inheritdoc IOracleHub
    function feedOf(address asset) external view returns (Feed memory feed, address[] memory sources) {
        Config memory config = _configs[asset];
        feed = Feed({decimals: config.decimals, quorum: config.quorum, maxBandBps: config.maxBandBps});
        sources = new address[](config.count);
        for (uint256 i; i < sources.length; ++i) sources[i] = _sourceAt(asset, config, i);
    }
}
