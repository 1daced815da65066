// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {BallotState} from "../types/Ballot.sol";
import {RiskClass} from "../types/RiskClass.sol";

/// @notice A proposal's whole record in one storage word: who voted, the tallies, and where it stands.
type Ballot is uint256;

using BallotWord for Ballot global;

/// @title BallotWord
/// @notice Packs and reads a ballot.
/// @dev From the lowest bit: 128 bits of voting seats that have voted, 30 of weight for, 30 of weight against, 32 of the
/// time when it was made, 20 of how long after that votes count, 7 of voters for, 5 of operators for, 2 of state, 2 of
/// class. 30 bits hold what 128 seats of 23 bits weigh, 20 bits twice the longest deadline that a policy may allow. Voters
/// and operators stop at their highest number; no policy can ask for more.
library BallotWord {
    uint256 private constant FOR_AT = 128;
    uint256 private constant AGAINST_AT = 158;
    uint256 private constant SINCE_AT = 188;
    uint256 private constant LENGTH_AT = 220;
    uint256 private constant VOTERS_AT = 240;
    uint256 private constant OPERATORS_AT = 247;
    uint256 private constant STATE_AT = 252;
    uint256 private constant CLASS_AT = 254;
    uint256 private constant WEIGHT_MASK = (1 << 30) - 1;
    uint256 private constant LENGTH_MASK = (1 << 20) - 1;
    uint256 private constant STATE_MASK = 3;
    uint256 internal constant MAX_VOTERS = 127;
    uint256 internal constant MAX_OPERATORS = 31;

    /// @dev A ballot that nobody has voted in, made at `time`, in which votes count until `until`, which is no earlier.
    function opened(RiskClass class_, BallotState state_, uint256 time, uint256 until) internal pure returns (Ballot) {
        unchecked {
            uint256 times = (uint256(uint32(time)) << SINCE_AT) | ((until - time) << LENGTH_AT);
            return Ballot.wrap((uint256(class_) << CLASS_AT) | (uint256(state_) << STATE_AT) | times);
        }
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
        return Ballot.wrap((Ballot.unwrap(ballot) & ~(STATE_MASK << STATE_AT)) | (uint256(newState) << STATE_AT));
    }

    /// @dev The ballot as queued, in which votes count until `until`. It stays as old as it is.
    function queued(Ballot ballot, uint256 until) internal pure returns (Ballot) {
        uint256 word = Ballot.unwrap(ballot.withState(BallotState.Queued)) & ~(LENGTH_MASK << LENGTH_AT);
        unchecked {
            return Ballot.wrap(word | ((until - ballot.since()) << LENGTH_AT));
        }
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

    /// @dev The time at which it was made. In seconds, until 2106.
    function since(Ballot ballot) internal pure returns (uint256) {
        return uint32(Ballot.unwrap(ballot) >> SINCE_AT);
    }

    /// @dev The last second in which votes count; once it is queued, what it wants is done from the next one on.
    function votesUntil(Ballot ballot) internal pure returns (uint256) {
        unchecked {
            return ballot.since() + ((Ballot.unwrap(ballot) >> LENGTH_AT) & LENGTH_MASK);
        }
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
        return BallotState((Ballot.unwrap(ballot) >> STATE_AT) & STATE_MASK);
    }

    /// @dev Whether it stands at `state_`. Cheaper than to compare what `state` answers, which is checked to be one first.
    function isAt(Ballot ballot, BallotState state_) internal pure returns (bool) {
        return (Ballot.unwrap(ballot) >> STATE_AT) & STATE_MASK == uint256(state_);
    }

    function riskClass(Ballot ballot) internal pure returns (RiskClass) {
        return RiskClass(Ballot.unwrap(ballot) >> CLASS_AT);
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
