// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title IAdministered
/// @notice One administrator, the DAO's timelock, fixed at construction. Every core contract has it.
interface IAdministered {
    /// @notice Thrown when anyone but the administrator calls an administrative function.
    /// @param caller The caller that was refused.
    error NotAdmin(address caller);

    /// @notice The DAO's timelock.
    function ADMIN() external view returns (address);
}
