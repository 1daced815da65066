// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDecoder} from "../interfaces/IDecoder.sol";
import {DecodedCall} from "../types/Proposal.sol";

/// @title MockDecoder
/// @notice A decoder that says the same of every call, whatever it is.
///
/// Warnings:
/// - A test double: a mandate that names it permits anything.
contract MockDecoder is IDecoder {
    DecodedCall private _answer;

    constructor(DecodedCall memory answer) {
        _answer = answer;
    }

    /// @inheritdoc IDecoder
    function decode(address, bytes calldata) external view returns (DecodedCall memory) {
        return _answer;
    }
}
