// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMandate} from "../interfaces/IMandate.sol";
import {IOracleHub, Quote, QuoteStatus} from "../interfaces/IOracleHub.sol";
import {ITreasury} from "../interfaces/ITreasury.sol";
import {Administered} from "./Administered.sol";
import {BoundedCall} from "./BoundedCall.sol";
import {TransientLock} from "./TransientLock.sol";

/// @title TreasuryAssets
/// @notice See {ITreasury}. What the treasury holds and owes, and what that is worth.
abstract contract TreasuryAssets is ITreasury, Administered, ERC4626 {
    using BoundedCall for address;
    using Math for uint256;
    using SafeERC20 for IERC20;

    /// @inheritdoc ITreasury
    uint256 public constant MAX_ASSETS = 16;
    /// @inheritdoc ITreasury
    address public immutable ORACLE_HUB;
    address internal immutable MANDATE;
    /// @dev One whole unit of the base asset.
    uint256 private immutable BASE_UNIT;

    address[] internal _assets;
    mapping(address token => bool isListed) private _isAsset;
    mapping(address token => mapping(address account => uint256 amount)) private _claims;
    mapping(address token => uint256 amount) internal _owed;

    constructor(address mandate, address oracleHub) {
        MANDATE = mandate;
        ORACLE_HUB = oracleHub;
        BASE_UNIT = 10 ** (ERC4626.decimals() - _decimalsOffset());
        _assets.push(asset());
        _isAsset[asset()] = true;
        emit AssetChanged(asset(), true);
    }

    /// @dev Bars entries, exits and executions from one another; `whileExecuting` bars prices from being read too.
    modifier locked(bool whileExecuting) {
        require(!TransientLock.isLocked(), TreasuryLocked());
        TransientLock.set(whileExecuting ? TransientLock.State.Executing : TransientLock.State.Moving);
        _;
        TransientLock.set(TransientLock.State.Open);
    }

    /* VALUE */

    /// @inheritdoc ITreasury
    function assetsRange() public view returns (uint256 lower, uint256 upper) {
        require(!TransientLock.isExecuting(), TreasuryLocked());
        uint256 lowerValue;
        uint256 upperValue;
        for (uint256 i = 1; i < _assets.length; ++i) {
            uint256 amount = _freeBalance(_assets[i]);
            if (amount == 0) continue;
            (uint256 low, uint256 high) = IOracleHub(ORACLE_HUB).valueRange(_assets[i], amount);
            lowerValue += low;
            upperValue += high;
        }
        uint256 base = _freeBalance(asset());
        if (upperValue == 0) return (base, base);
        Quote memory quote = IOracleHub(ORACLE_HUB).quote(asset());
        lower = base + lowerValue.mulDiv(BASE_UNIT, quote.upper);
        upper = base + upperValue.mulDiv(BASE_UNIT, quote.lower, Math.Rounding.Ceil);
    }

    /// @inheritdoc ERC4626
    /// @dev The middle of the band; entries and exits use its ends.
    function totalAssets() public view override returns (uint256) {
        (uint256 lower, uint256 upper) = assetsRange();
        return lower.average(upper);
    }

    /// @dev Whether a value can be told: nothing is executing and every held asset has a price.
    function _isOpen() internal view returns (bool) {
        if (TransientLock.isExecuting()) return false;
        bool holdsOthers;
        for (uint256 i = 1; i < _assets.length; ++i) {
            if (_freeBalance(_assets[i]) == 0) continue;
            if (!_hasPrice(_assets[i])) return false;
            holdsOthers = true;
        }
        return !holdsOthers || _hasPrice(asset());
    }

    function _hasPrice(address token) private view returns (bool) {
        (QuoteStatus status, ) = IOracleHub(ORACLE_HUB).previewQuote(token);
        return status == QuoteStatus.Ready;
    }

    function _freeBalance(address token) internal view returns (uint256) {
        return IERC20(token).balanceOf(address(this)).saturatingSub(_owed[token]);
    }

    /// @dev What of `token` belongs to the shares; zero when it cannot be read, so that it blocks no one. [NX-TRE-04]
    function _readableBalance(address token) internal view returns (uint256) {
        (bool success, uint256 balance) = token.tryBalanceOf(address(this));
        if (success) return balance.saturatingSub(_owed[token]);
        require(BoundedCall.hasGas(), GasTooLow(gasleft()));
        return 0;
    }

    /// @dev Virtual shares make a donation cost its giver a million times what it could take from the next deposit.
    function _decimalsOffset() internal pure override returns (uint8) {
        return 6;
    }

    /* CLAIMS */

    /// @dev Owes what could not be paid.
    function _credit(address token, address account, uint256 amount) internal {
        _claims[token][account] += amount;
        _owed[token] += amount;
        emit ClaimCredited(token, account, amount);
    }

    /// @inheritdoc ITreasury
    function claim(address token, address account) external locked(true) returns (uint256 amount) {
        amount = _claims[token][account];
        require(amount != 0, NothingToClaim(token, account));
        _claims[token][account] = 0;
        _owed[token] -= amount;
        emit ClaimPaid(token, account, amount);
        IERC20(token).safeTransfer(account, amount);
    }

    /// @inheritdoc ITreasury
    function claimOf(address token, address account) external view returns (uint256) {
        return _claims[token][account];
    }

    /* LISTING */

    /// @inheritdoc ITreasury
    function primeAllowance(address token, address spender) external onlyAdmin {
        require(_isAsset[token], InvalidAsset(token));
        IERC20(token).forceApprove(spender, 1);
    }

    /// @inheritdoc ITreasury
    function addAsset(address newAsset) external onlyAdmin {
        require(!_isAsset[newAsset] && _assets.length < MAX_ASSETS && _hasPrice(newAsset), InvalidAsset(newAsset));
        _assets.push(newAsset);
        _isAsset[newAsset] = true;
        emit AssetChanged(newAsset, true);
    }

    /// @inheritdoc ITreasury
    function removeAsset(address oldAsset) external onlyAdmin {
        require(
            oldAsset != asset() &&
                _isAsset[oldAsset] &&
                // One that cannot be read any more must be possible to remove: it would bar entries and exits for ever.
                _readableBalance(oldAsset) == 0 &&
                IMandate(MANDATE).tokenLimitOf(oldAsset).perAction == 0,
            InvalidAsset(oldAsset)
        );
        uint256 last = _assets.length - 1;
        for (uint256 i = 1; i < last; ++i) {
            if (_assets[i] == oldAsset) _assets[i] = _assets[last];
        }
        _assets.pop();
        _isAsset[oldAsset] = false;
        emit AssetChanged(oldAsset, false);
    }

    /// @inheritdoc ITreasury
    function assets() external view returns (address[] memory) {
        return _assets;
    }

    /// @inheritdoc ITreasury
    function isAsset(address token) external view returns (bool) {
        return _isAsset[token];
    }
}
