// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICToken} from "./external/ICToken.sol";

/// @title ICompoundV2Position
/// @notice Shows shares in one market shaped like Compound's v2 in units of the asset that is lent there, so that a unit is worth a
/// unit as that of an aToken is. Whoever holds shares holds them directly; this contract holds nothing. It has of ERC-20 what the
/// treasury needs: balances, and a transfer that moves the caller's own shares, for which the caller allows it to move them.
/// (ADR 0090)
///
/// @dev A share is worth what the market would pay for it in this block: interest since somebody last dealt with the market is
/// counted as the market will count it. The market's clock is the block's number; one that counts seconds is refused.
/// Trusted to the market: that it pays by these numbers, and that only interest and gifts raise what a share is worth.
interface ICompoundV2Position {
    /// @notice Emitted when shares worth up to `value` moved from the caller.
    /// @param from Account that held them.
    /// @param to Account that holds them.
    /// @param value Amount that was asked for, in units of the asset.
    event Transfer(address indexed from, address indexed to, uint256 value);

    /// @notice Thrown when a market does not count interest by blocks of this chain.
    /// @param market Address of the market.
    error OtherClock(address market);

    /// @notice Thrown when a transfer is for less than one share is worth, or the market moved nothing.
    /// @param amount Amount that was asked for, in units of the asset.
    error LessThanOneShare(uint256 amount);

    /// @notice Thrown when the market answered that it did not move shares.
    /// @param shares Number of shares.
    error SharesNotMoved(uint256 shares);

    /// @notice Moves shares of the caller that are worth `amount`, rounded down to whole shares, to `to`.
    ///
    /// @dev Emits {Transfer}.
    ///
    /// Requirements:
    /// - `amount` must be zero or worth a share at least.
    /// - The caller must have allowed this contract to move so many of its shares, and the market must move them.
    ///
    /// @param to Receives the shares.
    /// @param amount In units of the asset.
    /// @return True.
    function transfer(address to, uint256 amount) external returns (bool);

    /// @notice The worth of the shares of `account`, in units of the asset, rounded down.
    function balanceOf(address account) external view returns (uint256);

    /// @notice The worth of all shares, in units of the asset, rounded down.
    function totalSupply() external view returns (uint256);

    /// @notice The decimals of the asset.
    function decimals() external view returns (uint8);

    /// @notice The market whose shares are shown.
    function MARKET() external view returns (ICToken);
}
