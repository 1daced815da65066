// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Channel, ChannelConfig, ChannelGroup, ChannelState, GroupClaim} from "../types/Channel.sol";

/// @title IPaymentChannels
/// @notice Unidirectional channels: the payer locks money once, and then pays by signing ever larger totals off chain.
///
/// A voucher is `Voucher(bytes32 channelId,uint128 maxClaimableAmount)`, cumulative, as in x402's batch settlement; the
/// domain is ours ("NEXUS PaymentChannels", version 1, this chain, this contract), so vouchers for x402's own contract,
/// another chain or another channel are refused.
///
/// All of a channel is one slot in {IAccounts}: what was deposited, what was paid, and in the tag `closesAt` (32 bits) and
/// what the payer declared when it started to close (16 bits). A tag of zero says that the channel is open, a tag of ones
/// that it is closed. The amounts that move are told by {IAccounts} events, with this contract as the module.
///
/// - The *receiver*, or whoever it authorised, can claim at any time and close at once: the rest goes back to the payer.
/// - The *payer* can close together with the receiver at once, or alone: then vouchers still count for `withdrawDelay`, and
///   until somebody finishes the close. [NX-CHN-02]
/// - In the second half of that delay *anyone* who submits a voucher that the payer left out is paid a bounty of
///   `BOUNTY_BPS` of what it claims. The receiver pays it.
/// - What was claimed above the payer's declaration, by whatever call and by whomever, costs the payer `BOUNTY_BPS` of it
///   when the close is finished, as far as the channel has a rest. The receiver gets it, so watchtowers cost it nothing. A payer
///   that declares what it owes when it starts to close loses nothing. [NX-CHN-03]
///
/// Nobody administers this contract.
///
/// Warnings:
/// - Whoever `receiverAuthorizer` is can close without a voucher. A receiver serves only channels that name one of its own.
/// - An ERC-1271 signer can take its word back. Serve such a payer only as far as it is trusted, or claim at once.
/// - A receiver that agreed to a common close must not accept vouchers until that agreement has expired.
/// - A payer stops signing before it starts to close: a voucher that it signs afterwards counts as left out.
interface IPaymentChannels {
    /// @notice Emitted when a channel is opened. Its payer, its token and the amount stand in the ledger's `Locked` of the
    /// same id, which comes next.
    /// @param channelId The channel's id.
    /// @param receiver The account that is paid.
    /// @param payerAuthorizer The signer of vouchers; zero for the payer itself.
    /// @param receiverAuthorizer The account that may act for the receiver; zero for nobody else.
    /// @param withdrawDelay Challenge period of a close by the payer, in seconds.
    /// @param salt Number that tells channels of the same parties apart.
    event ChannelOpened(
        bytes32 indexed channelId,
        address indexed receiver,
        address payerAuthorizer,
        address receiverAuthorizer,
        uint256 withdrawDelay,
        bytes32 salt
    );

    /// @notice Emitted when a payer starts to close a channel alone.
    /// @param channelId The channel's id.
    /// @param closesAt The last second in which nobody can finish it.
    /// @param owed Total that the receiver shall have had, as the payer declares it, in the token's units.
    event CloseInitiated(bytes32 indexed channelId, uint256 closesAt, uint256 owed);

    /// @notice Emitted when somebody else than the receiver claimed for it what the payer had left out.
    /// @param channelId The channel's id.
    /// @param watchtower The watchtower: the caller that submitted the voucher.
    /// @param bounty Amount that it was paid, in the token's units.
    event BountyPaid(bytes32 indexed channelId, address indexed watchtower, uint256 bounty);

    /// @notice Emitted when a channel has paid for the last time.
    /// @param channelId The channel's id.
    /// @param claimed Total that the receiver was paid, in the token's units: bounties included, and the payer's loss
    /// for leaving some out. The payer got the rest.
    event ChannelClosed(bytes32 indexed channelId, uint256 claimed);

    /// @notice Thrown when the caller is not the payer.
    /// @param caller The caller that was refused.
    /// @param payer The channel's payer, who alone may call.
    error NotPayer(address caller, address payer);

    /// @notice Thrown when the caller is neither the receiver nor the account that acts for it.
    /// @param caller The caller that was refused.
    /// @param receiver The channel's receiver.
    error NotReceiver(address caller, address receiver);

    /// @notice Thrown when a channel would pay nobody, or its own payer.
    /// @param receiver The receiver that was refused.
    error InvalidReceiver(address receiver);

    /// @notice Thrown when the challenge period of a close is too short or too long.
    /// @param withdrawDelay Challenge period that was asked for, in seconds.
    /// @param minimum The shortest period allowed, in seconds.
    /// @param maximum The longest period allowed, in seconds.
    error WithdrawDelayOutOfBounds(uint256 withdrawDelay, uint256 minimum, uint256 maximum);

    /// @notice Thrown when a channel is in another state than the call needs: never opened, closing, or closed.
    /// @param channelId The channel's id.
    /// @param state The channel's current state.
    error WrongChannelState(bytes32 channelId, ChannelState state);

    /// @notice Thrown when a voucher's signature is not that of the channel's signer for this channel and this total.
    /// @param channelId The channel's id.
    /// @param maxClaimableAmount The total that was submitted, in the token's units.
    /// @param signer The account that should have signed.
    error InvalidVoucher(bytes32 channelId, uint256 maxClaimableAmount, address signer);

    /// @notice Thrown when a total is not above what was claimed already.
    /// @param channelId The channel's id.
    /// @param total Total that was submitted, in the token's units.
    /// @param claimed Total that was claimed before, in the token's units.
    error TotalNotAboveClaimed(bytes32 channelId, uint256 total, uint256 claimed);

    /// @notice Thrown when a close would pay the receiver less in all than it has been paid.
    /// @param channelId The channel's id.
    /// @param total Total that was submitted, in the token's units.
    /// @param claimed Total that was claimed before, in the token's units.
    error TotalBelowClaimed(bytes32 channelId, uint256 total, uint256 claimed);

    /// @notice Thrown when a total is above what the channel ever held.
    /// @param channelId The channel's id.
    /// @param total Total that was submitted, in the token's units.
    /// @param deposited Total that was deposited, in the token's units.
    error TotalAboveDeposited(bytes32 channelId, uint256 total, uint256 deposited);

    /// @notice Thrown when a receiver closes with more than its voucher says.
    /// @param channelId The channel's id.
    /// @param total Total that was submitted, in the token's units.
    /// @param maxClaimableAmount Total that the voucher allows, in the token's units.
    error TotalAboveVoucher(bytes32 channelId, uint256 total, uint256 maxClaimableAmount);

    /// @notice Thrown when a batch does not have one 64-byte signature for each voucher.
    /// @param claims Number of vouchers in the batch.
    /// @param signatureBytes Length of the signatures, in bytes.
    error SignatureCountMismatch(uint256 claims, uint256 signatureBytes);

    /// @notice Thrown when a receiver's agreement to a common close has expired.
    /// @param channelId The channel's id.
    /// @param deadline The last second in which the agreement counts.
    error AgreementExpired(bytes32 channelId, uint256 deadline);

    /// @notice Thrown when the receiver did not agree to this common close.
    /// @param channelId The channel's id.
    /// @param signer The account that should have signed.
    error InvalidAgreement(bytes32 channelId, address signer);

    /// @notice Thrown when a close is finished before its delay is over.
    /// @param channelId The channel's id.
    /// @param closesAt The last second in which nobody can finish it.
    error CloseTooEarly(bytes32 channelId, uint256 closesAt);

    /// @notice Opens a channel with part of the caller's balance in {IAccounts}.
    ///
    /// @dev Emits {ChannelOpened}. Creates one slot.
    ///
    /// Requirements:
    /// - The caller must be the payer, and have allowed this contract as a module. [NX-ACC-02]
    /// - The channel must never have been opened before. [NX-CHN-01]
    ///
    /// @param config The channel's terms.
    /// @param amount Amount to lock in the channel, in the token's units; not zero.
    /// @return channelId The channel's id.
    function open(ChannelConfig calldata config, uint256 amount) external returns (bytes32 channelId);

    /// @notice Adds to an open channel. One that is closing takes nothing: a top-up would undo the close that watchtowers
    /// answer to.
    /// @dev {IAccounts} emits `Locked`. Only the payer.
    function topUp(ChannelConfig calldata config, uint256 amount) external;

    /// @notice Pays the receiver what a voucher says, less what it had already. Anyone may submit it.
    ///
    /// @dev {IAccounts} emits `Paid`. Emits {BountyPaid} if the caller earned one.
    ///
    /// Requirements:
    /// - The voucher must be above what was claimed and at most what was deposited. [NX-CHN-01]
    /// - The channel must not be closed; a close that has not been finished stops nothing. [NX-CHN-02]
    ///
    /// @param config The channel's terms.
    /// @param maxClaimableAmount The voucher's total, in the token's units.
    /// @param signature The signer's signature: 64 or 65 bytes of ECDSA, or whatever its ERC-1271 account accepts.
    function claim(ChannelConfig calldata config, uint128 maxClaimableAmount, bytes calldata signature) external;

    /// @notice Pays one receiver by vouchers of many channels.
    ///
    /// @dev {IAccounts} emits `PaidMany`. A voucher that is not above what was claimed, is above what was deposited, or is
    /// of a channel that is closed or unknown is passed over, so that nobody makes a batch fail by claiming one first. A
    /// wrong signature makes all of it fail. There is no bounty in it.
    ///
    /// @param group The terms that all channels of the batch share.
    /// @param claims The vouchers, without their signatures.
    /// @param signatures One compact ECDSA signature (ERC-2098, 64 bytes) for each, in a row.
    /// @return sum Amount that the receiver was paid, in the token's units.
    function claimMany(
        ChannelGroup calldata group,
        GroupClaim[] calldata claims,
        bytes calldata signatures
    ) external returns (uint256 sum);

    /// @notice Closes a channel at once, by the receiver: it takes its last total, the payer all the rest.
    ///
    /// @dev Emits {ChannelClosed}. A receiver that wants no more than it had needs no voucher: total zero. It forgoes what a
    /// stale close would cost the payer, which only `finalizeClose` pays.
    ///
    /// @param config The channel's terms.
    /// @param total Total that the receiver shall have had, in the token's units; at most `maxClaimableAmount`.
    /// @param maxClaimableAmount The voucher's total, in the token's units.
    /// @param signature The voucher's signature.
    function close(
        ChannelConfig calldata config,
        uint256 total,
        uint128 maxClaimableAmount,
        bytes calldata signature
    ) external;

    /// @notice Closes a channel at once, by the payer with the receiver's signature over
    /// `Close(bytes32 channelId,uint256 total,uint256 deadline)`. No voucher is needed.
    ///
    /// @dev Emits {ChannelClosed}.
    ///
    /// @param config The channel's terms.
    /// @param total Total that the receiver shall have had, in the token's units; not below the total claimed before.
    /// @param deadline The last second in which the agreement counts.
    /// @param signature The signature of `receiverAuthorizer`, or of the receiver where there is none.
    function cooperativeClose(
        ChannelConfig calldata config,
        uint256 total,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Starts to close a channel, by the payer alone, and pays the receiver what the payer says that it owes.
    ///
    /// @dev Emits {CloseInitiated}.
    ///
    /// @param config The channel's terms.
    /// @param owed The highest total that the payer signed, in the token's units. What it leaves out costs it `BOUNTY_BPS`
    /// of that if anyone claims it; zero or anything up to what was claimed pays nothing.
    function initiateClose(ChannelConfig calldata config, uint256 owed) external;

    /// @notice Finishes a close whose delay is over. Anyone may call it. What is left goes to the payer, less `BOUNTY_BPS` of
    /// what was claimed above its declaration, which the receiver gets. [NX-CHN-03]
    /// @dev Emits {ChannelClosed}. Only after `closesAt`, so that in that second itself vouchers still count.
    function finalizeClose(ChannelConfig calldata config) external;

    /// @notice A channel's id: the EIP-712 hash of its terms under our domain.
    function channelIdOf(ChannelConfig calldata config) external view returns (bytes32);

    /// @notice A channel as it is.
    function channelOf(ChannelConfig calldata config) external view returns (Channel memory);

    /// @notice The digest that a channel's signer signs.
    function voucherDigest(bytes32 channelId, uint128 maxClaimableAmount) external view returns (bytes32);

    /// @notice The digest that a receiver signs to agree to a cooperative close.
    function closeDigest(bytes32 channelId, uint256 total, uint256 deadline) external view returns (bytes32);

    /// @notice The ledger.
    function ACCOUNTS() external view returns (address);

    /// @notice A watchtower's part of what it claims for a receiver, in basis points.
    function BOUNTY_BPS() external view returns (uint256);

    /// @notice The shortest delay of a close, in seconds.
    function MIN_WITHDRAW_DELAY() external view returns (uint256);

    /// @notice The longest delay of a close, in seconds.
    function MAX_WITHDRAW_DELAY() external view returns (uint256);
}
