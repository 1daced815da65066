// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IExecutionProbe, ProbeReport} from "../interfaces/IExecutionProbe.sol";

/// @title ExecutionProbe
/// @notice See {IExecutionProbe}. It has neither storage nor immutables, so that its code works at any address.
contract ExecutionProbe is IExecutionProbe {
    /// @inheritdoc IExecutionProbe
    function probe(
        address target,
        bytes calldata data,
        address holder,
        address[] calldata tokens
    ) external returns (ProbeReport memory report) {
        (report.blockNumber, report.timestamp) = (block.number, block.timestamp);
        report.changes = new int256[](tokens.length);
        for (uint256 i; i < tokens.length; ++i) report.changes[i] = -_balance(tokens[i], holder);
        uint256 gasBefore = gasleft();
        (report.success, report.answer) = target.call(data);
        report.gasUsed = gasBefore - gasleft();
        for (uint256 i; i < tokens.length; ++i) report.changes[i] += _balance(tokens[i], holder);
    }

    function _balance(address token, address holder) private view returns (int256) {
        // Safe cast: no listed token has a supply of 2^255.
        return int256(IERC20(token).balanceOf(holder));
    }
}
