// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPriceSource} from "../interfaces/IPriceSource.sol";

/// @title MockSource
/// @notice A price source that says what it is told, or misbehaves on demand.
///
/// Warnings:
/// - A test double. Anyone may set it.
contract MockSource is IPriceSource {
    enum Mode {
        Honest,
        Reverting,
        BurningGas,
        ReturningMuch,
        ReturningLittle,
        /// Two words of ones.
        Garbage
    }

    uint256 private constant BOMB_BYTES = 100_000;

    Mode public mode;
    int224 private _price;
    /// @dev Zero answers as if the price had been true just now, whatever the time.
    uint32 private _updatedAt;

    error SourceStopped();

    /// @param price In USD with 18 decimals, always new.
    constructor(int224 price) {
        _price = price;
    }

    function setPrice(int224 price) external {
        _price = price;
    }

    /// @notice Sets all that is answered; `updatedAt` as given.
    function setAnswer(int224 price, uint32 updatedAt) external {
        (_price, _updatedAt) = (price, updatedAt);
    }

    function setMode(Mode newMode) external {
        mode = newMode;
    }

    /// @inheritdoc IPriceSource
    function read() external view returns (int224 price, uint32 updatedAt) {
        Mode now_ = mode;
        if (now_ == Mode.Reverting) revert SourceStopped();
        if (now_ == Mode.BurningGas) for (;;) {}
        if (now_ == Mode.ReturningMuch) _return(BOMB_BYTES, 1);
        if (now_ == Mode.ReturningLittle) _return(32, 1);
        if (now_ == Mode.Garbage) _returnOnes();
        (price, updatedAt) = (_price, _updatedAt);
        if (updatedAt == 0) updatedAt = uint32(block.timestamp);
    }

    function _returnOnes() private pure {
        assembly ("memory-safe") {
            let start := mload(0x40)
            for {
                let i := 0
            } lt(i, 64) {
                i := add(i, 32)
            } {
                mstore(add(start, i), not(0))
            }
            return(start, 64)
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
