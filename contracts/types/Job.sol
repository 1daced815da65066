// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice The terms that client and worker agree on. Their hash is the job's id; the terms themselves come with every
/// call.
struct JobTerms {
    /// The account that pays, and that gets back what is not earned.
    address client;
    /// The account that works and is paid.
    address worker;
    /// The account that judges the delivery; zero for the client itself.
    address evaluator;
    /// The account that decides a dispute.
    address arbiter;
    /// The token that is paid in.
    address token;
    /// Hash of the description of the work. It also tells jobs of the same parties apart.
    bytes32 spec;
    /// The least that an approved delivery earns, in the token's units; the price of a job at a fixed price.
    uint104 floor;
    /// The price when nobody judges the delivery in time, in the token's units: from `floor` to `cap`, and not zero.
    uint104 timeoutPayment;
    /// The most that a delivery earns, which is reserved for it, in the token's units; equal to `floor` for a fixed
    /// price.
    uint104 cap;
    /// The worker's part in the outcome, on top of `floor`, in basis points; zero for a fixed price.
    uint16 outcomeBps;
    /// The evaluator's pay for judging, whatever it decides, in the token's units; reserved on top of `cap`.
    uint104 evaluatorPay;
    /// The last second in which the work can be delivered.
    uint40 deliverBy;
    /// The time in which a delivery can be judged, and then a dispute be decided, in seconds.
    uint32 reviewPeriod;
    /// The agent whose wallet the worker is and whose score the result moves; zero for none.
    uint32 agentId;
}

/// @notice The status of a job.
enum JobStatus {
    /// It was never funded, or these are not its terms.
    None,
    /// The money is reserved; the client may still cancel the job.
    Funded,
    /// The worker is bound to it, and so is the client.
    Accepted,
    /// The work is there, and to be judged.
    Delivered,
    /// The judgement is the arbiter's.
    Disputed,
    /// It is over, and approved, or nobody judged it in time.
    Paid,
    /// It is over; the arbiter decided.
    Arbitrated,
    /// It is over; client and worker agreed how.
    Settled,
    /// It is over; nothing was delivered after the worker had accepted.
    Failed,
    /// It is over; client or worker cancelled it before it was accepted, or nobody accepted it.
    Cancelled
}

/// @notice A job as it is.
struct Job {
    JobStatus status;
    /// The time at which it was delivered or disputed, whichever came last, in seconds; zero before, and once it is
    /// over.
    uint256 reviewStartedAt;
    /// The fee on what the worker earns, in basis points, as it was at funding.
    uint256 feeBps;
    /// Amount that is still reserved, in the token's units.
    uint256 reserved;
}

/// @notice The reasons for which the result of a job cannot be recorded.
enum RecordRefusal {
    /// It can.
    None,
    /// The terms name no agent.
    NoAgent,
    /// It is not over, or was never funded.
    NotOver,
    /// It was cancelled or settled, which says nothing of the agent.
    CountsNothing,
    /// It is recorded already.
    Recorded,
    /// It counts for the agent, whose wallet the worker no longer is.
    WalletChanged
}
