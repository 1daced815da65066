// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {CommerceJob, CommerceStatus} from "../types/Commerce.sol";
import {JobTerms} from "../types/Job.sol";

/// @title IErc8183
/// @notice ERC-8183, Agentic Commerce, over {IEscrow}: for clients, providers and evaluators that speak the standard.
///
/// The standard is a draft with two versions in use. This is the newer one, of the organisation that keeps the reference
/// implementation (`eip.md` of erc-8183/base-contracts at 0167f46): a token with each budget, an agent's id with the provider.
/// The calls of the older one, the text in ethereum/ERCs (at 08ca997), work beside it. Events and `getJob` are the newer one's.
///
/// | from | call | by | to |
/// |---|---|---|---|
/// | | createJob | client | Open |
/// | Open | setProvider, once | client | Open |
/// | Open | setBudget | client or provider | Open |
/// | Open | fund, before `expiredAt` | client | Funded |
/// | Open | reject | client | Rejected |
/// | Funded | submit, before `expiredAt` | provider | Submitted |
/// | Funded | reject | evaluator | Rejected: all back |
/// | Funded | claimRefund, from `expiredAt` on | anyone | Expired: all back |
/// | Submitted | complete | evaluator | Completed: the provider is paid |
/// | Submitted | reject, until `judgedBy` | evaluator | Rejected: all back |
/// | Submitted | claimPayment, after `judgedBy` | anyone | Completed: the provider is paid |
///
/// The last line is where this differs from the standard's text, which returns the budget of submitted work to the client
/// once the job has expired and nobody judged it. Here silence pays the provider: `claimRefund` refuses submitted work, and
/// `claimPayment` takes its place. The evaluator has as long from submission as was left from funding to `expiredAt`, hence
/// never less than until `expiredAt`. [NX-ESC-02]
///
/// Notes:
/// - The budget lies in {IEscrow} from `fund` on. What is paid out goes to the account itself and, where the token refuses
/// that, to its balance in {IAccounts}: no recipient can keep a job from ending.
/// - {Escrow}'s own errors come through: {IEscrow.NoResult} for an empty deliverable, {IEscrow.JobTermOver} for a late one.
/// - There are no hooks, and `optParams`, which are for hooks, are not read.
/// - The fee is the one of {IEscrow}, as it was at funding, taken of what the provider earns.
/// - Results move no score: see `agentId` of {JobTerms} for jobs that do.
///
/// Warnings:
/// - Jobs here share storage with one another, and so do not run in parallel. {IEscrow} itself does.
interface IErc8183 {
    /// @notice Emitted when a job is created.
    /// @param jobId The job, from 1.
    /// @param client The account that created the job, and pays.
    /// @param provider The account that shall work; zero to be set later.
    /// @param evaluator The account that will judge the work.
    /// @param expiredAt The second from which on nothing can be submitted.
    /// @param hook The hook contract, always zero.
    event JobCreated(
        uint256 indexed jobId,
        address indexed client,
        address indexed provider,
        address evaluator,
        uint256 expiredAt,
        address hook
    );

    /// @notice Emitted when a job gets its provider.
    /// @param jobId The job's id.
    /// @param provider The account that shall work.
    /// @param agentId The ERC-8004 id that the client named for it; zero for none.
    event ProviderSet(uint256 indexed jobId, address indexed provider, uint256 agentId);

    /// @notice Emitted when the budget changes.
    /// @param jobId The job's id.
    /// @param token The token that the job is paid in.
    /// @param amount The budget from now on, in the token's units.
    event BudgetSet(uint256 indexed jobId, address indexed token, uint256 amount);

    /// @notice Emitted when the budget is reserved.
    /// @param jobId The job's id.
    /// @param client The account that paid the budget in.
    /// @param amount The budget, in the token's units.
    event JobFunded(uint256 indexed jobId, address indexed client, uint256 amount);

    /// @notice Emitted when work is submitted.
    /// @param jobId The job's id.
    /// @param provider The provider that submitted the work.
    /// @param deliverable The identifier of the work, such as its hash.
    event JobSubmitted(uint256 indexed jobId, address indexed provider, bytes32 deliverable);

    /// @notice Emitted when work is accepted, or nobody judged it in time.
    /// @param jobId The job's id.
    /// @param evaluator The evaluator that accepted the work, or let its time pass.
    /// @param reason The reason that the evaluator gave; zero where it let its time pass.
    event JobCompleted(uint256 indexed jobId, address indexed evaluator, bytes32 reason);

    /// @notice Emitted when a job is rejected.
    /// @param jobId The job's id.
    /// @param rejector The account that rejected the job.
    /// @param reason The reason that it gave.
    event JobRejected(uint256 indexed jobId, address indexed rejector, bytes32 reason);

    /// @notice Emitted when a job ends without work.
    /// @param jobId The job's id.
    event JobExpired(uint256 indexed jobId);

    /// @notice Emitted when the provider is paid.
    /// @param jobId The job's id.
    /// @param provider The provider that is paid.
    /// @param amount Amount that it got after the fee, in the token's units.
    event PaymentReleased(uint256 indexed jobId, address indexed provider, uint256 amount);

    /// @notice Emitted when the client gets back what it paid in.
    /// @param jobId The job's id.
    /// @param client The client that is paid back.
    /// @param amount Amount paid back, in the token's units.
    event Refunded(uint256 indexed jobId, address indexed client, uint256 amount);

    /// @notice Thrown for an id that no job has.
    /// @param jobId The id that was asked for.
    error UnknownCommerceJob(uint256 jobId);

    /// @notice Thrown when the job's status does not permit the call.
    /// @param jobId The job's id.
    /// @param status The job's current status.
    error WrongCommerceStatus(uint256 jobId, CommerceStatus status);

    /// @notice Thrown when the caller is not the party that may make this call.
    /// @param jobId The job's id.
    /// @param caller The caller that was refused.
    error NotCommerceParty(uint256 jobId, address caller);

    /// @notice Thrown when a job is created without an evaluator.
    error EvaluatorMissing();

    /// @notice Thrown when a job would expire too soon, or further ahead than jobs may last.
    /// @param expiredAt The expiry that was asked for, in seconds since the epoch.
    /// @param earliest The earliest expiry allowed, in seconds since the epoch.
    /// @param latest The latest expiry allowed, in seconds since the epoch.
    error ExpiryOutOfBounds(uint256 expiredAt, uint256 earliest, uint256 latest);

    /// @notice Thrown when a job names a hook.
    /// @param hook The hook that was named.
    error HookNotSupported(address hook);

    /// @notice Thrown when a job that has a provider would get another, or one would get none.
    /// @param jobId The job's id.
    /// @param provider The provider that it has.
    error ProviderNotSettable(uint256 jobId, address provider);

    /// @notice Thrown when a job without a provider is funded.
    /// @param jobId The job's id.
    error ProviderMissing(uint256 jobId);

    /// @notice Thrown when an agent's id is larger than a job can hold.
    /// @param agentId The agent's id that was named.
    /// @param maximum The largest id that a job can hold.
    error AgentIdTooLarge(uint256 agentId, uint256 maximum);

    /// @notice Thrown when a budget is in another token than jobs here are paid in.
    /// @param token The token that was named.
    /// @param paymentToken The token that all jobs here are paid in.
    error PaymentTokenNotSupported(address token, address paymentToken);

    /// @notice Thrown when the budget is larger than a job can hold.
    /// @param amount Amount that was asked for, in the token's units.
    /// @param maximum The largest budget that a job can hold, in the token's units.
    error BudgetTooLarge(uint256 amount, uint256 maximum);

    /// @notice Thrown when the budget is zero, or another than the client expects.
    /// @param jobId The job's id.
    /// @param budget The budget, in the token's units.
    /// @param expectedBudget Budget that the client expects, in the token's units.
    error BudgetMismatch(uint256 jobId, uint256 budget, uint256 expectedBudget);

    /// @notice Thrown when a job is funded after it has expired.
    /// @param jobId The job's id.
    /// @param expiredAt The expiry, in seconds since the epoch.
    error CommerceJobExpired(uint256 jobId, uint256 expiredAt);

    /// @notice Thrown when a refund is claimed before the job has expired.
    /// @param jobId The job's id.
    /// @param expiredAt The expiry, in seconds since the epoch.
    error CommerceJobNotExpired(uint256 jobId, uint256 expiredAt);

    /// @notice Thrown when a refund of submitted work is claimed: only its evaluator can give it.
    /// @param jobId The job's id.
    /// @param judgedBy The last second in which the evaluator may judge; after it, silence pays the provider.
    error WorkSubmitted(uint256 jobId, uint256 judgedBy);

    /// @notice Thrown when payment is claimed while the evaluator may still judge.
    /// @param jobId The job's id.
    /// @param judgedBy The last second in which it may.
    error EvaluationRunning(uint256 jobId, uint256 judgedBy);

    /// @notice Thrown when submitted work is rejected too late.
    /// @param jobId The job's id.
    /// @param judgedBy The last second in which it could have been.
    error EvaluationOver(uint256 jobId, uint256 judgedBy);

    /// @notice Creates a job. The caller is its client.
    ///
    /// @dev Emits {JobCreated}.
    ///
    /// @param provider The account that shall work; zero to set it later.
    /// @param evaluator The account that will judge; not zero, it may be the client.
    /// @param expiredAt From this second on nothing can be submitted; more than `MIN_TERM` ahead, and at most `MAX_TERM`.
    /// @param description The description of the work, as text.
    /// @param hook Must be zero: hooks are not supported.
    /// @param providerAgentId The provider's ERC-8004 id, or zero; not kept for a job without a provider. Nobody checks it.
    /// @return jobId The job.
    function createJob(
        address provider,
        address evaluator,
        uint256 expiredAt,
        string calldata description,
        address hook,
        uint256 providerAgentId
    ) external returns (uint256 jobId);

    /// @notice Creates a job whose provider has no id, in the words of the older text.
    /// @dev Emits {JobCreated}.
    function createJob(
        address provider,
        address evaluator,
        uint256 expiredAt,
        string calldata description,
        address hook
    ) external returns (uint256 jobId);

    /// @notice Names the provider of a job that was created without one.
    /// @dev Emits {ProviderSet}. Only the client, while the job is open, and once.
    /// @param jobId The job's id.
    /// @param provider The account that shall work.
    /// @param agentId The provider's ERC-8004 id, or zero. Nobody checks it.
    function setProvider(uint256 jobId, address provider, uint256 agentId) external;

    /// @notice Names a provider without an id, in the words of the older text.
    /// @dev As `setProvider` with an id.
    function setProvider(uint256 jobId, address provider) external;

    /// @notice Sets the price.
    /// @dev Emits {BudgetSet}. The client or the provider, while the job is open.
    /// @param jobId The job's id.
    /// @param token Must be `paymentToken`, the token of all jobs.
    /// @param amount The price, in the token's units.
    /// @param optParams Ignored; part of ERC-8183's signature.
    function setBudget(uint256 jobId, address token, uint256 amount, bytes calldata optParams) external;

    /// @notice Sets the price, in the words of the older text.
    /// @dev As `setBudget` with a token.
    function setBudget(uint256 jobId, uint256 amount, bytes calldata optParams) external;

    /// @notice Pays the budget in.
    ///
    /// @dev Emits {JobFunded}.
    ///
    /// Requirements:
    /// - The caller must be the client, have the tokens, and have approved this contract for them.
    /// - The job must have a provider and not have expired; `expectedBudget` must be its budget, and not zero.
    function fund(uint256 jobId, uint256 expectedBudget, bytes calldata optParams) external;

    /// @notice Says that the work is done.
    /// @dev Emits {JobSubmitted}. Only the provider, before the job expires.
    /// @param jobId The job's id.
    /// @param deliverable The identifier of the work, such as its hash; not zero.
    /// @param optParams Ignored; part of ERC-8183's signature.
    function submit(uint256 jobId, bytes32 deliverable, bytes calldata optParams) external;

    /// @notice Accepts the work and pays the provider.
    /// @dev Emits {JobCompleted} and {PaymentReleased}. Only the evaluator.
    function complete(uint256 jobId, bytes32 reason, bytes calldata optParams) external;

    /// @notice Ends a job and returns what was paid in.
    /// @dev Emits {JobRejected} and, for a job that was funded, {Refunded}. The client while it is open, then the evaluator.
    function reject(uint256 jobId, bytes32 reason, bytes calldata optParams) external;

    /// @notice Returns the budget of a job that expired without work. Anyone may call it.
    /// @dev Emits {JobExpired} and {Refunded}.
    function claimRefund(uint256 jobId) external;

    /// @notice Pays the provider for work that nobody judged. Anyone may call it; the standard has no such call.
    /// @dev Emits {JobCompleted}, its reason zero, and {PaymentReleased}. [NX-ESC-02]
    function claimPayment(uint256 jobId) external;

    /// @notice A job.
    function getJob(uint256 jobId) external view returns (CommerceJob memory);

    /// @notice The last second in which submitted work can be rejected; zero before it is submitted.
    function judgedBy(uint256 jobId) external view returns (uint256);

    /// @notice The terms by which a funded job lies in {IEscrow}.
    function termsOf(uint256 jobId) external view returns (JobTerms memory);

    /// @notice The number of jobs, which is also the newest job's id.
    function jobCounter() external view returns (uint256);

    /// @notice The token that all jobs are paid in.
    function paymentToken() external view returns (address);

    /// @notice From creation to expiry there is more time than this, in seconds.
    function MIN_TERM() external view returns (uint256);

    /// @notice The longest time from creation to expiry, in seconds.
    function MAX_TERM() external view returns (uint256);
}
