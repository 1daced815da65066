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
    /// The asset has no limit for moves of its price.
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

/// @title IBreakerEvidence
/// @notice Lets anyone trip an asset to `ReduceOnly` by what the chain itself shows, and end that once the cause is gone.
///
/// Two observations make evidence, at least two blocks and ten seconds apart, since blocks of Sei share seconds:
/// - `PriceRefused`: the oracle hub has no price at both, and at none that anybody made between them.
/// - `PriceMoved`: the hub's band at the second lies beyond the band at the first by more than the asset's limit, within the
///   asset's window.
///
/// Notes:
/// - Evidence is what {IOracleHub} answers, never a pool and never one source: as long as a quorum of sources agrees, one
///   source that differs moves neither. [NX-BRK-05]
/// - A cause trips an asset once. It trips it again only after it was seen gone for the cool-down. [NX-BRK-06]
/// - A trip pays at most one bounty for each asset and day, out of this contract's balance in {IAccounts}. Evidence that
///   is not complete costs its sender the gas and nothing else. [NX-BRK-07]
/// - Nothing here can reach `Halted`, lower a guardian's level, or move an asset of the treasury.
///
/// Warnings:
/// - A change of the asset's feed by the DAO can look like a move of its price.
interface IBreakerEvidence is IAdministered {
    /// @notice Emitted with each observation.
    /// @param asset Address of the asset.
    /// @param isReady Whether the hub had a price.
    /// @param lower Lower end of the band, in USD with 18 decimals; zero without a price.
    /// @param upper Upper end of the band, in USD with 18 decimals; zero without a price.
    event Observed(address indexed asset, bool isReady, uint256 lower, uint256 upper);

    /// @notice Emitted when somebody trips an asset.
    /// @param asset Address of the asset.
    /// @param cause The cause, see {BreakerCause}.
    /// @param caller Account that showed the evidence.
    /// @param bounty Amount that it was credited, in units of the bounty's token.
    event EvidenceShown(address indexed asset, BreakerCause indexed cause, address indexed caller, uint256 bounty);

    /// @notice Emitted when somebody shows that a cause is gone.
    /// @param asset Address of the asset.
    /// @param cause The cause, see {BreakerCause}.
    event CauseGone(address indexed asset, BreakerCause indexed cause);

    /// @notice Emitted when the limit of an asset's moves changes.
    /// @param asset Address of the asset.
    /// @param maxMoveBps Farthest move from now on, in basis points; zero if any is allowed.
    /// @param window Time within which the move must happen, in seconds.
    event MoveLimitChanged(address indexed asset, uint16 maxMoveBps, uint24 window);

    /// @notice Emitted when the bounty changes.
    /// @param bounty Amount from now on, in units of the bounty's token.
    event BountyChanged(uint256 bounty);

    /// @notice Thrown when the evidence for a trip, or for its end, is not complete.
    /// @param asset Address of the asset.
    /// @param cause The cause, see {BreakerCause}.
    /// @param status The part that is missing, see {EvidenceStatus}.
    error EvidenceIncomplete(address asset, BreakerCause cause, EvidenceStatus status);

    /// @notice Thrown when an asset has no feed, so that nothing can be observed of it.
    /// @param asset Address of the asset.
    error NothingToObserve(address asset);

    /// @notice Thrown when a limit of moves has a window of less than the time between two observations.
    /// @param window Window that was asked for, in seconds.
    error WindowTooShort(uint24 window);

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

    /// @notice Sets the farthest that an asset's price may move within a window.
    /// @dev Emits {MoveLimitChanged}. Only the administrator.
    /// @param newMaxMoveBps In basis points; zero if any move is allowed.
    /// @param newWindow In seconds; at least the time between two observations.
    function setMoveLimit(address asset, uint16 newMaxMoveBps, uint24 newWindow) external;

    /// @notice Sets the bounty for a trip.
    /// @dev Emits {BountyChanged}. Only the administrator.
    /// @param newBounty In units of the bounty's token. It must stay below the cheapest way to cause the evidence.
    function setBounty(uint96 newBounty) external;

    /// @notice The state of the evidence that `trip` would find.
    function previewTrip(address asset, BreakerCause cause) external view returns (EvidenceStatus);

    /// @notice The state of the evidence that `restore` would find.
    function previewRestore(address asset, BreakerCause cause) external view returns (EvidenceStatus);

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
