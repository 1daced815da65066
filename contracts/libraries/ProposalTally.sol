// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {TallyState} from "../types/Tally.sol";
import {RiskClass} from "../types/RiskClass.sol";

/// @notice A proposal's whole record in one storage word: who voted, the tallies, and where it stands.
type ProposalTally is uint256;

using ProposalTallyLib for ProposalTally global;

/// @title ProposalTallyLib
/// @notice Packs and reads a tally.
/// @dev From the lowest bit: 128 bits of voting seats that have voted, 30 of weight for, 30 of weight against, 32 of the
/// time when it was made, 20 of how long after that votes count, 7 of voters for, 5 of operators for, 2 of state, 2 of
/// class. 30 bits hold what 128 seats of 23 bits weigh, 20 bits twice the longest deadline that a policy may allow. Voters
/// and operators stop at their highest number; no policy can ask for more.
library ProposalTallyLib {
    uint256 private constant FOR_SHIFT = 128;
    uint256 private constant AGAINST_SHIFT = 158;
    uint256 private constant SINCE_SHIFT = 188;
    uint256 private constant LENGTH_SHIFT = 220;
    uint256 private constant VOTERS_SHIFT = 240;
    uint256 private constant OPERATORS_SHIFT = 247;
    uint256 private constant STATE_SHIFT = 252;
    uint256 private constant CLASS_SHIFT = 254;
    uint256 private constant WEIGHT_MASK = (1 << 30) - 1;
    uint256 private constant LENGTH_MASK = (1 << 20) - 1;
    uint256 private constant STATE_MASK = 3;
    uint256 internal constant MAX_VOTERS = 127;
    uint256 internal constant MAX_OPERATORS = 31;

    /// @dev A tally that nobody has voted in, made at `time`, in which votes count until `until`, which is no earlier.
    function opened(
        RiskClass class_,
        TallyState state_,
        uint256 time,
        uint256 until
    ) internal pure returns (ProposalTally) {
        unchecked {
            uint256 times = (uint256(uint32(time)) << SINCE_SHIFT) | ((until - time) << LENGTH_SHIFT);
            return ProposalTally.wrap((uint256(class_) << CLASS_SHIFT) | (uint256(state_) << STATE_SHIFT) | times);
        }
    }

    /// @dev The tally with votes for, of seats that have not voted yet.
    function withFor(
        ProposalTally tally,
        uint256 newSeats,
        uint256 weight,
        uint256 newVoters,
        uint256 newOperators
    ) internal pure returns (ProposalTally) {
        // No overflow: the tallies hold what all seats weigh, and each seat is counted once.
        unchecked {
            uint256 voters_ = Math.min(tally.voters() + newVoters, MAX_VOTERS);
            uint256 operators_ = Math.min(tally.operators() + newOperators, MAX_OPERATORS);
            uint256 word =
                ProposalTally.unwrap(tally) & ~((MAX_VOTERS << VOTERS_SHIFT) | (MAX_OPERATORS << OPERATORS_SHIFT));
            return
                ProposalTally.wrap(
                    (word | newSeats | (voters_ << VOTERS_SHIFT) | (operators_ << OPERATORS_SHIFT)) +
                        (weight << FOR_SHIFT)
                );
        }
    }

    /// @dev The tally with votes against, of seats that have not voted yet.
    function withAgainst(ProposalTally tally, uint256 newSeats, uint256 weight) internal pure returns (ProposalTally) {
        unchecked {
            return ProposalTally.wrap((ProposalTally.unwrap(tally) | newSeats) + (weight << AGAINST_SHIFT));
        }
    }

    /// @dev The tally with abstentions, of seats that have not voted yet.
    function withAbstain(ProposalTally tally, uint256 newSeats) internal pure returns (ProposalTally) {
        return ProposalTally.wrap(ProposalTally.unwrap(tally) | newSeats);
    }

    function withState(ProposalTally tally, TallyState newState) internal pure returns (ProposalTally) {
        return
            ProposalTally.wrap(
                (ProposalTally.unwrap(tally) & ~(STATE_MASK << STATE_SHIFT)) | (uint256(newState) << STATE_SHIFT)
            );
    }

    /// @dev The tally as queued, in which votes count until `until`. It stays as old as it is.
    function queued(ProposalTally tally, uint256 until) internal pure returns (ProposalTally) {
        uint256 word = ProposalTally.unwrap(tally.withState(TallyState.Queued)) & ~(LENGTH_MASK << LENGTH_SHIFT);
        unchecked {
            return ProposalTally.wrap(word | ((until - tally.since()) << LENGTH_SHIFT));
        }
    }

    /// @dev The voting seats that have voted.
    function seats(ProposalTally tally) internal pure returns (uint256) {
        return uint128(ProposalTally.unwrap(tally));
    }

    function weightFor(ProposalTally tally) internal pure returns (uint256) {
        return (ProposalTally.unwrap(tally) >> FOR_SHIFT) & WEIGHT_MASK;
    }

    function weightAgainst(ProposalTally tally) internal pure returns (uint256) {
        return (ProposalTally.unwrap(tally) >> AGAINST_SHIFT) & WEIGHT_MASK;
    }

    /// @dev The time at which it was made. In seconds, until 2106.
    function since(ProposalTally tally) internal pure returns (uint256) {
        return uint32(ProposalTally.unwrap(tally) >> SINCE_SHIFT);
    }

    /// @dev The last second in which votes count; once it is queued, what it wants is done from the next one on.
    function votesUntil(ProposalTally tally) internal pure returns (uint256) {
        unchecked {
            return tally.since() + ((ProposalTally.unwrap(tally) >> LENGTH_SHIFT) & LENGTH_MASK);
        }
    }

    /// @dev Voters for.
    function voters(ProposalTally tally) internal pure returns (uint256) {
        return (ProposalTally.unwrap(tally) >> VOTERS_SHIFT) & MAX_VOTERS;
    }

    /// @dev Operators of voters for, never too many: one whose first vote was not for is not counted.
    function operators(ProposalTally tally) internal pure returns (uint256) {
        return (ProposalTally.unwrap(tally) >> OPERATORS_SHIFT) & MAX_OPERATORS;
    }

    function state(ProposalTally tally) internal pure returns (TallyState) {
        return TallyState((ProposalTally.unwrap(tally) >> STATE_SHIFT) & STATE_MASK);
    }

    /// @dev Whether it stands at `state_`. Cheaper than to compare what `state` answers, which is checked to be one first.
    function isAt(ProposalTally tally, TallyState state_) internal pure returns (bool) {
        return (ProposalTally.unwrap(tally) >> STATE_SHIFT) & STATE_MASK == uint256(state_);
    }

    function riskClass(ProposalTally tally) internal pure returns (RiskClass) {
        return RiskClass(ProposalTally.unwrap(tally) >> CLASS_SHIFT);
    }
}
