// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {RiskClass} from "./RiskClass.sol";

/// @notice What a risk class demands.
struct Policy {
    /// Absolute weight that must vote for; silence counts as no.
    uint64 threshold;
    /// Least number of agents.
    uint16 minVoters;
    /// Least number of operators.
    uint16 minOperators;
    /// How far ahead a deadline may lie, in seconds.
    uint32 maxDeadline;
    /// How long a queued proposal waits, open to veto and to votes, in seconds; zero for `Routine`.
    uint32 delay;
}

/// @notice What a vote says; the numbers are those of OpenZeppelin's governor.
enum Support {
    Against,
    For,
    Abstain
}

/// @notice Where a proposal on the slow path stands. What has expired is told by its deadline and not kept here; what was
/// executed is forgotten, and its used nonce keeps it from coming again.
enum BallotState {
    None,
    Voting,
    Queued,
    Vetoed
}

/// @notice A ballot as people read it.
struct BallotView {
    BallotState state;
    RiskClass riskClass;
    /// When it was made. Weight that is as new as that, or newer, does not count.
    uint256 since;
    /// The last second in which votes count: the proposal's deadline, and once it is queued the last second before it may be
    /// executed.
    uint256 votesUntil;
    uint256 weightFor;
    uint256 weightAgainst;
    uint256 votersFor;
    uint256 operatorsFor;
    /// One bit for each voting seat that has voted.
    uint256 seats;
}
