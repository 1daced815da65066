// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPriceSource, SourceAnswer} from "../interfaces/IPriceSource.sol";

/// @title StandInSource
/// @notice A price source that says what it is told, or misbehaves on demand.
///
/// Warnings:
/// - A test double. Anyone may set it.
contract StandInSource is IPriceSource {
    enum Mode {
        Honest,
        Reverting,
        BurningGas,
        ReturningMuch,
        ReturningLittle,
        /// Four words of ones.
        Garbage
    }

    uint256 private constant BOMB_BYTES = 100_000;

    Mode public mode;
    SourceAnswer private _answer;
    /// @dev Answers as if the price had been true just now, whatever the time.
    bool private _alwaysNew;

    error SourceStopped();

    /// @param price In USD with 18 decimals, always new.
    constructor(int256 price, uint256 maxAge, uint256 deviationBps) {
        _answer = SourceAnswer(price, 0, maxAge, deviationBps);
        _alwaysNew = true;
    }

    function setPrice(int256 price) external {
        _answer.price = price;
    }

    /// @notice Sets all that is answered; `updatedAt` as given.
    function setAnswer(SourceAnswer calldata answer) external {
        _answer = answer;
        _alwaysNew = false;
    }

    function setMode(Mode newMode) external {
        mode = newMode;
    }

    /// @inheritdoc IPriceSource
    function read() external view returns (SourceAnswer memory answer) {
        if (mode == Mode.Reverting) revert SourceStopped();
        if (mode == Mode.BurningGas) for (;;) {}
        if (mode == Mode.ReturningMuch) _return(BOMB_BYTES, 1);
        if (mode == Mode.ReturningLittle) _return(96, 1);
        if (mode == Mode.Garbage) _returnOnes();
        answer = _answer;
        if (_alwaysNew) answer.updatedAt = block.timestamp;
    }

    function _returnOnes() private pure {
        assembly ("memory-safe") {
            let start := mload(0x40)
            for {
                let i := 0
            } lt(i, 128) {
                i := add(i, 32)
            } {
                mstore(add(start, i), not(0))
            }
            return(start, 128)
        }
    }

    function _return(uint256 length, uint256 word) private pure {
        assembly ("memory-safe") {
            let start := mload(0x40)
            mstore(start, word)
            return(start, length)
        }
    }
}
