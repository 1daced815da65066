// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AgentStatus} from "../types/Agent.sol";

/// @title IAgentBonds
/// @notice The bonds that agents post, and the voting weight that follows from them.
///
/// weight = bond in whole tokens · score / 10,000, at most the cap of an agent and what the cap of its operator leaves it;
/// zero unless the agent is active and its bond the least one.
///
/// Notes:
/// - Caps and scores are applied when weight is assigned: at each change of bond, status or signer, and by `refreshWeight`,
///   which anyone may call. Counting votes reads the outcome. What others bring about never raises a weight.
/// - A transferred id keeps its bond, and what the bond is liable for.
interface IAgentBonds {
    /// @notice Emitted when an agent's bond or weight is assigned.
    /// @param agentId The agent's id.
    /// @param bond The bond from now on, in the stake token's units, without what is unbonding.
    /// @param weight The voting weight from now on, zero unless active.
    event BondChanged(uint32 indexed agentId, uint256 bond, uint256 weight);

    /// @notice Emitted when a part of a bond begins to leave.
    /// @param agentId The agent's id.
    /// @param unbonding All that is unbonding from now on, in the stake token's units.
    /// @param unbondingEnd The second from which it can be withdrawn.
    event UnbondingStarted(uint32 indexed agentId, uint256 unbonding, uint256 unbondingEnd);

    /// @notice Emitted when what was unbonding is paid out.
    /// @param agentId The agent's id.
    /// @param owner The owner of the agent, who was paid.
    /// @param amount Amount, in the stake token's units.
    event BondWithdrawn(uint32 indexed agentId, address indexed owner, uint256 amount);

    /// @notice Emitted when the DAO takes from a bond.
    /// @param agentId The agent's id.
    /// @param recipient The address that was paid.
    /// @param amount Amount, in the stake token's units.
    /// @param unbonding Amount that is still unbonding after the slash, in the stake token's units.
    /// @param offenceAt Time of the punished offence, in seconds since the epoch.
    /// @param evidence The offence: a proposal's hash, or the root of a record.
    event Slashed(
        uint32 indexed agentId,
        address indexed recipient,
        uint256 amount,
        uint256 unbonding,
        uint256 offenceAt,
        bytes32 indexed evidence
    );

    /// @notice Emitted when a seat number is given back, at the end of a terminated agent's unbonding.
    /// @param agentId The agent that had it.
    /// @param votingSeat The number of the voting seat.
    event VotingSeatFreed(uint32 indexed agentId, uint256 votingSeat);

    /// @notice Emitted when the cap on an agent's weight changes.
    /// @param cap The cap from now on, in whole tokens; agents take it over by `refreshWeight`.
    event WeightCapChanged(uint32 cap);

    /// @notice Emitted when the cap on an operator's weight changes.
    /// @param cap The cap from now on, in whole tokens; agents take it over by `refreshWeight`.
    event OperatorCapChanged(uint32 cap);

    /// @notice Thrown when a function needs another status.
    /// @param agentId The agent's id.
    /// @param status The status it has.
    error WrongAgentStatus(uint32 agentId, AgentStatus status);

    /// @notice Thrown when a bond is below the minimum.
    /// @param bond The bond that it would be, in the stake token's units.
    /// @param minimum The minimum bond, in the stake token's units.
    error BondTooSmall(uint256 bond, uint256 minimum);

    /// @notice Thrown when more is to leave than may while the agent goes on.
    /// @param amount Amount that was asked for, in the stake token's units.
    /// @param maximum The bond less the least one; `terminate` frees the rest.
    error UnbondTooLarge(uint256 amount, uint256 maximum);

    /// @notice Thrown when unbonding money is asked for too early.
    /// @param agentId The agent's id.
    /// @param unbondingEnd The second from which it can be had.
    error StillUnbonding(uint32 agentId, uint256 unbondingEnd);

    /// @notice Thrown when there is nothing to withdraw.
    /// @param agentId The agent's id.
    error NothingUnbonding(uint32 agentId);

    /// @notice Thrown when a slash punishes what has not happened yet.
    /// @param offenceAt The time named.
    /// @param time The time now.
    error OffenceInFuture(uint256 offenceAt, uint256 time);

    /// @notice Thrown when no voting seat is free.
    /// @param seats The number of voting seats, all of them taken.
    error NoFreeVotingSeat(uint256 seats);

    /// @notice Thrown when one agent could weigh more than its operator, or than 8,388,607 whole tokens, with
    /// which all voting seats together fit a tally.
    /// @param agentCap The cap on an agent, in whole tokens.
    /// @param operatorCap The cap on an operator, in whole tokens.
    error CapsOutOfOrder(uint256 agentCap, uint256 operatorCap);

    /// @notice Adds to the bond.
    /// @dev Emits {BondChanged}. By the owner or an approved account, who pays, of a member that is not terminated: a gain of
    /// weight does not count for proposals that are open, so it is nobody else's to give. [NX-AGT-01]
    /// @param amount Amount, in the stake token's units.
    function addBond(uint32 agentId, uint256 amount) external;

    /// @notice Begins to take a part of the bond out. Its weight goes at once, the money after `UNBONDING_DELAY`.
    ///
    /// @dev Emits {UnbondingStarted} and {BondChanged}.
    ///
    /// Requirements:
    /// - The caller must own the agent or be approved for it. [NX-AGT-01]
    /// - The agent must be active or paused, and keep `MIN_BOND`.
    ///
    /// Notes:
    /// - What is unbonding already waits again, together with it. Slashing reaches both until they are paid out.
    ///
    /// @param agentId The agent's id.
    /// @param amount Amount, in the stake token's units.
    function unbond(uint32 agentId, uint256 amount) external;

    /// @notice Pays what has unbonded to the owner of the id, and frees the voting seat of a terminated agent.
    /// @dev Emits {BondWithdrawn} and {VotingSeatFreed}. Anyone may call it. [NX-AGT-03]
    function withdrawBond(uint32 agentId) external;

    /// @notice Takes from an agent's bond for something that it did at `offenceAt`: `amount`, or what of it is within reach.
    ///
    /// @dev Emits {Slashed} and {BondChanged}. Only the administrator, the DAO's timelock. [NX-AGT-05]
    ///
    /// Notes:
    /// - What is within reach is `slashableOf(agentId, offenceAt)`. It can fall until the slash is executed, as unbonded money is
    ///   paid out; nobody can make the slash fail by that.
    /// - The bond is taken first, so that weight falls, then what is unbonding. An active agent that is left with less than
    ///   `MIN_BOND` weighs nothing until its bond is filled up.
    ///
    /// @param agentId The agent's id.
    /// @param recipient The address that receives the slashed tokens.
    /// @param amount The most that is taken, in the stake token's units.
    /// @param offenceAt Time of the punished offence, in seconds since the epoch.
    /// @param evidence The offence: a proposal's hash, or the root of a record.
    function slash(uint32 agentId, address recipient, uint256 amount, uint256 offenceAt, bytes32 evidence) external;

    /// @notice Assigns an agent's weight again, by today's caps and score; anyone may call it.
    /// @dev Emits {BondChanged}. A gain is given to the owner and approved accounts alone, see `addBond`; a loss, whoever calls.
    /// Agents of one operator share its cap in the order of the calls.
    function refreshWeight(uint32 agentId) external;

    /// @notice Sets the most that one agent may weigh.
    /// @dev Emits {WeightCapChanged}. Only the administrator; at most the cap of an operator, and 8,388,607.
    function setWeightCap(uint32 newCap) external;

    /// @notice Sets the most that all agents of one operator may weigh together.
    /// @dev Emits {OperatorCapChanged}. Only the administrator; at least the cap of an agent.
    function setOperatorCap(uint32 newCap) external;

    /// @notice The most that a slash for an offence at `offenceAt` can take, in the stake token's units: the part of
    /// the bond, unbonding included, that was held at the end of that second and still is; zero before the agent
    /// joined.
    function slashableOf(uint32 agentId, uint256 offenceAt) external view returns (uint256);

    /// @notice The sum of the weights of all active agents.
    function totalWeight() external view returns (uint256);

    /// @notice The weight of all agents of one operator.
    function operatorWeightOf(address operator) external view returns (uint256);

    /// @notice The most that one agent may weigh, in whole stake tokens.
    function weightCap() external view returns (uint32);

    /// @notice The most that all agents of one operator may weigh, in whole stake tokens.
    function operatorCap() external view returns (uint32);

    /// @notice The number of voting seats that are taken.
    function votingSeatsTaken() external view returns (uint256);

    /// @notice The contract whose scores multiply weight; zero for none, and then every score is neutral.
    function REPUTATION() external view returns (address);

    /// @notice The token that bonds are posted in.
    function STAKE_TOKEN() external view returns (address);

    /// @notice The least bond, in the stake token's units.
    function MIN_BOND() external view returns (uint256);

    /// @notice The time from `unbond` to `withdraw`, in seconds.
    function UNBONDING_DELAY() external view returns (uint256);

    /// @notice The most members that there can be at once.
    function VOTING_SEATS() external view returns (uint256);
}
