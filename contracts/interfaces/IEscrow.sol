// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Job, JobStatus, JobTerms, RecordRefusal} from "../types/Job.sol";
import {IAdministered} from "./IAdministered.sol";
import {JobResult} from "./IReputation.sol";

/// @title IEscrow
/// @notice Jobs between agents. The client's money is reserved in {IAccounts} before work begins, and leaves only as the
/// terms say.
/// The contract does not store the terms: whoever calls brings them, from {JobFunded}. A job's id is the hash of its {JobTerms}.
///
/// | from | call | by | to |
/// |---|---|---|---|
/// | None | fund | client | Funded |
/// | Funded | accept, until `deliverBy` | worker | Accepted |
/// | Funded | cancel | client or worker | Cancelled: all back |
/// | Accepted | cancel | worker | Failed: all back |
/// | Funded, Accepted | deliver, until `deliverBy` | worker | Delivered: the review begins |
/// | Funded, Accepted | deliverApproved, until `deliverBy` | worker, with the evaluator's signature | Paid: floor + outcome · outcomeBps |
/// | Delivered | approve, until `reviewStartedAt + reviewPeriod` | evaluator | Paid: floor + outcome · outcomeBps |
/// | Delivered | dispute, until `reviewStartedAt + reviewPeriod` | client or evaluator | Disputed: the review begins again |
/// | Disputed | arbitrate, until `reviewStartedAt + reviewPeriod` | arbiter | Arbitrated: as it says |
/// | Funded, Accepted, Delivered, Disputed | settle | client and worker | Settled: as they say |
/// | Funded | resolveTimeout, after `deliverBy` | anyone | Cancelled: all back (Failed where it was Accepted) |
/// | Delivered, Disputed | resolveTimeout, after `reviewStartedAt + reviewPeriod` | anyone | Paid: `timeoutPayment` |
///
/// The evaluator is paid `evaluatorPay` when it approves, when its signature is used by `deliverApproved`, and when it disputes;
/// the arbiter is paid nothing here. When the job ends, whatever of `cap + evaluatorPay` nobody earned is free in the client's
/// account in {IAccounts}. So an evaluator that stays silent earns nothing, and a client that stays silent pays `timeoutPayment`.
/// Who may act until a deadline may act in its last second too, and `resolveTimeout` works only after that second. [NX-ESC-02]
///
/// Terms may name an agent, whose wallet the worker then must be. How such a job ended moves the agent's score, see
/// {IReputation}, once anyone has called `record`; the gas of it is not part of the parties' own calls. [NX-ESC-03]
///
/// | end | counts as | weighed by |
/// |---|---|---|
/// | Paid; Arbitrated, with no less than `timeoutPayment` | Delivered | the fee that was paid |
/// | Failed | Late | the fee on `cap` |
/// | Arbitrated, with less than `timeoutPayment` | Lost | the fee on `cap` |
/// | Cancelled, Settled | nothing | |
///
/// A job counts only once its worker accepted or delivered it. A result in the agent's favour is recorded only while the worker
/// is still the agent's wallet, so that nobody sells it along with the id; a result against the agent is recorded always.
///
/// Storage: one slot in {IAccounts}, whose events tell the amounts that move. Its tag holds the status (4 bits), the fee (12 bits)
/// and `reviewStartedAt` (32); after the end its last 32 bits hold the part of the cap that was earned and whether it is recorded.
///
/// Warnings:
/// - An evaluator is believed as to the outcome, and an arbiter as to everything. Without an evaluator the client reports
///   the outcome itself.
/// - A job that was agreed to before an agent's id was sold can lower the agent's score after the sale.
/// - Nobody tests who controls whom. Parties that are one person trade with themselves, and pay the fee for it.
interface IEscrow is IAdministered {
    /// @notice Emitted when a job is funded.
    /// @param jobId The job's id.
    /// @param worker The account that shall work.
    /// @param terms The terms that client and worker agreed on.
    event JobFunded(bytes32 indexed jobId, address indexed worker, JobTerms terms);

    /// @notice Emitted when a worker binds itself to a job.
    /// @param jobId The job's id.
    event JobAccepted(bytes32 indexed jobId);

    /// @notice Emitted when work is delivered.
    /// @param jobId The job's id.
    /// @param result Hash of the work.
    event JobDelivered(bytes32 indexed jobId, bytes32 result);

    /// @notice Emitted when a delivery is disputed.
    /// @param jobId The job's id.
    /// @param by The party that disputes it.
    event JobDisputed(bytes32 indexed jobId, address indexed by);

    /// @notice Emitted when a job is over.
    /// @param jobId The job's id.
    /// @param status The status that the job ended in.
    event JobEnded(bytes32 indexed jobId, JobStatus status);

    /// @notice Emitted when the result of a job is recorded.
    /// @param jobId The job's id.
    /// @param agentId The agent whose score moves.
    /// @param result The result of the job for the agent.
    /// @param fee The fee that was paid or, where the agent failed, would have been: its weight; in the token's units.
    event JobResultRecorded(bytes32 indexed jobId, uint32 indexed agentId, JobResult result, uint256 fee);

    /// @notice Emitted when the fee of jobs yet to be funded changes.
    /// @param feeBps The fee from now on, in basis points of what a worker earns.
    event JobFeeChanged(uint256 feeBps);

    /// @notice Thrown when the caller is not the party that the terms name for this call.
    /// @param jobId The job's id.
    /// @param caller The caller that was refused.
    error NotJobParty(bytes32 jobId, address caller);

    /// @notice Thrown when a job is in another status than the call needs; `None` where the terms match no job.
    /// @param jobId The job's id.
    /// @param status The job's current status.
    error WrongJobStatus(bytes32 jobId, JobStatus status);

    /// @notice Thrown when worker or arbiter is missing, or client, worker, arbiter and evaluator are not all different accounts.
    /// @param account The account of the party: zero where it is missing, else one that is another party too.
    error InvalidParty(address account);

    /// @notice Thrown when the worker is not the wallet of the agent that the terms name.
    /// @param agentId The agent's id.
    /// @param worker The worker that the terms name.
    error NotAgentWallet(uint32 agentId, address worker);

    /// @notice Thrown when the result of a job cannot be recorded.
    /// @param jobId The job's id.
    /// @param refusal The reason, see {RecordRefusal}.
    error JobNotRecordable(bytes32 jobId, RecordRefusal refusal);

    /// @notice Thrown unless 0 < timeoutPayment, floor <= timeoutPayment <= cap, and `outcomeBps` is zero exactly if cap equals floor.
    /// @param floor The least that an approved delivery earns, in the token's units.
    /// @param timeoutPayment The price when nobody judges in time, in the token's units.
    /// @param cap The most that a delivery earns, in the token's units.
    /// @param outcomeBps The worker's part in the outcome, in basis points.
    error InvalidPrice(uint256 floor, uint256 timeoutPayment, uint256 cap, uint256 outcomeBps);

    /// @notice Thrown when the time to judge is too short or too long.
    /// @param reviewPeriod The time to judge that was asked for, in seconds.
    /// @param minimum The shortest time allowed, in seconds.
    /// @param maximum The longest time allowed, in seconds.
    error ReviewPeriodOutOfBounds(uint256 reviewPeriod, uint256 minimum, uint256 maximum);

    /// @notice Thrown when a call comes after its deadline.
    /// @param jobId The job's id.
    /// @param deadline The last second in which the call was possible.
    error JobTermOver(bytes32 jobId, uint256 deadline);

    /// @notice Thrown when a job is timed out before the term is over that it waits for.
    /// @param jobId The job's id.
    /// @param deadline The term's last second.
    error JobTermRunning(bytes32 jobId, uint256 deadline);

    /// @notice Thrown when the hash of what was delivered is zero.
    /// @param jobId The job's id.
    error NoResult(bytes32 jobId);

    /// @notice Thrown when an outcome would earn more than the cap. The largest that counts is `maxOutcomeOf`.
    /// @param jobId The job's id.
    /// @param price The price that the outcome would earn, in the token's units.
    /// @param cap The cap of the terms, in the token's units.
    error OutcomeAboveCap(bytes32 jobId, uint256 price, uint256 cap);

    /// @notice Thrown when a worker would be given more than the cap.
    /// @param jobId The job's id.
    /// @param earned Amount that the worker would be given, in the token's units.
    /// @param cap The cap of the terms, in the token's units.
    error AwardAboveCap(bytes32 jobId, uint256 earned, uint256 cap);

    /// @notice Thrown when the evaluator did not approve this result with this outcome.
    /// @param jobId The job's id.
    /// @param signer The account that should have signed: the evaluator, or the client where there is none.
    error InvalidApproval(bytes32 jobId, address signer);

    /// @notice Thrown when the other party did not agree to settle.
    /// @param jobId The job's id.
    /// @param signer The party that should have signed.
    error InvalidSettlement(bytes32 jobId, address signer);

    /// @notice Thrown when the other party's agreement to settle has expired.
    /// @param jobId The job's id.
    /// @param deadline Its last second.
    error SettlementExpired(bytes32 jobId, uint256 deadline);

    /// @notice Thrown when the fee would be above the highest that a vote can set.
    /// @param feeBps The fee that was asked for, in basis points.
    /// @param maximum The highest fee that a vote can set, in basis points.
    error JobFeeAboveCap(uint256 feeBps, uint256 maximum);

    /// @notice Makes a job and reserves what it can cost: `cap + evaluatorPay` of the caller's balance.
    ///
    /// @dev Emits {JobFunded}. Creates one slot.
    ///
    /// Requirements:
    /// - The caller must be the client, and have allowed this contract as a module. [NX-ACC-02]
    /// - There must never have been a job of these terms. [NX-ESC-01]
    /// - Where the terms name an agent, the worker must be its wallet. [NX-ESC-03]
    ///
    /// @param terms The terms that client and worker agreed on.
    /// @return jobId The job's id.
    function fund(JobTerms calldata terms) external returns (bytes32 jobId);

    /// @notice Binds the worker to the job: from now on the client cannot cancel it.
    /// @dev Emits {JobAccepted}. Only the worker.
    function accept(JobTerms calldata terms) external;

    /// @notice Takes a job back, or declines it.
    /// @dev Emits {JobEnded}. The client, until it is accepted; the worker, until it delivers.
    function cancel(JobTerms calldata terms) external;

    /// @notice Says that the work is done.
    /// @dev Emits {JobDelivered}. Only the worker, accepted before or not.
    /// @param terms The terms that client and worker agreed on.
    /// @param result Hash of the work; not zero.
    function deliver(JobTerms calldata terms, bytes32 result) external;

    /// @notice Accepts a delivery, and says what its outcome is worth.
    ///
    /// @dev Emits {JobEnded}. Only the evaluator; the client where there is none. Pays the evaluator.
    ///
    /// @param terms The terms that client and worker agreed on.
    /// @param outcome The outcome of the job, in the token's units; zero for a job at a fixed price.
    function approve(JobTerms calldata terms, uint128 outcome) external;

    /// @notice Delivers work that the evaluator has approved beforehand by a signature, and ends the job as `approve` does.
    ///
    /// @dev Emits {JobDelivered} and {JobEnded}. Only the worker; see {approvalDigest} for what the evaluator signs.
    ///
    /// @param terms The terms that client and worker agreed on.
    /// @param result Hash of the work; not zero.
    /// @param outcome The outcome of the job, in the token's units.
    /// @param signature The evaluator's signature, or the client's where there is no evaluator.
    function deliverApproved(
        JobTerms calldata terms,
        bytes32 result,
        uint128 outcome,
        bytes calldata signature
    ) external;

    /// @notice Takes a delivery to the arbiter.
    /// @dev Emits {JobDisputed}. The client or the evaluator; an evaluator that disputes is paid for its judgement.
    function dispute(JobTerms calldata terms) external;

    /// @notice Decides a dispute.
    /// @dev Emits {JobEnded}. Only the arbiter.
    /// @param terms The terms that client and worker agreed on.
    /// @param earned Amount for the worker, fee included, in the token's units; at most `cap`.
    function arbitrate(JobTerms calldata terms, uint256 earned) external;

    /// @notice Ends a job as client and worker agree, wherever it stands.
    ///
    /// @dev Emits {JobEnded}. One of them calls, the other has signed
    /// `Settlement(bytes32 jobId,uint256 earned,uint256 deadline)`.
    ///
    /// @param terms The terms that client and worker agreed on.
    /// @param earned Amount for the worker, fee included, in the token's units; at most `cap`.
    /// @param deadline The last second in which the agreement counts.
    /// @param signature The other party's signature, over the digest of `settlementDigest`.
    function settle(JobTerms calldata terms, uint256 earned, uint256 deadline, bytes calldata signature) external;

    /// @notice Ends a job after the party that must act has missed its deadline. Anyone may call it.
    /// @dev Emits {JobEnded}. Undelivered work returns all; a delivery that nobody judged, or a dispute that nobody decided,
    /// earns `timeoutPayment`. [NX-ESC-02]
    function resolveTimeout(JobTerms calldata terms) external;

    /// @notice Tells {IReputation} how a job ended for the agent that its terms name. Anyone may call it, once for each job.
    ///
    /// @dev Emits {JobResultRecorded}. Creates a slot only for the agent's first record in {IReputation}.
    ///
    /// Requirements:
    /// - `previewRecord(terms)` must refuse nothing. [NX-ESC-03]
    /// - {IOracleHub} must have a price of the token: the fee counts in USD, at the lower end of the band.
    ///
    /// The agent's voting weight follows by `refreshWeight` of {IAgentBonds}.
    function record(JobTerms calldata terms) external;

    /// @notice Sets the fee of jobs yet to be funded.
    /// @dev Emits {JobFeeChanged}. Only the administrator, and never above `MAX_FEE_BPS`. [NX-FEE-01]
    function setJobFee(uint256 newFeeBps) external;

    /// @notice The id of a job.
    function jobIdOf(JobTerms calldata terms) external pure returns (bytes32);

    /// @notice A job as it is; status `None` for terms of which there was never one.
    function jobOf(JobTerms calldata terms) external view returns (Job memory);

    /// @notice Whether and why `record` would refuse a job; if not, how that ended for its agent, and the fee that weighs it.
    /// @dev The fee is in the token's units. It may be too low, by at most one unit plus the fee on `cap` divided by 2^31.
    function previewRecord(
        JobTerms calldata terms
    ) external view returns (RecordRefusal refusal, JobResult result, uint256 fee);

    /// @notice The largest outcome that `approve` takes for these terms, in the token's units.
    function maxOutcomeOf(JobTerms calldata terms) external pure returns (uint256);

    /// @notice The digest that an evaluator signs, of `Approval(bytes32 jobId,bytes32 result,uint128 outcome)`.
    function approvalDigest(bytes32 jobId, bytes32 result, uint128 outcome) external view returns (bytes32);

    /// @notice The digest that the other party signs to settle a job.
    function settlementDigest(bytes32 jobId, uint256 earned, uint256 deadline) external view returns (bytes32);

    /// @notice The fee of jobs yet to be funded, in basis points of what a worker earns.
    function jobFeeBps() external view returns (uint256);

    /// @notice The ledger.
    function ACCOUNTS() external view returns (address);

    /// @notice The highest fee that a vote can set, in basis points.
    function MAX_FEE_BPS() external view returns (uint256);

    /// @notice The shortest time to judge, in seconds.
    function MIN_REVIEW_PERIOD() external view returns (uint256);

    /// @notice The longest time to judge, in seconds.
    function MAX_REVIEW_PERIOD() external view returns (uint256);
}
