// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ITreasury} from "../interfaces/ITreasury.sol";
import {TreasuryAssets} from "./TreasuryAssets.sol";

/// @title TreasuryFee
/// @notice See {ITreasury}. Converts between shares and amounts, and takes the fee on gains.
abstract contract TreasuryFee is TreasuryAssets {
    using Math for uint256;

    uint256 private constant BPS = 10_000;
    /// @dev Units of shares that the high-water mark is the worth of.
    uint256 private constant MARK_SCALE = 1e27;
    /// @inheritdoc ITreasury
    uint256 public constant MAX_PERFORMANCE_FEE_BPS = 2_500;

    /// @inheritdoc ITreasury
    address public feeRecipient;
    /// @inheritdoc ITreasury
    uint16 public performanceFeeBps;
    /// @inheritdoc ITreasury
    uint256 public highWaterMark;

    /* THE FEE */

    /// @inheritdoc ITreasury
    function accrueFee() external guarded(false) returns (uint256 amount) {
        return _accrueFee();
    }

    /// @inheritdoc ITreasury
    function setPerformanceFee(address newRecipient, uint16 newFeeBps) external onlyAdmin guarded(false) {
        require(newFeeBps <= MAX_PERFORMANCE_FEE_BPS, PerformanceFeeAboveCap(newFeeBps, MAX_PERFORMANCE_FEE_BPS));
        require(newRecipient != address(0) || newFeeBps == 0, ERC20InvalidReceiver(newRecipient));
        _accrueFee();
        // What was gained while there was no fee stays free of it.
        if (performanceFeeBps == 0 && newFeeBps != 0) {
            (uint256 lower, ) = assetsRange();
            highWaterMark = highWaterMark.max(_markAt(lower));
        }
        feeRecipient = newRecipient;
        performanceFeeBps = newFeeBps;
        emit PerformanceFeeChanged(newRecipient, newFeeBps);
    }

    /// @inheritdoc ITreasury
    function feeDue() external view returns (uint256 shares, uint256 amount) {
        if (performanceFeeBps == 0) return (0, 0);
        (uint256 lower, ) = assetsRange();
        return _feeDue(lower);
    }

    /// @dev Called before shares are minted or burned, so that nobody pays a fee on earlier gains.
    function _accrueFee() internal returns (uint256 amount) {
        if (performanceFeeBps == 0) return 0;
        (uint256 lower, ) = assetsRange();
        uint256 shares;
        (shares, amount) = _feeDue(lower);
        if (shares != 0) _mint(feeRecipient, shares);
        uint256 mark = _markAt(lower);
        // Also where the fee rounds to nothing, or shares that come later would pay for that gain.
        if (mark <= highWaterMark) return amount;
        highWaterMark = mark;
        emit FeeAccrued(feeRecipient, shares, amount, mark);
    }

    /// @dev The fee's part of the gain of `lower` above the mark, as an amount and as shares worth it. [NX-FEE-02]
    function _feeDue(uint256 lower) private view returns (uint256 shares, uint256 amount) {
        uint256 supply = totalSupply() + 10 ** _decimalsOffset();
        uint256 gain = (lower + 1).saturatingSub(highWaterMark.mulDiv(supply, MARK_SCALE, Math.Rounding.Ceil));
        amount = (gain * performanceFeeBps) / BPS;
        shares = amount.mulDiv(supply, lower + 1 - amount);
    }

    /// @dev The worth of 10^27 units of shares, rounded up: rounding never makes a gain.
    function _markAt(uint256 lower) private view returns (uint256) {
        return (lower + 1).mulDiv(MARK_SCALE, totalSupply() + 10 ** _decimalsOffset(), Math.Rounding.Ceil);
    }

    /* SHARES AND AMOUNTS */

    /// @dev `total` is the value of the assets that prices the shares; `lower` is its lower end, from which the due fee
    /// follows.
    function _toShares(
        uint256 amount,
        uint256 total,
        uint256 lower,
        Math.Rounding rounding
    ) internal view returns (uint256) {
        return amount.mulDiv(_supplyWithFee(lower), total + 1, rounding);
    }

    function _toAmount(
        uint256 shares,
        uint256 total,
        uint256 lower,
        Math.Rounding rounding
    ) internal view returns (uint256) {
        return shares.mulDiv(total + 1, _supplyWithFee(lower), rounding);
    }

    /// @dev The number of shares and virtual shares after the due fee is taken.
    function _supplyWithFee(uint256 lower) private view returns (uint256 supply) {
        supply = totalSupply() + 10 ** _decimalsOffset();
        if (performanceFeeBps == 0) return supply;
        (uint256 due, ) = _feeDue(lower);
        return supply + due;
    }
}
