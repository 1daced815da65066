// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Administered} from "./abstracts/Administered.sol";
import {EvidenceJudge} from "./abstracts/EvidenceJudge.sol";
import {SharesEvidence} from "./abstracts/SharesEvidence.sol";
import {IAccounts} from "./interfaces/IAccounts.sol";
import {AssetWatch, EvidenceStatus, IBreakerEvidence, PriceMark} from "./interfaces/IBreakerEvidence.sol";
import {BreakerCause, ICircuitBreaker} from "./interfaces/ICircuitBreaker.sol";
import {IOracleHub, Quote, QuoteStatus} from "./interfaces/IOracleHub.sol";

/// @title BreakerEvidence
/// @notice See {IBreakerEvidence}. The causes about prices; those about shares lie in the parent.
contract BreakerEvidence is SharesEvidence {
    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc IBreakerEvidence
    uint256 public constant BOUNTY_PERIOD = 1 days;
    /// @inheritdoc IBreakerEvidence
    address public immutable BOUNTY_TOKEN;
    address private immutable ORACLE_HUB;
    address private immutable ACCOUNTS;

    /* STORAGE */

    mapping(address asset => AssetWatch watch) private _watches;
    mapping(address asset => PriceMark mark) private _marks;
    /// @inheritdoc IBreakerEvidence
    uint256 public bounty;

    /// @dev The hub's answer about an asset in this block; it lives in memory.
    struct Snapshot {
        bool isReady;
        /// The price left its mark by more than the limit, within the window.
        bool hasMoved;
        uint256 lower;
        uint256 upper;
    }

    /* CONSTRUCTOR */

    /// @param admin The DAO's timelock.
    /// @param breaker The circuit breaker that is tripped.
    /// @param oracleHub The oracle hub whose answers are evidence.
    /// @param accounts The ledger that bounties are paid in.
    /// @param bountyToken The token that bounties are paid in.
    /// @param treasury The treasury whose shares are evidence.
    constructor(
        address admin,
        address breaker,
        address oracleHub,
        address accounts,
        address bountyToken,
        address treasury
    ) Administered(admin) EvidenceJudge(breaker) SharesEvidence(treasury) {
        (ORACLE_HUB, ACCOUNTS, BOUNTY_TOKEN) = (oracleHub, accounts, bountyToken);
    }

    /* EVIDENCE */

    /// @inheritdoc IBreakerEvidence
    function observe(address asset) external {
        AssetWatch memory watch = _watches[asset];
        Snapshot memory seen = _read(asset, watch);
        _record(asset, watch, seen);
        _watches[asset] = watch;
    }

    /// @inheritdoc IBreakerEvidence
    function trip(address asset, BreakerCause cause) external {
        // Check: what the chain shows now, and what was observed before.
        AssetWatch memory watch = _watches[asset];
        Snapshot memory seen = _read(asset, watch);
        EvidenceStatus status = _tripStatus(asset, watch, seen, cause);
        require(status == EvidenceStatus.Complete, EvidenceIncomplete(asset, cause, status));

        // Effect: the cause is spent until it is seen gone.
        _spend(watch, cause);
        uint256 paid = _bountyFor(watch);
        _record(asset, watch, seen);
        _watches[asset] = watch;

        // Interaction: with our own contracts.
        ICircuitBreaker(BREAKER).tripByEvidence(asset, cause);
        if (paid != 0) IAccounts(ACCOUNTS).transfer(BOUNTY_TOKEN, msg.sender, paid);
        emit EvidenceShown(asset, cause, msg.sender, paid);
    }

    /// @inheritdoc IBreakerEvidence
    function restore(address asset, BreakerCause cause) external {
        AssetWatch memory watch = _watches[asset];
        Snapshot memory seen = _read(asset, watch);
        EvidenceStatus status = _restoreStatus(watch, seen, cause);
        require(status == EvidenceStatus.Complete, EvidenceIncomplete(asset, cause, status));
        if (cause == BreakerCause.PriceRefused) watch.isRefusalSpent = false;
        else watch.isMoveSpent = false;
        _record(asset, watch, seen);
        _watches[asset] = watch;
        ICircuitBreaker(BREAKER).restoreByEvidence(asset, cause);
        emit CauseGone(asset, cause);
    }

    /// @inheritdoc IBreakerEvidence
    function previewTrip(address asset, BreakerCause cause) external view returns (EvidenceStatus) {
        AssetWatch memory watch = _watches[asset];
        return _tripStatus({asset: asset, watch: watch, seen: _read(asset, watch), cause: cause});
    }

    /// @inheritdoc IBreakerEvidence
    function previewRestore(address asset, BreakerCause cause) external view returns (EvidenceStatus) {
        AssetWatch memory watch = _watches[asset];
        return _restoreStatus(watch, _read(asset, watch), cause);
    }

    /// @dev Reads the hub once, and compares its band with the mark.
    function _read(address asset, AssetWatch memory watch) private view returns (Snapshot memory seen) {
        (QuoteStatus status, Quote memory quote) = IOracleHub(ORACLE_HUB).previewQuote(asset);
        require(status != QuoteStatus.UnknownAsset, NothingToObserve(asset));
        seen.isReady = status == QuoteStatus.Ready && quote.upper <= type(uint96).max;
        if (!seen.isReady) return seen;
        (seen.lower, seen.upper) = (quote.lower, quote.upper);
        PriceMark memory mark = _marks[asset];
        if (watch.maxMoveBps == 0 || mark.time == 0) return seen;
        // While a move is spent, the last mark says what calm is, however old it is: else nothing would be compared.
        if (!watch.isMoveSpent && block.timestamp > uint256(mark.time) + watch.window) return seen;
        uint256 beyond = BPS + watch.maxMoveBps;
        seen.hasMoved = seen.lower * BPS > mark.upper * beyond || seen.upper * beyond < mark.lower * BPS;
    }

    /// @dev The state of the evidence for a trip. [NX-BRK-05] [NX-BRK-06]
    function _tripStatus(
        address asset,
        AssetWatch memory watch,
        Snapshot memory seen,
        BreakerCause cause
    ) private view returns (EvidenceStatus) {
        if (cause == BreakerCause.PriceRefused) return _refusalStatus(watch, seen);
        if (watch.maxMoveBps == 0 || cause != BreakerCause.PriceMoved) return EvidenceStatus.Disabled;
        if (watch.isMoveSpent) return EvidenceStatus.Spent;
        PriceMark memory mark = _marks[asset];
        if (mark.time == 0) return EvidenceStatus.NotObserved;
        if (!seen.hasMoved) return EvidenceStatus.Absent;
        return _areApart(mark.time, mark.blockNumber);
    }

    function _refusalStatus(AssetWatch memory watch, Snapshot memory seen) private view returns (EvidenceStatus) {
        if (watch.isRefusalSpent) return EvidenceStatus.Spent;
        if (seen.isReady) return EvidenceStatus.Absent;
        if (watch.refusedAt == 0) return EvidenceStatus.NotObserved;
        if (block.timestamp > watch.refusedAt + MAX_SECONDS) return EvidenceStatus.TooOld;
        return _areApart(watch.refusedAt, watch.refusedBlock);
    }

    function _restoreStatus(
        AssetWatch memory watch,
        Snapshot memory seen,
        BreakerCause cause
    ) private view returns (EvidenceStatus) {
        if (cause > BreakerCause.PriceMoved) return EvidenceStatus.NotTripped;
        bool isRefusal = cause == BreakerCause.PriceRefused;
        if (!(isRefusal ? watch.isRefusalSpent : watch.isMoveSpent)) return EvidenceStatus.NotTripped;
        if (!seen.isReady || (!isRefusal && seen.hasMoved)) return EvidenceStatus.Absent;
        return _goneStatus(isRefusal ? watch.readyAt : watch.calmAt);
    }

    /// @dev Notes what is seen now in `watch`, which the caller stores, and moves the mark. All times fit their fields: 32
    /// bits of seconds last until 2106, 40 bits for ever.
    function _record(address asset, AssetWatch memory watch, Snapshot memory seen) private {
        uint40 time = uint40(block.timestamp);
        emit Observed(asset, seen.isReady, seen.lower, seen.upper);
        if (!seen.isReady) {
            (watch.readyAt, watch.calmAt) = (0, 0);
            // Zero is too old as well.
            bool isNew = time > watch.refusedAt + MAX_SECONDS;
            if (isNew) (watch.refusedAt, watch.refusedBlock) = (time, uint40(block.number));
            return;
        }
        watch.refusedAt = 0;
        if (watch.readyAt == 0) watch.readyAt = time;
        if (seen.hasMoved) watch.calmAt = 0;
        else if (watch.calmAt == 0) watch.calmAt = time;
        // A mark that the price left stays until somebody trips by it; after that, the price has a new place to be calm at.
        if (watch.maxMoveBps == 0) return;
        PriceMark memory mark = _marks[asset];
        bool isOver = time > uint256(mark.time) + watch.window;
        if (isOver || (seen.hasMoved && watch.isMoveSpent)) {
            _marks[asset] = PriceMark({
                lower: uint96(seen.lower),
                upper: uint96(seen.upper),
                time: uint32(time),
                blockNumber: uint32(block.number)
            });
        }
    }

    function _spend(AssetWatch memory watch, BreakerCause cause) private pure {
        if (cause == BreakerCause.PriceRefused) watch.isRefusalSpent = true;
        else watch.isMoveSpent = true;
    }

    /// @dev The bounty that is due now: at most one for an asset in a period, and never the last unit of the balance, which
    /// keeps its slot. [NX-BRK-07]
    function _bountyFor(AssetWatch memory watch) private view returns (uint256 due) {
        if (watch.paidAt != 0 && block.timestamp < watch.paidAt + BOUNTY_PERIOD) return 0;
        due = bounty;
        if (due == 0) return 0;
        uint256 balance = IAccounts(ACCOUNTS).balanceOf(BOUNTY_TOKEN, address(this));
        if (due >= balance) due = balance == 0 ? 0 : balance - 1;
        if (due != 0) watch.paidAt = uint40(block.timestamp);
    }

    /* SETTINGS */

    /// @inheritdoc IBreakerEvidence
    function setMoveLimit(address asset, uint16 newMaxMoveBps, uint24 newWindow) external onlyAdmin {
        require(newWindow >= MIN_SECONDS, WindowTooShort(newWindow));
        (_watches[asset].maxMoveBps, _watches[asset].window) = (newMaxMoveBps, newWindow);
        emit MoveLimitChanged(asset, newMaxMoveBps, newWindow);
    }

    /// @inheritdoc IBreakerEvidence
    function setBounty(uint96 newBounty) external onlyAdmin {
        bounty = newBounty;
        emit BountyChanged(newBounty);
    }

    /* VIEWS */

    /// @inheritdoc IBreakerEvidence
    function watchOf(address asset) external view returns (AssetWatch memory watch, PriceMark memory mark) {
        return (_watches[asset], _marks[asset]);
    }
}
