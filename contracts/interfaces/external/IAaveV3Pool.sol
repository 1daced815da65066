// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title IAaveV3Pool
/// @notice The functions of a lending pool shaped like Aave's v3 that move money, as far as decoders know them.
interface IAaveV3Pool {
    /// @notice Takes `amount` of `asset` from the caller and gives `onBehalfOf` as much of its position token.
    function supply(address asset, uint256 amount, address onBehalfOf, uint16 referralCode) external;

    /// @notice Takes `amount` of the position token of `asset` from the caller and gives `to` as much of `asset`; the largest
    /// number means all.
    /// @return Amount that `to` received.
    function withdraw(address asset, uint256 amount, address to) external returns (uint256);

    /// @notice Gives the caller `amount` of `asset`, and `onBehalfOf` the debt.
    function borrow(
        address asset,
        uint256 amount,
        uint256 interestRateMode,
        uint16 referralCode,
        address onBehalfOf
    ) external;

    /// @notice Takes `amount` of `asset` from the caller, and as much from the debt of `onBehalfOf`; the largest number means
    /// all.
    /// @return Amount that was repaid.
    function repay(
        address asset,
        uint256 amount,
        uint256 interestRateMode,
        address onBehalfOf
    ) external returns (uint256);
}
