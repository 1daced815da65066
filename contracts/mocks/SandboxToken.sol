// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title SandboxToken
/// @notice Stand-in for an 18-decimals token in the local sandbox; its deployer creates as many units as the sandbox
/// needs.
///
/// Warnings:
/// - It has no value and is never deployed outside the sandbox and the tests.
contract SandboxToken is ERC20, ERC20Permit {
    /// @notice The only account that may create units: the deployer.
    address public immutable MINTER;

    /// @notice `caller` is not the minter.
    error SandboxTokenMinterOnly(address caller, address minter);

    /// @param tokenName Name of the token, and of its EIP-712 domain (version 1).
    /// @param tokenSymbol Symbol of the token.
    constructor(
        string memory tokenName,
        string memory tokenSymbol
    ) ERC20(tokenName, tokenSymbol) ERC20Permit(tokenName) {
        MINTER = msg.sender;
    }

    /// @notice Creates `amount` units for `account`.
    ///
    /// @dev Emits {Transfer} from the zero address.
    ///
    /// Requirements:
    /// - The caller must be `MINTER`.
    ///
    /// @param account The account that receives the units.
    /// @param amount Number of units to create, in the token's smallest unit.
    function mint(address account, uint256 amount) external {
        require(msg.sender == MINTER, SandboxTokenMinterOnly(msg.sender, MINTER));
        _mint(account, amount);
    }
}
