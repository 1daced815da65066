// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {Administered} from "./abstracts/Administered.sol";
import {TreasuryAssets} from "./abstracts/TreasuryAssets.sol";
import {TreasuryVault} from "./abstracts/TreasuryVault.sol";
import {BreakerLevel, ICircuitBreaker} from "./interfaces/ICircuitBreaker.sol";
import {IExecutor} from "./interfaces/IExecutor.sol";
import {IMandate} from "./interfaces/IMandate.sol";
import {IOracleHub} from "./interfaces/IOracleHub.sol";
import {ITreasury} from "./interfaces/ITreasury.sol";
import {Call, CallForm, DecodedCall, CallProof} from "./types/Proposal.sol";
import {Refusal} from "./types/Refusal.sol";
import {RiskClass} from "./types/RiskClass.sol";

/// @title Treasury
/// @notice See {ITreasury}. This contract executes approved calls and charges their loss. Holdings and their value:
/// {TreasuryAssets}. The fee: {TreasuryFee}. Deposits and exits: {TreasuryVault}.
///
/// @dev By subject:
/// - Value: the base asset counts whole and every other asset up to its cap. Amounts that are owed to former holders do not
///   count. Assets are valued at both ends of the oracle's band (ADR 0020); a lending position whose underlying is the base asset
///   counts unit for unit (ADR 0066).
/// - Prices: a deposit pays the upper end, an exit in the base asset gets the lower end; an exit in kind reads no
///   price. A loss is the decreases at the upper end less the increases at the lower end.
/// - Bracket: an execution reads the balance of every token that the decoders report before and after its calls. If no
///   balance decreased, or none has once lending positions are netted, no price is read and no limit is charged. (ADR 0002)
/// - Positions: what a call moved into a lending pool or out of it is netted with its underlying, in units, before any
///   price is read. Supplying never brings a position above its cap. (ADR 0066)
/// - Limits: {IMandate} checks the calls before they are made, and is charged the decreases and the loss afterwards.
/// - Classes: Consensus says which class the votes carry; the mandate refuses calls of a higher one. (ADR 0014)
/// - Allowances: given to the target of a call and taken back down to one unit after all calls, since creating the slot of an
///   allowance again would cost more. (ADR 0006)
/// - Shares: recent ones neither move nor leave, except by `refund`. (ADR 0018)
/// - Tokens: a listed asset takes no fee on transfer, does not rebase but for interest, and has a supply below 2^255. A deposit that
///   arrives short is refused. Exits in kind bear assets that revert, lie or burn gas. (ADR 0021)
/// - Oracles: true prices lie inside the bands. While a held asset above dust has no value, priced entries and exits
///   are refused, and exits in kind go on. (ADR 0020)
contract Treasury is TreasuryVault {
    using Math for uint256;
    using SafeERC20 for IERC20;
    using SignedMath for int256;

    /* CONSTANTS AND IMMUTABLES */

    /// @dev The units by which a lending pool may round what one call moves.
    uint256 private constant ROUNDING = 1;
    /// @dev The part of a withdrawal by which a position may shrink less, since markets of shares take whole shares, rounded down.
    uint256 private constant SHARE_PART = 1e9;
    address private immutable CONSENSUS;

    /* CONSTRUCTOR */

    /// @param admin The DAO's timelock.
    /// @param consensus The only contract whose proposals are executed.
    /// @param mandate The mandate that bounds what proposals may do.
    /// @param oracleHub The oracle hub that values assets.
    /// @param breaker The emergency stop that every execution asks.
    /// @param baseAsset The token that deposits are made in.
    /// @param minHoldingTime Time for which recent shares can neither move nor leave in kind, in seconds.
    constructor(
        address admin,
        address consensus,
        address mandate,
        address oracleHub,
        address breaker,
        IERC20 baseAsset,
        uint256 minHoldingTime
    )
        Administered(admin)
        ERC20("NEXUS Treasury", "nxUSDC")
        ERC4626(baseAsset)
        TreasuryAssets(mandate, oracleHub)
        TreasuryVault(breaker, minHoldingTime)
    {
        CONSENSUS = consensus;
    }

    /* EXECUTION */

    /// @inheritdoc IExecutor
    function execute(
        RiskClass allowed,
        Call[] calldata calls,
        uint256 maxLoss,
        CallProof[] calldata callProofs,
        uint32 agentId
    ) external acting returns (uint256 loss) {
        require(msg.sender == CONSENSUS, NotExecutingConsensus(msg.sender));

        // Check: mandate and breaker.
        (Refusal refusal, uint256 index, DecodedCall[] memory decoded) = IMandate(MANDATE).authorize(
            callProofs,
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
        return
            _checkChanges({
                agentId: agentId,
                decoded: decoded,
                tokens: tokens,
                changes: balances,
                level: level,
                allowed: allowed,
                maxLoss: maxLoss
            });
    }

    /// @inheritdoc IExecutor
    function previewExecute(
        Call[] calldata calls,
        CallProof[] calldata callProofs,
        RiskClass allowed
    ) external view returns (Refusal refusal, uint256 index) {
        DecodedCall[] memory decoded;
        (refusal, index, decoded) = IMandate(MANDATE).authorize(callProofs, allowed, calls);
        if (refusal != Refusal.None) return (refusal, index);
        if (_levelFor(calls, _touchedTokens(decoded)) == BreakerLevel.Halted) return (Refusal.BreakerHalted, 0);
    }

    /// @inheritdoc ITreasury
    function executeAsAdmin(Call[] calldata calls) external onlyAdmin acting {
        for (uint256 i; i < calls.length; ++i) {
            emit AdminExecuted(calls[i].target, calls[i].data);
            Address.functionCall(calls[i].target, calls[i].data);
        }
    }

    /// @dev An allowance is one unit more than needed, so that one unit stays behind and the slot is not created again.
    function _perform(uint256 index, Call calldata call_, DecodedCall memory decoded) private {
        address target = call_.target;
        if (decoded.spender == target) IERC20(decoded.tokenIn).forceApprove(target, decoded.amountIn + 1);
        bytes memory answer = Address.functionCall(target, call_.data);
        if (decoded.form == CallForm.Plain) return;
        if (decoded.form > CallForm.Withdraws) _readCode(index, answer, decoded);
        if (decoded.form == CallForm.ReturnsBool) {
            if (answer.length != 0) require(abi.decode(answer, (uint256)) == 1, CallReturnedFalse(index));
        } else if (decoded.form == CallForm.Supplies) {
            _requireWithinCap(decoded.tokenOut);
        }
    }

    /// @dev Some markets answer a code where they did nothing. One that did what it was asked is a call like the others. [NX-TRE-14]
    function _readCode(uint256 index, bytes memory answer, DecodedCall memory decoded) private pure {
        uint256 code = abi.decode(answer, (uint256));
        require(code == 0, CallReturnedCode(index, code));
        decoded.form = decoded.form == CallForm.SuppliesByCode ? CallForm.Supplies : CallForm.Withdraws;
    }

    /// @dev A supply beyond the asset's cap would not be valued, which would make new shares too cheap. [NX-TRE-12]
    function _requireWithinCap(address position) private view {
        uint256 balance = IERC20(position).balanceOf(address(this));
        uint256 cap = _capOf(position);
        require(balance <= cap, PositionAboveCap(position, balance, cap));
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

    /// @dev Computes the loss and charges it to the mandate: decreases are valued at the upper price, increases at the
    /// lower. [NX-TRE-02]
    function _checkChanges(
        uint32 agentId,
        DecodedCall[] memory decoded,
        address[] memory tokens,
        int256[] memory changes,
        BreakerLevel level,
        RiskClass allowed,
        uint256 maxLoss
    ) private returns (uint256 loss) {
        bool anyDecreased;
        for (uint256 i; i < tokens.length; ++i) {
            address token = tokens[i];
            uint256 balance = IERC20(token).balanceOf(address(this));
            // Safe cast: no listed token has a supply of 2^255.
            int256 change = int256(balance) - changes[i];
            changes[i] = change;
            if (change < 0) {
                anyDecreased = true;
                uint256 owed = _owed[token];
                require(balance >= owed, OwedAssetsSpent(token, balance, owed));
            }
        }
        if (level != BreakerLevel.Normal) _requireNoGrowth(decoded, tokens, changes);
        if (!anyDecreased || _isEvenOnceNetted(decoded, tokens, changes)) return 0;
        loss = _lossOf(tokens, changes);
        IMandate(MANDATE).charge(agentId, loss, maxLoss, tokens, changes, allowed);
    }

    /// @dev No token but the base asset may have grown, unless a call withdrew it from a position that shrank by as much, but
    /// for what markets round. [NX-BRK-01]
    function _requireNoGrowth(
        DecodedCall[] memory decoded,
        address[] memory tokens,
        int256[] memory changes
    ) private view {
        for (uint256 i; i < tokens.length; ++i) {
            address token = tokens[i];
            if (changes[i] <= 0 || token == asset()) continue;
            uint256 withdrawn;
            for (uint256 j; j < decoded.length; ++j) {
                DecodedCall memory call_ = decoded[j];
                if (call_.form != CallForm.Withdraws || call_.tokenOut != token) continue;
                int256 change = changes[_placeOf(tokens, call_.tokenIn)];
                if (change < 0) withdrawn = withdrawn.max(change.abs() + change.abs() / SHARE_PART + ROUNDING);
            }
            require(uint256(changes[i]) <= withdrawn, PositionGrew(token, uint256(changes[i])));
        }
    }

    /// @dev Moves the change of each position to its underlying, and forgives what the pools round. Answers whether there were
    /// positions and, after netting, nothing has decreased. [NX-TRE-11]
    function _isEvenOnceNetted(
        DecodedCall[] memory decoded,
        address[] memory tokens,
        int256[] memory changes
    ) private pure returns (bool isEven) {
        uint256 count;
        for (uint256 i; i < decoded.length; ++i) {
            if (decoded[i].form <= CallForm.ReturnsBool) continue;
            (uint256 position, uint256 underlying) = _placesOf(tokens, decoded[i]);
            changes[underlying] += changes[position];
            changes[position] = 0;
            ++count;
        }
        if (count == 0) return false;
        for (uint256 i; i < decoded.length; ++i) {
            if (decoded[i].form <= CallForm.ReturnsBool) continue;
            (, uint256 underlying) = _placesOf(tokens, decoded[i]);
            // Rounding may have cost one unit of this underlying for each call that moved it.
            if (changes[underlying] < 0) changes[underlying] += int256(ROUNDING);
        }
        isEven = true;
        for (uint256 i; i < changes.length; ++i) if (changes[i] < 0) return false;
    }

    /// @dev The places, among the touched tokens, of the two that a supply or a withdrawal exchanges.
    function _placesOf(
        address[] memory tokens,
        DecodedCall memory call_
    ) private pure returns (uint256 position, uint256 underlying) {
        (position, underlying) = (_placeOf(tokens, call_.tokenIn), _placeOf(tokens, call_.tokenOut));
        if (call_.form == CallForm.Supplies) (position, underlying) = (underlying, position);
    }

    /// @dev `token` is one of `tokens`.
    function _placeOf(address[] memory tokens, address token) private pure returns (uint256 place) {
        while (tokens[place] != token) ++place;
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
}
