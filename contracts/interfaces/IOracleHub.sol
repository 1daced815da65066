// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAdministered} from "./IAdministered.sol";

/// @notice The price settings of an asset.
struct Feed {
    /// The asset's own decimals.
    uint8 decimals;
    /// Least number of fresh sources for a price.
    uint8 quorum;
    /// The widest confidence band that is still a price, upper less lower end, in basis points of the middle.
    uint16 maxBandBps;
}

/// @notice One source of a price, and the bounds of its age and error.
struct Source {
    /// A contract of type {IPriceSource} or {IPriceSourceWithInterval}.
    address reader;
    /// The largest age of its price, in seconds; not zero.
    uint32 maxAge;
    /// The farthest that the true price may lie from a new one, in basis points: the feed's deviation threshold.
    uint16 deviationBps;
}

/// @notice A price in USD for one whole unit of an asset, with 18 decimals, and how sure we are of it.
struct Quote {
    /// The median of the sources that agree.
    uint256 middle;
    uint256 lower;
    uint256 upper;
    /// Number of sources that were fresh.
    uint256 fresh;
    /// From 0 to 10,000 basis points: 10,000 when all sources agree, were updated just now and leave no doubt; 0 when there
    /// is no price.
    uint256 confidenceBps;
    /// The fresh sources that do not agree with the others: bit `i` stands for the source at place `i` of the feed.
    uint256 outliers;
}

/// @notice The reasons for which there is no price.
enum QuoteStatus {
    Ready,
    /// The asset has no feed.
    UnknownAsset,
    /// Fewer sources than the quorum are alive, positive, in time and not from the future.
    QuorumMissed,
    /// The sources that agree are too unsure together.
    BandTooWide,
    /// Enough sources are fresh, but no group of the quorum's size agrees, or two groups of one size contradict.
    SourcesDisagree
}

/// @notice The state of one source.
enum SourceStatus {
    /// It is fresh, and agrees with the group that makes the price.
    Agreeing,
    /// It is fresh, and does not agree with that group, or no group makes a price.
    Outlier,
    /// It reverts, uses more gas than it may, or answers in another shape.
    Unreadable,
    /// Its price is zero, negative or beyond 128 bits.
    NotAPrice,
    /// Its price is from the future. It counts from that second on.
    Ahead,
    /// Its price is older than its maximum age.
    Stale,
    /// Its own interval is as large as its price or larger.
    Unsure
}

/// @notice One source as it was read.
struct SourceView {
    address reader;
    SourceStatus status;
    /// In USD with 18 decimals; zero unless the source is fresh.
    uint256 price;
    /// Half the width of the interval that it was believed in, in USD with 18 decimals; zero unless the source is fresh.
    uint256 interval;
    /// Time of its price in seconds since the epoch, as it said it; zero if it is unreadable.
    uint256 updatedAt;
}

/// @title IOracleHub
/// @notice The value of assets in USD. Up to four sources for an asset; one that fails cannot fail the others.
/// [NX-ORA-02]
///
/// A source's interval is its `deviationBps` when new, grows linearly to twice that at its maximum age, and is wider by
/// what the source itself says. Sources agree when their intervals meet. The price is made by the largest group of fresh
/// sources that agree, directly or through others; the group must reach the quorum, and no other may be of its size. The
/// confidence band reaches from the lowest to the highest end of the group's intervals. Where the group has three members
/// or more and is larger than the quorum, the farthest end on each side does not count. (ADR 0045)
///
/// Notes:
/// - As long as fewer sources than the quorum are wrong, the true price lies in the band. [NX-ORA-03]
/// - One wrong source beside a quorum that agrees neither stops the price nor widens the band beyond what the others say,
///   if at least three sources are fresh or the wrong one stands apart. [NX-ORA-04]
interface IOracleHub is IAdministered {
    /// @notice Emitted when an asset's feed changes.
    /// @param asset Address of the asset.
    /// @param feed The price settings from now on, see {Feed}.
    /// @param sources Its sources from now on.
    event FeedChanged(address indexed asset, Feed feed, Source[] sources);

    /// @notice Thrown when an asset cannot be priced now.
    /// @param asset Address of the asset.
    /// @param status The reason, see {QuoteStatus}.
    /// @param fresh Number of sources that were fresh.
    error PriceUnavailable(address asset, QuoteStatus status, uint256 fresh);

    /// @notice Thrown when a feed makes no sense: no source, more than four, a quorum of zero or above their number, one
    /// reader twice, a maximum age of zero, a deviation above 100 %, or decimals above 36.
    /// @param asset Address of the asset.
    error InvalidFeed(address asset);

    /// @notice Thrown when too little gas is left to give every source its fair try.
    /// @dev Otherwise a caller could choose which sources answer by choosing the gas. [NX-ORA-02]
    /// @param gasLeft Gas that is left.
    error NotEnoughGas(uint256 gasLeft);

    /// @notice Sets how an asset is priced.
    /// @dev Emits {FeedChanged}. Only the administrator.
    /// @param asset Address of the asset.
    /// @param newFeed The new price settings, see {Feed}.
    /// @param sources One to four, no reader twice.
    function setFeed(address asset, Feed calldata newFeed, Source[] calldata sources) external;

    /// @notice The price of `asset`.
    /// @dev Reverts with {PriceUnavailable} instead of answering when it is not sure enough. [NX-ORA-01]
    function quote(address asset) external view returns (Quote memory);

    /// @notice Like `quote`, but says why not instead of reverting.
    function previewQuote(address asset) external view returns (QuoteStatus status, Quote memory answer);

    /// @notice The value of `amount` of `asset` at both ends of the band, in USD with 18 decimals, rounded down and up.
    /// @dev Reverts as `quote` does.
    /// @param amount Amount, in the asset's units.
    function valueRange(address asset, uint256 amount) external view returns (uint256 lower, uint256 upper);

    /// @notice Like `valueRange`, but says why not instead of reverting; then both ends are zero.
    /// @dev Reverts where an end would have more than 256 bits.
    function previewValueRange(
        address asset,
        uint256 amount
    ) external view returns (QuoteStatus status, uint256 lower, uint256 upper);

    /// @notice Every source of an asset as it is read now, in the order of the feed. Empty where the asset has no feed.
    function previewSources(address asset) external view returns (SourceView[] memory);

    /// @notice The price settings of an asset, and its sources.
    function feedOf(address asset) external view returns (Feed memory feed, Source[] memory sources);
}
