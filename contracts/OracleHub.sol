// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {Administered} from "./abstracts/Administered.sol";
import {Feed, IOracleHub, Quote, QuoteStatus, Source} from "./interfaces/IOracleHub.sol";
import {IPriceSource} from "./interfaces/IPriceSource.sol";
import {BoundedCall} from "./libraries/BoundedCall.sol";

/// @title OracleHub
/// @notice See {IOracleHub}.
contract OracleHub is IOracleHub, Administered {
    using BoundedCall for address;

    /* CONSTANTS */

    uint256 private constant BPS = 10_000;
    uint256 private constant MAX_SOURCES = 4;
    uint256 private constant MAX_DECIMALS = 36;
    /// @dev The gas that a source may use. API3 takes some 20,000.
    uint256 private constant SOURCE_GAS = 150_000;
    /// @dev A price beyond this is garbage, and would overflow what is computed from it.
    uint256 private constant MAX_PRICE = type(uint128).max;

    /* STORAGE */

    /// @dev One slot, with the first source in it: most assets have no other, and every quote reads it.
    struct Config {
        uint8 decimals;
        uint8 quorum;
        uint16 maxBandBps;
        uint8 count;
        address reader;
        uint32 maxAge;
        uint16 deviationBps;
    }

    mapping(address asset => Config config) private _configs;
    /// @dev Sources from the second on.
    mapping(address asset => Source[MAX_SOURCES - 1] sources) private _otherSources;

    /* CONSTRUCTOR */

    /// @param admin The DAO's timelock.
    constructor(address admin) Administered(admin) {}

    /* SETTINGS */

    /// @inheritdoc IOracleHub
    function setFeed(address asset, Feed calldata newFeed, Source[] calldata sources) external onlyAdmin {
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
            require(sources[i].maxAge != 0 && sources[i].deviationBps <= BPS, InvalidFeed(asset));
            for (uint256 j; j < i; ++j) require(sources[i].reader != sources[j].reader, InvalidFeed(asset));
            if (i != 0) _otherSources[asset][i - 1] = sources[i];
        }
        _configs[asset] = Config({
            decimals: newFeed.decimals,
            quorum: newFeed.quorum,
            maxBandBps: newFeed.maxBandBps,
            // Safe cast: at most MAX_SOURCES.
            count: uint8(count),
            reader: sources[0].reader,
            maxAge: sources[0].maxAge,
            deviationBps: sources[0].deviationBps
        });
        emit FeedChanged(asset, newFeed, sources);
    }

    /* PRICES */

    /// @inheritdoc IOracleHub
    function quote(address asset) external view returns (Quote memory answer) {
        QuoteStatus status;
        (status, answer) = _previewQuote(asset);
        require(status == QuoteStatus.Ready, PriceUnavailable(asset, status, answer.fresh));
    }

    /// @inheritdoc IOracleHub
    function previewQuote(address asset) external view returns (QuoteStatus status, Quote memory answer) {
        return _previewQuote(asset);
    }

    /// @inheritdoc IOracleHub
    function valueRange(address asset, uint256 amount) external view returns (uint256 lower, uint256 upper) {
        QuoteStatus status;
        uint256 fresh;
        (status, fresh, lower, upper) = _valueRange(asset, amount);
        require(status == QuoteStatus.Ready, PriceUnavailable(asset, status, fresh));
    }

    /// @inheritdoc IOracleHub
    function previewValueRange(
        address asset,
        uint256 amount
    ) external view returns (QuoteStatus status, uint256 lower, uint256 upper) {
        (status, , lower, upper) = _valueRange(asset, amount);
    }

    function _valueRange(
        address asset,
        uint256 amount
    ) private view returns (QuoteStatus status, uint256 fresh, uint256 lower, uint256 upper) {
        Config memory config = _configs[asset];
        (status, fresh, , lower, upper) = _band(asset, config);
        if (status != QuoteStatus.Ready) return (status, fresh, 0, 0);
        uint256 unit = 10 ** config.decimals;
        lower = FixedPointMathLib.fullMulDiv(amount, lower, unit);
        upper = FixedPointMathLib.fullMulDivUp(amount, upper, unit);
    }

    function _previewQuote(address asset) private view returns (QuoteStatus status, Quote memory answer) {
        (status, answer.fresh, answer.middle, answer.lower, answer.upper) = _band(asset, _configs[asset]);
    }

    /// @dev The one rule of a price: its middle is the median of the fresh sources, its band reaches from the lowest to
    /// the highest end of their intervals. [NX-ORA-01]
    function _band(
        address asset,
        Config memory config
    ) private view returns (QuoteStatus status, uint256 fresh, uint256 middle, uint256 lowest, uint256 highest) {
        uint256 count = config.count;
        if (count == 0) return (QuoteStatus.UnknownAsset, 0, 0, 0, 0);

        uint256[] memory prices = new uint256[](count);
        lowest = type(uint256).max;
        // No overflow: a price is below 2^128, an interval at most twice as much, and there are four at the most.
        unchecked {
            for (uint256 i; i < count; ++i) {
                (bool isFresh, uint256 price, uint256 interval) = _readSource(_sourceAt(asset, config, i));
                if (!isFresh) continue;
                _insertSorted(prices, fresh++, price);
                uint256 low = price > interval ? price - interval : 0;
                if (low < lowest) lowest = low;
                if (price + interval > highest) highest = price + interval;
            }
            if (fresh < config.quorum) return (QuoteStatus.QuorumMissed, fresh, 0, lowest, highest);
            middle = (prices[(fresh - 1) / 2] + prices[fresh / 2]) / 2;
            if ((highest - lowest) * BPS > middle * config.maxBandBps) status = QuoteStatus.BandTooWide;
        }
    }

    function _sourceAt(address asset, Config memory config, uint256 index) private view returns (Source memory) {
        if (index != 0) return _otherSources[asset][index - 1];
        return Source({reader: config.reader, maxAge: config.maxAge, deviationBps: config.deviationBps});
    }

    /// @dev One source's price and the half-width of its interval. A source that fails in any way counts as not fresh.
    function _readSource(Source memory source) private view returns (bool isFresh, uint256 price, uint256 interval) {
        uint256 gasLeft = gasleft();
        require(gasLeft - gasLeft / 64 > SOURCE_GAS, NotEnoughGas(gasLeft));
        uint256 updatedAt;
        (isFresh, price, updatedAt) = source.reader.tryReadPair(IPriceSource.read.selector, SOURCE_GAS);
        // A negative price is a huge one here.
        if (!isFresh || price == 0 || price > MAX_PRICE || updatedAt > block.timestamp) return (false, 0, 0);
        unchecked {
            uint256 age = block.timestamp - updatedAt;
            if (age > source.maxAge) return (false, 0, 0);
            interval = (price * source.deviationBps) / BPS;
            // A quotient of at most one, so `age * interval` is the only product: below 2^128 * 2^64.
            interval += (interval * age) / source.maxAge;
        }
    }

    /// @dev Keeps the first `count + 1` entries sorted. At most four, so insertion is cheapest.
    function _insertSorted(uint256[] memory prices, uint256 count, uint256 price) private pure {
        uint256 i = count;
        for (; i != 0 && prices[i - 1] > price; --i) prices[i] = prices[i - 1];
        prices[i] = price;
    }

    /* VIEWS */

    /// @inheritdoc IOracleHub
    function feedOf(address asset) external view returns (Feed memory feed, Source[] memory sources) {
        Config memory config = _configs[asset];
        feed = Feed({decimals: config.decimals, quorum: config.quorum, maxBandBps: config.maxBandBps});
        sources = new Source[](config.count);
        for (uint256 i; i < sources.length; ++i) sources[i] = _sourceAt(asset, config, i);
    }
}
