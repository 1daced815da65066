// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title IV2Pair
/// @notice The functions of a pair shaped like Uniswap's v2 that we read.
interface IV2Pair {
    /// @notice The reserves of both tokens, and when they were last written.
    function getReserves() external view returns (uint112 reserve0, uint112 reserve1, uint32 updatedAt);
}
