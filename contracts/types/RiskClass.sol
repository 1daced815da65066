// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice The agreement that a batch of calls needs. Computed from what the calls are, never taken from the proposer.
enum RiskClass {
    /// Passes in one transaction, by `enact`: calls within their limits, and what provably reduces risk.
    Routine,
    /// Votes, then a delay in which it can be vetoed, then execution.
    Elevated,
    /// As `Elevated`, and the co-signer, a Safe, must sign too.
    Critical
}
