// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {EvidenceStatus, IBreakerEvidence, ShareWatch} from "../interfaces/IBreakerEvidence.sol";
import {BreakerCause, ICircuitBreaker} from "../interfaces/ICircuitBreaker.sol";
import {ITreasury} from "../interfaces/ITreasury.sol";
import {EvidenceJudge} from "./EvidenceJudge.sol";

/// @title SharesEvidence
/// @notice See {IBreakerEvidence}. Both causes about shares have one rule: what there is at most now is less than what there was at
/// least at the mark, by more than the limit.
abstract contract SharesEvidence is EvidenceJudge {
    using Math for uint256;

    /* CONSTANTS AND IMMUTABLES */

    /// @dev The breaker's name for all scopes: what happens to shares is about all that the treasury holds.
    address private constant EVERYTHING = address(0);
    /// @dev The shares whose worth is compared, as in {ITreasury-highWaterMark}.
    uint256 private constant SHARES = 1e27;
    /// @dev The treasury's virtual shares.
    uint256 private constant VIRTUAL_SHARES = 1e6;
    address private immutable TREASURY;

    /* STORAGE */

    mapping(BreakerCause cause => ShareWatch watch) private _shareWatches;

    /// @dev A cause at this block; it lives in memory.
    struct ShareView {
        ShareWatch watch;
        uint256 atLeast;
        uint256 atMost;
        bool hasFallen;
    }

    /* CONSTRUCTOR */

    constructor(address treasury) {
        TREASURY = treasury;
    }

    /* EVIDENCE */

    /// @inheritdoc IBreakerEvidence
    function observeShares(BreakerCause cause, address[] calldata holders) external {
        ShareView memory seen = _viewOf(cause, holders);
        EvidenceStatus none = EvidenceStatus.Disabled;
        // A trip ends by evidence also where its limit was taken away since.
        require(seen.watch.maxFallBps != 0 || seen.watch.isSpent, EvidenceIncomplete(EVERYTHING, cause, none));
        _recordShares(cause, seen);
    }

    /// @inheritdoc IBreakerEvidence
    function tripShares(BreakerCause cause, address[] calldata holders) external {
        // Check: what the chain shows now, and what was observed before.
        ShareView memory seen = _viewOf(cause, holders);
        EvidenceStatus status = _shareTripStatus(seen);
        require(status == EvidenceStatus.Complete, EvidenceIncomplete(EVERYTHING, cause, status));

        // Effect: the cause is spent until it is seen gone. Nothing is paid: who owns enough shares can make them leave.
        seen.watch.isSpent = true;
        _recordShares(cause, seen);

        // Interaction: with our own contract.
        ICircuitBreaker(BREAKER).tripByEvidence(EVERYTHING, cause);
        emit EvidenceShown(EVERYTHING, cause, msg.sender, 0);
    }

    /// @inheritdoc IBreakerEvidence
    function restoreShares(BreakerCause cause, address[] calldata holders) external {
        ShareView memory seen = _viewOf(cause, holders);
        EvidenceStatus status = _shareRestoreStatus(seen);
        require(status == EvidenceStatus.Complete, EvidenceIncomplete(EVERYTHING, cause, status));
        seen.watch.isSpent = false;
        _recordShares(cause, seen);
        ICircuitBreaker(BREAKER).restoreByEvidence(EVERYTHING, cause);
        emit CauseGone(EVERYTHING, cause);
    }

    /// @inheritdoc IBreakerEvidence
    function previewTripShares(BreakerCause cause, address[] calldata holders) external view returns (EvidenceStatus) {
        return _shareTripStatus(_viewOf(cause, holders));
    }

    /// @inheritdoc IBreakerEvidence
    function previewRestoreShares(
        BreakerCause cause,
        address[] calldata holders
    ) external view returns (EvidenceStatus) {
        return _shareRestoreStatus(_viewOf(cause, holders));
    }

    /// @inheritdoc IBreakerEvidence
    function previewShares(
        BreakerCause cause,
        address[] calldata holders
    ) external view returns (uint256 atLeast, uint256 atMost) {
        ShareView memory seen = _viewOf(cause, holders);
        return (seen.atLeast, seen.atMost);
    }

    /* RULES */

    /// @dev Measures what a cause is about, and compares it with the mark. A cause without a limit is not measured.
    function _viewOf(BreakerCause cause, address[] calldata holders) private view returns (ShareView memory seen) {
        seen.watch = _shareWatches[cause];
        if (seen.watch.maxFallBps == 0) return seen;
        (seen.atLeast, seen.atMost) = cause == BreakerCause.SharePriceFell ? _worth() : _owned(holders);
        // While a fall is spent, its mark says what calm is, however old it is: else nothing would be compared.
        if (_isOver(seen) && !seen.watch.isSpent) return seen;
        seen.hasFallen = seen.atMost * BPS < uint256(seen.watch.atLeast) * (BPS - seen.watch.maxFallBps);
    }

    function _isOver(ShareView memory seen) private view returns (bool) {
        return block.timestamp > uint256(seen.watch.markedAt) + seen.watch.window;
    }

    function _shareTripStatus(ShareView memory seen) private view returns (EvidenceStatus) {
        if (seen.watch.maxFallBps == 0) return EvidenceStatus.Disabled;
        if (seen.watch.isSpent) return EvidenceStatus.Spent;
        if (seen.watch.markedAt == 0) return EvidenceStatus.NotObserved;
        if (_isOver(seen)) return EvidenceStatus.TooOld;
        if (!seen.hasFallen) return EvidenceStatus.Absent;
        return _areApart(seen.watch.markedAt, seen.watch.markedBlock);
    }

    function _shareRestoreStatus(ShareView memory seen) private view returns (EvidenceStatus) {
        if (!seen.watch.isSpent) return EvidenceStatus.NotTripped;
        if (seen.hasFallen) return EvidenceStatus.Absent;
        return _goneStatus(seen.watch.goneAt);
    }

    /// @dev Stores what is seen now, and moves the mark: up, so that a fall is measured from the top; down only when its window
    /// is over, or when somebody tripped by it, and the calm has a new place to be at. [NX-BRK-08]
    function _recordShares(BreakerCause cause, ShareView memory seen) private {
        emit SharesObserved(cause, seen.atLeast, seen.atMost);
        ShareWatch memory watch = seen.watch;
        // Safe casts: 32 bits of seconds last until 2106, and of blocks for fifty years.
        uint32 time = uint32(block.timestamp);
        if (!watch.isSpent || seen.hasFallen) watch.goneAt = 0;
        else if (watch.goneAt == 0) watch.goneAt = time;
        bool isFree = watch.isSpent ? seen.hasFallen : _isOver(seen);
        if (isFree || seen.atLeast > watch.atLeast) {
            // Less than there is makes no false evidence.
            watch.atLeast = uint112(seen.atLeast.min(type(uint112).max));
            (watch.markedAt, watch.markedBlock) = (time, uint32(block.number));
        }
        _shareWatches[cause] = watch;
    }

    /* MEASURES */

    /// @dev The worth of `SHARES` at both ends of the treasury's band, after the fee that is due at the lower end: whether
    /// somebody takes the fee changes nothing here.
    function _worth() private view returns (uint256 atLeast, uint256 atMost) {
        ITreasury treasury = ITreasury(TREASURY);
        (uint256 lower, uint256 upper) = treasury.assetsRange();
        uint256 supply = IERC20(TREASURY).totalSupply() + VIRTUAL_SHARES;
        uint256 feeBps = treasury.performanceFeeBps();
        uint256 kept = SHARES;
        if (feeBps != 0) {
            uint256 marked = treasury.highWaterMark().mulDiv(supply, SHARES, Math.Rounding.Ceil);
            uint256 fee = ((lower + 1).saturatingSub(marked) * feeBps) / BPS;
            kept = SHARES.mulDiv(lower + 1 - fee, lower + 1);
        }
        atLeast = (lower + 1).mulDiv(kept, supply);
        atMost = (upper + 1).mulDiv(kept, supply, Math.Rounding.Ceil);
    }

    /// @dev The shares of `holders` that are not recent, and all there are without their recent ones: as many of those that are not
    /// recent there are at least, and at most. Nobody counts twice. [NX-BRK-08]
    function _owned(address[] calldata holders) private view returns (uint256 atLeast, uint256 atMost) {
        atMost = IERC20(TREASURY).totalSupply();
        address last;
        for (uint256 i; i < holders.length; ++i) {
            address holder = holders[i];
            require(holder > last, HoldersNotAscending(holder));
            last = holder;
            (uint256 recent, , ) = ITreasury(TREASURY).recentSharesOf(holder);
            atLeast += IERC20(TREASURY).balanceOf(holder) - recent;
            atMost -= recent;
        }
    }

    /* SETTINGS AND VIEWS */

    /// @inheritdoc IBreakerEvidence
    function setShareLimit(BreakerCause cause, uint16 newMaxFallBps, uint24 newWindow) external onlyAdmin {
        require(cause >= BreakerCause.SharePriceFell && newMaxFallBps < BPS, InvalidShareLimit(cause, newMaxFallBps));
        require(newWindow >= MIN_SECONDS, WindowTooShort(newWindow));
        (_shareWatches[cause].maxFallBps, _shareWatches[cause].window) = (newMaxFallBps, newWindow);
        emit ShareLimitChanged(cause, newMaxFallBps, newWindow);
    }

    /// @inheritdoc IBreakerEvidence
    function shareWatchOf(BreakerCause cause) external view returns (ShareWatch memory) {
        return _shareWatches[cause];
    }
}
