// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Votes} from "@openzeppelin/contracts/governance/utils/Votes.sol";
import {IERC6372} from "@openzeppelin/contracts/interfaces/IERC6372.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {INexusToken} from "./interfaces/INexusToken.sol";

/// @title NexusToken
/// @notice See {INexusToken}.
contract NexusToken is ERC20, ERC20Permit, ERC20Votes, INexusToken {
    /// @param holder The account that receives the whole supply and hands it out.
    /// @param supply All units that there will ever be; 18 decimals.
    constructor(address holder, uint256 supply) ERC20("NEXUS", "NXS") ERC20Permit("NEXUS") {
        require(supply != 0, NoSupply());
        _mint(holder, supply);
    }

    /// @dev Seconds. See {INexusToken}.
    function clock() public view override(IERC6372, Votes) returns (uint48) {
        return uint48(block.timestamp);
    }

    /// @dev ERC-6372's description of {clock}.
    function CLOCK_MODE() public pure override(IERC6372, Votes) returns (string memory) {
        return "mode=timestamp";
    }

    /// @dev One counter for permits and delegations by signature.
    function nonces(address owner) public view override(IERC20Permit, ERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) {
        super._update(from, to, value);
    }
}
