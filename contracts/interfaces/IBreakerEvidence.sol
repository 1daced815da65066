// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {BreakerCause} from "./ICircuitBreaker.sol";
import {IAdministered} from "./IAdministered.sol";

/// @notice The state of the evidence for a trip, or for its end.
enum EvidenceStatus {
    Complete,
    /// The chain shows no such cause now, or still shows it where its end is wanted.
    Absent,
    /// Nobody observed it before.
    NotObserved,
    /// The first observation is less than two blocks or ten seconds old; for an end, less than the cool-down.
    TooSoon,
    /// The first observation is too old to be of the same event.
    TooOld,
    /// The cause tripped the asset already and was not seen gone since.
    Spent,
    /// The cause did not trip the asset, so nothing can end.
    NotTripped,
    /// There is no limit for what the cause is about, or the cause is of the other kind.
    Disabled
}

/// @notice All that is kept of an asset, in one slot.
struct AssetWatch {
    /// The first of the observations without a break that the price is refused: its second and its block; zero if the
    /// last one saw a price.
    uint40 refusedAt;
    uint40 refusedBlock;
    /// The first second without a break in which the price was seen, since it was refused last.
    uint40 readyAt;
    /// The first second without a break in which the price was seen calm, since it moved last.
    uint40 calmAt;
    /// Second of the last bounty.
    uint40 paidAt;
    bool isRefusalSpent;
    bool isMoveSpent;
    /// The farthest that the price may leave its band in a window, in basis points; zero if any move is allowed.
    uint16 maxMoveBps;
    /// In seconds.
    uint24 window;
}

/// @notice A band of an asset's price at some time, in USD with 18 decimals.
struct PriceMark {
    uint96 lower;
    uint96 upper;
    uint32 time;
    uint32 blockNumber;
}

/// @notice All that is kept of one cause about the treasury's shares, in one slot. Times in seconds.
struct ShareWatch {
    /// The least that there was at the mark: the worth of 10^27 units of shares in the base asset's units, or a number of shares
    /// that are not recent.
    uint112 atLeast;
    uint32 markedAt;
    uint32 markedBlock;
    /// The first second without a break in which no fall was seen, since the cause tripped; zero if there is none.
    uint32 goneAt;
    bool isSpent;
    /// The farthest fall that is allowed in a window, in basis points; zero if any is.
    uint16 maxFallBps;
    uint24 window;
}

/// @title IBreakerEvidence
/// @notice Lets anyone trip an asset, or everything, to `ReduceOnly` by what the chain itself shows, and end that once the cause
/// is gone.
///
/// Two observations make evidence, at least two blocks and ten seconds apart, since blocks of Sei share seconds:
/// - `PriceRefused`: the oracle hub has no price at both, and at none that anybody made between them.
/// - `PriceMoved`: the hub's band at the second lies beyond the band at the first by more than the asset's limit, within the
///   asset's window.
/// - `SharePriceFell`, of everything: a share of the treasury was worth more at the first, at the lower end of its band, than it
///   is at the second at the upper end, by more than the limit, within the window. The fee that is due is taken off both.
/// - `SharesLeft`, of everything: the holders that are named at the first own more shares that are not recent than there are in
///   all at the second without the recent ones of the holders that are named then, by more than the limit, within the window.
///
/// Notes:
/// - Evidence is what {IOracleHub} answers, never a pool and never one source: as long as a quorum of sources agrees, one
///   source that differs moves neither. [NX-BRK-05]
/// - A cause trips an asset once. It trips it again only after it was seen gone for the cool-down. [NX-BRK-06]
/// - A trip of an asset pays at most one bounty for each asset and day, out of this contract's balance in {IAccounts}. Evidence
///   that is not complete costs its sender the gas and nothing else. Causes about shares pay none: whoever owns enough shares
///   could make them leave and come back for it. [NX-BRK-07]
/// - Shares that were bought within the holding time neither make an outflow, when they are given back, nor hide one. [NX-BRK-08]
/// - What holders own is named by whoever shows it, and each of them counts once. Naming fewer makes the evidence weaker and never
///   wrong. [NX-BRK-08]
/// - Nothing here can reach `Halted`, lower a guardian's level, or move an asset of the treasury.
///
/// Warnings:
/// - A change of the asset's feed by the DAO can look like a move of its price, and a lower cap of an asset, or one that is
///   delisted, like a fall of the share's worth.
interface IBreakerEvidence is IAdministered {
    /// @notice Emitted with each observation.
    /// @param asset Address of the asset.
    /// @param isReady Whether the hub had a price.
    /// @param lower Lower end of the band, in USD with 18 decimals; zero without a price.
    /// @param upper Upper end of the band, in USD with 18 decimals; zero without a price.
    event Observed(address indexed asset, bool isReady, uint256 lower, uint256 upper);

    /// @notice Emitted with each observation of the treasury's shares.
    /// @param cause The cause, see {BreakerCause}.
    /// @param atLeast Least that there is, noted for a later comparison, see {ShareWatch}.
    /// @param atMost Most that there is, compared with an earlier least, in the same unit.
    event SharesObserved(BreakerCause indexed cause, uint256 atLeast, uint256 atMost);

    /// @notice Emitted when somebody trips an asset, or everything.
    /// @param asset Address of the asset; zero for everything.
    /// @param cause The cause, see {BreakerCause}.
    /// @param caller Account that showed the evidence.
    /// @param bounty Amount that it was credited, in units of the bounty's token.
    event EvidenceShown(address indexed asset, BreakerCause indexed cause, address indexed caller, uint256 bounty);

    /// @notice Emitted when somebody shows that a cause is gone.
    /// @param asset Address of the asset; zero for everything.
    /// @param cause The cause, see {BreakerCause}.
    event CauseGone(address indexed asset, BreakerCause indexed cause);

    /// @notice Emitted when the limit of an asset's moves changes.
    /// @param asset Address of the asset.
    /// @param maxMoveBps Farthest move from now on, in basis points; zero if any is allowed.
    /// @param window Time within which the move must happen, in seconds.
    event MoveLimitChanged(address indexed asset, uint16 maxMoveBps, uint24 window);

    /// @notice Emitted when the limit of a cause about shares changes.
    /// @param cause The cause, see {BreakerCause}.
    /// @param maxFallBps Farthest fall from now on, in basis points; zero if any is allowed.
    /// @param window Time within which the fall must happen, in seconds.
    event ShareLimitChanged(BreakerCause indexed cause, uint16 maxFallBps, uint24 window);

    /// @notice Emitted when the bounty changes.
    /// @param bounty Amount from now on, in units of the bounty's token.
    event BountyChanged(uint256 bounty);

    /// @notice Thrown when the evidence for a trip, or for its end, is not complete.
    /// @param asset Address of the asset; zero for everything.
    /// @param cause The cause, see {BreakerCause}.
    /// @param status The part that is missing, see {EvidenceStatus}.
    error EvidenceIncomplete(address asset, BreakerCause cause, EvidenceStatus status);

    /// @notice Thrown when an asset has no feed, so that nothing can be observed of it.
    /// @param asset Address of the asset.
    error NothingToObserve(address asset);

    /// @notice Thrown when a limit of moves has a window of less than the time between two observations.
    /// @param window Window that was asked for, in seconds.
    error WindowTooShort(uint24 window);

    /// @notice Thrown when holders are not named in the order of their addresses, each once.
    /// @param holder The first that does not come after the one before it.
    error HoldersNotAscending(address holder);

    /// @notice Thrown when a limit is for a cause that is not about shares, or allows the fall of everything.
    /// @param cause The cause that was asked for, see {BreakerCause}.
    /// @param maxFallBps Farthest fall that was asked for, in basis points.
    error InvalidShareLimit(BreakerCause cause, uint16 maxFallBps);

    /// @notice Records what the hub says of an asset now. Anyone may call it.
    /// @dev Emits {Observed}. The first observation of an asset creates two storage slots.
    function observe(address asset) external;

    /// @notice Trips an asset to `ReduceOnly`. Anyone may call it; the caller is credited the bounty, if one is due.
    /// @dev Emits {Observed} and {EvidenceShown}.
    ///
    /// Requirements:
    /// - `previewTrip` must be `Complete`. [NX-BRK-05] [NX-BRK-06]
    function trip(address asset, BreakerCause cause) external;

    /// @notice Ends what a cause tripped. Anyone may call it.
    /// @dev Emits {Observed} and {CauseGone}.
    ///
    /// Requirements:
    /// - `previewRestore` must be `Complete`: seen gone, and not seen since, for the cool-down.
    function restore(address asset, BreakerCause cause) external;

    /// @notice Records what the treasury's shares are worth now, or how many of them are not recent. Anyone may call it.
    ///
    /// @dev Emits {SharesObserved}. No storage slot is created.
    ///
    /// Notes:
    /// - What is noted replaces an earlier note that is less, or older than the window. [NX-BRK-08]
    /// - For `SharePriceFell` it reverts as {ITreasuryAssets-assetsRange} does, where a held asset has no value.
    ///
    /// @param cause `SharePriceFell` or `SharesLeft`.
    /// @param holders Owners of shares in ascending order; only for `SharesLeft`.
    function observeShares(BreakerCause cause, address[] calldata holders) external;

    /// @notice Trips everything to `ReduceOnly`. Anyone may call it; nothing is paid for it.
    ///
    /// @dev Emits {SharesObserved} and {EvidenceShown}.
    ///
    /// Requirements:
    /// - `previewTripShares` must be `Complete`. [NX-BRK-05] [NX-BRK-06] [NX-BRK-08]
    ///
    /// @param cause `SharePriceFell` or `SharesLeft`.
    /// @param holders Owners of shares in ascending order, whose recent shares do not count; only for `SharesLeft`.
    function tripShares(BreakerCause cause, address[] calldata holders) external;

    /// @notice Ends what a cause about shares tripped. Anyone may call it.
    ///
    /// @dev Emits {SharesObserved} and {CauseGone}.
    ///
    /// Requirements:
    /// - `previewRestoreShares` must be `Complete`: no further fall seen, and none since, for the cool-down. [NX-BRK-06]
    ///
    /// @param cause `SharePriceFell` or `SharesLeft`.
    /// @param holders Owners of shares in ascending order, whose recent shares do not count; only for `SharesLeft`.
    function restoreShares(BreakerCause cause, address[] calldata holders) external;

    /// @notice Sets the farthest that an asset's price may move within a window.
    /// @dev Emits {MoveLimitChanged}. Only the administrator.
    /// @param newMaxMoveBps In basis points; zero if any move is allowed.
    /// @param newWindow In seconds; at least the time between two observations.
    function setMoveLimit(address asset, uint16 newMaxMoveBps, uint24 newWindow) external;

    /// @notice Sets how far what a cause is about may fall within a window.
    /// @dev Emits {ShareLimitChanged}. Only the administrator.
    /// @param cause `SharePriceFell` or `SharesLeft`.
    /// @param newMaxFallBps In basis points, below 10,000; zero if any fall is allowed.
    /// @param newWindow In seconds; at least the time between two observations.
    function setShareLimit(BreakerCause cause, uint16 newMaxFallBps, uint24 newWindow) external;

    /// @notice Sets the bounty for a trip.
    /// @dev Emits {BountyChanged}. Only the administrator.
    /// @param newBounty In units of the bounty's token. It must stay below the cheapest way to cause the evidence.
    function setBounty(uint96 newBounty) external;

    /// @notice The state of the evidence that `trip` would find.
    function previewTrip(address asset, BreakerCause cause) external view returns (EvidenceStatus);

    /// @notice The state of the evidence that `restore` would find.
    function previewRestore(address asset, BreakerCause cause) external view returns (EvidenceStatus);

    /// @notice The state of the evidence that `tripShares` would find.
    /// @dev For `SharePriceFell` it reverts where a held asset has no value.
    function previewTripShares(BreakerCause cause, address[] calldata holders) external view returns (EvidenceStatus);

    /// @notice The state of the evidence that `restoreShares` would find.
    /// @dev For `SharePriceFell` it reverts where a held asset has no value.
    function previewRestoreShares(
        BreakerCause cause,
        address[] calldata holders
    ) external view returns (EvidenceStatus);

    /// @notice The figures that `observeShares` would find: an observation that finds more than the mark raises the mark.
    /// @dev For `SharePriceFell` it reverts where a held asset has no value. Both are zero where the cause has no limit.
    /// @return atLeast The least that there is, as in {SharesObserved}.
    /// @return atMost The most that there is, as in {SharesObserved}.
    function previewShares(
        BreakerCause cause,
        address[] calldata holders
    ) external view returns (uint256 atLeast, uint256 atMost);

    /// @notice All that is kept of a cause about shares.
    function shareWatchOf(BreakerCause cause) external view returns (ShareWatch memory);

    /// @notice All that is kept of an asset.
    function watchOf(address asset) external view returns (AssetWatch memory watch, PriceMark memory mark);

    /// @notice The bounty for a trip, in units of `BOUNTY_TOKEN`. It is paid as far as there is a balance for it.
    function bounty() external view returns (uint256);

    /// @notice The token that bounties are paid in.
    function BOUNTY_TOKEN() external view returns (address);

    /// @notice Least time between two observations that make evidence, in seconds.
    function MIN_SECONDS() external view returns (uint256);

    /// @notice Least number of blocks between two observations that make evidence.
    function MIN_BLOCKS() external view returns (uint256);

    /// @notice Longest time between two observations of a refused price that make evidence, in seconds.
    function MAX_SECONDS() external view returns (uint256);

    /// @notice Time for which a cause must be gone before its end, in seconds.
    function COOL_DOWN() external view returns (uint256);

    /// @notice Least time between two bounties for one asset, in seconds.
    function BOUNTY_PERIOD() external view returns (uint256);
}
