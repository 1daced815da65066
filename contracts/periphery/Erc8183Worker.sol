// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IAccounts} from "../interfaces/IAccounts.sol";
import {IErc8183Worker} from "../interfaces/IErc8183Worker.sol";
import {IEscrow} from "../interfaces/IEscrow.sol";
import {JobTerms} from "../types/Job.sol";

/// @title Erc8183Worker
/// @notice See {IErc8183Worker}.
contract Erc8183Worker is IErc8183Worker, IERC1271 {
    bytes4 private constant REFUSED = 0xffffffff;

    address private immutable ADAPTER;
    IEscrow private immutable ESCROW;
    IAccounts private immutable ACCOUNTS;

    /// @param escrow The escrow that holds the jobs. The adapter is the deployer of this contract.
    constructor(IEscrow escrow) {
        ADAPTER = msg.sender;
        ESCROW = escrow;
        ACCOUNTS = IAccounts(escrow.ACCOUNTS());
    }

    modifier onlyAdapter() {
        require(msg.sender == ADAPTER, NotAdapter(msg.sender));
        _;
    }

    /// @inheritdoc IErc8183Worker
    function deliver(JobTerms calldata terms, bytes32 result) external onlyAdapter {
        ESCROW.deliver(terms, result);
    }

    /// @inheritdoc IErc8183Worker
    function handOver(address token, uint256 amount) external onlyAdapter {
        ACCOUNTS.transfer(token, ADAPTER, amount);
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        return msg.sender == address(ESCROW) ? IERC1271.isValidSignature.selector : REFUSED;
    }
}
