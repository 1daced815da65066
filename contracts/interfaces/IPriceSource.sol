// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title IPriceSource
/// @notice One price feed in the shape of an API3 reader proxy, so that API3's proxies are sources as they are. A feed of
/// another make needs a small contract that reads and scales it, see `contracts/sources/`. OracleHub judges the answer; a
/// source may revert. A source that knows how sure it is answers a third word, see {IPriceSourceWithInterval}.
interface IPriceSource {
    /// @notice The feed's newest answer.
    /// @return price In USD with 18 decimals; zero or less is never a price.
    /// @return updatedAt Time at which it was true, in seconds since the epoch.
    function read() external view returns (int224 price, uint32 updatedAt);
}
