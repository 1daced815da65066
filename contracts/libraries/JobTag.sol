// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {JobStatus} from "../types/Job.sol";

/// @notice A job's state, which {Escrow} keeps in the tag of the job's lock. From the lowest bit: status (4 bits), fee in basis
/// points (12), and 32 bits that mean one thing before the job is over and another afterwards: first the time at which its
/// review began, in seconds; then the part of the cap that was earned (31 bits), and whether the result is recorded (1).
type JobTag is uint48;

using JobTagLib for JobTag global;

/// @title JobTagLib
/// @notice Packs and reads a job's state. Nothing else knows its bits. (ADR 0016)
library JobTagLib {
    /// @dev The part that is the whole cap.
    uint256 internal constant WHOLE = 2 ** 31 - 1;

    uint256 private constant STATUS_MASK = 2 ** 4 - 1;
    uint256 private constant FEE_SHIFT = 4;
    uint256 private constant FEE_MASK = 2 ** 12 - 1;
    uint256 private constant TOP_SHIFT = 16;
    uint48 private constant RECORDED = 2 ** 47;

    /// @dev A job that is not over.
    /// @param jobFeeBps The fee, in basis points; at most 4,095.
    /// @param startedAt The time at which its review began, in seconds; zero before.
    function running(JobStatus status_, uint256 jobFeeBps, uint256 startedAt) internal pure returns (JobTag) {
        return _pack(status_, jobFeeBps, startedAt);
    }

    /// @dev A job that is over and not recorded.
    /// @param part The part of the cap that was earned, from zero to `WHOLE`.
    function ended(JobStatus status_, uint256 jobFeeBps, uint256 part) internal pure returns (JobTag) {
        return _pack(status_, jobFeeBps, part);
    }

    /// @dev The job once its result is recorded.
    function recorded(JobTag tag) internal pure returns (JobTag) {
        return JobTag.wrap(JobTag.unwrap(tag) | RECORDED);
    }

    function status(JobTag tag) internal pure returns (JobStatus) {
        return JobStatus(JobTag.unwrap(tag) & STATUS_MASK);
    }

    function feeBps(JobTag tag) internal pure returns (uint256) {
        return (JobTag.unwrap(tag) >> FEE_SHIFT) & FEE_MASK;
    }

    /// @dev The time at which the review began, in seconds; only while the job is not over.
    function reviewStartedAt(JobTag tag) internal pure returns (uint256) {
        return JobTag.unwrap(tag) >> TOP_SHIFT;
    }

    /// @dev The part of the cap that was earned, from zero to `WHOLE`; only once the job is over.
    function earnedPart(JobTag tag) internal pure returns (uint256) {
        return (JobTag.unwrap(tag) >> TOP_SHIFT) & WHOLE;
    }

    /// @dev Whether the result is on an agent's score; only once the job is over.
    function isRecorded(JobTag tag) internal pure returns (bool) {
        return JobTag.unwrap(tag) & RECORDED != 0;
    }

    /// @dev Safe cast: 32 bits of seconds last until 2106, a part has 31 bits, and no fee is above `MAX_FEE_BPS`.
    function _pack(JobStatus status_, uint256 jobFeeBps, uint256 top) private pure returns (JobTag) {
        return JobTag.wrap(uint48((top << TOP_SHIFT) | (jobFeeBps << FEE_SHIFT) | uint256(status_)));
    }
}
