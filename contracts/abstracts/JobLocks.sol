// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IEscrow} from "../interfaces/IEscrow.sol";
import {ILocks} from "../interfaces/ILocks.sol";
import {LedgerWord} from "../libraries/LedgerWord.sol";
import {Job, JobStatus, JobTerms} from "../types/Job.sol";

/// @title JobLocks
/// @notice See {IEscrow}. Reads and writes a job in its lock in {IAccounts}: status, fee and the time of the last step in the
/// lock's tag, and the payments that end it. {Escrow} decides who may do what.
abstract contract JobLocks is IEscrow {
    using LedgerWord for uint256;

    uint256 internal constant BPS = 10_000;
    /// @dev Fourteen words.
    uint256 private constant TERMS_LENGTH = 448;
    uint256 private constant STATUS_BITS = 4;
    uint256 private constant FEE_BITS = 12;
    /// @dev Once a job is over, the part of the cap that was earned is stored where the start of its review was, and above it
    /// the bit `RECORDED`. {_earnedPart} and {_isRecorded} read them.
    uint256 internal constant WHOLE = 2 ** 31 - 1;
    uint256 internal constant RECORDED = 2 ** 31;

    /// @inheritdoc IEscrow
    address public immutable ACCOUNTS;

    constructor(address accounts) {
        ACCOUNTS = accounts;
    }

    /// @inheritdoc IEscrow
    function jobIdOf(JobTerms calldata terms) public pure returns (bytes32 jobId) {
        // All members are whole words of calldata, so this is keccak256(abi.encode(terms)), without a copy of each. Whoever
        // sets bits that a member does not have names no job: `fund` reads every member, and that refuses such bits.
        assembly ("memory-safe") {
            let words := mload(0x40)
            calldatacopy(words, terms, TERMS_LENGTH)
            jobId := keccak256(words, TERMS_LENGTH)
        }
    }

    function _evaluatorOf(JobTerms calldata terms) internal pure returns (address) {
        return terms.evaluator == address(0) ? terms.client : terms.evaluator;
    }

    /// @dev Returns all to the client. The worker that had accepted failed.
    function _giveBack(JobTerms calldata terms, bytes32 jobId, Job memory job) internal {
        JobStatus status = job.status == JobStatus.Accepted ? JobStatus.Failed : JobStatus.Cancelled;
        _end(terms, jobId, job, status, 0);
    }

    /// @dev Pays the worker, and the client all the rest: nothing stays reserved. [NX-ESC-01]
    function _end(JobTerms calldata terms, bytes32 jobId, Job memory job, JobStatus status, uint256 earned) internal {
        uint256 fee = (earned * job.feeBps) / BPS;
        emit JobEnded(jobId, status);
        uint48 tag = _tagOf(status, job.feeBps, _partOf(terms, earned));
        ILocks(ACCOUNTS).pay(terms.token, jobId, tag, terms.worker, earned - fee, fee, terms.client);
    }

    /// @dev Pays the evaluator for its judgement, whatever that is.
    function _payEvaluator(JobTerms calldata terms, bytes32 jobId, Job memory job) internal {
        uint256 due = terms.evaluatorPay;
        if (due == 0) return;
        uint48 tag = _tagOf(job.status, job.feeBps, job.reviewStartedAt);
        ILocks(ACCOUNTS).pay(terms.token, jobId, tag, _evaluatorOf(terms), due, 0, address(0));
    }

    function _setStatus(
        JobTerms calldata terms,
        bytes32 jobId,
        Job memory job,
        JobStatus status,
        uint256 reviewStartedAt
    ) internal {
        ILocks(ACCOUNTS).retag(terms.token, jobId, _tagOf(status, job.feeBps, reviewStartedAt));
    }

    /// @dev The part of the cap that `earned` is, rounded down. No division by zero: `fund` refuses a cap of zero.
    function _partOf(JobTerms calldata terms, uint256 earned) internal pure returns (uint256) {
        return (earned * WHOLE) / terms.cap;
    }

    /// @dev The part of the cap that a job earned, of `WHOLE`; the job is over and not recorded.
    function _earnedPart(Job memory job) internal pure returns (uint256) {
        return job.reviewStartedAt;
    }

    /// @dev Whether the result of a job that is over is on an agent's score.
    function _isRecorded(Job memory job) internal pure returns (bool) {
        return job.reviewStartedAt & RECORDED != 0;
    }

    /// @param startOrPart The start of the review in seconds; once the job is over, its earned part and `RECORDED`.
    function _tagOf(JobStatus status, uint256 feeBps, uint256 startOrPart) internal pure returns (uint48) {
        // Safe cast: 32 bits of seconds last until 2106, what replaces them has 32, and no fee is above `MAX_FEE_BPS`.
        return uint48((startOrPart << (FEE_BITS + STATUS_BITS)) | (feeBps << STATUS_BITS) | uint256(status));
    }

    function _read(JobTerms calldata terms) internal view returns (bytes32 jobId, Job memory job) {
        jobId = jobIdOf(terms);
        uint256 made = ILocks(ACCOUNTS).lockWordOf(address(this), terms.token, jobId);
        uint256 tag = made.tagOf();
        job = Job({
            status: JobStatus(tag & ((1 << STATUS_BITS) - 1)),
            reviewStartedAt: tag >> (FEE_BITS + STATUS_BITS),
            feeBps: (tag >> STATUS_BITS) & ((1 << FEE_BITS) - 1),
            reserved: made.depositedOf() - made.paidOf()
        });
    }
}
