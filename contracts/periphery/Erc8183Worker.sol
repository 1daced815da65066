// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IAccounts} from "../interfaces/IAccounts.sol";
import {IEscrow} from "../interfaces/IEscrow.sol";
import {JobTerms} from "../types/Job.sol";

/// @title Erc8183Worker
/// @notice The worker of all jobs of an {Erc8183Adapter}, which is their client: {IEscrow} wants two accounts. It obeys the
/// adapter that made it and holds nothing beyond the call that pays it.
contract Erc8183Worker is IERC1271 {
    bytes4 private constant REFUSED = 0xffffffff;

    address private immutable ADAPTER;
    IEscrow private immutable ESCROW;
    IAccounts private immutable ACCOUNTS;

    /// @notice Thrown when anyone but the adapter gives orders.
    /// @param caller Who tried.
    error NotAdapter(address caller);

    constructor(IEscrow escrow) {
        ADAPTER = msg.sender;
        ESCROW = escrow;
        ACCOUNTS = IAccounts(escrow.ACCOUNTS());
    }

    modifier onlyAdapter() {
        require(msg.sender == ADAPTER, NotAdapter(msg.sender));
        _;
    }

    function deliver(JobTerms calldata terms, bytes32 result) external onlyAdapter {
        ESCROW.deliver(terms, result);
    }

    /// @notice Hands what a job earned to the adapter, inside the ledger.
    function handOver(address token, uint256 amount) external onlyAdapter {
        ACCOUNTS.transfer(token, ADAPTER, amount);
    }

    /// @inheritdoc IERC1271
    /// @dev The escrow asks only when the client of a job splits it, and the client is the adapter.
    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        return msg.sender == address(ESCROW) ? IERC1271.isValidSignature.selector : REFUSED;
    }
}
