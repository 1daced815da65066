// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice Words in memory, one after the other; where the first of them lies.
type Row is uint256;

using MemoryWords for Row global;

/// @title MemoryWords
/// @notice A list in memory that is neither cleared nor checked. Its user must know its length, set each word before
/// reading it, and write none beyond the end.
library MemoryWords {
    /// @dev Room for `count` words, with whatever was there.
    function take(uint256 count) internal pure returns (Row row) {
        assembly ("memory-safe") {
            // Taken as Solidity takes memory: the words lie before where free memory begins from now on.
            row := mload(0x40)
            mstore(0x40, add(row, shl(5, count)))
        }
    }

    /// @dev Sets the word at `index`, which must be below what was taken.
    function set(Row row, uint256 index, uint256 word) internal pure {
        assembly ("memory-safe") {
            // Within the row, as the caller knows.
            mstore(add(row, shl(5, index)), word)
        }
    }

    /// @dev Whether one of the first `count` words is `word`; they must have been set.
    function holds(Row row, uint256 word, uint256 count) internal pure returns (bool found) {
        assembly ("memory-safe") {
            // Only reads.
            let end := add(row, shl(5, count))
            for {} lt(row, end) {
                row := add(row, 32)
            } {
                found := or(found, eq(mload(row), word))
            }
        }
    }
}
