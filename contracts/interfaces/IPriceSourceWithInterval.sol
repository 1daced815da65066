// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title IPriceSourceWithInterval
/// @notice A price source that says how far the true price may lie from its own. Its answer begins like that of an
/// {IPriceSource}, so whoever expects one reads it as one.
interface IPriceSourceWithInterval {
    /// @notice The feed's newest answer.
    /// @return price In USD with 18 decimals; zero or less is never a price.
    /// @return updatedAt Time at which it was true, in seconds since the epoch.
    /// @return interval Half the width of the source's own interval, in USD with 18 decimals. OracleHub adds it to the
    /// interval that the feed's deviation and age give.
    function read() external view returns (int224 price, uint32 updatedAt, uint256 interval);
}
