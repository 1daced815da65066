// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC5805} from "@openzeppelin/contracts/interfaces/IERC5805.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

/// @title INexusToken
/// @notice The DAO's token: it votes, and it is what agents post as bond.
///
/// Its supply is created once, in the constructor, and never changes: nobody owns the token, nobody mints, nobody can
/// stop a transfer. [NX-DAO-01]
///
/// Notes:
/// - A unit votes only once its holder has called `delegate`, to another or to themselves, before a proposal's snapshot.
/// - Timepoints are seconds (`CLOCK_MODE` is `mode=timestamp`): blocks of 400 ms would make periods in blocks guesswork.
/// - Units that an agent posted as bond belong to `AgentRegistry`, which delegates to nobody: they do not vote.
interface INexusToken is IERC20, IERC20Permit, IERC5805 {
    /// @notice Thrown when the constructor is asked for a token without units: no proposal could ever reach a quorum.
    error NoSupply();
}
