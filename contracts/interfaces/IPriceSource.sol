// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice What one source says of one asset's price in USD.
struct SourceAnswer {
    /// With 18 decimals; zero or less is never a price.
    int256 price;
    /// When the price was true, in seconds since the epoch.
    uint256 updatedAt;
    /// How old it may be, in seconds.
    uint256 maxAge;
    /// How far the true price may lie from it while it is new, in basis points: the feed's deviation threshold, or the
    /// interval that the source reports itself.
    uint256 deviationBps;
}

/// @title IPriceSource
/// @notice One price feed, normalised. OracleHub judges the answer; a source only reads and scales it, and may revert.
interface IPriceSource {
    /// @notice The feed's newest answer.
    function read() external view returns (SourceAnswer memory);
}
