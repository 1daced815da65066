// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {BreakerLevel, ICircuitBreaker} from "../interfaces/ICircuitBreaker.sol";
import {ITreasury} from "../interfaces/ITreasury.sol";
import {BoundedCall} from "./BoundedCall.sol";
import {TreasuryAssets} from "./TreasuryAssets.sol";

/// @title TreasuryVault
/// @notice See {ITreasury}. How money comes in and goes out, and the fee on what it gained.
abstract contract TreasuryVault is TreasuryAssets {
    using BoundedCall for address;
    using Math for uint256;

    /// @dev Shares minted to one account within the last `MIN_HOLDING_TIME`.
    struct FreshShares {
        uint208 shares;
        uint48 until;
    }

    uint256 private constant BPS = 10_000;
    /// @dev Units of shares that the high-water mark is the worth of.
    uint256 private constant MARK_SCALE = 1e27;
    /// @inheritdoc ITreasury
    uint256 public constant MAX_PERFORMANCE_FEE_BPS = 2_500;
    /// @inheritdoc ITreasury
    uint256 public immutable MIN_HOLDING_TIME;
    address internal immutable BREAKER;

    mapping(address account => FreshShares fresh) private _fresh;
    /// @inheritdoc ITreasury
    address public feeRecipient;
    /// @inheritdoc ITreasury
    uint16 public performanceFeeBps;
    /// @inheritdoc ITreasury
    uint256 public highWaterMark;

    constructor(address breaker, uint256 minHoldingTime) {
        BREAKER = breaker;
        MIN_HOLDING_TIME = minHoldingTime;
    }

    /* ENTRY AND EXIT IN THE BASE ASSET */

    /// @inheritdoc ERC4626
    function deposit(uint256 amount, address receiver) public override locked(false) returns (uint256) {
        _accrueFee();
        return super.deposit(amount, receiver);
    }

    /// @inheritdoc ERC4626
    function mint(uint256 shares, address receiver) public override locked(false) returns (uint256) {
        _accrueFee();
        return super.mint(shares, receiver);
    }

    /// @inheritdoc ERC4626
    function withdraw(uint256 amount, address receiver, address owner) public override locked(false) returns (uint256) {
        _accrueFee();
        return super.withdraw(amount, receiver, owner);
    }

    /// @inheritdoc ERC4626
    function redeem(uint256 shares, address receiver, address owner) public override locked(false) returns (uint256) {
        _accrueFee();
        return super.redeem(shares, receiver, owner);
    }

    /// @dev Measures what arrives, and marks the shares as fresh. Someone else's deposit must not prolong a wait.
    function _deposit(address caller, address receiver, uint256 amount, uint256 shares) internal override {
        require(amount != 0 && shares != 0, ZeroAmount());
        FreshShares memory fresh = _freshOf(receiver);
        require(caller == receiver || fresh.shares == 0, ReceiverHoldsFreshShares(receiver));
        // Safe casts: shares are at most 2^128 of supply times 10^6; time < 2^48.
        _fresh[receiver] = FreshShares({
            shares: uint208(fresh.shares + shares),
            until: uint48(block.timestamp + MIN_HOLDING_TIME)
        });
        uint256 balance = IERC20(asset()).balanceOf(address(this));
        super._deposit(caller, receiver, amount, shares);
        uint256 received = IERC20(asset()).balanceOf(address(this)) - balance;
        require(received == amount, TokenTookFee(asset(), received, amount));
    }

    /// @dev Fresh shares may leave in the base asset, where the lower end of the band prices them.
    function _withdraw(
        address caller,
        address receiver,
        address owner,
        uint256 amount,
        uint256 shares
    ) internal override {
        require(amount != 0 && shares != 0, ZeroAmount());
        super._withdraw(caller, receiver, owner, amount, shares);
        FreshShares memory fresh = _freshOf(owner);
        uint256 balance = balanceOf(owner);
        // Safe cast: smaller than `fresh.shares`.
        if (fresh.shares > balance) _fresh[owner].shares = uint208(balance);
    }

    /// @dev Fresh shares do not change hands, or the wait could be walked around.
    function _update(address from, address to, uint256 shares) internal override {
        if (from != address(0) && to != address(0)) _requireNotFresh(from, shares);
        super._update(from, to, shares);
    }

    function _requireNotFresh(address owner, uint256 shares) private view {
        FreshShares memory fresh = _freshOf(owner);
        uint256 available = balanceOf(owner).saturatingSub(fresh.shares);
        require(fresh.shares == 0 || shares <= available, SharesTooFresh(owner, available, shares, fresh.until));
    }

    function _freshOf(address account) private view returns (FreshShares memory fresh) {
        fresh = _fresh[account];
        if (block.timestamp >= fresh.until) fresh.shares = 0;
    }

    /* EXIT IN KIND */

    /// @inheritdoc ITreasury
    function redeemInKind(
        uint256 shares,
        address receiver,
        address owner
    ) external locked(true) returns (uint256[] memory amounts) {
        require(shares != 0, ZeroAmount());
        // A claim of the zero address could never be paid.
        require(receiver != address(0), ERC20InvalidReceiver(receiver));
        _requireNotFresh(owner, shares);
        if (msg.sender != owner) _spendAllowance(owner, msg.sender, shares);
        // Virtual shares have their part here as in every other price, or a deposit would dilute the parts in kind.
        uint256 supply = totalSupply() + 10 ** _decimalsOffset();
        _burn(owner, shares);

        amounts = new uint256[](_assets.length);
        for (uint256 i; i < amounts.length; ++i) {
            address token = _assets[i];
            amounts[i] = (_readableBalance(token) * shares) / supply;
            if (amounts[i] != 0 && !token.tryTransfer(receiver, amounts[i])) {
                _credit(token, receiver, amounts[i]);
            }
        }
        emit RedeemedInKind(msg.sender, receiver, owner, shares, amounts);
    }

    /* PERFORMANCE FEE */

    /// @inheritdoc ITreasury
    function accrueFee() external locked(false) returns (uint256 amount) {
        return _accrueFee();
    }

    /// @inheritdoc ITreasury
    function setPerformanceFee(address newRecipient, uint16 newFeeBps) external onlyAdmin locked(false) {
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

    /// @dev Before shares come or go, so that nobody pays for gains that were before.
    function _accrueFee() private returns (uint256 amount) {
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

    /// @dev The part of what `lower` is above the mark, as an amount and as the shares that are worth it. [NX-FEE-02]
    function _feeDue(uint256 lower) private view returns (uint256 shares, uint256 amount) {
        uint256 supply = totalSupply() + 10 ** _decimalsOffset();
        uint256 gain = (lower + 1).saturatingSub(highWaterMark.mulDiv(supply, MARK_SCALE, Math.Rounding.Ceil));
        amount = (gain * performanceFeeBps) / BPS;
        shares = amount.mulDiv(supply, lower + 1 - amount);
    }

    /// @dev What a share is worth, rounded up: rounding never makes a gain.
    function _markAt(uint256 lower) private view returns (uint256) {
        return (lower + 1).mulDiv(MARK_SCALE, totalSupply() + 10 ** _decimalsOffset(), Math.Rounding.Ceil);
    }

    /* PREVIEWS */

    /// @inheritdoc ERC4626
    function previewDeposit(uint256 amount) public view override returns (uint256) {
        (uint256 lower, uint256 upper) = assetsRange();
        return _toShares(amount, upper, lower, Math.Rounding.Floor);
    }

    /// @inheritdoc ERC4626
    function previewMint(uint256 shares) public view override returns (uint256) {
        (uint256 lower, uint256 upper) = assetsRange();
        return _toAmount(shares, upper, lower, Math.Rounding.Ceil);
    }

    /// @inheritdoc ERC4626
    function previewWithdraw(uint256 amount) public view override returns (uint256) {
        (uint256 lower, ) = assetsRange();
        return _toShares(amount, lower, lower, Math.Rounding.Ceil);
    }

    /// @inheritdoc ERC4626
    function previewRedeem(uint256 shares) public view override returns (uint256) {
        (uint256 lower, ) = assetsRange();
        return _toAmount(shares, lower, lower, Math.Rounding.Floor);
    }

    /// @dev In the middle of the band, as `totalAssets` is.
    function _convertToShares(uint256 amount, Math.Rounding rounding) internal view override returns (uint256) {
        (uint256 lower, uint256 upper) = assetsRange();
        return _toShares(amount, lower.average(upper), lower, rounding);
    }

    function _convertToAssets(uint256 shares, Math.Rounding rounding) internal view override returns (uint256) {
        (uint256 lower, uint256 upper) = assetsRange();
        return _toAmount(shares, lower.average(upper), lower, rounding);
    }

    /// @inheritdoc ERC4626
    /// @dev Zero while halted or while a held asset has no price.
    function maxDeposit(address) public view override returns (uint256) {
        bool isHalted = ICircuitBreaker(BREAKER).highestLevel(_assets) == BreakerLevel.Halted;
        return _isOpen() && !isHalted ? type(uint256).max : 0;
    }

    /// @inheritdoc ERC4626
    function maxMint(address receiver) public view override returns (uint256) {
        return maxDeposit(receiver);
    }

    /// @inheritdoc ERC4626
    /// @dev Limited by what the treasury holds of the base asset; the rest leaves by `redeemInKind`.
    function maxWithdraw(address owner) public view override returns (uint256) {
        return _isOpen() ? previewRedeem(balanceOf(owner)).min(_freeBalance(asset())) : 0;
    }

    /// @inheritdoc ERC4626
    function maxRedeem(address owner) public view override returns (uint256) {
        if (!_isOpen()) return 0;
        (uint256 lower, ) = assetsRange();
        return balanceOf(owner).min(_toShares(_freeBalance(asset()), lower, lower, Math.Rounding.Floor));
    }

    /// @dev `total` values what is held, and `lower` tells what fee is due on it.
    function _toShares(
        uint256 amount,
        uint256 total,
        uint256 lower,
        Math.Rounding rounding
    ) private view returns (uint256) {
        return amount.mulDiv(_supplyWithFee(lower), total + 1, rounding);
    }

    function _toAmount(
        uint256 shares,
        uint256 total,
        uint256 lower,
        Math.Rounding rounding
    ) private view returns (uint256) {
        return shares.mulDiv(total + 1, _supplyWithFee(lower), rounding);
    }

    /// @dev Shares and virtual shares as they are once the fee that is due is taken.
    function _supplyWithFee(uint256 lower) private view returns (uint256 supply) {
        supply = totalSupply() + 10 ** _decimalsOffset();
        if (performanceFeeBps == 0) return supply;
        (uint256 due, ) = _feeDue(lower);
        return supply + due;
    }

    /// @inheritdoc ITreasury
    function freshSharesOf(address account) external view returns (uint256 shares, uint256 freshUntil) {
        FreshShares memory fresh = _freshOf(account);
        return (fresh.shares, fresh.until);
    }
}
