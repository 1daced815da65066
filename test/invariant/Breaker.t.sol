// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {BreakerCause, BreakerLevel, ICircuitBreaker} from "../../contracts/interfaces/ICircuitBreaker.sol";
import {NexusTest, VM, _deploy} from "../support/NexusTest.sol";

/// @notice Trips and restores, and remembers the level of each scope in the plainest way. It never reverts.
contract BreakerHandler {
    uint256 private constant SCOPES = 4;

    ICircuitBreaker public immutable BREAKER = ICircuitBreaker(_deploy("CircuitBreaker", abi.encode(this, this)));
    /// @dev The first scope is everything.
    BreakerLevel[SCOPES] private _levels;
    bool[2][SCOPES] private _causes;

    constructor() {
        BREAKER.setEvidence(address(this));
    }

    function trip(uint256 which, uint256 to) external {
        uint256 scope = which % SCOPES;
        BreakerLevel level = BreakerLevel(to % 3);
        if (level <= _levelOf(scope)) return;
        BREAKER.trip(address(uint160(scope)), level, "");
        _levels[scope] = level;
    }

    function restore(uint256 which, uint256 to) external {
        uint256 scope = which % SCOPES;
        BreakerLevel level = BreakerLevel(to % 3);
        if (level >= _levelOf(scope)) return;
        BREAKER.restore(address(uint160(scope)), level, "");
        _levels[scope] = level;
        if (level == BreakerLevel.Normal) _causes[scope] = [false, false];
    }

    /// Shows a cause, or its end, whether it is there or not.
    function showEvidence(uint256 which, uint256 cause, bool isThere) external {
        uint256 scope = which % SCOPES;
        cause = cause % 2;
        if (isThere) BREAKER.tripByEvidence(address(uint160(scope)), BreakerCause(cause));
        else BREAKER.restoreByEvidence(address(uint160(scope)), BreakerCause(cause));
        _causes[scope][cause] = isThere;
    }

    function _isCalm() private view returns (bool) {
        for (uint256 i; i < SCOPES; ++i) if (_levelOf(i) != BreakerLevel.Normal) return false;
        return true;
    }

    function _levelOf(uint256 scope) private view returns (BreakerLevel) {
        bool hasCause = _causes[scope][0] || _causes[scope][1];
        if (_levels[scope] == BreakerLevel.Normal && hasCause) return BreakerLevel.ReduceOnly;
        return _levels[scope];
    }

    /// How many of the possible questions, each subset of the scopes, the breaker answers otherwise than memory does.
    function wrongAnswers() external view returns (uint256 wrong) {
        for (uint256 subset; subset < 1 << SCOPES; ++subset) {
            address[] memory scopes = new address[](SCOPES);
            BreakerLevel highest = _levelOf(0);
            for (uint256 i; i < SCOPES; ++i) {
                if ((subset >> i) & 1 == 0) continue;
                scopes[i] = address(uint160(i));
                if (_levelOf(i) > highest) highest = _levelOf(i);
            }
            if (BREAKER.highestLevel(scopes) != highest) ++wrong;
        }
        for (uint256 i; i < SCOPES; ++i) if (BREAKER.levelOf(address(uint160(i))) != _levelOf(i)) ++wrong;
        if (BREAKER.allNormal() != _isCalm()) ++wrong;
    }
}

contract BreakerInvariantTest is NexusTest {
    BreakerHandler private _handler;

    function setUp() public {
        _handler = new BreakerHandler();
        _target(address(_handler));
    }

    /// [NX-BRK-01] [NX-BRK-02] [NX-BRK-04]
    function invariant_TheHighestLevelIsTheHighestOfWhatWasTripped() public view {
        VM.assertEq(_handler.wrongAnswers(), 0, "the breaker forgot or invented a level");
    }
}
