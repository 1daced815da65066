// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDecoder} from "../interfaces/IDecoder.sol";
import {IV2Router} from "../interfaces/external/IV2Router.sol";
import {CalldataReader} from "../libraries/CalldataReader.sol";
import {DecodedCall} from "../types/Proposal.sol";

/// @title UniswapV2Decoder
/// @notice Reads exact-input token swaps of a router shaped like Uniswap's v2. The key is the hash of the path's tokens,
/// each padded to a word: the pairs follow from them, since the router's factory has one pair for two tokens.
contract UniswapV2Decoder is IDecoder {
    using CalldataReader for bytes;

    /// @inheritdoc IDecoder
    function decode(address target, bytes calldata data) external pure returns (DecodedCall memory decoded) {
        (bytes4 selector, bytes calldata arguments) = data.split();
        require(selector == IV2Router.swapExactTokensForTokens.selector, UnknownSelector(selector));

        address[] memory path;
        (decoded.amountIn, , path, decoded.recipient, ) = abi.decode(
            arguments,
            (uint256, uint256, address[], address, uint256)
        );
        require(path.length >= 2, UnboundedArguments(selector));
        decoded.key = keccak256(abi.encodePacked(path));
        decoded.tokenIn = path[0];
        decoded.tokenOut = path[path.length - 1];
        decoded.spender = target;
    }
}
