// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ITreasury} from "../interfaces/ITreasury.sol";
import {TransientGuard} from "../libraries/TransientGuard.sol";

/// @title TreasuryGuard
/// @notice See {ITreasury}. Keeps entries, exits and executions apart, within a call and within a transaction.
abstract contract TreasuryGuard is ITreasury {
    /// @dev Bars entries, exits and executions from one another; `whileExecuting` bars prices from being read too.
    modifier guarded(bool whileExecuting) {
        TransientGuard.State before = _unguarded();
        TransientGuard.set(whileExecuting ? TransientGuard.State.Executing : TransientGuard.State.Moving);
        _;
        TransientGuard.set(before);
    }

    /// @dev The guard of what buys shares. No transaction both buys shares and carries out an action, in whatever order
    /// and through whomever: what an action brings was never for who came for it. [NX-TRE-06]
    modifier entering() {
        require(_unguarded() != TransientGuard.State.Acted, EntryBesideAction());
        TransientGuard.set(TransientGuard.State.Moving);
        _;
        TransientGuard.set(TransientGuard.State.Entered);
    }

    /// @dev The guard of actions; see `entering`.
    modifier acting() {
        require(_unguarded() != TransientGuard.State.Entered, EntryBesideAction());
        TransientGuard.set(TransientGuard.State.Executing);
        _;
        TransientGuard.set(TransientGuard.State.Acted);
    }

    function _unguarded() private view returns (TransientGuard.State state) {
        state = TransientGuard.state();
        require(state < TransientGuard.State.Moving, TreasuryGuarded());
    }
}
