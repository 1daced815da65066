// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ILendingPool} from "../interfaces/external/ILendingPool.sol";

/// @title MockPool
/// @notice A lending pool in the shape of Aave's v3 that says of anybody's position what it is told.
///
/// Warnings:
/// - A test double. Anyone may set it; it lends nothing.
contract MockPool is ILendingPool {
    mapping(address user => uint256 healthFactor) private _healthFactors;

    /// @param healthFactor With 18 decimals.
    function setHealthFactor(address user, uint256 healthFactor) external {
        _healthFactors[user] = healthFactor;
    }

    /// @inheritdoc ILendingPool
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
        )
    {
        // Six different numbers, so that reading the wrong one is seen.
        return (200e8, 100e8, 1e8, 8_000, 7_500, _healthFactors[user]);
    }
}
