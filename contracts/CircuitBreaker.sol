// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Administered} from "./abstracts/Administered.sol";
import {BreakerLevel, ICircuitBreaker} from "./interfaces/ICircuitBreaker.sol";

/// @title CircuitBreaker
/// @notice See {ICircuitBreaker}.
contract CircuitBreaker is ICircuitBreaker, Administered {
    /// @inheritdoc ICircuitBreaker
    address public constant EVERYTHING = address(0);

    /// @dev One slot, so that a calm day costs one read: without a tripped scope no other is looked at.
    struct Overview {
        BreakerLevel everything;
        uint32 trippedScopes;
    }

    Overview private _overview;
    mapping(address scope => BreakerLevel level) private _levels;
    mapping(address account => bool isGuardian) private _isGuardian;

    /// @param admin The DAO's timelock.
    /// @param guardian The first guardian.
    constructor(address admin, address guardian) Administered(admin) {
        _isGuardian[guardian] = true;
        emit GuardianChanged(guardian, true);
    }

    /// @inheritdoc ICircuitBreaker
    function trip(address scope, BreakerLevel newLevel, string calldata reason) external {
        require(_isGuardian[msg.sender], NotGuardian(msg.sender));
        BreakerLevel current = levelOf(scope);
        require(newLevel > current, LevelNotChanged(scope, current, newLevel));
        _setLevel(scope, newLevel);
        emit BreakerTripped(scope, newLevel, msg.sender, reason);
    }

    /// @inheritdoc ICircuitBreaker
    function restore(address scope, BreakerLevel newLevel, string calldata reason) external onlyAdmin {
        BreakerLevel current = levelOf(scope);
        require(newLevel < current, LevelNotChanged(scope, current, newLevel));
        _setLevel(scope, newLevel);
        emit BreakerRestored(scope, newLevel, reason);
    }

    /// @inheritdoc ICircuitBreaker
    function setGuardian(address guardian, bool newIsGuardian) external onlyAdmin {
        _isGuardian[guardian] = newIsGuardian;
        emit GuardianChanged(guardian, newIsGuardian);
    }

    function _setLevel(address scope, BreakerLevel newLevel) private {
        if (scope == EVERYTHING) {
            _overview.everything = newLevel;
            return;
        }
        if (_levels[scope] == BreakerLevel.Normal) ++_overview.trippedScopes;
        if (newLevel == BreakerLevel.Normal) --_overview.trippedScopes;
        _levels[scope] = newLevel;
    }

    /// @inheritdoc ICircuitBreaker
    function levelOf(address scope) public view returns (BreakerLevel) {
        return scope == EVERYTHING ? _overview.everything : _levels[scope];
    }

    /// @inheritdoc ICircuitBreaker
    function highestLevel(address[] calldata scopes) external view returns (BreakerLevel highest) {
        Overview memory overview = _overview;
        highest = overview.everything;
        if (overview.trippedScopes == 0) return highest;
        for (uint256 i; i < scopes.length; ++i) {
            BreakerLevel level = _levels[scopes[i]];
            if (level > highest) highest = level;
        }
    }

    /// @inheritdoc ICircuitBreaker
    function allNormal() external view returns (bool) {
        Overview memory overview = _overview;
        return overview.everything == BreakerLevel.Normal && overview.trippedScopes == 0;
    }

    /// @inheritdoc ICircuitBreaker
    function isGuardian(address account) external view returns (bool) {
        return _isGuardian[account];
    }
}
