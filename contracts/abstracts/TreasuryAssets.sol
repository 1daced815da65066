// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMandate} from "../interfaces/IMandate.sol";
import {IOracleHub, Quote, QuoteStatus} from "../interfaces/IOracleHub.sol";
import {ITreasuryAssets} from "../interfaces/ITreasuryAssets.sol";
import {BoundedCall} from "../libraries/BoundedCall.sol";
import {TransientGuard} from "../libraries/TransientGuard.sol";
import {Administered} from "./Administered.sol";
import {TreasuryGuard} from "./TreasuryGuard.sol";

/// @title TreasuryAssets
/// @notice See {ITreasury}. Keeps the list of assets and the amounts owed, and values the assets.
abstract contract TreasuryAssets is TreasuryGuard, Administered, ERC4626 {
    using BoundedCall for address;
    using Math for uint256;
    using SafeERC20 for IERC20;

    /// @dev An asset and how much of it counts, in one slot.
    struct Listing {
        address token;
        /// In the asset's units, with {UNIT_OF_BASE} in it; without meaning for the base asset, which counts whole.
        uint96 cap;
    }

    /// @inheritdoc ITreasuryAssets
    uint256 public constant MAX_ASSETS = 16;
    /// @inheritdoc ITreasuryAssets
    uint256 public constant DUST_PART = 1_000;
    /// @dev The largest value, in USD with 18 decimals; an asset that is worth more has no value. It is some 340
    /// million million million dollars, and sums of values below it do not overflow.
    uint256 private constant MAX_VALUE = type(uint128).max;
    /// @dev Marks the cap of an asset that is worth a unit of the base asset for each of its own.
    uint96 private constant UNIT_OF_BASE = 1 << 95;
    /// @inheritdoc ITreasuryAssets
    address public immutable ORACLE_HUB;
    address internal immutable MANDATE;
    /// @dev One whole unit of the base asset.
    uint256 private immutable BASE_UNIT;

    /// @dev The base asset comes first.
    Listing[] internal _listings;
    mapping(address token => bool isListed) private _isAsset;
    mapping(address token => mapping(address account => uint256 amount)) private _pendingPayouts;
    mapping(address token => uint256 amount) internal _owed;

    constructor(address mandate, address oracleHub) {
        MANDATE = mandate;
        ORACLE_HUB = oracleHub;
        BASE_UNIT = 10 ** (ERC4626.decimals() - _decimalsOffset());
        _list(asset(), type(uint96).max);
    }

    /* VALUE */

    /// @inheritdoc ITreasuryAssets
    function assetsRange() public view returns (uint256 lower, uint256 upper) {
        address unvalued;
        (lower, upper, unvalued) = _readAssets();
        if (unvalued == address(0)) return (lower, upper);
        // Where the price is at fault, the oracle says why.
        IOracleHub(ORACLE_HUB).quote(unvalued);
        revert AssetWithoutValue(unvalued);
    }

    /// @inheritdoc ERC4626
    /// @dev The middle of the band; entries and exits use its ends. Where a held asset has no value, the value of the
    /// others: nothing is priced by it.
    function totalAssets() public view override returns (uint256 total) {
        (total, ) = _reading();
    }

    /// @dev `totalAssets`, and the lower end.
    function _reading() internal view returns (uint256 total, uint256 lower) {
        uint256 upper;
        address unvalued;
        (lower, upper, unvalued) = _readAssets();
        total = unvalued == address(0) ? lower.average(upper) : lower;
    }

    /// @dev Like `assetsRange`, but answers false where nothing can be priced now: during an execution, or while a held
    /// asset has no value.
    function _tryRange() internal view returns (bool isKnown, uint256 lower, uint256 upper) {
        if (TransientGuard.isExecuting()) return (false, 0, 0);
        address unvalued;
        (lower, upper, unvalued) = _readAssets();
        isKnown = unvalued == address(0);
    }

    /// @dev The value of all assets as far as it is known, in the base asset's units, and the first held asset that has
    /// no value.
    function _readAssets() private view returns (uint256 lower, uint256 upper, address unvalued) {
        require(!TransientGuard.isExecuting(), TreasuryGuarded());
        uint256 lowerValue;
        uint256 upperValue;
        uint256 base = _freeBalance(asset());
        for (uint256 i = 1; i < _listings.length; ++i) {
            Listing memory listing = _listings[i];
            (address token, uint96 cap) = (listing.token, listing.cap);
            bool hasValue;
            if (cap & UNIT_OF_BASE == 0) {
                uint256 low;
                uint256 high;
                (hasValue, low, high) = _valueOf(token, cap);
                lowerValue += low;
                upperValue += high;
            } else {
                uint256 units;
                (hasValue, units) = _unitsOf(token, cap ^ UNIT_OF_BASE);
                base += units;
            }
            if (!hasValue && unvalued == address(0)) unvalued = token;
        }
        if (upperValue == 0) return (base, base, unvalued);
        (QuoteStatus status, Quote memory quote) = IOracleHub(ORACLE_HUB).previewQuote(asset());
        if (status != QuoteStatus.Ready || quote.lower == 0) return (base, base, asset());
        lower = base + lowerValue.mulDiv(BASE_UNIT, quote.upper);
        upper = base + upperValue.mulDiv(BASE_UNIT, quote.lower, Math.Rounding.Ceil);
    }

    /// @dev The units of the treasury's balance of an asset, up to its cap; no price is read. [NX-TRE-13]
    function _unitsOf(address token, uint256 cap) private view returns (bool isReadable, uint256 units) {
        if (cap == 0) return (true, 0);
        (isReadable, units) = _tryFreeBalance(token);
        units = units.min(cap);
    }

    /// @dev The value of the treasury's balance of an asset, up to its cap, at both ends of its band, in USD with 18
    /// decimals. Dust without a price counts nothing, or whoever sends some would bar entries and exits. [NX-TRE-09]
    function _valueOf(address token, uint256 cap) private view returns (bool hasValue, uint256 lower, uint256 upper) {
        if (cap == 0) return (true, 0, 0);
        (bool isReadable, uint256 amount) = _tryFreeBalance(token);
        if (!isReadable) return (false, 0, 0);
        amount = amount.min(cap);
        if (amount == 0) return (true, 0, 0);
        QuoteStatus status;
        (status, lower, upper) = IOracleHub(ORACLE_HUB).previewValueRange(token, amount);
        if (status == QuoteStatus.Ready && upper <= MAX_VALUE) return (true, lower, upper);
        return (amount <= cap / DUST_PART, 0, 0);
    }

    function _hasPrice(address token) private view returns (bool) {
        (QuoteStatus status, ) = IOracleHub(ORACLE_HUB).previewQuote(token);
        return status == QuoteStatus.Ready;
    }

    function _freeBalance(address token) internal view returns (uint256) {
        return IERC20(token).balanceOf(address(this)).saturatingSub(_owed[token]);
    }

    /// @dev The part of the balance of `token` that belongs to the shares, or that it cannot be read.
    function _tryFreeBalance(address token) internal view returns (bool isReadable, uint256 balance) {
        (isReadable, balance) = token.tryBalanceOf(address(this));
        // No caller chooses by its gas what can be read. [NX-TRE-04]
        if (!isReadable) _requireGas(BoundedCall.READ_GAS);
        else if (balance != 0) balance = balance.saturatingSub(_owed[token]);
    }

    /// @dev Reverts if a bounded call failed with less gas than it may use.
    function _requireGas(uint256 bound) internal view {
        require(BoundedCall.hasGas(bound), GasTooLow(gasleft()));
    }

    /// @dev Virtual shares make a donation cost its giver a million times what it could take from the next deposit.
    function _decimalsOffset() internal pure override returns (uint8) {
        return 6;
    }

    /* PENDING PAYOUTS */

    /// @dev Records that `amount` is owed to `account`, since it could not be paid. No overflow, whatever a token
    /// answers: the sum owed is at most the balance that `amount` is part of.
    function _credit(address token, address account, uint256 amount) internal {
        _pendingPayouts[token][account] += amount;
        _owed[token] += amount;
        emit PayoutCredited(token, account, amount);
    }

    /// @inheritdoc ITreasuryAssets
    function payOut(address token, address account) external guarded(true) returns (uint256 amount) {
        amount = _pendingPayouts[token][account];
        require(amount != 0, NoPendingPayout(token, account));
        _pendingPayouts[token][account] = 0;
        _owed[token] -= amount;
        emit PayoutPaid(token, account, amount);
        IERC20(token).safeTransfer(account, amount);
    }

    /// @inheritdoc ITreasuryAssets
    function pendingPayoutOf(address token, address account) external view returns (uint256) {
        return _pendingPayouts[token][account];
    }

    /* LISTING */

    /// @inheritdoc ITreasuryAssets
    function primeAllowance(address token, address spender) external onlyAdmin {
        require(_isAsset[token], InvalidAsset(token));
        IERC20(token).forceApprove(spender, 1);
    }

    /// @inheritdoc ITreasuryAssets
    function addAsset(address newAsset, uint96 newCap) external onlyAdmin {
        require(!_isAsset[newAsset] && _listings.length < MAX_ASSETS && _hasPrice(newAsset), InvalidAsset(newAsset));
        require(newCap < UNIT_OF_BASE, CapTooHigh(newAsset, newCap));
        _list(newAsset, newCap);
    }

    function _list(address newAsset, uint96 newCap) private {
        _listings.push(Listing({token: newAsset, cap: newCap}));
        _isAsset[newAsset] = true;
        emit AssetChanged(newAsset, true);
        emit AssetCapChanged(newAsset, newCap);
    }

    /// @inheritdoc ITreasuryAssets
    function setAssetCap(address token, uint96 newCap) external onlyAdmin {
        require(newCap < UNIT_OF_BASE, CapTooHigh(token, newCap));
        Listing storage listing = _listings[_indexOf(token)];
        listing.cap = (listing.cap & UNIT_OF_BASE) | newCap;
        emit AssetCapChanged(token, newCap);
    }

    /// @inheritdoc ITreasuryAssets
    function setUnitOfBase(address token, bool newIsUnit) external onlyAdmin {
        Listing storage listing = _listings[_indexOf(token)];
        bool fits = IERC20Metadata(token).decimals() == IERC20Metadata(asset()).decimals();
        require(fits || !newIsUnit, InvalidAsset(token));
        uint96 cap = listing.cap & ~UNIT_OF_BASE;
        listing.cap = newIsUnit ? cap | UNIT_OF_BASE : cap;
        emit UnitOfBaseChanged(token, newIsUnit);
    }

    /// @inheritdoc ITreasuryAssets
    function isUnitOfBase(address token) external view returns (bool) {
        return token != asset() && _listings[_indexOf(token)].cap & UNIT_OF_BASE != 0;
    }

    /// @dev The most of a listed asset, which is not the base asset, that counts.
    function _capOf(address token) internal view returns (uint256) {
        return _listings[_indexOf(token)].cap & ~UNIT_OF_BASE;
    }

    /// @inheritdoc ITreasuryAssets
    function removeAsset(address oldAsset) external onlyAdmin {
        uint256 index = _indexOf(oldAsset);
        require(IMandate(MANDATE).tokenLimitOf(oldAsset).perAction == 0, InvalidAsset(oldAsset));
        _listings[index] = _listings[_listings.length - 1];
        _listings.pop();
        _isAsset[oldAsset] = false;
        emit AssetChanged(oldAsset, false);
    }

    /// @dev The index of `token` among the assets; the base asset is none of them.
    function _indexOf(address token) private view returns (uint256 index) {
        // From the end: a supply looks for a position, and those are listed after what can be supplied.
        for (index = _listings.length - 1; index != 0; --index) if (_listings[index].token == token) return index;
        revert InvalidAsset(token);
    }

    /// @inheritdoc ITreasuryAssets
    function assets() public view returns (address[] memory tokens) {
        tokens = new address[](_listings.length);
        for (uint256 i; i < tokens.length; ++i) tokens[i] = _listings[i].token;
    }

    /// @inheritdoc ITreasuryAssets
    function assetCapOf(address token) external view returns (uint256) {
        return token == asset() ? type(uint256).max : _capOf(token);
    }

    /// @inheritdoc ITreasuryAssets
    function isAsset(address token) external view returns (bool) {
        return _isAsset[token];
    }
}
