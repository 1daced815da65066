// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title CalldataReader
/// @notice Takes the selector off a call's data.
library CalldataReader {
    /// @dev Thrown when data is too short to hold a selector.
    error CallTooShort(uint256 length);

    /// @dev The selector and the arguments behind it.
    function split(bytes calldata data) internal pure returns (bytes4 selector, bytes calldata arguments) {
        require(data.length >= 4, CallTooShort(data.length));
        selector = bytes4(data[:4]);
        arguments = data[4:];
    }
}
