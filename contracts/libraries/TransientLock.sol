// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {TransientSlot} from "@openzeppelin/contracts/utils/TransientSlot.sol";

/// @title TransientLock
/// @notice What a contract is in the middle of. Transient, so it costs no slot and cannot be left behind.
library TransientLock {
    using TransientSlot for *;

    enum State {
        Open,
        /// Base asset and shares are moving.
        Moving,
        /// Anything may be moving, so balances mean nothing.
        Executing
    }

    /// @dev keccak256("nexus.lock") - 1.
    bytes32 internal constant SLOT = bytes32(uint256(keccak256("nexus.lock")) - 1);

    function set(State state) internal {
        SLOT.asUint256().tstore(uint256(state));
    }

    function isLocked() internal view returns (bool) {
        return SLOT.asUint256().tload() != uint256(State.Open);
    }

    function isExecuting() internal view returns (bool) {
        return SLOT.asUint256().tload() == uint256(State.Executing);
    }
}
