// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {BreakerLevel, ICircuitBreaker} from "./interfaces/ICircuitBreaker.sol";
import {IExecutor} from "./interfaces/IExecutor.sol";
import {IMandate} from "./interfaces/IMandate.sol";
import {IOracleHub, Quote, QuoteStatus} from "./interfaces/IOracleHub.sol";
import {ITreasury} from "./interfaces/ITreasury.sol";
import {Administered} from "./libraries/Administered.sol";
import {BoundedCall} from "./libraries/BoundedCall.sol";
import {TransientLock} from "./libraries/TransientLock.sol";
import {Call, DecodedCall, Grant} from "./types/Proposal.sol";
import {Refusal} from "./types/Refusal.sol";
import {RiskClass} from "./types/RiskClass.sol";

/// @title Treasury
/// @notice See {ITreasury}.
contract Treasury is ITreasury, Administered, ERC4626 {
    using BoundedCall for address;
    using Math for uint256;
    using SafeERC20 for IERC20;
    using SignedMath for int256;

    /* TYPES */

    /// @dev Shares minted to one account within the last `MIN_HOLDING_TIME`.
    struct FreshShares {
        uint208 shares;
        uint48 until;
    }

    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc ITreasury
    uint256 public constant MAX_ASSETS = 16;
    /// @inheritdoc ITreasury
    uint256 public immutable MIN_HOLDING_TIME;
    address private immutable CONSENSUS;
    address private immutable MANDATE;
    /// @inheritdoc ITreasury
    address public immutable ORACLE_HUB;
    address private immutable BREAKER;
    /// @dev One whole unit of the base asset.
    uint256 private immutable BASE_UNIT;

    /* STORAGE */

    address[] private _assets;
    mapping(address token => bool isListed) private _isAsset;
    mapping(address account => FreshShares fresh) private _fresh;
    mapping(address token => mapping(address account => uint256 amount)) private _claims;
    mapping(address token => uint256 amount) private _owed;

    /* CONSTRUCTOR */

    /// @param admin The DAO's timelock.
    /// @param consensus The only contract whose proposals are executed.
    /// @param mandate What they may do.
    /// @param oracleHub What assets are worth.
    /// @param breaker When to stop.
    /// @param baseAsset What deposits are made in.
    /// @param minHoldingTime How long fresh shares can neither move nor leave in kind, in seconds.
    constructor(
        address admin,
        address consensus,
        address mandate,
        address oracleHub,
        address breaker,
        IERC20 baseAsset,
        uint256 minHoldingTime
    ) Administered(admin) ERC20("NEXUS Treasury", "nxUSDC") ERC4626(baseAsset) {
        CONSENSUS = consensus;
        MANDATE = mandate;
        ORACLE_HUB = oracleHub;
        BREAKER = breaker;
        MIN_HOLDING_TIME = minHoldingTime;
        BASE_UNIT = 10 ** (ERC4626.decimals() - _decimalsOffset());
        _assets.push(address(baseAsset));
        _isAsset[address(baseAsset)] = true;
        emit AssetChanged(address(baseAsset), true);
    }

    /// @dev Bars entries, exits and executions from one another; `whileExecuting` bars prices from being read too.
    modifier locked(bool whileExecuting) {
        require(!TransientLock.isLocked(), TreasuryLocked());
        TransientLock.set(whileExecuting ? TransientLock.State.Executing : TransientLock.State.Moving);
        _;
        TransientLock.set(TransientLock.State.Open);
    }

    /* EXECUTION */

    /// @inheritdoc IExecutor
    function execute(
        RiskClass allowed,
        Call[] calldata calls,
        uint256 maxLoss,
        Grant[] calldata grants,
        uint32 agentId
    ) external locked(true) returns (uint256 loss) {
        require(msg.sender == CONSENSUS, NotExecutingConsensus(msg.sender));

        // Check: mandate and breaker.
        (Refusal refusal, uint256 index, DecodedCall[] memory decoded) = IMandate(MANDATE).authorize(
            grants,
            allowed,
            calls
        );
        require(refusal == Refusal.None, ActionRefused(refusal, index));
        address[] memory tokens = _touchedTokens(decoded);
        BreakerLevel level = _levelFor(calls, tokens);
        require(level != BreakerLevel.Halted, ActionRefused(Refusal.BreakerHalted, 0));

        // Interaction: the calls, between two looks at the balances.
        int256[] memory balances = _balancesOf(tokens);
        for (uint256 i; i < decoded.length; ++i) _perform(i, calls[i], decoded[i]);
        _endAllowances(decoded);

        // Check: what changed, and that it may have.
        return _settle(agentId, tokens, balances, level, maxLoss, allowed);
    }

    /// @inheritdoc IExecutor
    function previewExecute(
        Call[] calldata calls,
        Grant[] calldata grants,
        RiskClass allowed
    ) external view returns (Refusal refusal, uint256 index) {
        DecodedCall[] memory decoded;
        (refusal, index, decoded) = IMandate(MANDATE).authorize(grants, allowed, calls);
        if (refusal != Refusal.None) return (refusal, index);
        if (_levelFor(calls, _touchedTokens(decoded)) == BreakerLevel.Halted) return (Refusal.BreakerHalted, 0);
    }

    /// @inheritdoc ITreasury
    function executeAsAdmin(Call[] calldata calls) external onlyAdmin locked(true) {
        for (uint256 i; i < calls.length; ++i) {
            emit AdminExecuted(calls[i].target, calls[i].data);
            Address.functionCall(calls[i].target, calls[i].data);
        }
    }

    /// @dev An allowance is one unit more than needed, so that one unit stays behind and the slot is not created anew.
    function _perform(uint256 index, Call calldata call_, DecodedCall memory decoded) private {
        address target = call_.target;
        if (decoded.spender == target) IERC20(decoded.tokenIn).forceApprove(target, decoded.amountIn + 1);
        bytes memory answer = Address.functionCall(target, call_.data);
        if (decoded.returnsBool && answer.length != 0) {
            require(abi.decode(answer, (uint256)) == 1, CallReturnedFalse(index));
        }
    }

    /// @dev Takes back what a call did not use. [NX-TRE-03]
    function _endAllowances(DecodedCall[] memory decoded) private {
        for (uint256 i; i < decoded.length; ++i) {
            DecodedCall memory call_ = decoded[i];
            if (call_.spender == address(0)) continue;
            IERC20 token = IERC20(call_.tokenIn);
            if (token.allowance(address(this), call_.spender) > 1) token.forceApprove(call_.spender, 1);
        }
    }

    /// @dev Values what fell against what rose, the one dear and the other cheap, and charges it. [NX-TRE-02]
    function _settle(
        uint32 agentId,
        address[] memory tokens,
        int256[] memory changes,
        BreakerLevel level,
        uint256 maxLoss,
        RiskClass allowed
    ) private returns (uint256 loss) {
        bool anyFell;
        for (uint256 i; i < tokens.length; ++i) {
            address token = tokens[i];
            uint256 balance = IERC20(token).balanceOf(address(this));
            // Safe cast: no listed token has a supply of 2^255.
            int256 change = int256(balance) - changes[i];
            changes[i] = change;
            if (change < 0) {
                anyFell = true;
                uint256 owed = _owed[token];
                require(balance >= owed, OwedAssetsSpent(token, balance, owed));
            } else if (change > 0 && level != BreakerLevel.Normal) {
                require(token == asset(), PositionGrew(token, uint256(change)));
            }
        }
        if (!anyFell) return 0;
        loss = _lossOf(tokens, changes);
        IMandate(MANDATE).charge(agentId, loss, maxLoss, tokens, changes, allowed);
    }

    function _lossOf(address[] memory tokens, int256[] memory changes) private view returns (uint256) {
        uint256 lost;
        uint256 gained;
        for (uint256 i; i < tokens.length; ++i) {
            int256 change = changes[i];
            if (change == 0) continue;
            (uint256 lower, uint256 upper) = IOracleHub(ORACLE_HUB).valueRange(tokens[i], change.abs());
            if (change < 0) lost += upper;
            else gained += lower;
        }
        return lost.saturatingSub(gained);
    }

    /// @dev Every token that a decoder reports, once. [NX-TRE-07]
    function _touchedTokens(DecodedCall[] memory decoded) private pure returns (address[] memory tokens) {
        tokens = new address[](decoded.length * 2);
        uint256 count;
        for (uint256 i; i < decoded.length; ++i) {
            DecodedCall memory call_ = decoded[i];
            count = _addOnce(tokens, count, call_.tokenIn);
            count = _addOnce(tokens, count, call_.tokenOut);
        }
        assembly ("memory-safe") {
            // Shortens the array in place: `count` is at most the length it was made with.
            mstore(tokens, count)
        }
    }

    function _addOnce(address[] memory list, uint256 count, address item) private pure returns (uint256) {
        if (item == address(0)) return count;
        for (uint256 i; i < count; ++i) if (list[i] == item) return count;
        list[count] = item;
        return count + 1;
    }

    function _levelFor(Call[] calldata calls, address[] memory tokens) private view returns (BreakerLevel) {
        if (ICircuitBreaker(BREAKER).allNormal()) return BreakerLevel.Normal;
        address[] memory scopes = new address[](tokens.length + calls.length);
        for (uint256 i; i < tokens.length; ++i) scopes[i] = tokens[i];
        for (uint256 i; i < calls.length; ++i) scopes[tokens.length + i] = calls[i].target;
        return ICircuitBreaker(BREAKER).highestLevel(scopes);
    }

    function _balancesOf(address[] memory tokens) private view returns (int256[] memory balances) {
        balances = new int256[](tokens.length);
        for (uint256 i; i < tokens.length; ++i) {
            // Safe cast: no listed token has a supply of 2^255.
            balances[i] = int256(IERC20(tokens[i]).balanceOf(address(this)));
        }
    }

    /* ENTRY AND EXIT IN THE BASE ASSET */

    /// @inheritdoc ERC4626
    function deposit(uint256 amount, address receiver) public override locked(false) returns (uint256) {
        return super.deposit(amount, receiver);
    }

    /// @inheritdoc ERC4626
    function mint(uint256 shares, address receiver) public override locked(false) returns (uint256) {
        return super.mint(shares, receiver);
    }

    /// @inheritdoc ERC4626
    function withdraw(uint256 amount, address receiver, address owner) public override locked(false) returns (uint256) {
        return super.withdraw(amount, receiver, owner);
    }

    /// @inheritdoc ERC4626
    function redeem(uint256 shares, address receiver, address owner) public override locked(false) returns (uint256) {
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
                _claims[token][receiver] += amounts[i];
                _owed[token] += amounts[i];
                emit ClaimCredited(token, receiver, amounts[i]);
            }
        }
        emit RedeemedInKind(msg.sender, receiver, owner, shares, amounts);
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

    /// @dev What of `token` belongs to the shares; zero when it cannot be read, so that it blocks no one. [NX-TRE-04]
    function _readableBalance(address token) private view returns (uint256) {
        (bool success, uint256 balance) = token.tryBalanceOf(address(this));
        if (success) return balance.saturatingSub(_owed[token]);
        require(BoundedCall.hasGas(), GasTooLow(gasleft()));
        return 0;
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

    /// @inheritdoc ERC4626
    function previewDeposit(uint256 amount) public view override returns (uint256) {
        (, uint256 upper) = assetsRange();
        return _toShares(amount, upper, Math.Rounding.Floor);
    }

    /// @inheritdoc ERC4626
    function previewMint(uint256 shares) public view override returns (uint256) {
        (, uint256 upper) = assetsRange();
        return _toAmount(shares, upper, Math.Rounding.Ceil);
    }

    /// @inheritdoc ERC4626
    function previewWithdraw(uint256 amount) public view override returns (uint256) {
        (uint256 lower, ) = assetsRange();
        return _toShares(amount, lower, Math.Rounding.Ceil);
    }

    /// @inheritdoc ERC4626
    function previewRedeem(uint256 shares) public view override returns (uint256) {
        (uint256 lower, ) = assetsRange();
        return _toAmount(shares, lower, Math.Rounding.Floor);
    }

    /// @inheritdoc ERC4626
    /// @dev Zero while halted or while a held asset has no price.
    function maxDeposit(address) public view override returns (uint256) {
        return _isOpen() && !_isHalted() ? type(uint256).max : 0;
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
        return balanceOf(owner).min(_toShares(_freeBalance(asset()), lower, Math.Rounding.Floor));
    }

    /// @dev Whether a value can be told: nothing is executing and every held asset has a price.
    function _isOpen() private view returns (bool) {
        if (TransientLock.isExecuting()) return false;
        bool holdsOthers;
        for (uint256 i = 1; i < _assets.length; ++i) {
            if (_freeBalance(_assets[i]) == 0) continue;
            if (!_hasPrice(_assets[i])) return false;
            holdsOthers = true;
        }
        return !holdsOthers || _hasPrice(asset());
    }

    function _isHalted() private view returns (bool) {
        return ICircuitBreaker(BREAKER).highestLevel(_assets) == BreakerLevel.Halted;
    }

    function _hasPrice(address token) private view returns (bool) {
        (QuoteStatus status, ) = IOracleHub(ORACLE_HUB).previewQuote(token);
        return status == QuoteStatus.Ready;
    }

    function _freeBalance(address token) private view returns (uint256) {
        return IERC20(token).balanceOf(address(this)).saturatingSub(_owed[token]);
    }

    function _toShares(uint256 amount, uint256 total, Math.Rounding rounding) private view returns (uint256) {
        return amount.mulDiv(totalSupply() + 10 ** _decimalsOffset(), total + 1, rounding);
    }

    function _toAmount(uint256 shares, uint256 total, Math.Rounding rounding) private view returns (uint256) {
        return shares.mulDiv(total + 1, totalSupply() + 10 ** _decimalsOffset(), rounding);
    }

    /// @dev Virtual shares make a donation cost its giver a million times what it could take from the next deposit.
    function _decimalsOffset() internal pure override returns (uint8) {
        return 6;
    }

    /* ASSETS */

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

    /* VIEWS */

    /// @inheritdoc ITreasury
    function assets() external view returns (address[] memory) {
        return _assets;
    }

    /// @inheritdoc ITreasury
    function isAsset(address token) external view returns (bool) {
        return _isAsset[token];
    }

    /// @inheritdoc ITreasury
    function freshSharesOf(address account) external view returns (uint256 shares, uint256 freshUntil) {
        FreshShares memory fresh = _freshOf(account);
        return (fresh.shares, fresh.until);
    }

    /// @inheritdoc ITreasury
    function claimOf(address token, address account) external view returns (uint256) {
        return _claims[token][account];
    }
}
