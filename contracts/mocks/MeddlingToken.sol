// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title MeddlingToken
/// @notice Whoever reads a balance of it makes it try a stored call. The balance is one if that call went through, else
/// zero, so that a reader sees whether it could meddle.
///
/// Warnings:
/// - A test double. Anyone may set it.
contract MeddlingToken {
    /// @dev Enough for an enacted proposal. What a static call forbids burns all of it, and the reader has to go on.
    uint256 private constant GAS = 1_000_000;

    address private _target;
    bytes private _data;

    /// @notice Stores the call to try.
    function meddleWith(address target, bytes calldata data) external {
        (_target, _data) = (target, data);
    }

    /// @dev Not a view, as a reader believes it to be.
    function balanceOf(address) external returns (uint256) {
        (bool success, ) = _target.call{gas: GAS}(_data);
        return success ? 1 : 0;
    }
}
