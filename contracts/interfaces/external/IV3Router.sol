// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title IV3Router
/// @notice The functions of a router shaped like Uniswap's SwapRouter02 that we call.
interface IV3Router {
    struct ExactInputSingleParams {
        address tokenIn;
        address tokenOut;
        uint24 fee;
        address recipient;
        uint256 amountIn;
        uint256 amountOutMinimum;
        uint160 sqrtPriceLimitX96;
    }

    struct ExactInputParams {
        bytes path;
        address recipient;
        uint256 amountIn;
        uint256 amountOutMinimum;
    }

    /// @notice Swaps exactly `amountIn` in one pool.
    function exactInputSingle(ExactInputSingleParams calldata params) external payable returns (uint256 amountOut);

    /// @notice Swaps exactly `amountIn` along a path of pools.
    function exactInput(ExactInputParams calldata params) external payable returns (uint256 amountOut);
}
