// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {DecodedCall} from "../types/Proposal.sol";

/// @title IDecoder
/// @notice Reads the calls of one protocol: what they name, what they may spend, who receives what they buy.
/// @dev A decoder is a small contract without storage. It must revert on every selector and every form of arguments
/// that it does not read completely: what a decoder does not report, the mandate cannot check.
interface IDecoder {
    /// @notice Thrown when a decoder does not know a function.
    /// @param selector The function's selector.
    error UnknownSelector(bytes4 selector);

    /// @notice Thrown when the arguments have a meaning that cannot be bounded.
    /// @param selector The function's selector.
    error UnboundedArguments(bytes4 selector);

    /// @notice Thrown when a call would make a debt or repay one: the treasury does not value debts. (ADR 0065)
    /// @param selector The function's selector.
    error DebtNotValued(bytes4 selector);

    /// @notice Reads one call.
    /// @param target The contract to be called.
    /// @param data The call's data, selector included.
    function decode(address target, bytes calldata data) external view returns (DecodedCall memory);
}
