// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDecoder} from "../interfaces/IDecoder.sol";
import {IV3Router} from "../interfaces/external/IV3Router.sol";
import {CalldataReader} from "../libraries/CalldataReader.sol";
import {DecodedCall} from "../types/Proposal.sol";

/// @title UniswapV3Decoder
/// @notice Reads exact-input token swaps of a router shaped like Uniswap's SwapRouter02. The key is the hash of the path
/// in the router's own packed form, token (20 bytes), fee tier (3), token …: a fee tier chooses the pool, so it is part
/// of what must be permitted. `multicall` is refused: a proposal is a batch already.
contract UniswapV3Decoder is IDecoder {
    using CalldataReader for bytes;

    uint256 private constant ADDRESS_LENGTH = 20;
    /// @dev A token and the fee tier behind it.
    uint256 private constant HOP_LENGTH = 23;

    /// @inheritdoc IDecoder
    function decode(address target, bytes calldata data) external pure returns (DecodedCall memory decoded) {
        (bytes4 selector, bytes calldata arguments) = data.split();
        if (selector == IV3Router.exactInputSingle.selector) {
            decoded = _decodeSingle(arguments);
        } else if (selector == IV3Router.exactInput.selector) {
            decoded = _decodePath(selector, arguments);
        } else {
            revert UnknownSelector(selector);
        }
        // The router reads an amount of zero as "all that you hold".
        require(decoded.amountIn != 0, UnboundedArguments(selector));
        decoded.spender = target;
    }

    function _decodeSingle(bytes calldata arguments) private pure returns (DecodedCall memory decoded) {
        IV3Router.ExactInputSingleParams memory params = abi.decode(arguments, (IV3Router.ExactInputSingleParams));
        decoded.key = keccak256(abi.encodePacked(params.tokenIn, params.fee, params.tokenOut));
        decoded.tokenIn = params.tokenIn;
        decoded.tokenOut = params.tokenOut;
        decoded.amountIn = params.amountIn;
        decoded.recipient = params.recipient;
    }

    function _decodePath(bytes4 selector, bytes calldata arguments) private pure returns (DecodedCall memory decoded) {
        IV3Router.ExactInputParams memory params = abi.decode(arguments, (IV3Router.ExactInputParams));
        bytes memory path = params.path;
        require(
            path.length >= HOP_LENGTH + ADDRESS_LENGTH && (path.length - ADDRESS_LENGTH) % HOP_LENGTH == 0,
            UnboundedArguments(selector)
        );
        decoded.key = keccak256(path);
        decoded.tokenIn = _addressAt(path, 0);
        decoded.tokenOut = _addressAt(path, path.length - ADDRESS_LENGTH);
        decoded.amountIn = params.amountIn;
        decoded.recipient = params.recipient;
    }

    function _addressAt(bytes memory path, uint256 offset) private pure returns (address account) {
        uint256 value;
        for (uint256 i; i < ADDRESS_LENGTH; ++i) value = (value << 8) | uint8(path[offset + i]);
        account = address(uint160(value));
    }
}
