// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ProposalTally, ProposalTallyLib} from "../../../contracts/libraries/ProposalTally.sol";
import {TallyState} from "../../../contracts/types/Tally.sol";
import {RiskClass} from "../../../contracts/types/RiskClass.sol";
import {NexusTest, VM} from "../../support/NexusTest.sol";

contract ProposalTallyTest is NexusTest {
    /// @dev What a ballot must say, kept in plain numbers.
    struct Model {
        uint256 seats;
        uint256 weightFor;
        uint256 weightAgainst;
        uint256 voters;
        uint256 operators;
    }

    /// @dev The highest cap on an agent's weight.
    uint32 private constant MAX_WEIGHT = 2 ** 23 - 1;

    Model private _model;

    /// Any votes of all 128 seats, each as heavy as a seat can be: no field runs into another. [NX-CON-02]
    function testFuzz_KeepsWhatWasVoted(
        uint32[128] memory weights,
        uint256 directions,
        uint32 time,
        uint256 length
    ) public {
        length %= 2 ** 20;
        ProposalTally tally = ProposalTallyLib.opened(RiskClass.Critical, TallyState.Voting, time, time + length);
        for (uint256 i; i < weights.length; ++i) {
            weights[i] %= MAX_WEIGHT + 1;
            uint256 seat = 1 << i;
            uint256 direction = (directions >> i) % 3;
            if (i >= 100) weights[i] = MAX_WEIGHT;
            _model.seats |= seat;
            if (direction == 0) {
                tally = tally.withAgainst(seat, weights[i]);
                _model.weightAgainst += weights[i];
            } else if (direction == 1) {
                tally = tally.withFor(seat, weights[i], 1, i % 2);
                _model.weightFor += weights[i];
                ++_model.voters;
                _model.operators += i % 2;
            } else {
                tally = tally.withAbstain(seat);
            }
        }
        _compare(tally);
        VM.assertEq(tally.since(), time, "since");
        VM.assertEq(tally.votesUntil(), time + length, "votes until");
        VM.assertTrue(tally.state() == TallyState.Voting, "state");
        VM.assertTrue(tally.riskClass() == RiskClass.Critical, "class");
    }

    /// Changing where it stands, or until when, changes nothing else: it stays as old as it is. [NX-CON-05] [NX-CON-10]
    function testFuzz_StateAndTimeAreApart(
        uint128 seats,
        uint256 weight,
        uint32 made,
        uint256 length,
        uint8 state
    ) public {
        weight %= 2 ** 30;
        length %= 2 ** 20;
        ProposalTally tally = ProposalTallyLib.opened(RiskClass.Elevated, TallyState.Voting, made, made + (length / 2));
        tally = tally.withFor(seats, weight, 7, 3).withAgainst(0, weight);
        _model = Model({seats: seats, weightFor: weight, weightAgainst: weight, voters: 7, operators: 3});
        tally = tally.queued(made + length);
        VM.assertEq(tally.since(), made, "since");
        VM.assertEq(tally.votesUntil(), made + length, "votes until");
        VM.assertTrue(tally.state() == TallyState.Queued, "queued");
        TallyState wanted = TallyState(_bound(state, 0, uint256(type(TallyState).max)));
        tally = tally.withState(wanted);
        VM.assertTrue(tally.state() == wanted, "state");
        for (uint256 i; i <= uint256(type(TallyState).max); ++i) {
            VM.assertTrue(tally.isAt(TallyState(i)) == (wanted == TallyState(i)), "isAt");
        }
        VM.assertTrue(tally.riskClass() == RiskClass.Elevated, "class");
        VM.assertEq(tally.since(), made, "since");
        VM.assertEq(tally.votesUntil(), made + length, "votes until");
        _compare(tally);
    }

    /// Voters and operators stop at the most that a policy can ask for.
    function test_CountersSaturate() public pure {
        ProposalTally tally = ProposalTallyLib.opened(RiskClass.Elevated, TallyState.Queued, 1, 2);
        tally = tally.withFor(1, 1, 120, 30).withFor(2, 1, 120, 30);
        VM.assertEq(tally.voters(), ProposalTallyLib.MAX_VOTERS, "voters");
        VM.assertEq(tally.operators(), ProposalTallyLib.MAX_OPERATORS, "operators");
        VM.assertEq(tally.weightFor(), 2, "weight");
    }

    function _compare(ProposalTally tally) private view {
        VM.assertEq(tally.seats(), _model.seats, "seats");
        VM.assertEq(tally.weightFor(), _model.weightFor, "weight for");
        VM.assertEq(tally.weightAgainst(), _model.weightAgainst, "weight against");
        VM.assertEq(tally.voters(), _min(_model.voters, ProposalTallyLib.MAX_VOTERS), "voters");
        VM.assertEq(tally.operators(), _min(_model.operators, ProposalTallyLib.MAX_OPERATORS), "operators");
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
