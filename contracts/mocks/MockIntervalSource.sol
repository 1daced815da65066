// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPriceSourceWithInterval} from "../interfaces/IPriceSourceWithInterval.sol";

/// @title MockIntervalSource
/// @notice A price source with an interval of its own that says what it is told, or misbehaves on demand.
///
/// Warnings:
/// - A test double. Anyone may set it.
contract MockIntervalSource is IPriceSourceWithInterval {
    enum Fault {
        None,
        Reverting,
        BurningGas,
        ReturningMuch,
        ReturningOneWord,
        ReturningFourWords,
        /// Three words of ones.
        Garbage
    }

    uint256 private constant BOMB_BYTES = 100_000;

    int224 private _price;
    uint32 private _updatedAt;
    Fault private _fault;
    uint256 private _interval;

    error MockSourceStopped();

    function setAnswer(int224 price, uint32 updatedAt, uint256 interval) external {
        (_price, _updatedAt, _interval) = (price, updatedAt, interval);
    }

    function setFault(Fault newFault) external {
        _fault = newFault;
    }

    /// @inheritdoc IPriceSourceWithInterval
    function read() external view returns (int224 price, uint32 updatedAt, uint256 interval) {
        Fault fault = _fault;
        if (fault == Fault.Reverting) revert MockSourceStopped();
        if (fault == Fault.BurningGas) for (;;) {}
        if (fault == Fault.ReturningMuch) _return(BOMB_BYTES, 1);
        if (fault == Fault.ReturningOneWord) _return(32, 1);
        if (fault == Fault.ReturningFourWords) _return(128, 1);
        if (fault == Fault.Garbage) _return(96, type(uint256).max);
        return (_price, _updatedAt, _interval);
    }

    /// @dev Answers `length` bytes, the first three words being `word`.
    function _return(uint256 length, uint256 word) private pure {
        assembly ("memory-safe") {
            let start := mload(0x40)
            mstore(start, word)
            mstore(add(start, 32), word)
            mstore(add(start, 64), word)
            return(start, length)
        }
    }
}
