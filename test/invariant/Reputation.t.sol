// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IFeedbackRegistry} from "../../contracts/interfaces/IFeedbackRegistry.sol";
import {
    IReputation,
    JobResult,
    PerformanceReport,
    RecorderRole,
    Weighting
} from "../../contracts/interfaces/IReputation.sol";
import {SignerRecord} from "../../contracts/types/Agent.sol";
import {NexusTest, VM, _deploy, _fold} from "../support/NexusTest.sol";

interface IScoresAndFeedback is IReputation, IFeedbackRegistry {}

/// @notice A registry of four agents of one owner, who approved nobody.
contract FourAgents {
    address public constant OWNER = address(0xA11CE);

    function ownerOf(uint256) external pure returns (address) {
        return OWNER;
    }

    function getApproved(uint256) external pure returns (address) {
        return address(0);
    }

    function isApprovedForAll(address, address) external pure returns (bool) {
        return false;
    }

    function getAgentWallet(uint256) external pure returns (address) {
        return OWNER;
    }

    /// @dev Nobody who gives feedback here ever signed votes.
    function signerRecordOf(address) external pure returns (SignerRecord memory seat) {}

    function sell(IReputation reputation, uint32 agentId) external {
        reputation.restart(agentId);
    }
}

/// @notice Does anything to the scores that is allowed, and remembers what must follow. It never reverts.
contract ReputationHandler {
    address private constant ESCROW = address(0xE5C0);
    uint256 private constant MOST = 100_000e18;

    IScoresAndFeedback public immutable REPUTATION;
    FourAgents private immutable REGISTRY;

    uint256 public clock = 1_700_000_000;
    /// @dev How often something that must not move a score did, or moved it the wrong way.
    uint256 public movedByOpinion;
    uint256 public movedWrongly;
    uint256 public movedFromNeutralByTime;
    uint256 public keptByRestart;

    constructor() {
        VM.warp(clock);
        REGISTRY = new FourAgents();
        Weighting memory weighting = Weighting({halfWeight: 1_000e18, lossWeightBps: 2_000});
        REPUTATION = IScoresAndFeedback(_deploy("Reputation", abi.encode(this, REGISTRY, 30 days, weighting)));
        REPUTATION.setRecorder(address(this), RecorderRole.Proposals);
        REPUTATION.setRecorder(ESCROW, RecorderRole.Jobs);
    }

    modifier atClock() {
        VM.warp(clock);
        _;
    }

    function record(uint256 which, int128 result, uint128[3] memory amounts) external atClock {
        uint32 agentId = _pick(which);
        // Three of four times a size that tells, else anything.
        if (which % 4 != 0) {
            result = int128(result % int128(uint128(MOST)));
            for (uint256 i; i < amounts.length; ++i) amounts[i] = uint128(_fold(amounts[i], 0, MOST));
        }
        int256 before = REPUTATION.ratingOf(agentId);
        REPUTATION.record(agentId, PerformanceReport(1, result, amounts[0], amounts[1], amounts[2]));
        int256 later = REPUTATION.ratingOf(agentId);
        if (result >= 0 ? later < before : later > before) ++movedWrongly;
    }

    function recordJob(uint256 which, uint128 fee) external atClock {
        uint32 agentId = _pick(which);
        JobResult result = JobResult((which >> 8) % 3);
        int256 before = REPUTATION.ratingOf(agentId);
        VM.prank(ESCROW);
        REPUTATION.recordJob(agentId, result, uint128(_fold(fee, 0, MOST)));
        int256 later = REPUTATION.ratingOf(agentId);
        if (result == JobResult.Delivered ? later < before : later > before) ++movedWrongly;
    }

    function wait(uint256 time) external atClock {
        int256[4] memory before = standings();
        clock += _fold(time, 0, 40 days);
        VM.warp(clock);
        int256[4] memory later = standings();
        for (uint256 i; i < 4; ++i) {
            bool isNearer =
                before[i] >= 0 ? later[i] >= 0 && later[i] <= before[i] : later[i] <= 0 && later[i] >= before[i];
            if (!isNearer) ++movedFromNeutralByTime;
        }
    }

    function restart(uint256 which) external atClock {
        uint32 agentId = _pick(which);
        int256 before = REPUTATION.ratingOf(agentId);
        REGISTRY.sell(REPUTATION, agentId);
        if (REPUTATION.ratingOf(agentId) != (before < 0 ? before : int256(0))) ++keptByRestart;
    }

    function setWeighting(uint128 halfWeight, uint16 lossWeightBps) external atClock {
        REPUTATION.setWeighting(
            Weighting({
                halfWeight: uint128(_fold(halfWeight, 1e18, 1e27)),
                lossWeightBps: uint16(_fold(lossWeightBps, 100, 10_000))
            })
        );
    }

    function giveFeedback(uint256 which, int128 value, uint256 who) external atClock {
        int256[4] memory before = standings();
        VM.prank(_client(who));
        REPUTATION.giveFeedback(_pick(which), value % 1e20, 18, "starred", "", "", "", 0);
        _countMoves(before);
    }

    function revokeFeedback(uint256 which, uint256 who) external atClock {
        uint32 agentId = _pick(which);
        uint64 last = REPUTATION.getLastIndex(agentId, _client(who));
        if (last == 0) return;
        (, , , , bool isRevoked) = REPUTATION.readFeedback(agentId, _client(who), last);
        if (isRevoked) return;
        int256[4] memory before = standings();
        VM.prank(_client(who));
        REPUTATION.revokeFeedback(agentId, last);
        _countMoves(before);
    }

    function appendResponse(uint256 which, uint256 who) external atClock {
        uint32 agentId = _pick(which);
        uint64 last = REPUTATION.getLastIndex(agentId, _client(who));
        if (last == 0) return;
        int256[4] memory before = standings();
        REPUTATION.appendResponse(agentId, _client(who), last, "ipfs://answer", 0);
        _countMoves(before);
    }

    function standings() public view returns (int256[4] memory all) {
        for (uint32 i; i < 4; ++i) all[i] = REPUTATION.ratingOf(i + 1);
    }

    function _countMoves(int256[4] memory before) private {
        int256[4] memory later = standings();
        for (uint256 i; i < 4; ++i) {
            if (later[i] != before[i]) ++movedByOpinion;
        }
    }

    function _pick(uint256 which) private pure returns (uint32) {
        return uint32((which % 4) + 1);
    }

    function _client(uint256 who) private pure returns (address) {
        return address(uint160(0xC000 + (who % 3)));
    }
}

contract ReputationInvariantTest is NexusTest {
    ReputationHandler private _handler;

    function setUp() public {
        _handler = new ReputationHandler();
        _target(address(_handler));
    }

    /// Every question is asked of the same histories, after each step.
    function invariant_EveryPropertyHolds() public view {
        _everyScoreIsInItsBounds();
        _gainsNeverLowerAndLossesNeverRaise();
        _timeLeadsToNeutralAlone();
        _opinionsNeverMoveTheMeasuredScore();
        _aRestartTakesWhatWasEarnedAndLeavesWhatWasLost();
    }

    /// [NX-REP-01]
    function _everyScoreIsInItsBounds() private view {
        for (uint32 id = 1; id <= 4; ++id) {
            uint256 score = _handler.REPUTATION().scoreOf(id);
            VM.assertLe(_handler.REPUTATION().FLOOR(), score, "below the floor");
            VM.assertLe(score, _handler.REPUTATION().CAP(), "above the cap");
        }
    }

    /// [NX-REP-02]
    function _gainsNeverLowerAndLossesNeverRaise() private view {
        VM.assertEq(_handler.movedWrongly(), 0, "an outcome moved a score the wrong way");
    }

    /// [NX-REP-03]
    function _timeLeadsToNeutralAlone() private view {
        VM.assertEq(_handler.movedFromNeutralByTime(), 0, "time moved a score away from neutral");
    }

    /// [NX-REP-04]
    function _opinionsNeverMoveTheMeasuredScore() private view {
        VM.assertEq(_handler.movedByOpinion(), 0, "an opinion moved a measured score");
    }

    /// [NX-REP-06]
    function _aRestartTakesWhatWasEarnedAndLeavesWhatWasLost() private view {
        VM.assertEq(_handler.keptByRestart(), 0, "a restart kept a gain or forgave a loss");
    }
}
