// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title IV2Router
/// @notice The functions of a router shaped like Uniswap's v2 that we call.
interface IV2Router {
    /// @notice Swaps exactly `amountIn` along `path`.
    function swapExactTokensForTokens(
        uint256 amountIn,
        uint256 amountOutMin,
        address[] calldata path,
        address to,
        uint256 deadline
    ) external returns (uint256[] memory amounts);
}
