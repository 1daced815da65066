// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice The measured effects of a call.
struct ProbeReport {
    /// The block in which it was tried.
    uint256 blockNumber;
    uint256 timestamp;
    bool success;
    /// The gas that the call alone used, refunds not taken off.
    uint256 gasUsed;
    /// The call's return data, or the reason of its revert.
    bytes answer;
    /// By how much the holder's balances changed, in the order asked.
    int256[] changes;
}

/// @title IExecutionProbe
/// @notice Tries a call and reports what it really did. Voters run it inside `eth_call` with this code put, by a state
/// override, at the address that is allowed to make the call; it is never deployed.
interface IExecutionProbe {
    /// @notice Calls `target` with `data`, and measures `holder`'s balances of `tokens` around it.
    function probe(
        address target,
        bytes calldata data,
        address holder,
        address[] calldata tokens
    ) external returns (ProbeReport memory);
}
