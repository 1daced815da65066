// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDecoder} from "../interfaces/IDecoder.sol";
import {ICToken} from "../interfaces/external/ICToken.sol";
import {CalldataReader} from "../libraries/CalldataReader.sol";
import {CallForm, DecodedCall} from "../types/Proposal.sol";

/// @title CompoundV2Decoder
/// @notice Reads `mint` and `redeemUnderlying` of a market shaped like Compound's v2. Behind the amount, which is all that the market
/// reads, a call names three more words: the asset, its position token (a {CompoundV2Position}) and the account that is paid.
/// The market pays its caller and names nobody; the mandate demands that the last word is the treasury, which is the
/// caller. The key is the hash of asset and position token, each in 20 bytes. (ADR 0090)
///
/// Amounts are in units of the asset. `redeem`, which counts in shares, is not read: what a share is worth, no decoder knows.
contract CompoundV2Decoder is IDecoder {
    using CalldataReader for bytes;

    uint256 private constant LENGTH = 4 * 32;

    /// @inheritdoc IDecoder
    function decode(address target, bytes calldata data) external pure returns (DecodedCall memory decoded) {
        (bytes4 selector, bytes calldata arguments) = data.split();
        bool isMint = selector == ICToken.mint.selector;
        if (!isMint && selector != ICToken.redeemUnderlying.selector) {
            require(!_isOfDebt(selector), DebtNotValued(selector));
            revert UnknownSelector(selector);
        }
        require(arguments.length == LENGTH, UnboundedArguments(selector));
        address asset;
        address position;
        (decoded.amountIn, asset, position, decoded.recipient) = abi.decode(
            arguments,
            (uint256, address, address, address)
        );
        // The largest number may mean all that there is. A token that is its own position, or none, nets nothing.
        require(decoded.amountIn != type(uint256).max, UnboundedArguments(selector));
        require(asset != address(0) && position != address(0) && asset != position, UnboundedArguments(selector));
        decoded.key = keccak256(abi.encodePacked(asset, position));
        if (isMint) {
            (decoded.tokenIn, decoded.tokenOut) = (asset, position);
            decoded.spender = target;
            decoded.form = CallForm.SuppliesByCode;
        } else {
            (decoded.tokenIn, decoded.tokenOut) = (position, asset);
            decoded.form = CallForm.WithdrawsByCode;
        }
    }

    function _isOfDebt(bytes4 selector) private pure returns (bool) {
        return
            selector == ICToken.borrow.selector ||
            selector == ICToken.repayBorrow.selector ||
            selector == ICToken.repayBorrowBehalf.selector;
    }
}
