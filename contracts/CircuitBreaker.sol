// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Administered} from "./abstracts/Administered.sol";
import {BreakerCause, BreakerLevel, ICircuitBreaker} from "./interfaces/ICircuitBreaker.sol";

/// @title CircuitBreaker
/// @notice See {ICircuitBreaker}.
contract CircuitBreaker is ICircuitBreaker, Administered {
    /// @inheritdoc ICircuitBreaker
    address public constant EVERYTHING = address(0);

    /// @dev The state of one scope, in one slot.
    struct Scope {
        BreakerLevel byGuardian;
        /// Causes that evidence showed, as bits; any of them means `ReduceOnly`.
        uint8 causes;
        /// Keeps the slot from being zero, so that a trip creates none.
        bool isPrimed;
        /// Only in the slot of `EVERYTHING`: on a calm day this one slot is all that is read.
        uint32 trippedScopes;
    }

    mapping(address scope => Scope state) private _scopes;
    mapping(address account => bool isGuardian) private _isGuardian;
    /// @inheritdoc ICircuitBreaker
    address public evidence;

    /// @param admin The DAO's timelock.
    /// @param guardian The first guardian.
    constructor(address admin, address guardian) Administered(admin) {
        _isGuardian[guardian] = true;
        emit GuardianChanged(guardian, true);
        _scopes[EVERYTHING].isPrimed = true;
    }

    modifier onlyEvidence() {
        require(msg.sender == evidence, NotEvidence(msg.sender));
        _;
    }

    /* LEVELS */

    /// @inheritdoc ICircuitBreaker
    function trip(address scope, BreakerLevel newLevel, string calldata reason) external {
        require(_isGuardian[msg.sender], NotGuardian(msg.sender));
        Scope memory state = _scopes[scope];
        // Its own level: what evidence tripped to ends by evidence, and must not keep a guardian's level out.
        require(newLevel > state.byGuardian, LevelNotChanged(scope, state.byGuardian, newLevel));
        _setScope(scope, newLevel, state.causes);
        emit BreakerTripped(scope, newLevel, msg.sender, reason);
    }

    /// @inheritdoc ICircuitBreaker
    function restore(address scope, BreakerLevel newLevel, string calldata reason) external onlyAdmin {
        Scope memory state = _scopes[scope];
        BreakerLevel current = _levelIn(state);
        require(newLevel < current, LevelNotChanged(scope, current, newLevel));
        _setScope(scope, newLevel, newLevel == BreakerLevel.Normal ? 0 : state.causes);
        emit BreakerRestored(scope, newLevel, reason);
    }

    /// @inheritdoc ICircuitBreaker
    function tripByEvidence(address scope, BreakerCause cause) external onlyEvidence {
        Scope memory state = _scopes[scope];
        _setScope(scope, state.byGuardian, state.causes | _bitOf(cause));
        emit TrippedByEvidence(scope, cause);
    }

    /// @inheritdoc ICircuitBreaker
    function restoreByEvidence(address scope, BreakerCause cause) external onlyEvidence {
        Scope memory state = _scopes[scope];
        _setScope(scope, state.byGuardian, state.causes & ~_bitOf(cause));
        emit RestoredByEvidence(scope, cause);
    }

    /// @inheritdoc ICircuitBreaker
    function prime(address scope) external {
        _scopes[scope].isPrimed = true;
    }

    /// @dev The only function that changes what a scope's level follows from.
    function _setScope(address scope, BreakerLevel newByGuardian, uint8 newCauses) private {
        Scope storage state = _scopes[scope];
        BreakerLevel before = _levelIn(state);
        (state.byGuardian, state.causes, state.isPrimed) = (newByGuardian, newCauses, true);
        if (scope == EVERYTHING) return;
        BreakerLevel current = _levelIn(state);
        if (before == BreakerLevel.Normal && current != BreakerLevel.Normal) ++_scopes[EVERYTHING].trippedScopes;
        if (before != BreakerLevel.Normal && current == BreakerLevel.Normal) --_scopes[EVERYTHING].trippedScopes;
    }

    /// @dev The level of a scope: evidence never reaches `Halted`, and never lowers a guardian's level. [NX-BRK-04]
    function _levelIn(Scope memory state) private pure returns (BreakerLevel) {
        if (state.causes == 0 || state.byGuardian != BreakerLevel.Normal) return state.byGuardian;
        return BreakerLevel.ReduceOnly;
    }

    function _bitOf(BreakerCause cause) private pure returns (uint8) {
        // Safe cast: there are fewer than eight causes.
        return uint8(1 << uint8(cause));
    }

    /* ROLES */

    /// @inheritdoc ICircuitBreaker
    function setGuardian(address guardian, bool newIsGuardian) external onlyAdmin {
        _isGuardian[guardian] = newIsGuardian;
        emit GuardianChanged(guardian, newIsGuardian);
    }

    /// @inheritdoc ICircuitBreaker
    function setEvidence(address newEvidence) external onlyAdmin {
        evidence = newEvidence;
        emit EvidenceChanged(newEvidence);
    }

    /* VIEWS */

    /// @inheritdoc ICircuitBreaker
    function levelOf(address scope) external view returns (BreakerLevel) {
        return _levelIn(_scopes[scope]);
    }

    /// @inheritdoc ICircuitBreaker
    function highestLevel(address[] calldata scopes) external view returns (BreakerLevel highest) {
        Scope memory everything = _scopes[EVERYTHING];
        highest = _levelIn(everything);
        if (everything.trippedScopes == 0) return highest;
        for (uint256 i; i < scopes.length; ++i) {
            BreakerLevel level = _levelIn(_scopes[scopes[i]]);
            if (level > highest) highest = level;
        }
    }

    /// @inheritdoc ICircuitBreaker
    function allNormal() external view returns (bool) {
        Scope memory everything = _scopes[EVERYTHING];
        return _levelIn(everything) == BreakerLevel.Normal && everything.trippedScopes == 0;
    }

    /// @inheritdoc ICircuitBreaker
    function hasCause(address scope, BreakerCause cause) external view returns (bool) {
        return _scopes[scope].causes & _bitOf(cause) != 0;
    }

    /// @inheritdoc ICircuitBreaker
    function isGuardian(address account) external view returns (bool) {
        return _isGuardian[account];
    }
}
