// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAdministered} from "../interfaces/IAdministered.sol";

/// @title Administered
/// @notice See {IAdministered}. The administrator is immutable; the roles that govern change inside the timelock, in
/// the open.
abstract contract Administered is IAdministered {
    /// @inheritdoc IAdministered
    address public immutable ADMIN;

    constructor(address admin) {
        ADMIN = admin;
    }

    modifier onlyAdmin() {
        require(msg.sender == ADMIN, NotAdmin(msg.sender));
        _;
    }
}
