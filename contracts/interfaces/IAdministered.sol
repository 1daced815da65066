// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title IAdministered
/// @notice What every core contract has in common: one administrator, the DAO's timelock, fixed at construction.
interface IAdministered {
    /// @notice Thrown when anyone but the administrator calls an administrative function.
    /// @param caller Who tried.
    error NotAdmin(address caller);

    /// @notice The DAO's timelock.
    function ADMIN() external view returns (address);
}
