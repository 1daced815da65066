// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice The agreement that a batch of calls needs. Computed from what the calls are, never taken from the proposer.
enum RiskClass {
    Routine,
    Elevated,
    Critical
}
