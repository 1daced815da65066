// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {JobTag, JobTagLib} from "../../../contracts/libraries/JobTag.sol";
import {JobStatus} from "../../../contracts/types/Job.sol";
import {NexusTest, VM} from "../../support/NexusTest.sol";

/// @notice Tags of jobs against the numbers that they stand for.
contract JobTagTest is NexusTest {
    /// [NX-ESC-03]
    function testFuzz_ARunningJobIsItsThreeNumbers(uint8 status, uint16 feeBps, uint32 startedAt) public pure {
        (JobStatus expected, uint256 fee) = (_statusOf(status), feeBps % 4096);
        JobTag tag = JobTagLib.running(expected, fee, startedAt);
        VM.assertTrue(tag.status() == expected, "status");
        VM.assertEq(tag.feeBps(), fee, "fee");
        VM.assertEq(tag.reviewStartedAt(), startedAt, "start of the review");
    }

    /// [NX-ESC-03]
    function testFuzz_RecordingChangesNothingElse(uint8 status, uint16 feeBps, uint32 part) public pure {
        (JobStatus expected, uint256 fee) = (_statusOf(status), feeBps % 4096);
        uint256 earned = part % (JobTagLib.WHOLE + 1);
        JobTag tag = JobTagLib.ended(expected, fee, earned);
        VM.assertTrue(!tag.isRecorded(), "not recorded yet");
        VM.assertTrue(tag.recorded().isRecorded(), "recorded");
        for (uint256 i; i < 2; ++i) {
            VM.assertTrue(tag.status() == expected, "status");
            VM.assertEq(tag.feeBps(), fee, "fee");
            VM.assertEq(tag.earnedPart(), earned, "part");
            tag = tag.recorded();
        }
    }

    /// Where its fields stand: the status lowest, the fee above it, the rest above both.
    function test_EachFieldHoldsAllThatItSays() public pure {
        JobTag tag = JobTagLib.ended(JobStatus.Cancelled, 4_095, JobTagLib.WHOLE).recorded();
        uint256 expected = uint256(JobStatus.Cancelled) + 4_095 * 2 ** 4 + (2 ** 32 - 1) * 2 ** 16;
        VM.assertEq(JobTag.unwrap(tag), expected, "another layout");
    }

    function _statusOf(uint8 seed) private pure returns (JobStatus) {
        return JobStatus(seed % (uint256(type(JobStatus).max) + 1));
    }
}
