// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAdministered} from "./IAdministered.sol";

/// @notice The right of an account to record results.
enum RecorderRole {
    /// Nothing.
    None,
    /// Results of executed proposals.
    Proposals,
    /// Results of jobs.
    Jobs
}

/// @notice The end of a job between agents, for the agent that worked.
enum JobResult {
    /// Delivered in time, and accepted or not disputed.
    Delivered,
    /// Delivered after its deadline, or not at all.
    Late,
    /// Disputed, and the dispute was lost.
    Lost
}

/// @notice The result of executed proposals of one agent: one proposal, or several of the same sign added up.
struct PerformanceReport {
    /// Number of proposals that it sums up.
    uint32 count;
    /// The gain of the treasury or, below zero, its loss, in USD with 18 decimals.
    int128 result;
    /// The gain that the proposals themselves forecast, in USD with 18 decimals.
    uint128 forecast;
    /// The loss that the proposals themselves allowed, in USD with 18 decimals; zero if it is not known, and then a
    /// loss counts as one that reached its limit.
    uint128 maxLoss;
    /// The protocol fees that were paid, in USD with 18 decimals.
    uint128 fee;
}

/// @notice The settings of how much a report moves a score.
struct Weighting {
    /// The weight that moves a score half of the way to its end, in USD of fees with 18 decimals.
    uint128 halfWeight;
    /// The weight of each dollar lost, in basis points of a dollar of fees.
    uint16 lossWeightBps;
}

/// @notice The record of an agent, in one slot.
struct RatingState {
    /// Between -1 and 1, with 18 decimals, as of `updatedAt`; it fades from then on.
    int96 value;
    /// The time at which it was last written, in seconds; zero for an agent of which nothing was recorded.
    uint40 updatedAt;
    /// Proposals and jobs that counted for the agent, ever.
    uint32 gains;
    /// Proposals and jobs that counted against it, ever.
    uint32 losses;
}

/// @title IReputation
/// @notice The quality of agents: a measured score that nobody can talk up. Opinions stand apart, see
/// {IFeedbackRegistry}, and never move it. [NX-REP-04]
///
/// An agent's *rating* s lies between -1 and 1; 0 is that of an agent without history. The *score* is its image in
/// basis points, rounded towards `NEUTRAL`:
///
/// - s >= 0: NEUTRAL + s · (CAP - NEUTRAL)
/// - s < 0: NEUTRAL + s · (NEUTRAL - FLOOR)
///
/// Time fades it: after t seconds, s' = s · 2^(-t / HALF_LIFE). [NX-REP-03]
///
/// A report of weight w moves it towards 1 when the treasury gained, towards -1 when it lost, half of the way for each
/// `halfWeight`: s' = ±1 - (±1 - s) · 2^(-w / halfWeight). So gains never lower a score and losses never raise it, none
/// leaves its bounds, and a report cut into equal pieces weighs what it weighs as a whole. [NX-REP-01] [NX-REP-02]
/// [NX-REP-05]
///
/// - A gain weighs the fees paid, less as it fell short of its forecast: w = fee · min(result / forecast, 1). One without
///   a fee weighs nothing.
/// - A loss weighs its size, more the nearer it came to its limit, up to twice:
///   w = max(fee, loss · lossWeightBps) · (1 + min(loss / maxLoss, 1)). It needs no fee: losing pays none.
/// - A job weighs the fees paid: delivered, for the agent; late, half of them against it; lost, twice against it.
///
/// The score multiplies voting weight (bond · score / NEUTRAL) and divides fees. It slashes nothing.
///
/// Warnings:
/// - Whoever trades against the treasury at a loss can buy a score. It costs the loss and the fees, it fades, and the most
///   that it buys is `CAP`; the caps on weight per agent and per operator are the bound.
/// - A recorder is believed. It must not net gains against losses, and must record a loss whether asked to or not. Losses
/// may be recorded as a sum, of result, limit and fee alike: it weighs at most what they weigh one by one, and at least half.
/// Gains ought to be recorded one by one, or one that beat its forecast makes up for one that missed it.
interface IReputation is IAdministered {
    /// @notice Emitted when results of proposals are recorded.
    /// @param agentId The agent that proposed.
    /// @param recorder The account that recorded them.
    /// @param report The results, see {PerformanceReport}.
    /// @param weight Weight of the report, in USD of fees with 18 decimals.
    /// @param rating The rating from now on, with 18 decimals.
    event PerformanceRecorded(
        uint32 indexed agentId,
        address indexed recorder,
        PerformanceReport report,
        uint256 weight,
        int256 rating
    );

    /// @notice Emitted when the result of a job is recorded.
    /// @param agentId The agent that worked.
    /// @param recorder The account that recorded it.
    /// @param result The end of the job, see {JobResult}.
    /// @param fee The fees that were paid, in USD with 18 decimals.
    /// @param weight Weight of the result, in USD of fees with 18 decimals.
    /// @param rating The rating from now on, with 18 decimals.
    event JobRecorded(
        uint32 indexed agentId,
        address indexed recorder,
        JobResult result,
        uint256 fee,
        uint256 weight,
        int256 rating
    );

    /// @notice Emitted when an agent's id changed hands.
    /// @param agentId The agent's id.
    /// @param rating The rating from now on, at most zero, with 18 decimals.
    event ScoreRestarted(uint32 indexed agentId, int256 rating);

    /// @notice Emitted when what an account may record changes.
    /// @param recorder The account that changes.
    /// @param role The role from now on.
    event RecorderChanged(address indexed recorder, RecorderRole role);

    /// @notice Emitted when the weighting changes.
    /// @param weighting The weighting from now on.
    event WeightingChanged(Weighting weighting);

    /// @notice Thrown when an account records what it may not.
    /// @param caller The caller that was refused.
    /// @param role The role that the call needs.
    error NotRecorder(address caller, RecorderRole role);

    /// @notice Thrown when anyone but the registry restarts a score.
    /// @param caller The caller that was refused.
    error NotRegistry(address caller);

    /// @notice Thrown when a report sums up no proposal.
    /// @param agentId The agent's id.
    error EmptyReport(uint32 agentId);

    /// @notice Thrown when a half-life is too short or too long.
    /// @param halfLife Half-life that was asked for, in seconds.
    /// @param minimum The shortest half-life allowed, in seconds.
    /// @param maximum The longest half-life allowed, in seconds.
    error HalfLifeOutOfBounds(uint256 halfLife, uint256 minimum, uint256 maximum);

    /// @notice Thrown when a half-weight is too small or too large.
    /// @param halfWeight Half-weight that was asked for, in USD with 18 decimals.
    /// @param minimum The smallest half-weight allowed, in USD with 18 decimals.
    /// @param maximum The largest half-weight allowed, in USD with 18 decimals.
    error HalfWeightOutOfBounds(uint256 halfWeight, uint256 minimum, uint256 maximum);

    /// @notice Thrown when the weight of losses is too small or too large.
    /// @param lossWeightBps Weight of losses that was asked for, in basis points.
    /// @param minimum The smallest weight allowed, in basis points.
    /// @param maximum The largest weight allowed, in basis points.
    error LossWeightOutOfBounds(uint256 lossWeightBps, uint256 minimum, uint256 maximum);

    /// @notice Thrown when shares are asked for among too many agents.
    /// @param count Number of agents that were named.
    /// @param maximum The largest number of agents allowed.
    error TooManyAgents(uint256 count, uint256 maximum);

    /// @notice Records the results of an agent's executed proposals.
    ///
    /// @dev Emits {PerformanceRecorded}. Writes one slot, the agent's own.
    ///
    /// Requirements:
    /// - The caller must have the role `Proposals`. [NX-REP-04]
    /// - `report.count` must not be zero, and the agent must be registered.
    ///
    /// @param agentId The proposing agent.
    /// @param report The results, all gains or all losses, see {PerformanceReport}.
    function record(uint32 agentId, PerformanceReport calldata report) external;

    /// @notice Records how a job ended.
    ///
    /// @dev Emits {JobRecorded}. Writes one slot, the agent's own.
    ///
    /// Requirements:
    /// - The caller must have the role `Jobs`. [NX-REP-04]
    /// - The agent must be registered.
    ///
    /// @param agentId The agent that worked.
    /// @param result The end of the job, see {JobResult}.
    /// @param fee The protocol fees that were paid for it, in USD with 18 decimals.
    function recordJob(uint32 agentId, JobResult result, uint128 fee) external;

    /// @notice Takes what an agent earned from it: its id changed hands. What it lost stays, or a transfer to oneself would
    /// wash it off; that too fades. [NX-AGT-06] [NX-REP-06]
    ///
    /// @dev Emits {ScoreRestarted}, unless nothing was ever recorded. Only the registry.
    function restart(uint32 agentId) external;

    /// @notice Says what an account may record.
    /// @dev Emits {RecorderChanged}. Only the administrator.
    function setRecorder(address recorder, RecorderRole newRole) external;

    /// @notice Sets how much a report moves a score.
    /// @dev Emits {WeightingChanged}. Only the administrator, and only inside the bounds. What was recorded stays as it is.
    function setWeighting(Weighting calldata newWeighting) external;

    /// @notice An agent's score, in basis points between `FLOOR` and `CAP`; `NEUTRAL` for one without history.
    function scoreOf(uint32 agentId) external view returns (uint256 bps);

    /// @notice Each agent's part of what is divided by score, in basis points rounded down: its score of the sum of scores.
    /// @dev Reverts with {TooManyAgents} beyond `MAX_SHARES`. An agent named twice counts twice.
    function sharesOf(uint32[] calldata agentIds) external view returns (uint256[] memory bps);

    /// @notice An agent's rating as it is now, with 18 decimals.
    function ratingOf(uint32 agentId) external view returns (int256);

    /// @notice The record of an agent, as it was last written; all zero for one without history.
    function ratingStateOf(uint32 agentId) external view returns (RatingState memory);

    /// @notice The weight that a report has now, in USD of fees with 18 decimals.
    function weightOf(PerformanceReport calldata report) external view returns (uint256);

    /// @notice The role of an account: the results that it may record.
    function roleOf(address recorder) external view returns (RecorderRole);

    /// @notice The settings of how much a report moves a score.
    function weighting() external view returns (Weighting memory);

    /// @notice The time in which half of a rating fades, in seconds.
    function HALF_LIFE() external view returns (uint256);

    /// @notice The score of an agent without history, in basis points.
    function NEUTRAL() external view returns (uint256);

    /// @notice The lowest score, in basis points.
    function FLOOR() external view returns (uint256);

    /// @notice The highest score, in basis points.
    function CAP() external view returns (uint256);

    /// @notice The most agents among whom `sharesOf` divides.
    function MAX_SHARES() external view returns (uint256);
}
