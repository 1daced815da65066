// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title ICToken
/// @notice The functions of a market shaped like Compound's v2 that NEXUS knows. The market of an asset is itself the token of
/// shares in it (cToken). Functions that answer a number answer zero when they did what they were asked, and else a code of why they
/// did nothing; they do not revert then.
interface ICToken {
    /// @notice Takes `amount` of the underlying from the caller and gives it shares.
    /// @return Zero, or why nothing happened.
    function mint(uint256 amount) external returns (uint256);

    /// @notice Takes shares from the caller and gives it `amount` of the underlying.
    /// @return Zero, or why nothing happened.
    function redeemUnderlying(uint256 amount) external returns (uint256);

    /// @notice Gives the caller `amount` of the underlying and the debt.
    /// @return Zero, or why nothing happened.
    function borrow(uint256 amount) external returns (uint256);

    /// @notice Takes `amount` of the underlying from the caller, and as much from its debt; the largest number means all.
    /// @return Zero, or why nothing happened.
    function repayBorrow(uint256 amount) external returns (uint256);

    /// @notice Takes `amount` of the underlying from the caller, and as much from the debt of `borrower`.
    /// @return Zero, or why nothing happened.
    function repayBorrowBehalf(address borrower, uint256 amount) external returns (uint256);

    /// @notice Moves shares of `from`, which must have allowed it.
    /// @return Whether they moved.
    function transferFrom(address from, address to, uint256 shares) external returns (bool);

    /// @notice The number of `account`'s shares.
    function balanceOf(address account) external view returns (uint256);

    /// @notice The number of all shares.
    function totalSupply() external view returns (uint256);

    /// @notice The block in which interest was last brought up to date.
    function accrualBlockNumber() external view returns (uint256);

    /// @notice The cost of a block of borrowing from then on, with 18 decimals.
    function borrowRatePerBlock() external view returns (uint256);

    /// @notice The sum that is owed as of then, in units of the underlying.
    function totalBorrows() external view returns (uint256);

    /// @notice The part of it that is the market's own as of then, in units of the underlying.
    function totalReserves() external view returns (uint256);

    /// @notice The part of interest that becomes the market's own, with 18 decimals.
    function reserveFactorMantissa() external view returns (uint256);

    /// @notice The amount of the underlying that lies with the market.
    function getCash() external view returns (uint256);

    /// @notice The asset that is lent here.
    function underlying() external view returns (address);
}
