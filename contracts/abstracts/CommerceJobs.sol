// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IErc8183} from "../interfaces/IErc8183.sol";
import {CommerceJob, CommerceStatus} from "../types/Commerce.sol";

/// @title CommerceJobs
/// @notice Keeps the jobs of {IErc8183} until they are funded: their parties, term and price. It moves no money.
abstract contract CommerceJobs is IErc8183 {
    /// @dev A job in three slots, its description aside.
    struct Kept {
        address client;
        uint40 expiredAt;
        /// The escrow's time to judge the job, in seconds; zero until funding.
        uint32 reviewPeriod;
        CommerceStatus status;
        address provider;
        uint96 budget;
        address evaluator;
        /// The last second for a rejection; zero until submission.
        uint40 judgedBy;
        uint56 providerAgentId;
        string description;
    }

    /* CONSTANTS AND IMMUTABLES */

    uint256 private constant MAX_BUDGET = type(uint96).max;
    uint256 private constant MAX_AGENT_ID = type(uint56).max;

    /// @inheritdoc IErc8183
    uint256 public constant MIN_TERM = 5 minutes;
    /// @inheritdoc IErc8183
    uint256 public immutable MAX_TERM;
    IERC20 internal immutable TOKEN;

    /* STORAGE */

    /// @inheritdoc IErc8183
    uint256 public jobCounter;
    mapping(uint256 jobId => Kept job) private _jobs;

    /* CONSTRUCTOR */

    /// @param token The token that all jobs are paid in.
    /// @param maxTerm The longest time from creation to expiry, in seconds.
    constructor(IERC20 token, uint256 maxTerm) {
        (TOKEN, MAX_TERM) = (token, maxTerm);
    }

    /* AGREEING */

    /// @inheritdoc IErc8183
    function createJob(
        address provider,
        address evaluator,
        uint256 expiredAt,
        string calldata description,
        address hook,
        uint256 providerAgentId
    ) external returns (uint256 jobId) {
        jobId = _createJob(provider, evaluator, expiredAt, description, hook);
        // A provider that is named later brings its own id.
        if (provider != address(0)) _setAgentId(jobId, providerAgentId);
    }

    /// @inheritdoc IErc8183
    function createJob(
        address provider,
        address evaluator,
        uint256 expiredAt,
        string calldata description,
        address hook
    ) external returns (uint256 jobId) {
        return _createJob(provider, evaluator, expiredAt, description, hook);
    }

    function _createJob(
        address provider,
        address evaluator,
        uint256 expiredAt,
        string calldata description,
        address hook
    ) private returns (uint256 jobId) {
        require(evaluator != address(0), EvaluatorMissing());
        require(hook == address(0), HookNotSupported(hook));
        (uint256 earliest, uint256 latest) = (block.timestamp + MIN_TERM + 1, block.timestamp + MAX_TERM);
        require(expiredAt >= earliest && expiredAt <= latest, ExpiryOutOfBounds(expiredAt, earliest, latest));

        jobId = ++jobCounter;
        Kept storage job = _jobs[jobId];
        (job.client, job.provider, job.evaluator) = (msg.sender, provider, evaluator);
        // Safe cast: just bounded.
        job.expiredAt = uint40(expiredAt);
        job.description = description;
        emit JobCreated(jobId, msg.sender, provider, evaluator, expiredAt, address(0));
    }

    /// @inheritdoc IErc8183
    function setProvider(uint256 jobId, address provider, uint256 agentId) external {
        _setProvider(jobId, provider, agentId);
    }

    /// @inheritdoc IErc8183
    function setProvider(uint256 jobId, address provider) external {
        _setProvider(jobId, provider, 0);
    }

    function _setProvider(uint256 jobId, address provider, uint256 agentId) private {
        Kept storage job = _jobIn(jobId, CommerceStatus.Open);
        _checkIs(jobId, job.client);
        require(job.provider == address(0) && provider != address(0), ProviderNotSettable(jobId, job.provider));
        job.provider = provider;
        _setAgentId(jobId, agentId);
        emit ProviderSet(jobId, provider, agentId);
    }

    function _setAgentId(uint256 jobId, uint256 agentId) private {
        require(agentId <= MAX_AGENT_ID, AgentIdTooLarge(agentId, MAX_AGENT_ID));
        // Safe cast: just bounded.
        _jobs[jobId].providerAgentId = uint56(agentId);
    }

    /// @inheritdoc IErc8183
    function setBudget(uint256 jobId, address token, uint256 amount, bytes calldata) external {
        require(token == address(TOKEN), PaymentTokenNotSupported(token, address(TOKEN)));
        _setBudget(jobId, amount);
    }

    /// @inheritdoc IErc8183
    function setBudget(uint256 jobId, uint256 amount, bytes calldata) external {
        _setBudget(jobId, amount);
    }

    function _setBudget(uint256 jobId, uint256 amount) private {
        Kept storage job = _jobIn(jobId, CommerceStatus.Open);
        require(msg.sender == job.client || msg.sender == job.provider, NotCommerceParty(jobId, msg.sender));
        require(amount <= MAX_BUDGET, BudgetTooLarge(amount, MAX_BUDGET));
        // Safe cast: just bounded.
        job.budget = uint96(amount);
        emit BudgetSet(jobId, address(TOKEN), amount);
    }

    /* CHECKS */

    function _jobOf(uint256 jobId) internal view returns (Kept storage job) {
        job = _jobs[jobId];
        require(job.client != address(0), UnknownCommerceJob(jobId));
    }

    function _jobIn(uint256 jobId, CommerceStatus status) internal view returns (Kept storage job) {
        job = _jobOf(jobId);
        require(job.status == status, WrongCommerceStatus(jobId, job.status));
    }

    function _checkIs(uint256 jobId, address party) internal view {
        require(msg.sender == party, NotCommerceParty(jobId, msg.sender));
    }

    /* VIEWS */

    /// @inheritdoc IErc8183
    function getJob(uint256 jobId) external view returns (CommerceJob memory) {
        Kept storage job = _jobOf(jobId);
        return
            CommerceJob({
                id: jobId,
                client: job.client,
                provider: job.provider,
                evaluator: job.evaluator,
                description: job.description,
                budget: job.budget,
                expiredAt: job.expiredAt,
                status: job.status,
                hook: address(0),
                paymentToken: address(TOKEN),
                providerAgentId: job.providerAgentId
            });
    }

    /// @inheritdoc IErc8183
    function judgedBy(uint256 jobId) external view returns (uint256) {
        return _jobOf(jobId).judgedBy;
    }

    /// @inheritdoc IErc8183
    function paymentToken() external view returns (address) {
        return address(TOKEN);
    }
}
