// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice The status of a job of ERC-8183.
enum CommerceStatus {
    /// It is created; nothing is paid in.
    Open,
    /// The budget is reserved.
    Funded,
    /// The work is there, and to be judged.
    Submitted,
    /// It is over; the provider is paid.
    Completed,
    /// It is over; the client has what it paid in.
    Rejected,
    /// It is over; nothing was submitted in time, and the client has what it paid in.
    Expired
}

/// @notice A job of ERC-8183, in the order of the organisation's draft.
struct CommerceJob {
    uint256 id;
    /// The account that created the job, pays, and gets back what is not paid out.
    address client;
    /// The account that works and is paid; zero until it is set.
    address provider;
    /// The account that judges what was submitted; it may be the client.
    address evaluator;
    string description;
    /// The price, in the token's units.
    uint256 budget;
    /// From this second on nothing can be submitted.
    uint256 expiredAt;
    CommerceStatus status;
    /// Always zero.
    address hook;
    /// The token that every job is paid in.
    address paymentToken;
    /// The ERC-8004 id that the client named for the provider; zero for none. Nobody checks it.
    uint256 providerAgentId;
}
