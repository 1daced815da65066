// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title IPermit2
/// @notice The one function of Uniswap's Permit2 that {IAccounts} calls: a transfer by signature that is bound to a witness.
interface IPermit2 {
    /// @notice A token, and the most of it that a signature moves.
    struct TokenPermissions {
        address token;
        uint256 amount;
    }

    /// @notice The message that a holder signs, beside the spender and the witness.
    struct PermitTransferFrom {
        TokenPermissions permitted;
        /// One bit of an unordered bitmap, used once.
        uint256 nonce;
        /// The last second in which the signature counts.
        uint256 deadline;
    }

    /// @notice The receiver of the tokens, and the amount of those permitted.
    struct SignatureTransferDetails {
        address to;
        uint256 requestedAmount;
    }

    /// @notice Moves tokens of `owner` by its signature over permit, caller and witness.
    function permitWitnessTransferFrom(
        PermitTransferFrom calldata permit,
        SignatureTransferDetails calldata transferDetails,
        address owner,
        bytes32 witness,
        string calldata witnessTypeString,
        bytes calldata signature
    ) external;
}
