// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {TransientSlot} from "@openzeppelin/contracts/utils/TransientSlot.sol";

/// @title TransientGuard
/// @notice The state of a contract within one transaction: whether it is executing, and what it did before. Transient,
/// so it costs no slot and cannot be left behind.
library TransientGuard {
    using TransientSlot for *;

    enum State {
        Open,
        /// Nothing is going on; shares were bought earlier in this transaction.
        Entered,
        /// Nothing is going on; an action was carried out earlier in this transaction.
        Acted,
        /// Base asset and shares are moving.
        Moving,
        /// Anything may be moving, so balances mean nothing.
        Executing
    }

    /// @dev keccak256("nexus.lock") - 1.
    bytes32 internal constant SLOT = bytes32(uint256(keccak256("nexus.lock")) - 1);

    function set(State newState) internal {
        SLOT.asUint256().tstore(uint256(newState));
    }

    function state() internal view returns (State) {
        return State(SLOT.asUint256().tload());
    }

    function isExecuting() internal view returns (bool) {
        return state() == State.Executing;
    }
}
