// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ballot, BallotWord} from "../../../contracts/libraries/BallotWord.sol";
import {BallotState} from "../../../contracts/types/Ballot.sol";
import {RiskClass} from "../../../contracts/types/RiskClass.sol";
import {NexusTest, VM} from "../../support/NexusTest.sol";

contract BallotWordTest is NexusTest {
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
        Ballot ballot = BallotWord.opened(RiskClass.Critical, BallotState.Voting, time, time + length);
        for (uint256 i; i < weights.length; ++i) {
            weights[i] %= MAX_WEIGHT + 1;
            uint256 seat = 1 << i;
            uint256 direction = (directions >> i) % 3;
            if (i >= 100) weights[i] = MAX_WEIGHT;
            _model.seats |= seat;
            if (direction == 0) {
                ballot = ballot.withAgainst(seat, weights[i]);
                _model.weightAgainst += weights[i];
            } else if (direction == 1) {
                ballot = ballot.withFor(seat, weights[i], 1, i % 2);
                _model.weightFor += weights[i];
                ++_model.voters;
                _model.operators += i % 2;
            } else {
                ballot = ballot.withAbstain(seat);
            }
        }
        _compare(ballot);
        VM.assertEq(ballot.since(), time, "since");
        VM.assertEq(ballot.votesUntil(), time + length, "votes until");
        VM.assertTrue(ballot.state() == BallotState.Voting, "state");
        VM.assertTrue(ballot.riskClass() == RiskClass.Critical, "class");
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
        Ballot ballot = BallotWord.opened(RiskClass.Elevated, BallotState.Voting, made, made + (length / 2));
        ballot = ballot.withFor(seats, weight, 7, 3).withAgainst(0, weight);
        _model = Model({seats: seats, weightFor: weight, weightAgainst: weight, voters: 7, operators: 3});
        ballot = ballot.queued(made + length);
        VM.assertEq(ballot.since(), made, "since");
        VM.assertEq(ballot.votesUntil(), made + length, "votes until");
        VM.assertTrue(ballot.state() == BallotState.Queued, "queued");
        BallotState wanted = BallotState(_bound(state, 0, uint256(type(BallotState).max)));
        ballot = ballot.withState(wanted);
        VM.assertTrue(ballot.state() == wanted, "state");
        for (uint256 i; i <= uint256(type(BallotState).max); ++i) {
            VM.assertTrue(ballot.isAt(BallotState(i)) == (wanted == BallotState(i)), "isAt");
        }
        VM.assertTrue(ballot.riskClass() == RiskClass.Elevated, "class");
        VM.assertEq(ballot.since(), made, "since");
        VM.assertEq(ballot.votesUntil(), made + length, "votes until");
        _compare(ballot);
    }

    /// Voters and operators stop at the most that a policy can ask for.
    function test_CountersSaturate() public pure {
        Ballot ballot = BallotWord.opened(RiskClass.Elevated, BallotState.Queued, 1, 2);
        ballot = ballot.withFor(1, 1, 120, 30).withFor(2, 1, 120, 30);
        VM.assertEq(ballot.voters(), BallotWord.MAX_VOTERS, "voters");
        VM.assertEq(ballot.operators(), BallotWord.MAX_OPERATORS, "operators");
        VM.assertEq(ballot.weightFor(), 2, "weight");
    }

    function _compare(Ballot ballot) private view {
        VM.assertEq(ballot.seats(), _model.seats, "seats");
        VM.assertEq(ballot.weightFor(), _model.weightFor, "weight for");
        VM.assertEq(ballot.weightAgainst(), _model.weightAgainst, "weight against");
        VM.assertEq(ballot.voters(), _min(_model.voters, BallotWord.MAX_VOTERS), "voters");
        VM.assertEq(ballot.operators(), _min(_model.operators, BallotWord.MAX_OPERATORS), "operators");
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
