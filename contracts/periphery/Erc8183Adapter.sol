// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {CommerceJobs} from "../abstracts/CommerceJobs.sol";
import {IAccounts} from "../interfaces/IAccounts.sol";
import {IErc8183} from "../interfaces/IErc8183.sol";
import {IEscrow} from "../interfaces/IEscrow.sol";
import {CommerceStatus} from "../types/Commerce.sol";
import {JobStatus, JobTerms} from "../types/Job.sol";
import {Erc8183Worker} from "./Erc8183Worker.sol";

/// @title Erc8183Adapter
/// @notice See {IErc8183}. For the escrow, this contract is client and evaluator of every job here, and its own worker
/// contract the worker. The jobs' real parties are kept here.
contract Erc8183Adapter is CommerceJobs, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /* CONSTANTS AND IMMUTABLES */

    uint256 private constant BPS = 10_000;
    uint256 private immutable MIN_REVIEW_PERIOD;
    IEscrow private immutable ESCROW;
    IAccounts private immutable ACCOUNTS;
    Erc8183Worker private immutable WORKER;

    /* CONSTRUCTOR */

    /// @param escrow The escrow that holds the jobs' money.
    /// @param token The token that all jobs are paid in.
    constructor(IEscrow escrow, IERC20 token) CommerceJobs(token, escrow.MAX_REVIEW_PERIOD()) {
        ESCROW = escrow;
        ACCOUNTS = IAccounts(escrow.ACCOUNTS());
        WORKER = new Erc8183Worker(escrow);
        MIN_REVIEW_PERIOD = escrow.MIN_REVIEW_PERIOD();
        ACCOUNTS.allowModule(address(token), address(escrow), true);
        token.forceApprove(address(ACCOUNTS), type(uint256).max);
    }

    /* WORKING */

    /// @inheritdoc IErc8183
    function fund(uint256 jobId, uint256 expectedBudget, bytes calldata) external nonReentrant {
        // Check: the client pays what it expects, for work that can still be done.
        Kept storage job = _jobIn(jobId, CommerceStatus.Open);
        _checkIs(jobId, job.client);
        (uint256 budget, uint256 expiredAt) = (job.budget, job.expiredAt);
        require(job.provider != address(0), ProviderMissing(jobId));
        require(budget != 0 && budget == expectedBudget, BudgetMismatch(jobId, budget, expectedBudget));
        require(block.timestamp < expiredAt, CommerceJobExpired(jobId, expiredAt));

        // Effect: the evaluator gets as much time as the provider has. Safe cast: at most MAX_TERM.
        job.status = CommerceStatus.Funded;
        job.reviewPeriod = uint32(Math.max(expiredAt - block.timestamp, MIN_REVIEW_PERIOD));
        emit JobFunded(jobId, msg.sender, budget);

        // Interaction: through the ledger into the escrow.
        TOKEN.safeTransferFrom(msg.sender, address(this), budget);
        ACCOUNTS.deposit(address(TOKEN), address(this), budget);
        ESCROW.fund(_termsOf(jobId, job));
    }

    /// @inheritdoc IErc8183
    function submit(uint256 jobId, bytes32 deliverable, bytes calldata) external nonReentrant {
        Kept storage job = _jobIn(jobId, CommerceStatus.Funded);
        _checkIs(jobId, job.provider);
        job.status = CommerceStatus.Submitted;
        // Safe cast: 40 bits of seconds last for 34,000 years.
        job.judgedBy = uint40(block.timestamp + job.reviewPeriod);
        emit JobSubmitted(jobId, msg.sender, deliverable);
        WORKER.deliver(_termsOf(jobId, job), deliverable);
    }

    /// @inheritdoc IErc8183
    function complete(uint256 jobId, bytes32 reason, bytes calldata) external nonReentrant {
        Kept storage job = _jobIn(jobId, CommerceStatus.Submitted);
        _checkIs(jobId, job.evaluator);
        _complete(jobId, job, reason);
    }

    /// @inheritdoc IErc8183
    function claimPayment(uint256 jobId) external nonReentrant {
        Kept storage job = _jobIn(jobId, CommerceStatus.Submitted);
        require(block.timestamp > job.judgedBy, EvaluationRunning(jobId, job.judgedBy));
        _complete(jobId, job, 0);
    }

    /// @inheritdoc IErc8183
    function reject(uint256 jobId, bytes32 reason, bytes calldata) external nonReentrant {
        // Check: the client takes back an offer, or the evaluator rejects in time.
        Kept storage job = _jobOf(jobId);
        CommerceStatus status = job.status;
        require(status <= CommerceStatus.Submitted, WrongCommerceStatus(jobId, status));
        _checkIs(jobId, status == CommerceStatus.Open ? job.client : job.evaluator);
        bool isJudged = status == CommerceStatus.Submitted;
        require(!isJudged || block.timestamp <= job.judgedBy, EvaluationOver(jobId, job.judgedBy));

        // Effect: it is over.
        job.status = CommerceStatus.Rejected;
        emit JobRejected(jobId, msg.sender, reason);
        if (status == CommerceStatus.Open) return;

        // Interaction: all goes back. For work that is there client and worker agree to that, and both are ours: the escrow
        // asks the worker itself, no signature is needed.
        JobTerms memory terms = _termsOf(jobId, job);
        if (isJudged) ESCROW.settle({terms: terms, earned: 0, deadline: block.timestamp, signature: ""});
        else if (_isLive(terms)) ESCROW.cancel(terms);
        _refund(jobId, job);
    }

    /// @inheritdoc IErc8183
    function claimRefund(uint256 jobId) external nonReentrant {
        // Check: it has expired without work.
        Kept storage job = _jobOf(jobId);
        require(job.status != CommerceStatus.Submitted, WorkSubmitted(jobId, job.judgedBy));
        require(job.status == CommerceStatus.Funded, WrongCommerceStatus(jobId, job.status));
        require(block.timestamp >= job.expiredAt, CommerceJobNotExpired(jobId, job.expiredAt));

        // Effect and interaction: all goes back.
        job.status = CommerceStatus.Expired;
        emit JobExpired(jobId);
        JobTerms memory terms = _termsOf(jobId, job);
        if (_isLive(terms)) ESCROW.resolveTimeout(terms);
        _refund(jobId, job);
    }

    /* MONEY */

    /// @dev Pays the provider what the escrow's job earned, whoever ended that.
    function _complete(uint256 jobId, Kept storage job, bytes32 reason) private {
        job.status = CommerceStatus.Completed;
        emit JobCompleted(jobId, job.evaluator, reason);
        JobTerms memory terms = _termsOf(jobId, job);
        if (_isLive(terms)) {
            if (block.timestamp <= job.judgedBy) ESCROW.approve(terms, 0);
            else ESCROW.resolveTimeout(terms);
        }
        uint256 budget = job.budget;
        uint256 net = budget - (budget * ESCROW.jobOf(terms).feeBps) / BPS;
        emit PaymentReleased(jobId, job.provider, net);
        WORKER.handOver(address(TOKEN), net);
        _payOut(job.provider, net);
    }

    function _refund(uint256 jobId, Kept storage job) private {
        emit Refunded(jobId, job.client, job.budget);
        _payOut(job.client, job.budget);
    }

    /// @dev Pays out of our own balance in the ledger: to the account or, if the token refuses, to its balance there. Whoever
    /// leaves a withdrawal too little gas has too little for the rest as well: a 64th of it.
    function _payOut(address to, uint256 amount) private {
        try ACCOUNTS.withdraw(address(TOKEN), to, amount) {} catch {
            ACCOUNTS.transfer(address(TOKEN), to, amount);
        }
    }

    /// @dev Whether the escrow's job is not over: anyone may time it out there, past us.
    function _isLive(JobTerms memory terms) private view returns (bool) {
        return ESCROW.jobOf(terms).status < JobStatus.Paid;
    }

    /* VIEWS */

    /// @inheritdoc IErc8183
    function termsOf(uint256 jobId) external view returns (JobTerms memory) {
        return _termsOf(jobId, _jobOf(jobId));
    }

    /// @dev The arbiter is the escrow, which calls itself never: we do not dispute. Safe cast: a budget has 96 bits.
    function _termsOf(uint256 jobId, Kept storage job) private view returns (JobTerms memory terms) {
        (terms.client, terms.worker, terms.arbiter) = (address(this), address(WORKER), address(ESCROW));
        (terms.token, terms.spec) = (address(TOKEN), bytes32(jobId));
        (terms.floor, terms.timeoutPayment, terms.cap) = (job.budget, job.budget, job.budget);
        (terms.deliverBy, terms.reviewPeriod) = (job.expiredAt - 1, job.reviewPeriod);
    }
}
