// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title ISymphony
/// @notice The functions of Symphony's router that we call. It takes one token from its caller, swaps it along several paths of
/// pools, and pays its caller.
interface ISymphony {
    /// @notice One hop of a path.
    struct SwapParam {
        /// The pool's id; read by the exchanges that need one.
        bytes32 poolAddress;
        address tokenIn;
        address tokenOut;
        /// Amount that a path begins with, in units of its first token. Later hops spend what the hop before them bought.
        uint256 amountIn;
        /// Not read by the router, which compares the sum of all paths with `minTotalAmountOut`.
        uint256 amountOutMin;
        /// The exchange, by Symphony's numbers.
        uint256 swapType;
        /// Fee tier of the pool in hundredths of a basis point; read by the exchanges that have several.
        uint24 fee;
    }

    /// @notice A fee for a partner of Symphony's. Without an address the router takes its own.
    struct FeeParams {
        uint256 paramFee;
        address feeAddress;
        uint256 feeSharePercentage;
    }

    /// @notice Swaps along all paths and pays the caller.
    ///
    /// Warnings:
    /// - The router compares `minTotalAmountOut` with the amount before its fee.
    ///
    /// @param conveth Whether to pay the native coin in place of the wrapped one.
    /// @return Amount that the caller received, in units of the last token.
    function executeSwaps(
        SwapParam[][] calldata swapParams,
        uint256 minTotalAmountOut,
        bool conveth,
        FeeParams calldata feeData
    ) external payable returns (uint256);

    /// @notice The router's own fee on what is bought, in basis points. Its owner may change it at any time.
    function feePercentage() external view returns (uint256);
}
