// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Administered} from "./abstracts/Administered.sol";
import {JobLocks} from "./abstracts/JobLocks.sol";
import {IAgentIdentity} from "./interfaces/IAgentIdentity.sol";
import {IEscrow} from "./interfaces/IEscrow.sol";
import {ILocks} from "./interfaces/ILocks.sol";
import {IOracleHub} from "./interfaces/IOracleHub.sol";
import {IReputation, JobResult} from "./interfaces/IReputation.sol";
import {JobTag, JobTagLib} from "./libraries/JobTag.sol";
import {LockWord} from "./libraries/LockWord.sol";
import {SignatureLib} from "./libraries/SignatureLib.sol";
import {Job, JobStatus, JobTerms, RecordRefusal} from "./types/Job.sol";

/// @title Escrow
/// @notice See {IEscrow}. It stores its fee and nothing else: a job is its lock in {IAccounts}, see {JobLocks}.
///
/// @dev By subject:
/// - Value: this contract holds no money. A job reserves `cap + evaluatorPay` as a lock in the ledger. (ADR 0012)
/// - Prices: those of the terms, in the units of the job's token. The fee is part of what the worker earns.
/// - Limits: a fee of at most `MAX_FEE_BPS`, as it was at funding; a time to judge from `MIN_REVIEW_PERIOD` to `MAX_REVIEW_PERIOD`.
/// - Classes: none.
/// - State: status, fee and the time of the last step are the lock's tag; once a job is over, its result is stored in
///   place of the time. (ADR 0016)
/// - Records: anyone may have the result recorded, once. {IReputation} must give this contract the role `Jobs`.
/// - Tokens: any that the ledger takes.
/// - Oracles: only `record` reads a price, at the lower end of the band. Without one it reverts; no money depends on
///   it.
contract Escrow is JobLocks, Administered, EIP712 {
    using SignatureLib for bytes;

    /* CONSTANTS AND IMMUTABLES */

    bytes32 private constant APPROVAL_TYPEHASH = keccak256("Approval(bytes32 jobId,bytes32 result,uint128 outcome)");
    bytes32 private constant SETTLEMENT_TYPEHASH = keccak256(
        "Settlement(bytes32 jobId,uint256 earned,uint256 deadline)"
    );

    /// @inheritdoc IEscrow
    uint256 public constant MAX_FEE_BPS = 500;
    /// @inheritdoc IEscrow
    uint256 public constant MIN_REVIEW_PERIOD = 1 minutes;
    /// @inheritdoc IEscrow
    uint256 public constant MAX_REVIEW_PERIOD = 30 days;
    address private immutable REGISTRY;
    address private immutable REPUTATION;
    address private immutable ORACLE_HUB;

    /* STORAGE */

    /// @inheritdoc IEscrow
    uint256 public jobFeeBps;

    /* CONSTRUCTOR */

    /// @param admin The DAO's timelock.
    /// @param accounts The {Accounts} ledger.
    /// @param registry The agents' registry.
    /// @param reputation The contract that results are recorded in; this contract needs its role `Jobs` for that, and
    /// for nothing else.
    /// @param oracleHub The oracle hub that values fees.
    /// @param initialFeeBps The fee, in basis points of what a worker earns.
    constructor(
        address admin,
        address accounts,
        address registry,
        address reputation,
        address oracleHub,
        uint256 initialFeeBps
    ) Administered(admin) EIP712("NEXUS Escrow", "1") JobLocks(accounts) {
        REGISTRY = registry;
        REPUTATION = reputation;
        ORACLE_HUB = oracleHub;
        _setJobFee(initialFeeBps);
    }

    /* AGREEING */

    /// @inheritdoc IEscrow
    function fund(JobTerms calldata terms) external returns (bytes32 jobId) {
        // Check: the terms make sense, and the client itself agrees to them.
        jobId = jobIdOf(terms);
        _checkIs(jobId, terms.client);
        _checkParties(terms);
        _checkPrice(terms);
        (uint256 reviewPeriod, uint256 deliverBy) = (terms.reviewPeriod, terms.deliverBy);
        require(
            reviewPeriod >= MIN_REVIEW_PERIOD && reviewPeriod <= MAX_REVIEW_PERIOD,
            ReviewPeriodOutOfBounds(reviewPeriod, MIN_REVIEW_PERIOD, MAX_REVIEW_PERIOD)
        );
        _checkInTime(jobId, deliverBy);
        require(terms.agentId == 0 || _isAgentWallet(terms), NotAgentWallet(terms.agentId, terms.worker));

        // Effect: reserve all that it can cost, at today's fee.
        emit JobFunded(jobId, terms.worker, terms);
        uint256 reserved = uint256(terms.cap) + terms.evaluatorPay;
        ILocks(ACCOUNTS).lock({
            token: terms.token,
            id: jobId,
            owner: msg.sender,
            amount: reserved,
            tag: JobTag.unwrap(JobTagLib.running(JobStatus.Funded, jobFeeBps, 0))
        });
    }

    /// @inheritdoc IEscrow
    function accept(JobTerms calldata terms) external {
        (bytes32 jobId, JobTag job) = _read(terms);
        _checkIs(jobId, terms.worker);
        require(job.status() == JobStatus.Funded, WrongJobStatus(jobId, job.status()));
        _checkInTime(jobId, terms.deliverBy);
        emit JobAccepted(jobId);
        _setStatus({terms: terms, jobId: jobId, job: job, status: JobStatus.Accepted, reviewStartedAt: 0});
    }

    /// @inheritdoc IEscrow
    function cancel(JobTerms calldata terms) external {
        (bytes32 jobId, JobTag job) = _read(terms);
        bool isWorker = msg.sender == terms.worker;
        require(isWorker || msg.sender == terms.client, NotJobParty(jobId, msg.sender));
        bool isPossible = job.status() == JobStatus.Funded || (isWorker && job.status() == JobStatus.Accepted);
        require(isPossible, WrongJobStatus(jobId, job.status()));
        _giveBack(terms, jobId, job);
    }

    /* WORKING */

    /// @inheritdoc IEscrow
    function deliver(JobTerms calldata terms, bytes32 result) external {
        (bytes32 jobId, JobTag job) = _checkDelivery(terms, result);
        emit JobDelivered(jobId, result);
        _setStatus({
            terms: terms,
            jobId: jobId,
            job: job,
            status: JobStatus.Delivered,
            reviewStartedAt: block.timestamp
        });
    }

    /// @inheritdoc IEscrow
    function deliverApproved(
        JobTerms calldata terms,
        bytes32 result,
        uint128 outcome,
        bytes calldata signature
    ) external {
        (bytes32 jobId, JobTag job) = _checkDelivery(terms, result);
        address evaluator = _evaluatorOf(terms);
        bytes32 digest = approvalDigest(jobId, result, outcome);
        require(signature.isSignedBy(digest, evaluator), InvalidApproval(jobId, evaluator));
        emit JobDelivered(jobId, result);
        uint256 price = _priceOf(terms, jobId, outcome);
        _payEvaluator(terms, jobId, job);
        _end({terms: terms, jobId: jobId, job: job, status: JobStatus.Paid, earned: price});
    }

    /// @inheritdoc IEscrow
    function approve(JobTerms calldata terms, uint128 outcome) external {
        (bytes32 jobId, JobTag job) = _read(terms);
        _checkIs(jobId, _evaluatorOf(terms));
        _checkJudgeable({terms: terms, jobId: jobId, job: job, status: JobStatus.Delivered});
        uint256 price = _priceOf(terms, jobId, outcome);
        _payEvaluator(terms, jobId, job);
        _end({terms: terms, jobId: jobId, job: job, status: JobStatus.Paid, earned: price});
    }

    /// @dev Whether the caller may deliver `result` now.
    function _checkDelivery(JobTerms calldata terms, bytes32 result) private view returns (bytes32 jobId, JobTag job) {
        (jobId, job) = _read(terms);
        _checkIs(jobId, terms.worker);
        require(_isUndelivered(job), WrongJobStatus(jobId, job.status()));
        _checkInTime(jobId, terms.deliverBy);
        require(result != 0, NoResult(jobId));
    }

    /* DISPUTES */

    /// @inheritdoc IEscrow
    function dispute(JobTerms calldata terms) external {
        (bytes32 jobId, JobTag job) = _read(terms);
        bool isEvaluator = msg.sender == terms.evaluator;
        require(isEvaluator || msg.sender == terms.client, NotJobParty(jobId, msg.sender));
        _checkJudgeable({terms: terms, jobId: jobId, job: job, status: JobStatus.Delivered});
        emit JobDisputed(jobId, msg.sender);

        if (isEvaluator) _payEvaluator(terms, jobId, job);
        _setStatus({
            terms: terms,
            jobId: jobId,
            job: job,
            status: JobStatus.Disputed,
            reviewStartedAt: block.timestamp
        });
    }

    /// @inheritdoc IEscrow
    function arbitrate(JobTerms calldata terms, uint256 earned) external {
        (bytes32 jobId, JobTag job) = _read(terms);
        _checkIs(jobId, terms.arbiter);
        _checkJudgeable({terms: terms, jobId: jobId, job: job, status: JobStatus.Disputed});
        _end({
            terms: terms,
            jobId: jobId,
            job: job,
            status: JobStatus.Arbitrated,
            earned: _awardOf(terms, jobId, earned)
        });
    }

    /// @inheritdoc IEscrow
    function settle(JobTerms calldata terms, uint256 earned, uint256 deadline, bytes calldata signature) external {
        (bytes32 jobId, JobTag job) = _read(terms);
        require(msg.sender == terms.client || msg.sender == terms.worker, NotJobParty(jobId, msg.sender));
        address other = msg.sender == terms.client ? terms.worker : terms.client;
        require(_isUndelivered(job) || _awaitsJudgement(job), WrongJobStatus(jobId, job.status()));
        require(block.timestamp <= deadline, SettlementExpired(jobId, deadline));
        require(
            signature.isSignedBy(settlementDigest(jobId, earned, deadline), other),
            InvalidSettlement(jobId, other)
        );
        _end({terms: terms, jobId: jobId, job: job, status: JobStatus.Settled, earned: _awardOf(terms, jobId, earned)});
    }

    /// @inheritdoc IEscrow
    function resolveTimeout(JobTerms calldata terms) external {
        (bytes32 jobId, JobTag job) = _read(terms);
        bool isUndelivered = _isUndelivered(job);
        require(isUndelivered || _awaitsJudgement(job), WrongJobStatus(jobId, job.status()));
        uint256 deadline = isUndelivered ? terms.deliverBy : job.reviewStartedAt() + terms.reviewPeriod;
        require(block.timestamp > deadline, JobTermRunning(jobId, deadline));
        if (isUndelivered) _giveBack(terms, jobId, job);
        else _end({terms: terms, jobId: jobId, job: job, status: JobStatus.Paid, earned: terms.timeoutPayment});
    }

    /* RESULTS */

    /// @inheritdoc IEscrow
    function record(JobTerms calldata terms) external {
        // Check: it says something of an agent, and nobody recorded it.
        (bytes32 jobId, JobTag job) = _read(terms);
        (RecordRefusal refusal, JobResult result, uint256 fee) = _previewRecord(terms, job);
        require(refusal == RecordRefusal.None, JobNotRecordable(jobId, refusal));

        // Effect: never again.
        emit JobResultRecorded(jobId, terms.agentId, result, fee);
        _retag(terms, jobId, job.recorded());

        // Interaction: the fee at the lower end of its worth.
        (uint256 worth, ) = IOracleHub(ORACLE_HUB).valueRange(terms.token, fee);
        // Safe cast: just bounded.
        IReputation(REPUTATION).recordJob(terms.agentId, result, uint128(Math.min(worth, type(uint128).max)));
    }

    /// @inheritdoc IEscrow
    function previewRecord(
        JobTerms calldata terms
    ) external view returns (RecordRefusal refusal, JobResult result, uint256 fee) {
        (, JobTag job) = _read(terms);
        return _previewRecord(terms, job);
    }

    /// @dev The one rule of what a job says of an agent. [NX-ESC-03]
    function _previewRecord(
        JobTerms calldata terms,
        JobTag job
    ) private view returns (RecordRefusal refusal, JobResult result, uint256 fee) {
        if (terms.agentId == 0) return (RecordRefusal.NoAgent, result, 0);
        if (job.status() < JobStatus.Paid) return (RecordRefusal.NotOver, result, 0);
        bool countsNothing = job.status() == JobStatus.Cancelled || job.status() == JobStatus.Settled;
        if (countsNothing) return (RecordRefusal.CountsNothing, result, 0);
        if (job.isRecorded()) return (RecordRefusal.Recorded, result, 0);

        uint256 weighed = terms.cap;
        result = _resultOf(terms, job);
        if (result == JobResult.Delivered) {
            if (!_isAgentWallet(terms)) return (RecordRefusal.WalletChanged, result, 0);
            weighed = (weighed * job.earnedPart()) / JobTagLib.WHOLE;
        }
        fee = (weighed * job.feeBps()) / BPS;
    }

    /// @dev The result of a job for its worker: paid, decided, or given up after it had accepted. Parts of the cap are
    /// compared, both rounded down, so that a worker that got no less than silence pays has never lost.
    function _resultOf(JobTerms calldata terms, JobTag job) private pure returns (JobResult) {
        if (job.status() == JobStatus.Failed) return JobResult.Late;
        bool isLost = job.status() == JobStatus.Arbitrated && job.earnedPart() < _partOf(terms, terms.timeoutPayment);
        return isLost ? JobResult.Lost : JobResult.Delivered;
    }

    function _isAgentWallet(JobTerms calldata terms) private view returns (bool) {
        return IAgentIdentity(REGISTRY).getAgentWallet(terms.agentId) == terms.worker;
    }

    /* THE FEE */

    /// @inheritdoc IEscrow
    function setJobFee(uint256 newFeeBps) external onlyAdmin {
        _setJobFee(newFeeBps);
    }

    function _setJobFee(uint256 newFeeBps) private {
        require(newFeeBps <= MAX_FEE_BPS, JobFeeAboveCap(newFeeBps, MAX_FEE_BPS));
        jobFeeBps = newFeeBps;
        emit JobFeeChanged(newFeeBps);
    }

    /* CHECKS */

    function _checkIs(bytes32 jobId, address party) private view {
        require(msg.sender == party, NotJobParty(jobId, msg.sender));
    }

    function _checkInTime(bytes32 jobId, uint256 deadline) private view {
        require(block.timestamp <= deadline, JobTermOver(jobId, deadline));
    }

    /// @dev Whether the job waits for a judgement in status `status`, and there is still time for it.
    function _checkJudgeable(JobTerms calldata terms, bytes32 jobId, JobTag job, JobStatus status) private view {
        require(job.status() == status, WrongJobStatus(jobId, job.status()));
        _checkInTime(jobId, job.reviewStartedAt() + terms.reviewPeriod);
    }

    function _checkParties(JobTerms calldata terms) private pure {
        (address client, address worker, address arbiter) = (terms.client, terms.worker, terms.arbiter);
        require(worker != address(0) && worker != client, InvalidParty(worker));
        require(arbiter != address(0) && arbiter != client && arbiter != worker, InvalidParty(arbiter));
        address evaluator = terms.evaluator;
        require(evaluator != client && evaluator != worker && evaluator != arbiter, InvalidParty(evaluator));
    }

    function _checkPrice(JobTerms calldata terms) private pure {
        (uint256 floor, uint256 timeoutPayment, uint256 cap) = (terms.floor, terms.timeoutPayment, terms.cap);
        bool isOrdered = floor <= timeoutPayment && timeoutPayment <= cap && timeoutPayment != 0;
        bool isFixed = floor == cap;
        bool takesPart = terms.outcomeBps != 0;
        require(isOrdered && isFixed != takesPart, InvalidPrice(floor, timeoutPayment, cap, terms.outcomeBps));
    }

    function _isUndelivered(JobTag job) private pure returns (bool) {
        return job.status() == JobStatus.Funded || job.status() == JobStatus.Accepted;
    }

    /// @dev Whether the work is there and its judgement is not.
    function _awaitsJudgement(JobTag job) private pure returns (bool) {
        return job.status() == JobStatus.Delivered || job.status() == JobStatus.Disputed;
    }

    function _priceOf(JobTerms calldata terms, bytes32 jobId, uint256 outcome) private pure returns (uint256 price) {
        (uint256 floor, uint256 cap) = (terms.floor, terms.cap);
        price = floor + (outcome * terms.outcomeBps) / BPS;
        require(price <= cap, OutcomeAboveCap(jobId, price, cap));
    }

    function _awardOf(JobTerms calldata terms, bytes32 jobId, uint256 earned) private pure returns (uint256) {
        require(earned <= terms.cap, AwardAboveCap(jobId, earned, terms.cap));
        return earned;
    }

    /* VIEWS */

    /// @inheritdoc IEscrow
    function jobOf(JobTerms calldata terms) external view returns (Job memory) {
        LockWord made = _lockOf(terms, jobIdOf(terms));
        JobTag job = JobTag.wrap(made.tagOf());
        bool isOver = job.status() >= JobStatus.Paid;
        return
            Job({
                status: job.status(),
                reviewStartedAt: isOver ? 0 : job.reviewStartedAt(),
                feeBps: job.feeBps(),
                reserved: made.depositedOf() - made.paidOf()
            });
    }

    /// @inheritdoc IEscrow
    function maxOutcomeOf(JobTerms calldata terms) external pure returns (uint256) {
        if (terms.outcomeBps == 0) return type(uint128).max;
        uint256 remaining = uint256(terms.cap) - terms.floor;
        return Math.min(((remaining + 1) * BPS - 1) / terms.outcomeBps, type(uint128).max);
    }

    /// @inheritdoc IEscrow
    function approvalDigest(bytes32 jobId, bytes32 result, uint128 outcome) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(APPROVAL_TYPEHASH, jobId, result, outcome)));
    }

    /// @inheritdoc IEscrow
    function settlementDigest(bytes32 jobId, uint256 earned, uint256 deadline) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(SETTLEMENT_TYPEHASH, jobId, earned, deadline)));
    }
}
