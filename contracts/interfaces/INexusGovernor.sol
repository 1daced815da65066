// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice The settings of governance that have bounds, so that it stays able to set anything again.
enum GovernorSetting {
    /// Seconds between a proposal and its vote.
    VotingDelay,
    /// Seconds that a vote takes.
    VotingPeriod,
    /// Votes that a proposer must have, in the token's units.
    ProposalThreshold,
    /// Share of the supply that must take part, in percent.
    Quorum,
    /// Seconds that a vote goes on, at the least, once its quorum is reached.
    VoteExtension,
    /// Seconds between the queueing of a proposal and its execution.
    TimelockDelay
}

/// @notice The constructor's parameters of a governor. Times are in seconds.
struct GovernorParameters {
    uint48 votingDelay;
    uint32 votingPeriod;
    /// In the token's units.
    uint256 proposalThreshold;
    /// In percent of the supply.
    uint256 quorumPercent;
    uint48 voteExtension;
    /// The first guardian; the zero address for none.
    address guardian;
    /// The time for which a guardian stays one unless set again.
    uint48 guardianTerm;
    /// The shortest vote that may ever be set.
    uint32 minVotingPeriod;
    /// The shortest delay of the timelock that may ever be set: longer than the time to exit from the treasury.
    uint256 minTimelockDelay;
    /// The time for which a proposal that passed waits for `queue`, and a queued one for `execute`, before it expires.
    uint48 gracePeriod;
}

/// @title INexusGovernor
/// @notice The additions of NEXUS to OpenZeppelin's Governor, whose functions and events stand unchanged: propose,
/// vote, queue, execute, late-quorum protection, a timelock, a guardian who can cancel.
///
/// The governor is the only account that can schedule, cancel and execute in the timelock, and anyone may call its
/// `queue` and `execute`. So what it checks cannot be gone around.
///
/// Notes:
/// - A proposal that passed expires when nobody queues it within `GRACE_PERIOD` of its vote's end, or executes it within
///   `GRACE_PERIOD` of its delay's end. Nothing brings back one that expired, failed or was cancelled. [NX-DAO-04]
/// - Without a guardian a proposer can cancel only while the vote has not begun.
/// - Put `#proposer=0x…` at the end of a description: then nobody can make the same proposal first and cancel it.
interface INexusGovernor {
    /// @notice Emitted when a guardian's term begins, beside OpenZeppelin's `ProposalGuardianSet`.
    /// @param guardian The guardian from now on.
    /// @param termEnd The second from which they are none.
    event GuardianTermSet(address indexed guardian, uint256 termEnd);

    /// @notice Thrown when a setting lies, or would lie after an execution, where governance could not work any more.
    /// @param setting The setting that is out of bounds.
    /// @param value The value that it would have, in the setting's unit.
    /// @param minimum The smallest value allowed, in the setting's unit.
    /// @param maximum The largest value allowed, in the setting's unit.
    error SettingOutOfBounds(GovernorSetting setting, uint256 value, uint256 minimum, uint256 maximum);

    /// @notice Thrown when an execution would leave the governor without a role in the timelock.
    /// @param role The role that would be lost.
    error TimelockRoleLost(bytes32 role);

    /// @notice Thrown when the governor would get another timelock: the one it has administers every contract for ever.
    /// @param timelock The one it has.
    error TimelockIsFixed(address timelock);

    /// @notice Thrown when the guardian cancels a proposal that does nothing but set the guardian.
    /// @param proposalId The governor's proposal id.
    /// @param guardian The guardian that was refused.
    error GuardianCannotCancel(uint256 proposalId, address guardian);

    /// @notice Thrown when the constructor is told a grace period or a guardian's term of a useless length.
    /// @param value The length that was given, in seconds.
    /// @param minimum The least, in seconds.
    /// @param maximum The most, in seconds.
    error PeriodOutOfBounds(uint256 value, uint256 minimum, uint256 maximum);

    /// @notice Thrown when the token does not count time in seconds.
    /// @param token Address of the token.
    error TokenClockNotTimestamp(address token);

    /// @notice Whether the guardian may cancel a proposal of these calls. [NX-DAO-03]
    ///
    /// @dev The rule: not if every call is `setProposalGuardian` on this governor. A batch with any other call in it may
    /// be cancelled, or an attacker would add the guardian's removal to each of their proposals and so shield it.
    ///
    /// @param targets The proposal's targets.
    /// @param calldatas The proposal's calls.
    function guardianMayCancel(address[] calldata targets, bytes[] calldata calldatas) external view returns (bool);

    /// @notice The second from which the guardian is none, unless set again.
    function guardianTermEnd() external view returns (uint256);

    /// @notice A setting as it stands, and what it must stay within. [NX-DAO-02]
    function settingOf(GovernorSetting setting) external view returns (uint256 value, uint256 minimum, uint256 maximum);

    /// @notice The time for which a guardian stays one unless set again, in seconds.
    function GUARDIAN_TERM() external view returns (uint48);

    /// @notice The time within which a passed proposal must be queued, and a queued one executed, in seconds.
    function GRACE_PERIOD() external view returns (uint48);
}
