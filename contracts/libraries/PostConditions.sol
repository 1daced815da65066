// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {IOracleHub} from "../interfaces/IOracleHub.sol";
import {ITreasury} from "../interfaces/ITreasury.sol";
import {ILendingPool} from "../interfaces/external/ILendingPool.sol";
import {Condition, ConditionKind} from "../types/Proposal.sol";

/// @title PostConditions
/// @notice The conditions that must hold after a proposal's calls: voters vote for a result and not for calldata.
/// @dev Everything is read by static calls, before and after, so that nothing can re-enter through a condition.
library PostConditions {
    /// @dev The values that were read before the calls.
    struct BalancesBefore {
        /// A word for each condition; empty unless one of them compares with before.
        uint256[] before;
        /// The treasury's assets and its balances of them; empty unless a condition says what only may move.
        address[] assets;
        uint256[] held;
    }

    uint256 private constant BPS = 10_000;
    /// @dev Six words.
    uint256 private constant ACCOUNT_DATA_LENGTH = 192;
    /// @dev The most conditions of a proposal.
    uint256 internal constant MAX_CONDITIONS = 16;

    /// @dev Thrown when a condition does not hold.
    /// @param index Index of the condition in the proposal.
    /// @param kind The condition's kind, see {ConditionKind}.
    /// @param measured Value found after the calls, in the condition's unit; for `ValueDecreasesAtMostBps` the value that
    /// is left.
    /// @param bound The condition's amount.
    error ConditionNotMet(uint256 index, ConditionKind kind, uint256 measured, uint256 bound);

    /// @dev Thrown when an asset changed that no condition names, although some name what only may move.
    /// @param asset Address of the asset.
    /// @param balance The treasury's balance of it now, in its units.
    /// @param before The treasury's balance of it before the calls, in its units.
    error AssetMoved(address asset, uint256 balance, uint256 before);

    /// @dev The index of the first condition that demands nothing, names nothing, or fills a field that its kind does not
    /// use: a voter could not mean it. The length of the list when there is none.
    function firstInvalid(Condition[] calldata conditions) internal pure returns (uint256 index) {
        uint256 count = conditions.length;
        for (; index < count; ++index) {
            if (index == MAX_CONDITIONS || !_isValid(conditions[index])) return index;
        }
    }

    /// @dev The values to compare with after the calls. If one cannot be read (the condition's subject has no code, or
    /// does not answer), returns that condition's index and a partial reading; else the length of the list.
    function readBefore(
        Condition[] calldata conditions,
        ITreasury treasury
    ) internal view returns (uint256 index, BalancesBefore memory seen) {
        uint256 count = conditions.length;
        for (; index < count; ++index) {
            Condition calldata condition = conditions[index];
            ConditionKind kind = condition.kind;
            if (kind != ConditionKind.ValueDecreasesAtMostBps && condition.subject.code.length == 0)
                return (index, seen);
            if (kind == ConditionKind.OnlyMoves) {
                if (seen.assets.length == 0 && !_readAssets(treasury, seen)) return (index, seen);
            } else if (_comparesWithBefore(kind)) {
                if (seen.before.length == 0) seen.before = new uint256[](count);
                bool isRead;
                (isRead, seen.before[index]) =
                    kind == ConditionKind.ValueDecreasesAtMostBps
                        ? _tryValue(treasury)
                        : _tryBalance(condition.subject, condition.holder);
                if (!isRead) return (index, seen);
            }
        }
    }

    /// @dev The index of the first condition that is read after the calls alone, and of which nothing can be read now. The
    /// length of the list when there is none. For previews: the calls could still change it.
    function firstUnreadable(
        Condition[] calldata conditions,
        ITreasury treasury
    ) internal view returns (uint256 index) {
        uint256 count = conditions.length;
        for (; index < count; ++index) {
            ConditionKind kind = conditions[index].kind;
            if (kind == ConditionKind.OnlyMoves || _comparesWithBefore(kind)) continue;
            if (!_isReadable(conditions[index], kind, treasury)) return index;
        }
    }

    function _isReadable(
        Condition calldata condition,
        ConditionKind kind,
        ITreasury treasury
    ) private view returns (bool isRead) {
        (address subject, address holder) = (condition.subject, condition.holder);
        if (kind == ConditionKind.HealthFactorAtLeast) {
            bytes memory answer;
            (isRead, answer) = subject.staticcall(abi.encodeCall(ILendingPool.getUserAccountData, (holder)));
            return isRead && answer.length >= ACCOUNT_DATA_LENGTH;
        }
        uint256 held;
        (isRead, held) = _tryBalance(subject, holder);
        if (!isRead || kind != ConditionKind.PositionAtMost) return isRead;
        try IOracleHub(treasury.ORACLE_HUB()).valueRange(subject, held) returns (uint256, uint256) {
            return true;
        } catch {
            return false;
        }
    }

    /// @dev The balance of `holder` in `token`, or that the token does not answer.
    function _tryBalance(address token, address holder) private view returns (bool isRead, uint256 held) {
        bytes4 selector = IERC20.balanceOf.selector;
        assembly ("memory-safe") {
            // All in the scratch space: selector and holder go out, at most one word comes back.
            mstore(0, selector)
            mstore(4, holder)
            isRead := staticcall(gas(), token, 0, 36, 0, 32)
            isRead := and(isRead, gt(returndatasize(), 31))
            held := mload(0)
        }
    }

    /// @dev The balance of the condition's holder in its subject. The reason is passed on where the subject reverts.
    function _balanceOf(Condition calldata condition) private view returns (uint256 held) {
        (address token, address holder) = (condition.subject, condition.holder);
        bytes4 selector = IERC20.balanceOf.selector;
        assembly ("memory-safe") {
            // All in the scratch space: selector and holder go out, one word comes back. What the token says when it reverts
            // goes into memory that nobody owns, and nothing comes after it.
            mstore(0, selector)
            mstore(4, holder)
            if iszero(staticcall(gas(), token, 0, 36, 0, 32)) {
                let start := mload(0x40)
                returndatacopy(start, 0, returndatasize())
                revert(start, returndatasize())
            }
            if lt(returndatasize(), 32) {
                revert(0, 0)
            }
            held := mload(0)
        }
    }

    /// @dev The treasury's value in the middle of the band, or that some asset has no price.
    function _tryValue(ITreasury treasury) private view returns (bool, uint256) {
        try treasury.assetsRange() returns (uint256 lower, uint256 upper) {
            return (true, Math.average(lower, upper));
        } catch {
            return (false, 0);
        }
    }

    /// @dev Whether each of the treasury's assets says what it holds.
    function _readAssets(ITreasury treasury, BalancesBefore memory seen) private view returns (bool isRead) {
        seen.assets = treasury.assets();
        seen.held = new uint256[](seen.assets.length);
        for (uint256 i; i < seen.held.length; ++i) {
            (isRead, seen.held[i]) = _tryBalance(seen.assets[i], address(treasury));
            if (!isRead) return false;
        }
        return true;
    }

    function _comparesWithBefore(ConditionKind kind) private pure returns (bool) {
        return
            kind == ConditionKind.BalanceIncreasesAtLeast ||
            kind == ConditionKind.BalanceDecreasesAtMost ||
            kind == ConditionKind.ValueDecreasesAtMostBps;
    }

    /// @dev Reverts unless every condition holds now, given what was `seen` before. [NX-CON-06]
    function enforce(Condition[] calldata conditions, ITreasury treasury, BalancesBefore memory seen) internal view {
        uint256 count = conditions.length;
        for (uint256 i; i < count; ++i) {
            _enforceOne({condition: conditions[i], index: i, treasury: treasury, before: seen.before});
        }
        for (uint256 i; i < seen.assets.length; ++i) {
            uint256 balance = IERC20(seen.assets[i]).balanceOf(address(treasury));
            require(
                balance == seen.held[i] || _isNamed(conditions, seen.assets[i]),
                AssetMoved(seen.assets[i], balance, seen.held[i])
            );
        }
    }

    function _enforceOne(
        Condition calldata condition,
        uint256 index,
        ITreasury treasury,
        uint256[] memory before
    ) private view {
        ConditionKind kind = condition.kind;
        if (kind == ConditionKind.OnlyMoves) return;
        (uint256 measured, uint256 bound) = (0, condition.amount);
        bool holds;
        if (kind == ConditionKind.HealthFactorAtLeast) {
            (, , , , , measured) = ILendingPool(condition.subject).getUserAccountData(condition.holder);
            holds = measured >= bound;
        } else if (kind == ConditionKind.ValueDecreasesAtMostBps) {
            (uint256 lower, uint256 upper) = treasury.assetsRange();
            measured = Math.average(lower, upper);
            // Multiplied and not divided, so that nothing is rounded in the proposal's favour.
            holds = measured * BPS >= before[index] * (BPS - bound);
        } else {
            measured = _balanceOf(condition);
            if (kind == ConditionKind.BalanceAtLeast) {
                holds = measured >= bound;
            } else if (kind == ConditionKind.BalanceAtMost) {
                holds = measured <= bound;
            } else if (kind == ConditionKind.BalanceIncreasesAtLeast) {
                // A balance that decreased has increased by nothing, not by nearly 2^256.
                measured = FixedPointMathLib.zeroFloorSub(measured, before[index]);
                holds = measured >= bound;
            } else if (kind == ConditionKind.BalanceDecreasesAtMost) {
                measured = FixedPointMathLib.zeroFloorSub(before[index], measured);
                holds = measured <= bound;
            } else {
                (, measured) = IOracleHub(treasury.ORACLE_HUB()).valueRange(condition.subject, measured);
                holds = measured <= bound;
            }
        }
        require(holds, ConditionNotMet(index, kind, measured, bound));
    }

    function _isValid(Condition calldata condition) private pure returns (bool) {
        ConditionKind kind = condition.kind;
        (address subject, address holder, uint256 amount) = (condition.subject, condition.holder, condition.amount);
        if (kind == ConditionKind.ValueDecreasesAtMostBps) {
            return subject == address(0) && holder == address(0) && amount < BPS;
        }
        if (subject == address(0)) return false;
        if (kind == ConditionKind.OnlyMoves) return holder == address(0) && amount == 0;
        if (holder == address(0)) return false;
        bool isFloor =
            kind == ConditionKind.BalanceAtLeast ||
                kind == ConditionKind.BalanceIncreasesAtLeast ||
                kind == ConditionKind.HealthFactorAtLeast;
        return isFloor ? amount != 0 : amount != type(uint256).max;
    }

    function _isNamed(Condition[] calldata conditions, address asset) private pure returns (bool) {
        for (uint256 i; i < conditions.length; ++i) {
            if (conditions[i].kind == ConditionKind.OnlyMoves && conditions[i].subject == asset) return true;
        }
        return false;
    }
}
