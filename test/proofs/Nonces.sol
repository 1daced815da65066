// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {plainRemembers, plainUse} from "./Plain.sol";

/// @title NonceOnce
/// @notice One nonce, any of them, beside all others: once used it is never usable again, and the window never goes back.
contract NonceOnce {
    uint256 private immutable NONCE;
    uint256 private _highest;
    /// @dev The nonce's bit, where the window has one.
    bool private _marked;
    bool private _used;

    /// @dev A new agent's window: nonce 0 counts as used.
    constructor(uint256 nonce) {
        NONCE = nonce;
        _marked = nonce == 0;
        _used = nonce == 0;
    }

    function use() external {
        uint256 before = _highest;
        (bool isUsable, uint256 newHighest) = plainUse(before, NONCE, _marked);
        require(isUsable);
        assert(!_used && newHighest >= before && newHighest >= NONCE);
        (_highest, _marked, _used) = (newHighest, true, true);
    }

    /// @dev Any other nonce; whether it was used before is of no concern here.
    function useOther(uint256 nonce, bool marked) external {
        require(nonce != NONCE);
        uint256 before = _highest;
        (bool isUsable, uint256 newHighest) = plainUse(before, nonce, marked);
        require(isUsable);
        _highest = newHighest;
        // A bit that is shifted out of the window is forgotten.
        _marked = _marked && plainRemembers(newHighest, NONCE);
        assert(newHighest >= before);
    }
}

/// @title NonceFree
/// @notice What was used before blocks nothing above it: each of the next nonces is usable.
contract NonceFree {
    function next(uint256 highest, uint256 ahead, bool marked) external pure {
        require(highest < 2 ** 40 && ahead >= 1 && ahead <= 65_536);
        (bool isUsable, uint256 newHighest) = plainUse(highest, highest + ahead, marked);
        assert(isUsable && newHighest == highest + ahead);
    }
}
