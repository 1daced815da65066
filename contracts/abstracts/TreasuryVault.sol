// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {BreakerLevel, ICircuitBreaker} from "../interfaces/ICircuitBreaker.sol";
import {ITreasury} from "../interfaces/ITreasury.sol";
import {BoundedCall} from "../libraries/BoundedCall.sol";
import {TransientGuard} from "../libraries/TransientGuard.sol";
import {TreasuryFee} from "./TreasuryFee.sol";

/// @title TreasuryVault
/// @notice See {ITreasury}. Deposits, exits in the base asset, exits in kind, refunds, and the holding time of shares.
abstract contract TreasuryVault is TreasuryFee {
    using BoundedCall for address;
    using Math for uint256;
    using SafeCast for uint256;

    /// @dev Shares bought by one account within the last `MIN_HOLDING_TIME`, what they may be refunded for, and until
    /// when.
    struct RecentShares {
        uint120 shares;
        uint96 paid;
        uint40 until;
    }

    /// @inheritdoc ITreasury
    uint256 public immutable MIN_HOLDING_TIME;
    address internal immutable BREAKER;

    mapping(address account => RecentShares recent) private _fresh;
    mapping(address receiver => mapping(address depositor => bool isAllowed)) private _isDepositor;

    constructor(address breaker, uint256 minHoldingTime) {
        BREAKER = breaker;
        MIN_HOLDING_TIME = minHoldingTime;
    }

    /* ENTRY */

    /// @inheritdoc ERC4626
    function deposit(uint256 amount, address receiver) public override entering returns (uint256) {
        _accrueFee();
        return super.deposit(amount, receiver);
    }

    /// @inheritdoc ERC4626
    function mint(uint256 shares, address receiver) public override entering returns (uint256) {
        _accrueFee();
        return super.mint(shares, receiver);
    }

    /// @dev Measures what arrives, and marks the shares as recent.
    function _deposit(address caller, address receiver, uint256 amount, uint256 shares) internal override {
        require(amount != 0 && shares != 0, ZeroAmount());
        require(caller == receiver || _isDepositor[receiver][caller], DepositorNotAllowed(receiver, caller));
        _freshen(receiver, amount, shares);
        uint256 balance = IERC20(asset()).balanceOf(address(this));
        super._deposit({caller: caller, receiver: receiver, assets: amount, shares: shares});
        uint256 received = IERC20(asset()).balanceOf(address(this)) - balance;
        require(received == amount, TokenTookFee(asset(), received, amount));
    }

    /// @dev Earlier recent shares are refunded for at most today's price, or later shares' gains would make up for their
    /// losses. [NX-TRE-06]
    function _freshen(address account, uint256 amount, uint256 shares) private {
        RecentShares memory recent = _recentOf(account);
        uint256 paid = recent.shares == 0 ? 0 : uint256(recent.shares).mulDiv(amount, shares).min(recent.paid);
        _fresh[account] = RecentShares({
            shares: (recent.shares + shares).toUint120(),
            paid: (paid + amount).toUint96(),
            // Safe cast: a time of this planet.
            until: uint40(block.timestamp + MIN_HOLDING_TIME)
        });
    }

    /// @inheritdoc ITreasury
    function allowDepositor(address depositor, bool newIsAllowed) external {
        _isDepositor[msg.sender][depositor] = newIsAllowed;
        emit DepositorChanged(msg.sender, depositor, newIsAllowed);
    }

    /// @inheritdoc ITreasury
    function isDepositorFor(address depositor, address receiver) external view returns (bool) {
        return depositor == receiver || _isDepositor[receiver][depositor];
    }

    /* FRESH SHARES */

    /// @dev Recent shares do not change hands, or the wait could be walked around.
    function _update(address from, address to, uint256 shares) internal override {
        if (from != address(0) && to != address(0)) _requireNotRecent(from, shares);
        super._update(from, to, shares);
    }

    function _requireNotRecent(address owner, uint256 shares) private view {
        RecentShares memory recent = _recentOf(owner);
        uint256 available = balanceOf(owner) - recent.shares;
        require(recent.shares == 0 || shares <= available, SharesTooRecent(owner, available, shares, recent.until));
    }

    function _recentOf(address account) private view returns (RecentShares memory recent) {
        recent = _fresh[account];
        if (block.timestamp >= recent.until) (recent.shares, recent.paid) = (0, 0);
    }

    /// @inheritdoc ITreasury
    function recentSharesOf(address account) external view returns (uint256 shares, uint256 recentUntil, uint256 paid) {
        RecentShares memory recent = _recentOf(account);
        return (recent.shares, recent.until, recent.paid);
    }

    /// @inheritdoc ITreasury
    function refund(uint256 shares) external guarded(false) returns (uint256 amount) {
        RecentShares memory recent = _recentOf(msg.sender);
        require(shares <= recent.shares, NotSoManyRecent(msg.sender, recent.shares, shares));
        require(shares != 0, ZeroAmount());
        _accrueFee();
        uint256 paid = uint256(recent.paid).mulDiv(shares, recent.shares);
        amount = previewRedeem(shares).min(paid);
        uint256 maximum = _freeBalance(asset());
        require(amount <= maximum, ERC4626ExceededMaxWithdraw(msg.sender, amount, maximum));
        // Safe casts: smaller than what they are taken off.
        _fresh[msg.sender].shares = uint120(recent.shares - shares);
        _fresh[msg.sender].paid = uint96(recent.paid - paid);
        _withdraw({caller: msg.sender, receiver: msg.sender, owner: msg.sender, amount: amount, shares: shares});
    }

    /* EXIT IN THE BASE ASSET */

    /// @inheritdoc ERC4626
    function withdraw(
        uint256 amount,
        address receiver,
        address owner
    ) public override guarded(false) returns (uint256) {
        _accrueFee();
        return super.withdraw(amount, receiver, owner);
    }

    /// @inheritdoc ERC4626
    function redeem(uint256 shares, address receiver, address owner) public override guarded(false) returns (uint256) {
        _accrueFee();
        return super.redeem(shares, receiver, owner);
    }

    function _withdraw(
        address caller,
        address receiver,
        address owner,
        uint256 amount,
        uint256 shares
    ) internal override {
        require(amount != 0 && shares != 0, ZeroAmount());
        super._withdraw({caller: caller, receiver: receiver, owner: owner, assets: amount, shares: shares});
    }

    /* EXIT IN KIND */

    /// @inheritdoc ITreasury
    function redeemInKind(
        uint256 shares,
        address receiver,
        address owner
    ) external guarded(true) returns (uint256[] memory amounts) {
        require(shares != 0, ZeroAmount());
        // A payout to the zero address could never be paid.
        require(receiver != address(0), ERC20InvalidReceiver(receiver));
        _requireNotRecent(owner, shares);
        if (msg.sender != owner) _spendAllowance(owner, msg.sender, shares);
        // Virtual shares have their part here as in every other price, or a deposit would dilute the parts in kind.
        uint256 supply = totalSupply() + 10 ** _decimalsOffset();
        _burn(owner, shares);

        amounts = new uint256[](_listings.length);
        for (uint256 i; i < amounts.length; ++i) {
            amounts[i] = _payPart({token: _listings[i].token, receiver: receiver, shares: shares, supply: supply});
        }
        emit RedeemedInKind(msg.sender, receiver, owner, shares, amounts);
    }

    /// @dev Pays or owes the part of `token`, whatever it does: the multiplication has full width, and what cannot be
    /// read is forgone. [NX-TRE-04]
    function _payPart(
        address token,
        address receiver,
        uint256 shares,
        uint256 supply
    ) private returns (uint256 amount) {
        (, uint256 balance) = _tryFreeBalance(token);
        amount = balance.mulDiv(shares, supply);
        if (amount == 0 || token.tryTransfer(receiver, amount)) return amount;
        _requireGas(BoundedCall.GAS);
        _credit(token, receiver, amount);
    }

    /* PREVIEWS */

    /// @inheritdoc ERC4626
    function previewDeposit(uint256 amount) public view override returns (uint256) {
        (uint256 lower, uint256 upper) = assetsRange();
        return _toShares({amount: amount, total: upper, lower: lower, rounding: Math.Rounding.Floor});
    }

    /// @inheritdoc ERC4626
    function previewMint(uint256 shares) public view override returns (uint256) {
        (uint256 lower, uint256 upper) = assetsRange();
        return _toAmount({shares: shares, total: upper, lower: lower, rounding: Math.Rounding.Ceil});
    }

    /// @inheritdoc ERC4626
    function previewWithdraw(uint256 amount) public view override returns (uint256) {
        (uint256 lower, ) = assetsRange();
        return _toShares({amount: amount, total: lower, lower: lower, rounding: Math.Rounding.Ceil});
    }

    /// @inheritdoc ERC4626
    function previewRedeem(uint256 shares) public view override returns (uint256) {
        (uint256 lower, ) = assetsRange();
        return _toAmount({shares: shares, total: lower, lower: lower, rounding: Math.Rounding.Floor});
    }

    /// @dev Converts by the answer of `totalAssets`.
    function _convertToShares(uint256 amount, Math.Rounding rounding) internal view override returns (uint256) {
        (uint256 total, uint256 lower) = _reading();
        return _toShares(amount, total, lower, rounding);
    }

    function _convertToAssets(uint256 shares, Math.Rounding rounding) internal view override returns (uint256) {
        (uint256 total, uint256 lower) = _reading();
        return _toAmount(shares, total, lower, rounding);
    }

    /* LIMITS */

    /// @inheritdoc ERC4626
    /// @dev Zero while halted, while a held asset has no value, and in the transaction of an action; else the amount
    /// that still fits the receiver's lot of recent shares.
    function maxDeposit(address receiver) public view override returns (uint256) {
        (bool isOpen, uint256 lower, uint256 upper) = _tryEntry();
        if (!isOpen) return 0;
        RecentShares memory recent = _recentOf(receiver);
        uint256 remaining = type(uint120).max - recent.shares;
        return
            _toAmount({shares: remaining, total: upper, lower: lower, rounding: Math.Rounding.Floor}).min(
                type(uint96).max - recent.paid
            );
    }

    /// @inheritdoc ERC4626
    /// @dev The same in shares.
    function maxMint(address receiver) public view override returns (uint256) {
        (bool isOpen, uint256 lower, uint256 upper) = _tryEntry();
        if (!isOpen) return 0;
        RecentShares memory recent = _recentOf(receiver);
        uint256 remaining = type(uint96).max - recent.paid;
        return
            _toShares({amount: remaining, total: upper, lower: lower, rounding: Math.Rounding.Floor}).min(
                type(uint120).max - recent.shares
            );
    }

    /// @dev Both ends of the band; `isOpen` is false where nobody may enter now.
    function _tryEntry() private view returns (bool isOpen, uint256 lower, uint256 upper) {
        if (TransientGuard.state() == TransientGuard.State.Acted) return (false, 0, 0);
        (isOpen, lower, upper) = _tryRange();
        if (ICircuitBreaker(BREAKER).highestLevel(assets()) == BreakerLevel.Halted) isOpen = false;
    }

    /// @inheritdoc ERC4626
    /// @dev The worth of the shares that are not recent, as far as the treasury holds the base asset; the rest leaves by
    /// `redeemInKind`.
    function maxWithdraw(address owner) public view override returns (uint256) {
        (bool isKnown, uint256 lower, ) = _tryRange();
        if (!isKnown) return 0;
        return
            _toAmount({shares: _seasonedOf(owner), total: lower, lower: lower, rounding: Math.Rounding.Floor}).min(
                _freeBalance(asset())
            );
    }

    /// @inheritdoc ERC4626
    /// @dev The same in shares; zero where all of them are worth less than one unit.
    function maxRedeem(address owner) public view override returns (uint256 shares) {
        (bool isKnown, uint256 lower, ) = _tryRange();
        if (!isKnown) return 0;
        shares = _seasonedOf(owner).min(
            _toShares({amount: _freeBalance(asset()), total: lower, lower: lower, rounding: Math.Rounding.Floor})
        );
        if (_toAmount({shares: shares, total: lower, lower: lower, rounding: Math.Rounding.Floor}) == 0) return 0;
    }

    /// @dev The number of `owner`'s shares that are not recent.
    function _seasonedOf(address owner) private view returns (uint256) {
        return balanceOf(owner) - _recentOf(owner).shares;
    }
}
