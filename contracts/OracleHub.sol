// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {Administered} from "./abstracts/Administered.sol";
import {Feed, IOracleHub, Quote, QuoteStatus, Source, SourceStatus, SourceView} from "./interfaces/IOracleHub.sol";
import {IPriceSource} from "./interfaces/IPriceSource.sol";
import {BoundedCall} from "./libraries/BoundedCall.sol";
import {PriceAgreement, Reading} from "./libraries/PriceAgreement.sol";

/// @title OracleHub
/// @notice See {IOracleHub}.
contract OracleHub is IOracleHub, Administered {
    using BoundedCall for address;
    using PriceAgreement for Reading[];

    /* CONSTANTS */

    uint256 private constant BPS = 10_000;
    uint256 private constant MAX_SOURCES = 4;
    uint256 private constant MAX_DECIMALS = 36;
    /// @dev The gas that a source may use. API3, Pyth and RedStone take 15,000 to 30,000 with the proxies of their makers.
    uint256 private constant SOURCE_GAS = 60_000;
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

    /// @dev The answer that the sources of an asset make together; it lives in memory.
    struct Agreement {
        /// The fresh sources, in the order of their lower ends.
        Reading[] readings;
        uint256 fresh;
        /// The group that makes the price: its first place among the readings, and its size; zero where there is none.
        uint256 start;
        uint256 size;
        uint256 middle;
        uint256 lower;
        uint256 upper;
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
            // Nobody prices the zero address: the circuit breaker's name for everything.
            asset != address(0) &&
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
        if (config.count == 1) {
            Reading memory reading;
            (status, fresh, reading) = _alone(config);
            (lower, upper) = (reading.low, reading.high);
        } else {
            Agreement memory agreed;
            (status, agreed) = _agree(asset, config);
            (fresh, lower, upper) = (agreed.fresh, agreed.lower, agreed.upper);
        }
        if (status != QuoteStatus.Ready) return (status, fresh, 0, 0);
        uint256 unit = 10 ** config.decimals;
        lower = FixedPointMathLib.fullMulDiv(amount, lower, unit);
        upper = FixedPointMathLib.fullMulDivUp(amount, upper, unit);
    }

    function _previewQuote(address asset) private view returns (QuoteStatus status, Quote memory answer) {
        Config memory config = _configs[asset];
        uint256 ageBps;
        uint256 size = 1;
        if (config.count == 1) {
            Reading memory reading;
            (status, answer.fresh, reading) = _alone(config);
            (answer.middle, answer.lower, answer.upper) = (reading.price, reading.low, reading.high);
            ageBps = reading.ageBps;
        } else {
            Agreement memory agreed;
            (status, agreed) = _agree(asset, config);
            (answer.middle, answer.lower, answer.upper) = (agreed.middle, agreed.lower, agreed.upper);
            (answer.fresh, answer.outliers) = (agreed.fresh, _outliersOf(agreed));
            (size, ageBps) = (agreed.size, _agesOf(agreed));
        }
        if (status != QuoteStatus.Ready) return (status, answer);
        // No overflow: a price is below 2^128, and a width below four times as much.
        unchecked {
            uint256 width = answer.upper - answer.lower;
            uint256 maxWidth = answer.middle * config.maxBandBps;
            answer.confidenceBps = PriceAgreement.confidenceOf({
                size: size,
                count: config.count,
                ageBps: ageBps,
                width: width,
                maxWidth: maxWidth
            });
        }
    }

    /// @dev The rule of a price where one source is all there is: it agrees with itself. It costs an execution no more than the
    /// source. [NX-ORA-01]
    function _alone(
        Config memory config
    ) private view returns (QuoteStatus status, uint256 fresh, Reading memory reading) {
        SourceStatus state;
        (state, reading, ) = _readSource(config.reader, config.maxAge, config.deviationBps);
        if (state != SourceStatus.Agreeing) return (QuoteStatus.QuorumMissed, 0, reading);
        return (
            _widthStatus({
                middle: reading.price,
                lower: reading.low,
                upper: reading.high,
                maxBandBps: config.maxBandBps
            }),
            1,
            reading
        );
    }

    /// @dev The rule of a price where there are several: the median and the band of the largest group of sources that agree.
    /// [NX-ORA-01]
    function _agree(
        address asset,
        Config memory config
    ) private view returns (QuoteStatus status, Agreement memory agreed) {
        uint256 count = config.count;
        if (count == 0) return (QuoteStatus.UnknownAsset, agreed);

        Reading[] memory readings = new Reading[](count);
        agreed.readings = readings;
        for (uint256 i; i < count; ++i) {
            Source memory source = _sourceAt(asset, config, i);
            (SourceStatus state, Reading memory reading, ) = _readSource(
                source.reader,
                source.maxAge,
                source.deviationBps
            );
            if (state != SourceStatus.Agreeing) continue;
            reading.index = i;
            readings.insert(agreed.fresh++, reading);
        }
        if (agreed.fresh < config.quorum) return (QuoteStatus.QuorumMissed, agreed);

        (uint256 start, uint256 size, bool isTied) = readings.largestGroup(agreed.fresh);
        if (isTied || size < config.quorum) return (QuoteStatus.SourcesDisagree, agreed);
        (agreed.start, agreed.size) = (start, size);
        agreed.middle = readings.medianOf(start, size);
        (agreed.lower, agreed.upper) = readings.bandOf(start, size, config.quorum);
        status = _widthStatus({
            middle: agreed.middle,
            lower: agreed.lower,
            upper: agreed.upper,
            maxBandBps: config.maxBandBps
        });
    }

    function _widthStatus(
        uint256 middle,
        uint256 lower,
        uint256 upper,
        uint256 maxBandBps
    ) private pure returns (QuoteStatus) {
        // No overflow: a price is below 2^128, and an end of an interval below four times as much.
        unchecked {
            return (upper - lower) * BPS > middle * maxBandBps ? QuoteStatus.BandTooWide : QuoteStatus.Ready;
        }
    }

    /// @dev The fresh sources outside the group that makes the price, as bits; all of them where there is no such group.
    function _outliersOf(Agreement memory agreed) private pure returns (uint256 outliers) {
        uint256 end = agreed.start + agreed.size;
        for (uint256 i; i < agreed.fresh; ++i) {
            if (i < agreed.start || i >= end) outliers |= 1 << agreed.readings[i].index;
        }
    }

    /// @dev The sum of the group's ages, each in basis points of its source's maximum age.
    function _agesOf(Agreement memory agreed) private pure returns (uint256 ageBps) {
        for (uint256 i; i < agreed.size; ++i) ageBps += agreed.readings[agreed.start + i].ageBps;
    }

    function _sourceAt(address asset, Config memory config, uint256 index) private view returns (Source memory) {
        if (index != 0) return _otherSources[asset][index - 1];
        return Source({reader: config.reader, maxAge: config.maxAge, deviationBps: config.deviationBps});
    }

    /// @dev One source as it is now. `Agreeing` says that it is fresh; whether it agrees is seen among the others. A source
    /// that fails in any way does not count. [NX-ORA-02]
    function _readSource(
        address reader,
        uint256 maxAge,
        uint256 deviationBps
    ) private view returns (SourceStatus status, Reading memory reading, uint256 updatedAt) {
        uint256 gasLeft = gasleft();
        require(gasLeft - gasLeft / 64 > SOURCE_GAS, NotEnoughGas(gasLeft));
        (bool isRead, uint256 price, uint256 time, uint256 interval) = reader.tryReadWords(
            IPriceSource.read.selector,
            SOURCE_GAS
        );
        if (!isRead) return (SourceStatus.Unreadable, reading, 0);
        updatedAt = time;
        // A negative price is a huge one here.
        if (price == 0 || price > MAX_PRICE) return (SourceStatus.NotAPrice, reading, time);
        if (time > block.timestamp) return (SourceStatus.Ahead, reading, time);
        unchecked {
            uint256 age = block.timestamp - time;
            if (age > maxAge) return (SourceStatus.Stale, reading, time);
            if (interval >= price) return (SourceStatus.Unsure, reading, time);
            uint256 deviation = (price * deviationBps) / BPS;
            // A quotient of at most one, so `deviation * age` is the only product: below 2^128 * 2^64. The sum is below
            // three times the price.
            interval += deviation + (deviation * age) / maxAge;
            reading.price = price;
            reading.low = FixedPointMathLib.zeroFloorSub(price, interval);
            reading.high = price + interval;
            reading.ageBps = (age * BPS) / maxAge;
        }
    }

    /* VIEWS */

    /// @inheritdoc IOracleHub
    function previewSources(address asset) external view returns (SourceView[] memory views) {
        Config memory config = _configs[asset];
        (, Agreement memory agreed) = _agree(asset, config);
        uint256 outliers = _outliersOf(agreed);
        views = new SourceView[](config.count);
        for (uint256 i; i < views.length; ++i) {
            Source memory source = _sourceAt(asset, config, i);
            (SourceStatus status, Reading memory reading, uint256 updatedAt) = _readSource(
                source.reader,
                source.maxAge,
                source.deviationBps
            );
            if (status == SourceStatus.Agreeing && (outliers >> i) & 1 == 1) status = SourceStatus.Outlier;
            views[i] = SourceView({
                reader: source.reader,
                status: status,
                price: reading.price,
                interval: reading.high - reading.price,
                updatedAt: updatedAt
            });
        }
    }

    /// @inheritdoc IOracleHub
    function feedOf(address asset) external view returns (Feed memory feed, Source[] memory sources) {
        Config memory config = _configs[asset];
        feed = Feed({decimals: config.decimals, quorum: config.quorum, maxBandBps: config.maxBandBps});
        sources = new Source[](config.count);
        for (uint256 i; i < sources.length; ++i) sources[i] = _sourceAt(asset, config, i);
    }
}
