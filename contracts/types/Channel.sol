// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice What a channel is, in the shape of x402's batch settlement. Its EIP-712 hash under our own domain is the
/// channel's id, so a channel never changes its terms.
struct ChannelConfig {
    /// Whose balance the channel is opened from, and who gets back what is not claimed.
    address payer;
    /// Who signs vouchers; zero for the payer itself, by ECDSA or ERC-1271.
    address payerAuthorizer;
    /// Who is paid.
    address receiver;
    /// Who may act for the receiver; zero for nobody else.
    address receiverAuthorizer;
    /// What is paid in.
    address token;
    /// How long a close by the payer can be answered with vouchers, in seconds.
    uint40 withdrawDelay;
    /// Tells channels of the same parties apart.
    bytes32 salt;
}

/// @notice What the channels of one batch have in common.
struct ChannelGroup {
    address receiver;
    address receiverAuthorizer;
    address token;
    uint40 withdrawDelay;
}

/// @notice One voucher of a batch, and what else its channel's id is made of.
struct GroupClaim {
    address payer;
    address payerAuthorizer;
    bytes32 salt;
    /// What the receiver may have had in all, in the token's units.
    uint128 maxClaimableAmount;
}

/// @notice Where a channel stands.
enum ChannelState {
    /// It was never opened.
    None,
    /// It pays.
    Open,
    /// The payer asked to close it; vouchers count until that is finished.
    Closing,
    /// The same, and more was claimed than the payer had declared.
    ClosingStale,
    /// It has paid for the last time.
    Closed
}

/// @notice A channel as it is.
struct Channel {
    ChannelState state;
    /// What was put in, in the token's units.
    uint256 deposited;
    /// What was paid out of it, in the token's units: to the receiver, and once it is closed to the payer too.
    uint256 paid;
    /// The last second in which nobody can finish its close; zero unless it is closing.
    uint256 closesAt;
    /// What the payer declared that it owes when it started to close, in the token's units, kept in sixteen bits: rounded up
    /// by less than one part in 512. Zero unless it is closing.
    uint256 declared;
}
