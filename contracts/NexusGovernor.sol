// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {GovernorCountingSimple} from "@openzeppelin/contracts/governance/extensions/GovernorCountingSimple.sol";
import {GovernorPreventLateQuorum} from "@openzeppelin/contracts/governance/extensions/GovernorPreventLateQuorum.sol";
import {GovernorProposalGuardian} from "@openzeppelin/contracts/governance/extensions/GovernorProposalGuardian.sol";
import {GovernorSettings} from "@openzeppelin/contracts/governance/extensions/GovernorSettings.sol";
import {GovernorTimelockControl} from "@openzeppelin/contracts/governance/extensions/GovernorTimelockControl.sol";
import {GovernorVotes} from "@openzeppelin/contracts/governance/extensions/GovernorVotes.sol";
import {GovernorVotesQuorumFraction} from "@openzeppelin/contracts/governance/extensions/GovernorVotesQuorumFraction.sol";
import {GovernorParameters, GovernorSetting, INexusGovernor} from "./interfaces/INexusGovernor.sol";
import {INexusToken} from "./interfaces/INexusToken.sol";

/// @title NexusGovernor
/// @notice See {INexusGovernor}.
contract NexusGovernor is
    INexusGovernor,
    Governor,
    GovernorVotes,
    GovernorVotesQuorumFraction,
    GovernorSettings,
    GovernorPreventLateQuorum,
    GovernorCountingSimple,
    GovernorTimelockControl,
    GovernorProposalGuardian
{
    uint256 private constant MAX_VOTING_DELAY = 30 days;
    uint256 private constant MAX_VOTING_PERIOD = 30 days;
    /// @dev In percent of the supply: somebody must be able to reach it.
    uint256 private constant MAX_THRESHOLD_PERCENT = 5;
    /// @dev Without a quorum one vote decides; and tokens in bonds, or lost, take part in none.
    uint256 private constant MIN_QUORUM_PERCENT = 1;
    uint256 private constant MAX_QUORUM_PERCENT = 30;
    /// @dev Beyond it the timelock's own sum of now and delay could overflow, and nothing could be queued again.
    uint256 private constant MAX_TIMELOCK_DELAY = 60 days;
    uint256 private constant MIN_GRACE_PERIOD = 1 minutes;
    uint256 private constant MAX_GRACE_PERIOD = 60 days;
    uint256 private constant MAX_GUARDIAN_TERM = 366 days;
    uint256 private constant PERCENT = 100;

    /// @inheritdoc INexusGovernor
    uint48 public immutable GUARDIAN_TERM;
    /// @inheritdoc INexusGovernor
    uint48 public immutable GRACE_PERIOD;
    uint256 private immutable MIN_VOTING_PERIOD;
    uint256 private immutable MIN_TIMELOCK_DELAY;

    uint256 private _guardianTermEnd;

    /// @param token The token whose holders vote.
    /// @param timelock The timelock that administers every contract. It gets its delay, and this governor its roles,
    /// afterwards.
    /// @param parameters The initial settings and fixed bounds, see {GovernorParameters}.
    constructor(
        INexusToken token,
        TimelockController timelock,
        GovernorParameters memory parameters
    )
        Governor("NexusGovernor")
        GovernorVotes(token)
        GovernorVotesQuorumFraction(parameters.quorumPercent)
        GovernorSettings(parameters.votingDelay, parameters.votingPeriod, parameters.proposalThreshold)
        GovernorPreventLateQuorum(parameters.voteExtension)
        GovernorTimelockControl(timelock)
    {
        require(token.clock() == block.timestamp, TokenClockNotTimestamp(address(token)));
        _requireWithin(parameters.gracePeriod, MIN_GRACE_PERIOD, MAX_GRACE_PERIOD);
        _requireWithin(parameters.guardianTerm, 0, MAX_GUARDIAN_TERM);
        _requireWithin(parameters.minTimelockDelay, 1, MAX_TIMELOCK_DELAY);
        GUARDIAN_TERM = parameters.guardianTerm;
        GRACE_PERIOD = parameters.gracePeriod;
        MIN_VOTING_PERIOD = parameters.minVotingPeriod;
        MIN_TIMELOCK_DELAY = parameters.minTimelockDelay;
        _setProposalGuardian(parameters.guardian);
        // The timelock has its delay only after the hand-over.
        for (uint256 i; i < uint256(GovernorSetting.TimelockDelay); ++i) _requireSound(GovernorSetting(i));
    }

    /* SETTINGS */

    /// @inheritdoc INexusGovernor
    function settingOf(GovernorSetting setting) public view returns (uint256 value, uint256 minimum, uint256 maximum) {
        if (setting == GovernorSetting.VotingDelay) return (votingDelay(), 1, MAX_VOTING_DELAY);
        if (setting == GovernorSetting.VotingPeriod) return (votingPeriod(), MIN_VOTING_PERIOD, MAX_VOTING_PERIOD);
        if (setting == GovernorSetting.ProposalThreshold) {
            uint256 supply = INexusToken(address(token())).totalSupply();
            return (proposalThreshold(), 0, (supply * MAX_THRESHOLD_PERCENT) / PERCENT);
        }
        if (setting == GovernorSetting.Quorum) return (quorumNumerator(), MIN_QUORUM_PERCENT, MAX_QUORUM_PERCENT);
        if (setting == GovernorSetting.VoteExtension) return (lateQuorumVoteExtension(), 0, votingPeriod());
        return (_timelock().getMinDelay(), MIN_TIMELOCK_DELAY, MAX_TIMELOCK_DELAY);
    }

    /// @dev See {INexusGovernor-TimelockIsFixed}.
    function updateTimelock(TimelockController) public view override {
        revert TimelockIsFixed(timelock());
    }

    /// @dev Only calls on the governor or the timelock can change what governance stands on: the setters want the
    /// governor's own execution, and the timelock administers itself. Looked at when all calls are made, so that two
    /// settings that fit only together can change in one proposal.
    function _executeOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) {
        super._executeOperations(proposalId, targets, values, calldatas, descriptionHash);
        for (uint256 i; i < targets.length; ++i) {
            if (targets[i] == address(this) || targets[i] == timelock()) return _requireGovernable();
        }
    }

    /// @dev That the next proposal can be made, voted on, queued and executed. [NX-DAO-02]
    function _requireGovernable() private view {
        for (uint256 i; i <= uint256(type(GovernorSetting).max); ++i) _requireSound(GovernorSetting(i));
        _requireRole(_timelock().PROPOSER_ROLE());
        _requireRole(_timelock().CANCELLER_ROLE());
        _requireRole(_timelock().EXECUTOR_ROLE());
    }

    function _requireSound(GovernorSetting setting) private view {
        (uint256 value, uint256 minimum, uint256 maximum) = settingOf(setting);
        require(value >= minimum && value <= maximum, SettingOutOfBounds(setting, value, minimum, maximum));
    }

    function _requireRole(bytes32 role) private view {
        require(_timelock().hasRole(role, address(this)), TimelockRoleLost(role));
    }

    function _requireWithin(uint256 value, uint256 minimum, uint256 maximum) private pure {
        require(value >= minimum && value <= maximum, PeriodOutOfBounds(value, minimum, maximum));
    }

    function _timelock() private view returns (TimelockController) {
        return TimelockController(payable(timelock()));
    }

    /* GUARDIAN */

    /// @dev The zero address once the term has ended.
    function proposalGuardian() public view override returns (address) {
        return block.timestamp < _guardianTermEnd ? super.proposalGuardian() : address(0);
    }

    /// @inheritdoc INexusGovernor
    function guardianTermEnd() external view returns (uint256) {
        return _guardianTermEnd;
    }

    /// @inheritdoc INexusGovernor
    function guardianMayCancel(address[] memory targets, bytes[] memory calldatas) public view returns (bool) {
        for (uint256 i; i < targets.length; ++i) {
            if (targets[i] != address(this)) return true;
            if (bytes4(calldatas[i]) != this.setProposalGuardian.selector) return true;
        }
        return false;
    }

    /// @dev The guardian cannot cancel what does nothing but set the guardian. [NX-DAO-03]
    function cancel(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) public override returns (uint256) {
        if (msg.sender == proposalGuardian() && !guardianMayCancel(targets, calldatas)) {
            uint256 proposalId = getProposalId(targets, values, calldatas, descriptionHash);
            revert GuardianCannotCancel(proposalId, msg.sender);
        }
        return super.cancel(targets, values, calldatas, descriptionHash);
    }

    /// @dev Each setting begins a term, for the same guardian too.
    function _setProposalGuardian(address newGuardian) internal override {
        super._setProposalGuardian(newGuardian);
        uint256 termEnd = block.timestamp + GUARDIAN_TERM;
        _guardianTermEnd = termEnd;
        emit GuardianTermSet(newGuardian, termEnd);
    }

    /// @dev OpenZeppelin lets a proposer cancel at any time where there is no guardian; here the end of a guardian's
    /// term must not give one account power over what others have voted for.
    function _validateCancel(
        uint256 proposalId,
        address caller
    ) internal view override(Governor, GovernorProposalGuardian) returns (bool) {
        return caller == proposalGuardian() || Governor._validateCancel(proposalId, caller);
    }

    /* PROPOSALS */

    /// @dev Adds `Expired`: see {INexusGovernor}. [NX-DAO-04]
    function state(uint256 proposalId) public view override(Governor, GovernorTimelockControl) returns (ProposalState) {
        ProposalState current = super.state(proposalId);
        if (current == ProposalState.Succeeded) return _orExpired(current, proposalDeadline(proposalId));
        if (current == ProposalState.Queued) return _orExpired(current, proposalEta(proposalId));
        return current;
    }

    function _orExpired(ProposalState current, uint256 since) private view returns (ProposalState) {
        return block.timestamp > since + GRACE_PERIOD ? ProposalState.Expired : current;
    }

    /// @dev The constructor saw that the token's clock says the same, so it is not asked again.
    function clock() public view override(Governor, GovernorVotes) returns (uint48) {
        return uint48(block.timestamp);
    }

    /// @dev ERC-6372's description of {clock}.
    function CLOCK_MODE() public pure override(Governor, GovernorVotes) returns (string memory) {
        return "mode=timestamp";
    }

    /// @dev OpenZeppelin looks at the quorum after each vote and keeps when it was reached in a slot of its own: 72,000 gas
    /// on Sei. Only a vote that reaches it in the last `lateQuorumVoteExtension` seconds can prolong the vote, and a
    /// quorum that was reached stays so; hence the same rule costs nothing where it has nothing to do.
    function _castVote(
        uint256 proposalId,
        address account,
        uint8 support,
        string memory reason,
        bytes memory params
    ) internal override returns (uint256 weight) {
        bool isLate = block.timestamp + lateQuorumVoteExtension() > proposalDeadline(proposalId);
        bool isFirst = isLate && !_quorumReached(proposalId);
        weight = super._castVote(proposalId, account, support, reason, params);
        if (isFirst) GovernorPreventLateQuorum._tallyUpdated(proposalId);
    }

    /// @dev See {_castVote}.
    function _tallyUpdated(uint256) internal override(Governor, GovernorPreventLateQuorum) {}

    /* WHAT SEVERAL EXTENSIONS DEFINE */

    function proposalThreshold() public view override(Governor, GovernorSettings) returns (uint256) {
        return super.proposalThreshold();
    }

    function proposalDeadline(
        uint256 proposalId
    ) public view override(Governor, GovernorPreventLateQuorum) returns (uint256) {
        return super.proposalDeadline(proposalId);
    }

    function proposalNeedsQueuing(
        uint256 proposalId
    ) public view override(Governor, GovernorTimelockControl) returns (bool) {
        return super.proposalNeedsQueuing(proposalId);
    }

    function _queueOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint48) {
        return super._queueOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _cancel(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint256) {
        return super._cancel(targets, values, calldatas, descriptionHash);
    }

    function _executor() internal view override(Governor, GovernorTimelockControl) returns (address) {
        return super._executor();
    }
}
