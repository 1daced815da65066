// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {BallotState} from "../types/Ballot.sol";
import {RiskClass} from "../types/RiskClass.sol";

/// @notice A proposal's whole record in one storage word: who voted, the tallies, and where it stands.
type Ballot is uint256;

using BallotWord for Ballot global;

/// @title BallotWord
/// @notice Packs and reads a ballot.
/// @dev From the lowest bit: 128 bits of voting seats that have voted, 39 of weight for, 39 of weight against, 32 of a
/// time, 7 of voters for, 5 of operators for, 3 of state, 2 of class. 39 bits hold what 128 seats of 32 bits weigh.
/// Voters and operators stop at their highest number; no policy can ask for more.
library BallotWord {
    uint256 private constant FOR_AT = 128;
    uint256 private constant AGAINST_AT = 167;
    uint256 private constant SINCE_AT = 206;
    uint256 private constant VOTERS_AT = 238;
    uint256 private constant OPERATORS_AT = 245;
    uint256 private constant STATE_AT = 250;
    uint256 private constant CLASS_AT = 253;
    uint256 private constant WEIGHT_MASK = (1 << 39) - 1;
    uint256 internal constant MAX_VOTERS = 127;
    uint256 internal constant MAX_OPERATORS = 31;

    /// @dev A ballot that nobody has voted in.
    function opened(RiskClass class_, uint256 time) internal pure returns (Ballot) {
        return
            Ballot.wrap(
                (uint256(class_) << CLASS_AT) |
                    (uint256(BallotState.Voting) << STATE_AT) |
                    (uint256(uint32(time)) << SINCE_AT)
            );
    }

    /// @dev The ballot with votes for, of seats that have not voted yet.
    function withFor(
        Ballot ballot,
        uint256 newSeats,
        uint256 weight,
        uint256 newVoters,
        uint256 newOperators
    ) internal pure returns (Ballot) {
        // No overflow: the tallies hold what all seats weigh, and each seat is counted once.
        unchecked {
            uint256 voters_ = _min(ballot.voters() + newVoters, MAX_VOTERS);
            uint256 operators_ = _min(ballot.operators() + newOperators, MAX_OPERATORS);
            uint256 word = Ballot.unwrap(ballot) & ~((MAX_VOTERS << VOTERS_AT) | (MAX_OPERATORS << OPERATORS_AT));
            return
                Ballot.wrap(
                    (word | newSeats | (voters_ << VOTERS_AT) | (operators_ << OPERATORS_AT)) + (weight << FOR_AT)
                );
        }
    }

    /// @dev The ballot with votes against, of seats that have not voted yet.
    function withAgainst(Ballot ballot, uint256 newSeats, uint256 weight) internal pure returns (Ballot) {
        unchecked {
            return Ballot.wrap((Ballot.unwrap(ballot) | newSeats) + (weight << AGAINST_AT));
        }
    }

    /// @dev The ballot with abstentions, of seats that have not voted yet.
    function withAbstain(Ballot ballot, uint256 newSeats) internal pure returns (Ballot) {
        return Ballot.wrap(Ballot.unwrap(ballot) | newSeats);
    }

    function withState(Ballot ballot, BallotState newState) internal pure returns (Ballot) {
        return Ballot.wrap((Ballot.unwrap(ballot) & ~(uint256(7) << STATE_AT)) | (uint256(newState) << STATE_AT));
    }

    /// @dev The ballot as queued at `time`, from when its delay runs.
    function queued(Ballot ballot, uint256 time) internal pure returns (Ballot) {
        uint256 word = Ballot.unwrap(ballot.withState(BallotState.Queued)) & ~(uint256(type(uint32).max) << SINCE_AT);
        return Ballot.wrap(word | (uint256(uint32(time)) << SINCE_AT));
    }

    /// @dev The voting seats that have voted.
    function seats(Ballot ballot) internal pure returns (uint256) {
        return uint128(Ballot.unwrap(ballot));
    }

    function weightFor(Ballot ballot) internal pure returns (uint256) {
        return (Ballot.unwrap(ballot) >> FOR_AT) & WEIGHT_MASK;
    }

    function weightAgainst(Ballot ballot) internal pure returns (uint256) {
        return (Ballot.unwrap(ballot) >> AGAINST_AT) & WEIGHT_MASK;
    }

    /// @dev When it was made; once queued, when that was. In seconds, until 2106.
    function since(Ballot ballot) internal pure returns (uint256) {
        return uint32(Ballot.unwrap(ballot) >> SINCE_AT);
    }

    /// @dev Voters for.
    function voters(Ballot ballot) internal pure returns (uint256) {
        return (Ballot.unwrap(ballot) >> VOTERS_AT) & MAX_VOTERS;
    }

    /// @dev Operators of voters for, never too many: one whose first vote was not for is not counted.
    function operators(Ballot ballot) internal pure returns (uint256) {
        return (Ballot.unwrap(ballot) >> OPERATORS_AT) & MAX_OPERATORS;
    }

    function state(Ballot ballot) internal pure returns (BallotState) {
        return BallotState((Ballot.unwrap(ballot) >> STATE_AT) & 7);
    }

    /// @dev Whether it stands at `state_`. Cheaper than to compare what `state` answers, which is checked to be one first.
    function isAt(Ballot ballot, BallotState state_) internal pure returns (bool) {
        return (Ballot.unwrap(ballot) >> STATE_AT) & 7 == uint256(state_);
    }

    function riskClass(Ballot ballot) internal pure returns (RiskClass) {
        return RiskClass(Ballot.unwrap(ballot) >> CLASS_AT);
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
