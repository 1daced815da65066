// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title IApi3ReaderProxy
/// @notice What we use of an API3 reader proxy.
interface IApi3ReaderProxy {
    /// @notice The feed's value with 18 decimals, and the time it stands for.
    function read() external view returns (int224 value, uint32 timestamp);
}
