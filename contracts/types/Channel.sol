// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice The terms of a channel, in the shape of x402's batch settlement. Their EIP-712 hash under our own domain is
/// the channel's id, so a channel never changes its terms.
struct ChannelConfig {
    /// The account that the channel is opened from, and that gets back what is not claimed.
    address payer;
    /// The signer of vouchers; zero for the payer itself, by ECDSA or ERC-1271.
    address payerAuthorizer;
    /// The account that is paid.
    address receiver;
    /// The account that may act for the receiver; zero for nobody else.
    address receiverAuthorizer;
    /// The token that is paid in.
    address token;
    /// The challenge period: the time in which a close by the payer can be answered with vouchers, in seconds.
    uint40 withdrawDelay;
    /// Number that tells channels of the same parties apart.
    bytes32 salt;
}

/// @notice The terms that the channels of one batch have in common.
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
    /// Total that the receiver may have had, in the token's units.
    uint128 maxClaimableAmount;
}

/// @notice The state of a channel.
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
    /// Total that was put in, in the token's units.
    uint256 deposited;
    /// Total that was paid out of it, in the token's units: to the receiver, and once it is closed to the payer too.
    uint256 paid;
    /// The last second in which nobody can finish its close; zero unless it is closing.
    uint256 closesAt;
    /// The debt that the payer declared when it started to close, in the token's units, kept in sixteen bits: rounded
    /// up by less than one part in 512. Zero unless it is closing.
    uint256 declared;
}
