// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title ILendingPool
/// @notice The one function of a lending pool shaped like Aave's v3 that we call.
interface ILendingPool {
    /// @notice An account's position. Values in the pool's base currency; the health factor with 18 decimals, the
    /// largest number when there is no debt.
    function getUserAccountData(
        address user
    )
        external
        view
        returns (
            uint256 totalCollateralBase,
            uint256 totalDebtBase,
            uint256 availableBorrowsBase,
            uint256 currentLiquidationThreshold,
            uint256 ltv,
            uint256 healthFactor
        );
}
