// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";

/// @title SandboxUSDC
/// @notice Stand-in for Circle's USDC in the local sandbox, whose own contract is not published for reuse: 6 decimals,
/// EIP-2612 permit and EIP-3009 transfers by authorisation.
///
/// @dev Notes:
/// - Circle's contract has what this one lacks: a proxy, a pause, a list of blocked accounts, and version 2 in its
///   EIP-712 domain, which here is version 1.
///
/// Warnings:
/// - It has no value and is never deployed outside the sandbox and the tests.
contract SandboxUSDC is ERC20, ERC20Permit, ERC3009 {
    /// @notice The only account that may create units: the deployer.
    address public immutable MINTER;

    /// @notice `caller` is not the minter.
    error SandboxUSDCMinterOnly(address caller, address minter);

    constructor() ERC20("USD Coin stand-in", "USDC") ERC20Permit("USD Coin stand-in") {
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
    /// @param amount Number of units to create, in millionths of a dollar.
    function mint(address account, uint256 amount) external {
        require(msg.sender == MINTER, SandboxUSDCMinterOnly(msg.sender, MINTER));
        _mint(account, amount);
    }

    /// @notice Decimals of Circle's USDC.
    /// @return Always 6.
    function decimals() public pure override returns (uint8) {
        return 6;
    }
}
