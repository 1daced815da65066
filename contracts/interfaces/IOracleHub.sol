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
    /// A contract of type {IPriceSource}.
    address reader;
    /// The largest age of its price, in seconds; not zero.
    uint32 maxAge;
    /// The farthest that the true price may lie from a new one, in basis points: the feed's deviation threshold.
    uint16 deviationBps;
}

/// @notice A price in USD for one whole unit of an asset, with 18 decimals, and how sure we are of it.
struct Quote {
    /// The median of the fresh sources.
    uint256 middle;
    uint256 lower;
    uint256 upper;
    /// Number of sources that were fresh.
    uint256 fresh;
}

/// @notice The reasons for which there is no price.
enum QuoteStatus {
    Ready,
    /// The asset has no feed.
    UnknownAsset,
    /// Fewer sources than the quorum are alive, positive, in time and not from the future.
    QuorumMissed,
    /// The sources lie too far apart, or are too unsure.
    BandTooWide
}

/// @title IOracleHub
/// @notice The value of assets in USD. Up to four sources for an asset; one that fails cannot fail the others.
/// [NX-ORA-02]
///
/// The confidence band reaches from the lowest to the highest end of the fresh sources' own intervals. A source's interval
/// is its `deviationBps` when new, and grows linearly to twice that at its maximum age.
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

    /// @notice The price settings of an asset, and its sources.
    function feedOf(address asset) external view returns (Feed memory feed, Source[] memory sources);
}
