// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAdministered} from "./IAdministered.sol";

/// @title IFeeSplitter
/// @notice Divides fees between the protocol and the agents that earn them, by measured reputation.
///
/// Job fees accrue in the slots of those who owe them, see {IAccounts}; anyone sweeps them into this contract's balance there,
/// and anyone has that balance divided. The treasury's performance fee accrues to it in shares, which anyone collects into the
/// same balance. Agents get the larger part, whatever governance decides: the protocol's part never
/// exceeds `MAX_PROTOCOL_BPS` of what is divided. [NX-FEE-01]
///
/// Fees are divided among the beneficiaries that can be paid when somebody divides: members with a wallet, active or paused.
/// An agent that has no wallet then, because it was unset or its id was transferred, or that was terminated, has no part in
/// that division. What rounding leaves stays here for the next time. Dividing again at once gives nobody more. [NX-FEE-03]
interface IFeeSplitter is IAdministered {
    /// @notice Emitted when fees are divided.
    /// @param token Address of the token.
    /// @param toAgents Amount that agents got, in the token's units.
    /// @param toProtocol Amount that the protocol got, in the token's units.
    /// @param kept Amount that stays for the next time, in the token's units.
    event FeesDivided(address indexed token, uint256 toAgents, uint256 toProtocol, uint256 kept);

    /// @notice Emitted when shares of the treasury became money to divide.
    /// @param token The treasury's base asset.
    /// @param shares Number of shares redeemed, in the share's units.
    /// @param amount Amount that the shares brought, in the token's units.
    event PerformanceFeeCollected(address indexed token, uint256 shares, uint256 amount);

    /// @notice Emitted when an agent gets its part.
    /// @param agentId The agent's id.
    /// @param token Address of the token.
    /// @param wallet The agent's wallet, which was credited.
    /// @param amount Amount moved, in the token's units.
    event AgentPaid(uint32 indexed agentId, address indexed token, address wallet, uint256 amount);

    /// @notice Emitted when the agents that share in fees change.
    /// @param agentIds Ids of the agents that share from now on.
    event BeneficiariesChanged(uint32[] agentIds);

    /// @notice Emitted when the protocol's part changes.
    /// @param protocolBps Its part from now on, in basis points.
    event ProtocolPartChanged(uint256 protocolBps);

    /// @notice Thrown when there is nothing that an agent would get.
    /// @param token Address of the token.
    /// @param held This contract's balance of the token, in its units.
    error NothingToDivide(address token, uint256 held);

    /// @notice Thrown when no share of the treasury can be redeemed now.
    /// @param shares Number of shares that this contract has, in the share's units.
    error NothingToCollect(uint256 shares);

    /// @notice Thrown when the protocol's part would be above the highest that a vote can set.
    /// @param protocolBps The protocol's part that was asked for, in basis points.
    /// @param maximum The largest part that a vote can set, in basis points.
    error ProtocolPartAboveCap(uint256 protocolBps, uint256 maximum);

    /// @notice Thrown when agents do not strictly ascend: unsorted, or one twice.
    /// @param index The place in the list.
    /// @param agentId The agent there.
    error BeneficiariesNotAscending(uint256 index, uint32 agentId);

    /// @notice Thrown when more agents would share than scores are read of at once.
    /// @param count Number of agents that were named.
    /// @param maximum The largest number of agents allowed.
    error TooManyBeneficiaries(uint256 count, uint256 maximum);

    /// @notice Sweeps what `accounts` owe, and divides all that is here of the token. Anyone may call it.
    ///
    /// @dev Emits {FeesDivided}, and {AgentPaid} for each agent that gets something.
    ///
    /// Requirements:
    /// - At least one beneficiary that can be paid must get something.
    ///
    /// @param token Address of the token.
    /// @param accounts Accounts whose fees are swept first; may be empty.
    function divide(address token, address[] calldata accounts) external;

    /// @notice Redeems the shares that the treasury's performance fee was paid in, as far as the treasury holds base asset for
    /// them, into this contract's balance. Anyone may call it.
    /// @dev Emits {PerformanceFeeCollected}.
    /// @return amount Amount that the shares brought, in the base asset's units.
    function collect() external returns (uint256 amount);

    /// @notice Says which agents share.
    /// @dev Emits {BeneficiariesChanged}. Only the administrator.
    /// @param agentIds Their ids, strictly ascending.
    function setBeneficiaries(uint32[] calldata agentIds) external;

    /// @notice Sets the protocol's part of what is divided.
    /// @dev Emits {ProtocolPartChanged}. Only the administrator, and never above `MAX_PROTOCOL_BPS`.
    function setProtocolPart(uint256 newProtocolBps) external;

    /// @notice The ids of the agents that share.
    function beneficiaries() external view returns (uint32[] memory);

    /// @notice The protocol's part, in basis points.
    function protocolBps() external view returns (uint256);

    /// @notice The account that the protocol's part goes to.
    function PROTOCOL() external view returns (address);

    /// @notice The vault whose performance fee is divided.
    function TREASURY() external view returns (address);

    /// @notice The largest part of the protocol that a vote can set, in basis points.
    function MAX_PROTOCOL_BPS() external view returns (uint256);

    /// @notice The most agents that can share.
    function MAX_BENEFICIARIES() external view returns (uint256);
}
