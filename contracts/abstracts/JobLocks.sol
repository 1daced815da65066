// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IEscrow} from "../interfaces/IEscrow.sol";
import {ILocks} from "../interfaces/ILocks.sol";
import {JobTag, JobTagLib} from "../libraries/JobTag.sol";
import {LockWord} from "../libraries/LockWord.sol";
import {JobStatus, JobTerms} from "../types/Job.sol";

/// @title JobLocks
/// @notice See {IEscrow}. Reads a job from its lock in {IAccounts}, whose tag is a {JobTag}, writes it there, and makes the
/// payments that end it. {Escrow} decides who may do what.
abstract contract JobLocks is IEscrow {
    uint256 internal constant BPS = 10_000;
    /// @dev Fourteen words.
    uint256 private constant TERMS_LENGTH = 448;

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
    function _giveBack(JobTerms calldata terms, bytes32 jobId, JobTag job) internal {
        JobStatus status = job.status() == JobStatus.Accepted ? JobStatus.Failed : JobStatus.Cancelled;
        _end({terms: terms, jobId: jobId, job: job, status: status, earned: 0});
    }

    /// @dev Pays the worker, and the client all the rest: nothing stays reserved. [NX-ESC-01]
    function _end(JobTerms calldata terms, bytes32 jobId, JobTag job, JobStatus status, uint256 earned) internal {
        uint256 feeBps = job.feeBps();
        uint256 fee = (earned * feeBps) / BPS;
        emit JobEnded(jobId, status);
        ILocks(ACCOUNTS).pay({
            token: terms.token,
            id: jobId,
            to: terms.worker,
            restTo: terms.client,
            amount: earned - fee,
            fee: fee,
            tag: JobTag.unwrap(JobTagLib.ended(status, feeBps, _partOf(terms, earned)))
        });
    }

    /// @dev Pays the evaluator for its judgement, whatever that is.
    function _payEvaluator(JobTerms calldata terms, bytes32 jobId, JobTag job) internal {
        uint256 due = terms.evaluatorPay;
        if (due == 0) return;
        ILocks(ACCOUNTS).pay({
            token: terms.token,
            id: jobId,
            to: _evaluatorOf(terms),
            restTo: address(0),
            amount: due,
            fee: 0,
            tag: JobTag.unwrap(job)
        });
    }

    function _setStatus(
        JobTerms calldata terms,
        bytes32 jobId,
        JobTag job,
        JobStatus status,
        uint256 reviewStartedAt
    ) internal {
        _retag(terms, jobId, JobTagLib.running(status, job.feeBps(), reviewStartedAt));
    }

    function _retag(JobTerms calldata terms, bytes32 jobId, JobTag tag) internal {
        ILocks(ACCOUNTS).retag(terms.token, jobId, JobTag.unwrap(tag));
    }

    /// @dev The part of the cap that `earned` is, rounded down. No division by zero: `fund` refuses a cap of zero.
    function _partOf(JobTerms calldata terms, uint256 earned) internal pure returns (uint256) {
        return (earned * JobTagLib.WHOLE) / terms.cap;
    }

    function _read(JobTerms calldata terms) internal view returns (bytes32 jobId, JobTag job) {
        jobId = jobIdOf(terms);
        job = JobTag.wrap(_lockOf(terms, jobId).tagOf());
    }

    function _lockOf(JobTerms calldata terms, bytes32 jobId) internal view returns (LockWord) {
        return LockWord.wrap(ILocks(ACCOUNTS).lockWordOf(address(this), terms.token, jobId));
    }
}
