// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice Money that its owner gave a module to pay out, in one slot. What is left of it is `deposited - paid`.
struct Lock {
    /// Total that was ever put in, in the token's units.
    uint104 deposited;
    /// Total that was ever paid out of it, in the token's units; never above `deposited`, and it never falls.
    uint104 paid;
    /// The module's own; the ledger keeps it and does not read it.
    uint48 tag;
}

/// @notice The authorisation that a holder signed by EIP-3009, beside the account and the purpose that its nonce
/// commits to.
struct Authorization {
    address token;
    /// The account that the tokens come from, and the signer.
    address from;
    uint256 amount;
    /// It counts after this second.
    uint256 validAfter;
    /// It counts before this second.
    uint256 validBefore;
    /// Makes the nonce unique among deposits to the same account for the same purpose.
    bytes32 salt;
}
