// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {GovernorParameters, GovernorSetting, INexusGovernor} from "../../contracts/interfaces/INexusGovernor.sol";
import {INexusToken} from "../../contracts/interfaces/INexusToken.sol";
import {NexusTest, VM, _deploy, _fold} from "../support/NexusTest.sol";

/// @notice OpenZeppelin's setters have no interface of their own.
interface IGovernorSettings {
    function setVotingDelay(uint48 newVotingDelay) external;

    function setVotingPeriod(uint32 newVotingPeriod) external;

    function setProposalThreshold(uint256 newProposalThreshold) external;

    function updateQuorumNumerator(uint256 newQuorumNumerator) external;

    function setLateQuorumVoteExtension(uint48 newVoteExtension) external;

    function lateQuorumVoteExtension() external view returns (uint48);

    function setProposalGuardian(address newProposalGuardian) external;
}

interface IDaoGovernor is IGovernor, INexusGovernor, IGovernorSettings {}

/// @notice A DAO of one member who holds everything, is the guardian too, and may decide whatever a seed says.
contract Dao {
    uint256 private constant SUPPLY = 1_000_000;
    uint256 private constant DELAY = 60;
    uint256 private constant SETTINGS = 6;

    struct Made {
        uint256 id;
        address target;
        bytes data;
        bytes32 salt;
    }

    INexusToken public immutable TOKEN = INexusToken(_deploy("NexusToken", abi.encode(this, SUPPLY)));
    TimelockController public immutable TIMELOCK = new TimelockController(
        DELAY,
        new address[](0),
        new address[](0),
        address(this)
    );
    IDaoGovernor public immutable GOVERNOR;

    Made[] private _made;

    constructor() {
        GovernorParameters memory parameters = GovernorParameters({
            votingDelay: 5,
            votingPeriod: 100,
            proposalThreshold: 10,
            quorumPercent: 20,
            voteExtension: 30,
            guardian: address(this),
            guardianTerm: 10_000,
            minVotingPeriod: 50,
            minTimelockDelay: 31,
            gracePeriod: 300
        });
        GOVERNOR = IDaoGovernor(_deploy("NexusGovernor", abi.encode(TOKEN, TIMELOCK, parameters)));
        TOKEN.delegate(address(this));
        bytes32[3] memory roles = [TIMELOCK.PROPOSER_ROLE(), TIMELOCK.CANCELLER_ROLE(), TIMELOCK.EXECUTOR_ROLE()];
        for (uint256 i; i < roles.length; ++i) TIMELOCK.grantRole(roles[i], address(GOVERNOR));
        TIMELOCK.renounceRole(TIMELOCK.DEFAULT_ADMIN_ROLE(), address(this));
        VM.warp(GOVERNOR.clock() + 1);
    }

    /// The setter of a setting; `value` is cut to the setter's type.
    function setter(uint256 setting, uint256 value) public view returns (address target, bytes memory data) {
        target = address(GOVERNOR);
        if (setting == 0) return (target, abi.encodeCall(GOVERNOR.setVotingDelay, (uint48(value))));
        if (setting == 1) return (target, abi.encodeCall(GOVERNOR.setVotingPeriod, (uint32(value))));
        if (setting == 2) return (target, abi.encodeCall(GOVERNOR.setProposalThreshold, (value)));
        if (setting == 3) return (target, abi.encodeCall(GOVERNOR.updateQuorumNumerator, (value)));
        if (setting == 4) return (target, abi.encodeCall(GOVERNOR.setLateQuorumVoteExtension, (uint48(value))));
        return (address(TIMELOCK), abi.encodeCall(TIMELOCK.updateDelay, (value)));
    }

    function hand(address to, uint256 amount) external {
        TOKEN.transfer(to, amount);
    }

    function make(address target, bytes memory data) public returns (uint256 index) {
        index = _made.length;
        string memory description = string(abi.encode(index));
        Made memory made = Made(0, target, data, keccak256(bytes(description)));
        (address[] memory targets, uint256[] memory values, bytes[] memory calldatas) = _action(made);
        made.id = GOVERNOR.propose(targets, values, calldatas, description);
        _made.push(made);
    }

    function vote(uint256 index, uint8 support) public {
        uint256 id = _made[index].id;
        _goOnTo(GOVERNOR.proposalSnapshot(id) + 1);
        GOVERNOR.castVote(id, support);
    }

    function queue(uint256 index) public {
        (address[] memory targets, uint256[] memory values, bytes[] memory calldatas) = _action(_made[index]);
        GOVERNOR.queue(targets, values, calldatas, _made[index].salt);
    }

    function execute(uint256 index) public {
        (address[] memory targets, uint256[] memory values, bytes[] memory calldatas) = _action(_made[index]);
        GOVERNOR.execute(targets, values, calldatas, _made[index].salt);
    }

    function cancel(uint256 index) public {
        (address[] memory targets, uint256[] memory values, bytes[] memory calldatas) = _action(_made[index]);
        GOVERNOR.cancel(targets, values, calldatas, _made[index].salt);
    }

    /// From the vote to the end of the delay.
    function bringToExecution(uint256 index) public {
        vote(index, 1);
        uint256 id = _made[index].id;
        _goOnTo(GOVERNOR.proposalDeadline(id) + 1);
        queue(index);
        _goOnTo(GOVERNOR.proposalEta(id));
    }

    function count() external view returns (uint256) {
        return _made.length;
    }

    function idAt(uint256 index) external view returns (uint256) {
        return _made[index].id;
    }

    /// How many settings lie outside of what the governor says that they must stay within, and roles it lacks.
    function faults() external view returns (uint256 found) {
        for (uint256 i; i < SETTINGS; ++i) {
            (uint256 value, uint256 least, uint256 most) = GOVERNOR.settingOf(GovernorSetting(i));
            if (value < least || value > most) ++found;
        }
        if (!TIMELOCK.hasRole(TIMELOCK.PROPOSER_ROLE(), address(GOVERNOR))) ++found;
        if (!TIMELOCK.hasRole(TIMELOCK.CANCELLER_ROLE(), address(GOVERNOR))) ++found;
        if (!TIMELOCK.hasRole(TIMELOCK.EXECUTOR_ROLE(), address(GOVERNOR))) ++found;
    }

    /// Time does not go back.
    function _goOnTo(uint256 timestamp) private {
        if (timestamp > GOVERNOR.clock()) VM.warp(timestamp);
    }

    function _action(
        Made memory made
    ) private pure returns (address[] memory targets, uint256[] memory values, bytes[] memory calldatas) {
        (targets, values, calldatas) = (new address[](1), new uint256[](1), new bytes[](1));
        (targets[0], calldatas[0]) = (made.target, made.data);
    }
}

/// @notice Lets the DAO do anything in any order, and remembers what has ended and how. It never reverts.
contract GovernorHandler {
    uint256 private constant MOST_MADE = 12;

    Dao public immutable DAO = new Dao();

    mapping(uint256 id => bool hasEnded) private _hasEnded;
    mapping(uint256 id => IGovernor.ProposalState state) private _end;
    /// How often something that had ended changed its state.
    uint256 public revivals;

    function proposeSetting(uint256 setting, uint256 value, bool isExtreme) external {
        if (DAO.count() == MOST_MADE) return;
        (address target, bytes memory data) = DAO.setter(setting % 6, isExtreme ? value : value % 400);
        DAO.make(target, data);
    }

    function proposeRevocation(uint256 which) external {
        if (DAO.count() == MOST_MADE) return;
        TimelockController lock = DAO.TIMELOCK();
        bytes32[3] memory roles = [lock.PROPOSER_ROLE(), lock.CANCELLER_ROLE(), lock.EXECUTOR_ROLE()];
        DAO.make(address(lock), abi.encodeCall(lock.revokeRole, (roles[which % 3], address(DAO.GOVERNOR()))));
    }

    function vote(uint256 which, uint8 support) external {
        _attempt(abi.encodeCall(DAO.vote, (_index(which), support % 4)));
    }

    function queue(uint256 which) external {
        _attempt(abi.encodeCall(DAO.queue, (_index(which))));
    }

    function execute(uint256 which) external {
        _attempt(abi.encodeCall(DAO.execute, (_index(which))));
    }

    function cancel(uint256 which, bool isMeant) external {
        // Not too often, or nothing would come to its end.
        if (isMeant) _attempt(abi.encodeCall(DAO.cancel, (_index(which))));
    }

    function bringToExecutionAndExecute(uint256 which) external {
        _attempt(abi.encodeCall(DAO.bringToExecution, (_index(which))));
        _attempt(abi.encodeCall(DAO.execute, (_index(which))));
    }

    function wait(uint256 by) external {
        VM.warp(DAO.GOVERNOR().clock() + _fold(by, 1, 200));
        _look();
    }

    function _index(uint256 which) private view returns (uint256) {
        uint256 count = DAO.count();
        return count == 0 ? 0 : which % count;
    }

    function _attempt(bytes memory data) private {
        _look();
        (bool isDone, ) = address(DAO).call(data);
        // What is refused leaves no trace; what is done may have ended something.
        if (isDone) _look();
    }

    /// Notes what has ended, and compares it with what was noted before.
    function _look() private {
        for (uint256 i; i < DAO.count(); ++i) {
            uint256 id = DAO.idAt(i);
            IGovernor.ProposalState state = DAO.GOVERNOR().state(id);
            // OpenZeppelin lets what failed be cancelled too: dead either way.
            bool isBuried = _end[id] == IGovernor.ProposalState.Defeated && state == IGovernor.ProposalState.Canceled;
            if (_hasEnded[id] && _end[id] != state && !isBuried) ++revivals;
            bool isAlive =
                state == IGovernor.ProposalState.Pending ||
                    state == IGovernor.ProposalState.Active ||
                    state == IGovernor.ProposalState.Succeeded ||
                    state == IGovernor.ProposalState.Queued;
            if (!isAlive) (_hasEnded[id], _end[id]) = (true, state);
        }
    }
}

contract GovernorInvariantTest is NexusTest {
    GovernorHandler private _handler;

    function setUp() public {
        _handler = new GovernorHandler();
        _target(address(_handler));
    }

    /// Every question is asked of the same histories, after each step.
    function invariant_EveryPropertyHolds() public view {
        _governanceStaysGovernable();
        _nothingIsRevived();
    }

    /// Whatever was voted for, the next proposal can be made, voted on, queued and executed. [NX-DAO-02] [NX-DAO-05]
    function _governanceStaysGovernable() private view {
        VM.assertEq(_handler.DAO().faults(), 0, "governance locked itself");
    }

    /// What expired, failed, was cancelled or took effect stays so. [NX-DAO-04]
    function _nothingIsRevived() private view {
        VM.assertEq(_handler.revivals(), 0, "a proposal came back");
    }
}

contract GovernorFuzzTest is NexusTest {
    /// Two of three voters reach the quorum of 20 %.
    uint256 private constant SHARE = 150_000;
    uint256 private constant QUORUM = 200_000;
    uint256 private constant EXTENSION = 30;

    Dao private _dao;

    function setUp() public {
        _dao = new Dao();
    }

    /// A setting within its limits is set, any other is refused by name, and then everything is as it was. [NX-DAO-02]
    function testFuzz_ASettingIsSetIfAndOnlyIfItIsWithinItsLimits(uint256 which, uint256 seed, bool isExtreme) public {
        GovernorSetting setting = GovernorSetting(_bound(which, 0, 5));
        (uint256 before, uint256 least, uint256 most) = _dao.GOVERNOR().settingOf(setting);
        uint256 value = isExtreme ? _cut(setting, seed) : _bound(seed, 0, most + 2);
        (address target, bytes memory data) = _dao.setter(uint256(setting), value);
        uint256 index = _dao.make(target, data);
        _dao.bringToExecution(index);
        try _dao.execute(index) {
            VM.assertTrue(value >= least && value <= most, "a setting beyond its limits was set");
            (uint256 current, , ) = _dao.GOVERNOR().settingOf(setting);
            VM.assertEq(current, value, "the setting is not what was decided");
        } catch {
            bool fits = value >= least && value <= most && !_breaksExtension(setting, value);
            VM.assertTrue(!fits, "a setting within its limits was refused");
            (uint256 current, , ) = _dao.GOVERNOR().settingOf(setting);
            VM.assertEq(current, before, "a refusal left a trace");
        }
        VM.assertEq(_dao.faults(), 0, "governance locked itself");
    }

    /// The guardian cannot cancel what only sets the guardian, whoever it names, and can cancel the rest. [NX-DAO-03]
    function testFuzz_TheGuardianCancelsAllButItsReplacement(address next, uint256 seed, bool hides) public {
        (address target, bytes memory data) = hides
            ? _dao.setter(seed % 6, seed)
            : (address(_dao.GOVERNOR()), abi.encodeCall(_dao.GOVERNOR().setProposalGuardian, (next)));
        uint256 index = _dao.make(target, data);
        try _dao.cancel(index) {
            VM.assertTrue(hides, "the guardian blocked its own removal");
        } catch (bytes memory reason) {
            VM.assertTrue(!hides, "the guardian could not cancel");
            VM.assertTrue(bytes4(reason) == INexusGovernor.GuardianCannotCancel.selector, "another error");
        }
    }

    /// A vote ends as announced, or the extension after the vote that reached the quorum, whichever is later: what
    /// OpenZeppelin's module says, which keeps it in a slot. [NX-DAO-02]
    function testFuzz_AVoteGoesOnAfterALateQuorum(uint256 seed, uint8[3] memory ballots) public {
        IDaoGovernor governor = _dao.GOVERNOR();
        INexusToken token = _dao.TOKEN();
        address[3] memory voters = [address(0xA1), address(0xB2), address(0xC3)];
        for (uint256 i; i < voters.length; ++i) {
            _dao.hand(voters[i], SHARE);
            VM.prank(voters[i]);
            token.delegate(voters[i]);
        }
        (address target, bytes memory data) = _dao.setter(3, 5);
        uint256 id = _dao.idAt(_dao.make(target, data));
        uint256 announced = governor.proposalDeadline(id);
        (uint256 deadline, uint256 instant, uint256 counted) = (announced, governor.proposalSnapshot(id) + 1, 0);
        for (uint256 i; i < voters.length; ++i) {
            instant = _bound(uint256(keccak256(abi.encode(seed, i))), instant, deadline);
            VM.warp(instant);
            uint8 support = ballots[i] % 3;
            VM.prank(voters[i]);
            governor.castVote(id, support);
            bool wasReached = counted >= QUORUM;
            if (support != 0) counted += SHARE;
            if (!wasReached && counted >= QUORUM && instant + EXTENSION > deadline) deadline = instant + EXTENSION;
            VM.assertEq(governor.proposalDeadline(id), deadline, "the vote ends at another time");
        }
    }

    function _cut(GovernorSetting setting, uint256 value) private pure returns (uint256) {
        if (setting == GovernorSetting.VotingPeriod) return uint32(value);
        bool isShort = setting == GovernorSetting.VotingDelay || setting == GovernorSetting.VoteExtension;
        return isShort ? uint48(value) : value;
    }

    /// A vote shorter than the extension that stands is refused for the extension's sake.
    function _breaksExtension(GovernorSetting setting, uint256 value) private view returns (bool) {
        if (setting != GovernorSetting.VotingPeriod) return false;
        return value < _dao.GOVERNOR().lateQuorumVoteExtension();
    }
}
