// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IDecoder} from "../interfaces/IDecoder.sol";
import {CalldataReader} from "../libraries/CalldataReader.sol";
import {CallForm, DecodedCall} from "../types/Proposal.sol";

/// @title Erc20Decoder
/// @notice Reads `approve` and `transfer` of an ERC-20 token. The key is the hash of the one address that they name.
contract Erc20Decoder is IDecoder {
    using CalldataReader for bytes;

    /// @inheritdoc IDecoder
    function decode(address target, bytes calldata data) external pure returns (DecodedCall memory decoded) {
        (bytes4 selector, bytes calldata arguments) = data.split();
        bool isApprove = selector == IERC20.approve.selector;
        require(isApprove || selector == IERC20.transfer.selector, UnknownSelector(selector));

        (address counterparty, uint256 amount) = abi.decode(arguments, (address, uint256));
        decoded.key = keccak256(abi.encodePacked(counterparty));
        decoded.tokenIn = target;
        decoded.amountIn = amount;
        if (isApprove) decoded.spender = counterparty;
        decoded.form = CallForm.ReturnsBool;
    }
}
