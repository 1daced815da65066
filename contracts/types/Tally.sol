// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {RiskClass} from "./RiskClass.sol";

/// @notice The demands of a risk class.
struct Policy {
    /// Absolute weight that must vote for; silence counts as no.
    uint64 threshold;
    /// The least number of agents.
    uint16 minVoters;
    /// The least number of operators.
    uint16 minOperators;
    /// The longest time that a deadline may lie ahead, in seconds.
    uint32 maxDeadline;
    /// The time that a queued proposal waits, open to veto and to votes, in seconds; zero for `Routine`.
    uint32 delay;
}

/// @notice The direction of a vote; the numbers are those of OpenZeppelin's governor.
enum Support {
    Against,
    For,
    Abstain
}

/// @notice The state of a proposal on the slow path. Expired is derived from the deadline. Executed is not stored: the
/// tally is deleted, and the used nonce bars a new one.
enum TallyState {
    None,
    Voting,
    Queued,
    Vetoed
}

/// @notice A tally as people read it.
struct TallyView {
    TallyState state;
    RiskClass riskClass;
    /// The time at which it was made, in seconds. Weight that is as new as that, or newer, does not count.
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
