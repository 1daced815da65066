// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {JobTerms} from "../types/Job.sol";

/// @title IErc8183Worker
/// @notice The worker of all jobs of one {IErc8183}, which is their client: {IEscrow} wants two accounts. It obeys the
/// adapter that made it, and holds money only within the call that pays it.
///
/// Its ERC-1271 answers {IEscrow} alone, and always with yes: that asks the worker of a job only when the client splits it,
/// and the client is the adapter.
interface IErc8183Worker {
    /// @notice Thrown when anyone but the adapter gives orders.
    /// @param caller The caller that was refused.
    error NotAdapter(address caller);

    /// @notice Delivers work in {IEscrow}. Only the adapter.
    function deliver(JobTerms calldata terms, bytes32 result) external;

    /// @notice Hands what a job earned to the adapter, inside {IAccounts}. Only the adapter.
    function handOver(address token, uint256 amount) external;
}
