// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDecoder} from "../interfaces/IDecoder.sol";
import {IAaveV3Pool} from "../interfaces/external/IAaveV3Pool.sol";
import {CalldataReader} from "../libraries/CalldataReader.sol";
import {CallForm, DecodedCall} from "../types/Proposal.sol";

/// @title AaveV3Decoder
/// @notice Reads `supply` and `withdraw` of a lending pool shaped like Aave's v3. Behind the arguments that the pool reads, a
/// call names one more: the position token (aToken) of the asset, so that the call itself says all that it moves and the
/// leaf permits it. The pool passes over what it does not read. The key is the hash of asset and position token, each in 20
/// bytes. (ADR 0066)
///
/// Calls that make, repay or secure a debt are refused by {DebtNotValued}: the treasury does not value debts.
contract AaveV3Decoder is IDecoder {
    using CalldataReader for bytes;

    uint256 private constant SUPPLY_LENGTH = 5 * 32;
    uint256 private constant WITHDRAW_LENGTH = 4 * 32;

    /// @inheritdoc IDecoder
    function decode(address target, bytes calldata data) external pure returns (DecodedCall memory decoded) {
        (bytes4 selector, bytes calldata arguments) = data.split();
        address asset;
        address position;
        if (selector == IAaveV3Pool.supply.selector) {
            require(arguments.length == SUPPLY_LENGTH, UnboundedArguments(selector));
            uint16 referralCode;
            (asset, decoded.amountIn, decoded.recipient, referralCode, position) = abi.decode(
                arguments,
                (address, uint256, address, uint16, address)
            );
            // A code names somebody who is paid for it outside of the chain.
            require(referralCode == 0, UnboundedArguments(selector));
            (decoded.tokenIn, decoded.tokenOut) = (asset, position);
            decoded.spender = target;
            decoded.form = CallForm.Supplies;
        } else if (selector == IAaveV3Pool.withdraw.selector) {
            require(arguments.length == WITHDRAW_LENGTH, UnboundedArguments(selector));
            (asset, decoded.amountIn, decoded.recipient, position) = abi.decode(
                arguments,
                (address, uint256, address, address)
            );
            (decoded.tokenIn, decoded.tokenOut) = (position, asset);
            decoded.form = CallForm.Withdraws;
        } else {
            bool isOfDebt = selector == IAaveV3Pool.borrow.selector || selector == IAaveV3Pool.repay.selector;
            require(!isOfDebt, DebtNotValued(selector));
            revert UnknownSelector(selector);
        }
        // The largest number means all that there is. A token that is its own position, or none, nets nothing.
        require(decoded.amountIn != type(uint256).max, UnboundedArguments(selector));
        require(asset != address(0) && position != address(0) && asset != position, UnboundedArguments(selector));
        decoded.key = keccak256(abi.encodePacked(asset, position));
    }
}
