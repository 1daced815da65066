// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice A price as Pyth stores it: `price * 10^expo` dollars, give or take `conf * 10^expo`.
struct PythPrice {
    int64 price;
    /// About one standard deviation of what Pyth's publishers say.
    uint64 conf;
    int32 expo;
    /// In seconds since the epoch.
    uint256 publishTime;
}

/// @title IPyth
/// @notice The part of Pyth's contract that a price source reads.
interface IPyth {
    /// @notice The newest price that somebody paid to bring on chain, however old it is. Reverts where there is none.
    /// @param id Identifier of the feed, the same on every chain.
    function getPriceUnsafe(bytes32 id) external view returns (PythPrice memory price);
}
