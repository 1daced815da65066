// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAdministered} from "./IAdministered.sol";

/// @notice The restriction of a scope. Each level contains the ones before.
enum BreakerLevel {
    Normal,
    /// No position may be larger at the end of a transaction than before it.
    ReduceOnly,
    /// Only exits and pending payouts.
    Halted
}

/// @notice The causes for which evidence that the chain shows trips a scope.
enum BreakerCause {
    /// The oracle hub refuses an asset's price.
    PriceRefused,
    /// An asset's price left its band by more than its limit.
    PriceMoved,
    /// The worth of a share fell by more than its limit.
    SharePriceFell,
    /// More shares left than the limit allows.
    SharesLeft
}

/// @title ICircuitBreaker
/// @notice The emergency stop. A scope is the address of an asset or of a protocol, or `EVERYTHING`.
///
/// A guardian may raise a level for any reason; only the administrator lowers it. One more contract, {IBreakerEvidence},
/// lets anyone raise a scope to `ReduceOnly` by what the chain shows, and lower that again once the cause is gone; a
/// guardian's level is out of its reach. The breaker moves nothing, and it never stands in the way of `redeemInKind`.
/// [NX-BRK-02] [NX-BRK-03] [NX-BRK-04]
interface ICircuitBreaker is IAdministered {
    /// @notice Emitted when a guardian raises a level.
    /// @param scope The asset, the protocol or `EVERYTHING`.
    /// @param level The level from now on.
    /// @param guardian The guardian that raised it.
    /// @param reason The reason, in words.
    event BreakerTripped(address indexed scope, BreakerLevel level, address indexed guardian, string reason);

    /// @notice Emitted when the administrator lowers a level.
    /// @param scope The asset, the protocol or `EVERYTHING`.
    /// @param level The level from now on.
    /// @param reason The reason, in words.
    event BreakerRestored(address indexed scope, BreakerLevel level, string reason);

    /// @notice Emitted when evidence raises a scope to `ReduceOnly`, or adds a cause to one that stands there.
    /// @param scope The asset, the protocol or `EVERYTHING`.
    /// @param cause The cause that the chain shows, see {BreakerCause}.
    event TrippedByEvidence(address indexed scope, BreakerCause indexed cause);

    /// @notice Emitted when a cause is gone. The level falls with the last cause, unless a guardian's stands.
    /// @param scope The asset, the protocol or `EVERYTHING`.
    /// @param cause The cause that is gone, see {BreakerCause}.
    event RestoredByEvidence(address indexed scope, BreakerCause indexed cause);

    /// @notice Emitted when another contract judges evidence.
    /// @param evidence Address of the contract, or zero for none.
    event EvidenceChanged(address indexed evidence);

    /// @notice Emitted when someone becomes a guardian or ceases to be one.
    /// @param guardian The account that changes.
    /// @param isGuardian Whether it is a guardian from now on.
    event GuardianChanged(address indexed guardian, bool isGuardian);

    /// @notice Thrown when anyone but a guardian trips.
    /// @param caller The caller that was refused.
    error NotGuardian(address caller);

    /// @notice Thrown when anyone but the contract that judges evidence reports a cause.
    /// @param caller The caller that was refused.
    error NotEvidence(address caller);

    /// @notice Thrown when a trip would not raise, or a restoration not lower, the level.
    /// @param scope The asset, the protocol or `EVERYTHING`.
    /// @param current The level that stands.
    /// @param requested The level that was asked for.
    error LevelNotChanged(address scope, BreakerLevel current, BreakerLevel requested);

    /// @notice Raises the level of `scope`.
    /// @dev Emits {BreakerTripped}. Only a guardian, and only upwards. [NX-BRK-02]
    function trip(address scope, BreakerLevel newLevel, string calldata reason) external;

    /// @notice Lowers the level of `scope`.
    /// @dev Emits {BreakerRestored}. Only the administrator, and only downwards. `Normal` forgets the causes of evidence.
    function restore(address scope, BreakerLevel newLevel, string calldata reason) external;

    /// @notice Raises `scope` to `ReduceOnly` for `cause`, unless it stands there or higher already.
    /// @dev Emits {TrippedByEvidence}. Only the contract that judges evidence. [NX-BRK-04]
    function tripByEvidence(address scope, BreakerCause cause) external;

    /// @notice Takes `cause` from `scope`.
    /// @dev Emits {RestoredByEvidence}. Only the contract that judges evidence. A guardian's level stays. [NX-BRK-04]
    function restoreByEvidence(address scope, BreakerCause cause) external;

    /// @notice Creates the storage slot of `scope`, so that no trip of it does. Anyone may call it.
    function prime(address scope) external;

    /// @notice Sets the contract that judges evidence; zero means that guardians alone trip.
    /// @dev Emits {EvidenceChanged}. Only the administrator.
    function setEvidence(address newEvidence) external;

    /// @notice Makes someone a guardian, or ends it.
    /// @dev Emits {GuardianChanged}. Only the administrator.
    function setGuardian(address guardian, bool newIsGuardian) external;

    /// @notice The level of one scope alone.
    function levelOf(address scope) external view returns (BreakerLevel);

    /// @notice The highest level among `EVERYTHING` and `scopes`.
    function highestLevel(address[] calldata scopes) external view returns (BreakerLevel);

    /// @notice Whether every scope stands at `Normal`, so that none needs to be looked at.
    function allNormal() external view returns (bool);

    /// @notice Whether `cause` holds `scope` at `ReduceOnly`.
    function hasCause(address scope, BreakerCause cause) external view returns (bool);

    /// @notice The contract that judges evidence, an {IBreakerEvidence}; zero if there is none.
    function evidence() external view returns (address);

    /// @notice Whether `account` may trip.
    function isGuardian(address account) external view returns (bool);

    /// @notice The scope that contains all others.
    function EVERYTHING() external view returns (address);
}
