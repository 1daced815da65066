// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice What client and worker agree on. Its hash is the job's key; the terms themselves come with every call.
struct JobTerms {
    /// Whose balance pays, and who gets back what is not earned.
    address client;
    /// Who works and is paid.
    address worker;
    /// Who judges what was delivered; zero for the client itself.
    address evaluator;
    /// Who decides a dispute.
    address arbiter;
    /// What is paid in.
    address token;
    /// Hash of what is to be done. It also tells jobs of the same parties apart.
    bytes32 spec;
    /// What an approved delivery earns at least, in the token's units; the price of a job at a fixed price.
    uint104 floor;
    /// What it earns when nobody judges it in time: from `floor` to `cap`, and not zero.
    uint104 silent;
    /// What it earns at most, and what is reserved for it; equal to `floor` for a fixed price.
    uint104 cap;
    /// What it earns beyond `floor` for each unit of the outcome, in basis points of it; zero for a fixed price.
    uint16 outcomeBps;
    /// What the evaluator earns by judging, whatever it says, in the token's units; reserved on top of `cap`.
    uint104 evaluatorPay;
    /// The last second in which the work can be delivered.
    uint40 deliverBy;
    /// How long a delivery can be judged, and then a dispute be decided, in seconds.
    uint32 window;
    /// The agent whose wallet the worker is and whose score the result moves; zero for none.
    uint32 agentId;
}

/// @notice Where a job stands.
enum JobStatus {
    /// It was never funded, or these are not its terms.
    None,
    /// The money is reserved; the client may still withdraw the job.
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
    Split,
    /// It is over; nothing was delivered after the worker had accepted.
    Failed,
    /// It is over; client or worker withdrew before it was accepted, or nobody accepted it.
    Withdrawn
}

/// @notice A job as it is.
struct Job {
    JobStatus status;
    /// When it was delivered or disputed, whichever came last; zero before, and once it is over.
    uint256 since;
    /// The fee on what the worker earns, in basis points, as it was at funding.
    uint256 feeBps;
    /// What is still reserved, in the token's units.
    uint256 reserved;
}

/// @notice Why the result of a job cannot be recorded.
enum RecordRefusal {
    /// It can.
    None,
    /// The terms name no agent.
    NoAgent,
    /// It is not over, or was never funded.
    NotOver,
    /// It was withdrawn or split, which says nothing of the agent.
    CountsNothing,
    /// It is recorded already.
    Recorded,
    /// It counts for the agent, whose wallet the worker no longer is.
    WalletChanged
}
