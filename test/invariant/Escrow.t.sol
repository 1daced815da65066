// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IAccounts} from "../../contracts/interfaces/IAccounts.sol";
import {IEscrow} from "../../contracts/interfaces/IEscrow.sol";
import {JobResult} from "../../contracts/interfaces/IReputation.sol";
import {Job, JobStatus, JobTerms} from "../../contracts/types/Job.sol";
import {NexusTest, VM, _deploy, _fold} from "../support/NexusTest.sol";

interface IMintable is IERC20 {
    function mint(address account, uint256 amount) external;
}

/// @notice Six jobs, each call by whoever comes: client, worker, evaluator, arbiter or a stranger. What is refused is
/// caught. It remembers what must follow, and never reverts. It also stands in for registry, oracle and reputation: the
/// worker is the wallet of agent 7, a unit is worth a dollar, and what is recorded is looked at.
contract EscrowHandler {
    uint256 private constant COUNT = 6;
    uint256 private constant PARTIES = 5;
    uint256 private constant REVIEW_PERIOD = 1 hours;
    uint256 private constant START = 1_700_000_000;
    uint32 private constant AGENT = 7;
    uint256 private constant CLIENT_KEY = 0xC11E;
    uint256 private constant WORKER_KEY = 0x3012;
    address private constant COLLECTOR = address(0xFEE);

    IAccounts public immutable ACCOUNTS;
    IEscrow public immutable ESCROW;
    IMintable public immutable TOKEN;
    /// @dev Kept, since an address costs the runner more to make than the rest of a step.
    address private immutable CLIENT = VM.addr(CLIENT_KEY);
    address private immutable WORKER = VM.addr(WORKER_KEY);

    uint256 public clock = START;
    /// @dev How often something happened that must not.
    uint256 public revived;
    uint256 public leftInside;
    uint256 public wrongFees;
    uint256 public stuckJobs;
    uint256 public unpaidDeliveries;
    uint256 public wrongRecords;
    uint256 public records;
    /// @dev How many jobs ended, by how they ended.
    mapping(JobStatus status => uint256 count) public ended;

    mapping(uint256 which => JobStatus status) private _last;
    /// @dev What the worker earned when the job ended, fee included, and whether that is recorded.
    mapping(uint256 which => uint256 amount) private _paid;
    mapping(uint256 which => bool isRecorded) private _recorded;
    uint256 private _recording;
    /// @dev Whether `record` runs: who calls otherwise is the runner, in whatever name, the Escrow's included.
    bool private _isRecording;

    constructor() {
        VM.warp(clock);
        TOKEN = IMintable(_deploy("HostileToken", ""));
        ACCOUNTS = IAccounts(_deploy("Accounts", abi.encode(address(0), COLLECTOR, _born(3), address(0))));
        ESCROW = IEscrow(
            _deploy(
                "Escrow",
                abi.encode(address(this), address(ACCOUNTS), address(this), address(this), address(this), 250)
            )
        );
        TOKEN.mint(address(this), 1e30);
        TOKEN.approve(address(ACCOUNTS), type(uint256).max);
        ACCOUNTS.deposit(address(TOKEN), party(0), 1e30);
        VM.prank(party(0));
        ACCOUNTS.allowModule(address(TOKEN), address(ESCROW), true);
    }

    /// @dev Looks at a job before and after.
    modifier watching(uint256 which) {
        VM.warp(clock);
        uint256 earned = _earned();
        _;
        _look(which % COUNT, _earned() - earned);
    }

    function fund(uint256 which) external watching(which) {
        VM.prank(party(0));
        try ESCROW.fund(termsOf(which)) {} catch {}
    }

    function accept(uint256 which, uint256 who) external watching(which) {
        VM.prank(party(who));
        try ESCROW.accept(termsOf(which)) {} catch {}
    }

    function cancel(uint256 which, uint256 who) external watching(which) {
        VM.prank(party(who));
        try ESCROW.cancel(termsOf(which)) {} catch {}
    }

    function deliver(uint256 which, bytes32 result) external watching(which) {
        VM.prank(party(1));
        try ESCROW.deliver(termsOf(which), result) {} catch {}
    }

    function approve(uint256 which, uint256 who, uint256 outcome) external watching(which) {
        VM.prank(party(who));
        try ESCROW.approve(termsOf(which), uint128(_fold(outcome, 0, 20_000))) {} catch {}
    }

    function dispute(uint256 which, uint256 who) external watching(which) {
        VM.prank(party(who));
        try ESCROW.dispute(termsOf(which)) {} catch {}
    }

    function arbitrate(uint256 which, uint256 who, uint256 earned) external watching(which) {
        VM.prank(party(who));
        try ESCROW.arbitrate(termsOf(which), _fold(earned, 0, 2_000)) {} catch {}
    }

    function settle(uint256 which, uint256 earned, bool byWorker) external watching(which) {
        earned = _fold(earned, 0, 2_000);
        bytes32 digest = ESCROW.settlementDigest(ESCROW.jobIdOf(termsOf(which)), earned, clock);
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(byWorker ? CLIENT_KEY : WORKER_KEY, digest);
        VM.prank(party(byWorker ? 1 : 0));
        try ESCROW.settle(termsOf(which), earned, clock, abi.encodePacked(r, s, v)) {} catch {}
    }

    /// @dev A job whose term is over must never be stuck.
    function resolveTimeout(uint256 which) external watching(which) {
        JobTerms memory terms = termsOf(which);
        Job memory job = ESCROW.jobOf(terms);
        bool isUndelivered = job.status == JobStatus.Funded || job.status == JobStatus.Accepted;
        bool isJudged = job.status == JobStatus.Delivered || job.status == JobStatus.Disputed;
        bool isOver = isUndelivered ? clock > terms.deliverBy : isJudged && clock > job.reviewStartedAt + REVIEW_PERIOD;
        uint256 earned = _earned();
        try ESCROW.resolveTimeout(terms) {
            if (!isOver) ++revived;
            if (isJudged && _earned() - earned != terms.timeoutPayment) ++unpaidDeliveries;
            if (isUndelivered && _earned() != earned) ++unpaidDeliveries;
        } catch {
            if (isOver) ++stuckJobs;
        }
    }

    function record(uint256 which) external watching(which) {
        _recording = which % COUNT;
        _isRecording = true;
        try ESCROW.record(termsOf(which)) {} catch {}
        _isRecording = false;
    }

    function setJobFee(uint256 fee) external {
        ESCROW.setJobFee(_fold(fee, 0, 500));
    }

    function sweepFees() external {
        address[] memory accounts = new address[](1);
        accounts[0] = party(1);
        ACCOUNTS.sweepFees(address(TOKEN), accounts);
    }

    function wait(uint256 time) external {
        clock += _fold(time, 0, 2 * REVIEW_PERIOD);
        VM.warp(clock);
    }

    /* WHAT THE ESCROW ASKS AND TELLS OTHERS */

    function getAgentWallet(uint256 agentId) external view returns (address) {
        return agentId == AGENT ? party(1) : address(0);
    }

    function valueRange(address, uint256 amount) external pure returns (uint256 lower, uint256 upper) {
        return (amount, amount + 1);
    }

    /// @dev Once for a job that is over and names the agent, never above the fee that was paid, or would have been. A number
    /// for the result, so that strangers who call it with any are not turned away, but passed over.
    function recordJob(uint32 agentId, uint8 number, uint128 fee) external {
        if (!_isRecording || msg.sender != address(ESCROW)) return;
        JobResult result = JobResult(number);
        JobTerms memory terms = termsOf(_recording);
        Job memory job = ESCROW.jobOf(terms);
        bool isDelivered = result == JobResult.Delivered;
        uint256 most = ((isDelivered ? _paid[_recording] : terms.cap) * job.feeBps) / 10_000;
        bool isRight = agentId == AGENT && terms.agentId == AGENT && fee <= most;
        isRight = isRight && !_recorded[_recording] && job.reserved == 0;
        if (!isRight || _resultOf(job.status, _paid[_recording] < terms.timeoutPayment) != result) ++wrongRecords;
        _recorded[_recording] = true;
        ++records;
    }

    /// @dev What an end says; one that says nothing answers what no end of the same kind does.
    function _resultOf(JobStatus status, bool isBelowTimeoutPayment) private pure returns (JobResult) {
        if (status == JobStatus.Paid) return JobResult.Delivered;
        if (status == JobStatus.Arbitrated) return isBelowTimeoutPayment ? JobResult.Lost : JobResult.Delivered;
        VM.assertTrue(status == JobStatus.Failed, "an end was recorded that says nothing");
        return JobResult.Late;
    }

    /* WHAT MUST FOLLOW */

    /// What all parties have and owe, and what is still reserved.
    function sumOfAll() external view returns (uint256 sum) {
        sum = _balanceOf(COLLECTOR) + ACCOUNTS.feesOf(address(TOKEN), party(1));
        for (uint256 who; who < PARTIES - 1; ++who) sum += _balanceOf(party(who));
        for (uint256 which; which < COUNT; ++which) sum += ESCROW.jobOf(termsOf(which)).reserved;
    }

    /// What a stranger and an arbiter have; nothing was ever theirs.
    function strayMoney() external view returns (uint256) {
        return _balanceOf(party(3)) + _balanceOf(party(4));
    }

    /// Client, worker, evaluator, arbiter, stranger.
    function party(uint256 who) public view returns (address) {
        who %= PARTIES;
        if (who < 2) return who == 0 ? CLIENT : WORKER;
        return address(uint160(0xAB00 + who));
    }

    /// @dev Every second one has a price by outcome and an evaluator.
    function termsOf(uint256 which) public view returns (JobTerms memory terms) {
        which %= COUNT;
        bool isFixed = which % 2 == 0;
        terms.client = party(0);
        terms.worker = party(1);
        terms.evaluator = isFixed ? address(0) : party(2);
        terms.arbiter = party(3);
        terms.token = address(TOKEN);
        terms.spec = bytes32(which);
        terms.floor = isFixed ? 1_000 : 400;
        terms.timeoutPayment = isFixed ? 1_000 : 700;
        terms.cap = 1_000;
        terms.outcomeBps = isFixed ? 0 : 500;
        terms.evaluatorPay = isFixed ? 0 : 17;
        terms.deliverBy = uint40(START + (which + 1) * 4 hours);
        terms.reviewPeriod = uint32(REVIEW_PERIOD);
        terms.agentId = which == 5 ? 0 : AGENT;
    }

    /// @dev What the worker was ever paid in all, fees included.
    function _earned() private view returns (uint256) {
        return _balanceOf(party(1)) + ACCOUNTS.feesOf(address(TOKEN), party(1)) + _balanceOf(COLLECTOR);
    }

    function _look(uint256 which, uint256 earned) private {
        Job memory job = ESCROW.jobOf(termsOf(which));
        bool wasOver = _last[which] >= JobStatus.Paid;
        bool isOver = job.status >= JobStatus.Paid;
        if (wasOver && (job.status != _last[which] || earned != 0)) ++revived;
        if (isOver && job.reserved != 0) ++leftInside;
        if (isOver && !wasOver) (ended[job.status], _paid[which]) = (ended[job.status] + 1, earned);
        if (job.feeBps > 500) ++wrongFees;
        _last[which] = job.status;
    }

    /// @dev The address of the contract that this one makes with its nonce, which is below 128.
    function _born(uint8 nonce) private view returns (address) {
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", address(this), nonce)))));
    }

    function _balanceOf(address account) private view returns (uint256) {
        return ACCOUNTS.balanceOf(address(TOKEN), account);
    }
}

/// @notice What jobs never do, whatever happens to them.
contract EscrowInvariantTest is NexusTest {
    EscrowHandler private _handler;

    function setUp() public {
        _handler = new EscrowHandler();
        _target(address(_handler));
    }

    /// Every question is asked of the same histories, after each step.
    function invariant_EveryPropertyHolds() public view {
        _partiesFeesAndJobsAreAllThatIsHeld();
        _aJobPaysOnceAndAllOfIt();
        _silenceKeepsNoMoney();
        _resultsAreRecordedOnceAndAsTheyWere();
    }

    /// What the handler does does happen: a run of it says something.
    function test_TheHandlerBringsJobsToEveryEnd() public {
        for (uint256 which; which < 6; ++which) _handler.fund(which);
        _handler.cancel(0, 0);
        _handler.accept(1, 1);
        _handler.cancel(1, 1);
        for (uint256 which = 2; which < 5; ++which) _handler.deliver(which, bytes32(which + 1));
        _handler.approve(2, 0, 0);
        _handler.dispute(3, 2);
        _handler.arbitrate(3, 3, 100);
        _handler.settle(4, 200, true);
        JobStatus[5] memory ends = [
            JobStatus.Cancelled,
            JobStatus.Failed,
            JobStatus.Paid,
            JobStatus.Arbitrated,
            JobStatus.Settled
        ];
        for (uint256 i; i < ends.length; ++i) VM.assertEq(_handler.ended(ends[i]), 1, "an end was not reached");
        for (uint256 hour; hour < 25; ++hour) _handler.wait(1 hours);
        for (uint256 which; which < 6; ++which) _handler.record(which);
        VM.assertEq(_handler.records(), 3, "not all results were recorded");
        _handler.resolveTimeout(5);
        VM.assertEq(_handler.ended(JobStatus.Cancelled), 2, "the last job was not timed out");
    }

    /// [NX-ACC-01] [NX-ESC-01]
    function _partiesFeesAndJobsAreAllThatIsHeld() private view {
        uint256 held = _handler.TOKEN().balanceOf(address(_handler.ACCOUNTS()));
        VM.assertEq(held, _handler.sumOfAll(), "money left the parties and their jobs");
        VM.assertEq(_handler.strayMoney(), 0, "somebody was paid who is no payee");
    }

    /// [NX-ESC-01] [NX-FEE-01]
    function _aJobPaysOnceAndAllOfIt() private view {
        VM.assertEq(_handler.revived(), 0, "a job ended early, or moved after its end");
        VM.assertEq(_handler.leftInside(), 0, "money stayed in a job that is over");
        VM.assertEq(_handler.wrongFees(), 0, "a job has a fee above the cap");
    }

    /// [NX-ESC-02]
    function _silenceKeepsNoMoney() private view {
        VM.assertEq(_handler.stuckJobs(), 0, "a job is stuck after its term");
        VM.assertEq(_handler.unpaidDeliveries(), 0, "silence paid another amount than the schedule's");
    }

    /// [NX-ESC-03]
    function _resultsAreRecordedOnceAndAsTheyWere() private view {
        VM.assertEq(_handler.wrongRecords(), 0, "a result was recorded twice, or another than it was");
    }
}
