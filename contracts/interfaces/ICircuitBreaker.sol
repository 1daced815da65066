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

/// @title ICircuitBreaker
/// @notice The emergency stop. A scope is the address of an asset or of a protocol, or `EVERYTHING`.
///
/// A guardian may raise a level for any reason; only the administrator lowers one. The breaker moves nothing, and it never
/// stands in the way of `redeemInKind`. [NX-BRK-02] [NX-BRK-03]
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

    /// @notice Emitted when someone becomes a guardian or ceases to be one.
    /// @param guardian The account that changes.
    /// @param isGuardian Whether it is a guardian from now on.
    event GuardianChanged(address indexed guardian, bool isGuardian);

    /// @notice Thrown when anyone but a guardian trips.
    /// @param caller The caller that was refused.
    error NotGuardian(address caller);

    /// @notice Thrown when a trip would not raise, or a restoration not lower, the level.
    /// @param scope The asset, the protocol or `EVERYTHING`.
    /// @param current The level that stands.
    /// @param requested The level that was asked for.
    error LevelNotChanged(address scope, BreakerLevel current, BreakerLevel requested);

    /// @notice Raises the level of `scope`.
    /// @dev Emits {BreakerTripped}. Only a guardian, and only upwards. [NX-BRK-02]
    function trip(address scope, BreakerLevel newLevel, string calldata reason) external;

    /// @notice Lowers the level of `scope`.
    /// @dev Emits {BreakerRestored}. Only the administrator, and only downwards.
    function restore(address scope, BreakerLevel newLevel, string calldata reason) external;

    /// @notice Makes someone a guardian, or ends it.
    /// @dev Emits {GuardianChanged}. Only the administrator.
    function setGuardian(address guardian, bool newIsGuardian) external;

    /// @notice The level of one scope alone.
    function levelOf(address scope) external view returns (BreakerLevel);

    /// @notice The highest level among `EVERYTHING` and `scopes`.
    function highestLevel(address[] calldata scopes) external view returns (BreakerLevel);

    /// @notice Whether every scope stands at `Normal`, so that none needs to be looked at.
    function allNormal() external view returns (bool);

    /// @notice Whether `account` may trip.
    function isGuardian(address account) external view returns (bool);

    /// @notice The scope that contains all others.
    function EVERYTHING() external view returns (address);
}
