// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {EfficientHashLib} from "solady/src/utils/EfficientHashLib.sol";
import {ILocks} from "./interfaces/ILocks.sol";
import {IPaymentChannels} from "./interfaces/IPaymentChannels.sol";
import {CompactSignatures} from "./libraries/CompactSignatures.sol";
import {LockWord} from "./libraries/LockWord.sol";
import {ShortAmount} from "./libraries/ShortAmount.sol";
import {SignatureLib} from "./libraries/SignatureLib.sol";
import {Channel, ChannelConfig, ChannelGroup, ChannelState, GroupClaim} from "./types/Channel.sol";

/// @title PaymentChannels
/// @notice See {IPaymentChannels}. It stores nothing: a channel is its lock in {IAccounts}.
contract PaymentChannels is IPaymentChannels, EIP712 {
    using CompactSignatures for bytes;
    using EfficientHashLib for bytes32[];
    using SignatureLib for bytes;

    /* CONSTANTS AND IMMUTABLES */

    bytes32 private constant CONFIG_TYPEHASH = keccak256(
        "ChannelConfig(address payer,address payerAuthorizer,address receiver,address receiverAuthorizer,address token,uint40 withdrawDelay,bytes32 salt)"
    );
    bytes32 private constant VOUCHER_TYPEHASH = keccak256("Voucher(bytes32 channelId,uint128 maxClaimableAmount)");
    bytes32 private constant CLOSE_TYPEHASH = keccak256("Close(bytes32 channelId,uint256 total,uint256 deadline)");
    uint256 private constant BPS = 10_000;
    /// @dev The bits of the debt that the payer declared, the low ones of a tag, see {ShortAmount}. Above it lies
    /// `closesAt`.
    uint256 private constant DECLARED_BITS = 16;
    uint48 private constant OPEN = 0;
    uint48 private constant CLOSED = type(uint48).max;

    /// @inheritdoc IPaymentChannels
    uint256 public constant BOUNTY_BPS = 100;
    /// @inheritdoc IPaymentChannels
    uint256 public constant MIN_WITHDRAW_DELAY = 15 minutes;
    /// @inheritdoc IPaymentChannels
    uint256 public constant MAX_WITHDRAW_DELAY = 30 days;
    /// @inheritdoc IPaymentChannels
    address public immutable ACCOUNTS;

    /* CONSTRUCTOR */

    /// @param accounts The {Accounts} ledger.
    constructor(address accounts) EIP712("NEXUS PaymentChannels", "1") {
        ACCOUNTS = accounts;
    }

    /* OPENING */

    /// @inheritdoc IPaymentChannels
    function open(ChannelConfig calldata config, uint256 amount) external returns (bytes32 channelId) {
        (address receiver, uint256 delay) = (config.receiver, config.withdrawDelay);
        _checkPayer(config);
        require(receiver != address(0) && receiver != msg.sender, InvalidReceiver(receiver));
        require(
            delay >= MIN_WITHDRAW_DELAY && delay <= MAX_WITHDRAW_DELAY,
            WithdrawDelayOutOfBounds(delay, MIN_WITHDRAW_DELAY, MAX_WITHDRAW_DELAY)
        );
        channelId = channelIdOf(config);
        emit ChannelOpened(channelId, receiver, config.payerAuthorizer, config.receiverAuthorizer, delay, config.salt);
        ILocks(ACCOUNTS).lock({token: config.token, id: channelId, owner: msg.sender, amount: amount, tag: OPEN});
    }

    /// @inheritdoc IPaymentChannels
    function topUp(ChannelConfig calldata config, uint256 amount) external {
        _checkPayer(config);
        (bytes32 channelId, Channel memory channel) = _read(config);
        require(channel.state == ChannelState.Open, WrongChannelState(channelId, channel.state));
        ILocks(ACCOUNTS).extend({token: config.token, id: channelId, owner: msg.sender, amount: amount});
    }

    /* CLAIMS */

    /// @inheritdoc IPaymentChannels
    function claim(ChannelConfig calldata config, uint128 maxClaimableAmount, bytes calldata signature) external {
        // Check: the voucher is the signer's, and the channel holds what it says.
        (bytes32 channelId, Channel memory channel) = _readLive(config);
        (uint256 paid, uint256 deposited) = (channel.paid, channel.deposited);
        require(maxClaimableAmount > paid, TotalNotAboveClaimed(channelId, maxClaimableAmount, paid));
        require(maxClaimableAmount <= deposited, TotalAboveDeposited(channelId, maxClaimableAmount, deposited));
        _checkVoucher(config, channelId, maxClaimableAmount, signature);

        // Effect: pay the difference, and a watchtower's part of it.
        uint256 due = maxClaimableAmount - paid;
        uint256 bounty = _earnsBounty(config, channel) ? _bountyOf(due) : 0;
        uint48 tag = _tagOf(channel);
        if (bounty != 0) {
            emit BountyPaid(channelId, msg.sender, bounty);
            _pay({config: config, channelId: channelId, to: msg.sender, amount: bounty, tag: tag});
        }
        _pay({config: config, channelId: channelId, to: config.receiver, amount: due - bounty, tag: tag});
    }

    /// @inheritdoc IPaymentChannels
    function claimMany(
        ChannelGroup calldata group,
        GroupClaim[] calldata claims,
        bytes calldata signatures
    ) external returns (uint256 sum) {
        uint256 count = claims.length;
        require(
            signatures.length == count * CompactSignatures.LENGTH,
            SignatureCountMismatch(count, signatures.length)
        );
        bytes32 domain = _domainSeparatorV4();
        bytes32[] memory words = _wordsOf(group);
        bytes32[] memory ids = new bytes32[](count);
        uint256[] memory totals = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            GroupClaim calldata voucher = claims[i];
            (address payer, address signer) = (voucher.payer, voucher.payerAuthorizer);
            bytes32 id = _groupedId({
                domain: domain,
                words: words,
                payer: payer,
                payerAuthorizer: signer,
                salt: voucher.salt
            });
            uint256 total = voucher.maxClaimableAmount;
            if (signer == address(0)) signer = payer;
            bytes32 digest = _voucherDigest(domain, id, total);
            // A signature of nobody recovers to zero; no channel has the payer zero, so it would find nothing to pay.
            require(signatures.recover(i, digest) == signer, InvalidVoucher(id, total, signer));
            ids.set(i, id);
            totals[i] = total;
        }
        sum = ILocks(ACCOUNTS).payTotals({token: group.token, to: group.receiver, ids: ids, totals: totals});
    }

    /// @dev Whether the caller claims for a receiver that let half of a close's delay pass.
    function _earnsBounty(ChannelConfig calldata config, Channel memory channel) private view returns (bool) {
        if (channel.state == ChannelState.Open || _isReceiver(config, msg.sender)) return false;
        return block.timestamp + config.withdrawDelay / 2 >= channel.closesAt;
    }

    /* CLOSING */

    /// @inheritdoc IPaymentChannels
    function close(
        ChannelConfig calldata config,
        uint256 total,
        uint128 maxClaimableAmount,
        bytes calldata signature
    ) external {
        require(_isReceiver(config, msg.sender), NotReceiver(msg.sender, config.receiver));
        (bytes32 channelId, Channel memory channel) = _readLive(config);
        if (total > channel.paid) {
            require(total <= maxClaimableAmount, TotalAboveVoucher(channelId, total, maxClaimableAmount));
            _checkVoucher(config, channelId, maxClaimableAmount, signature);
        } else {
            total = channel.paid;
        }
        _close(config, channelId, channel, total);
    }

    /// @inheritdoc IPaymentChannels
    function cooperativeClose(
        ChannelConfig calldata config,
        uint256 total,
        uint256 deadline,
        bytes calldata signature
    ) external {
        _checkPayer(config);
        (bytes32 channelId, Channel memory channel) = _readLive(config);
        require(block.timestamp <= deadline, AgreementExpired(channelId, deadline));
        require(total >= channel.paid, TotalBelowClaimed(channelId, total, channel.paid));
        address signer = config.receiverAuthorizer == address(0) ? config.receiver : config.receiverAuthorizer;
        require(
            signature.isSignedBy(closeDigest(channelId, total, deadline), signer),
            InvalidAgreement(channelId, signer)
        );
        _close(config, channelId, channel, total);
    }

    /// @inheritdoc IPaymentChannels
    function initiateClose(ChannelConfig calldata config, uint256 owed) external {
        _checkPayer(config);
        (bytes32 channelId, Channel memory channel) = _read(config);
        require(channel.state == ChannelState.Open, WrongChannelState(channelId, channel.state));
        require(owed <= channel.deposited, TotalAboveDeposited(channelId, owed, channel.deposited));
        uint256 due = Math.saturatingSub(owed, channel.paid);
        channel.declared = channel.paid + due;
        channel.closesAt = block.timestamp + config.withdrawDelay;
        emit CloseInitiated(channelId, channel.closesAt, channel.declared);
        uint48 tag = _tagOf(channel);
        if (due == 0) ILocks(ACCOUNTS).retag(config.token, channelId, tag);
        else _pay({config: config, channelId: channelId, to: config.receiver, amount: due, tag: tag});
    }

    /// @inheritdoc IPaymentChannels
    function finalizeClose(ChannelConfig calldata config) external {
        (bytes32 channelId, Channel memory channel) = _readLive(config);
        require(channel.state != ChannelState.Open, WrongChannelState(channelId, channel.state));
        require(block.timestamp > channel.closesAt, CloseTooEarly(channelId, channel.closesAt));
        // Whatever call brought to light what the payer had left out, it counts. [NX-CHN-03]
        uint256 penalty = _bountyOf(Math.saturatingSub(channel.paid, channel.declared));
        _close({
            config: config,
            channelId: channelId,
            channel: channel,
            total: Math.min(channel.paid + penalty, channel.deposited)
        });
    }

    /// @dev Pays the receiver up to `total` and the payer the rest, and closes the channel for ever.
    function _close(ChannelConfig calldata config, bytes32 channelId, Channel memory channel, uint256 total) private {
        uint256 deposited = channel.deposited;
        require(total <= deposited, TotalAboveDeposited(channelId, total, deposited));
        emit ChannelClosed(channelId, total);
        uint256 due = total - channel.paid;
        ILocks(ACCOUNTS).pay({
            token: config.token,
            id: channelId,
            to: config.receiver,
            restTo: config.payer,
            amount: due,
            fee: 0,
            tag: CLOSED
        });
    }

    function _bountyOf(uint256 amount) private pure returns (uint256) {
        return (amount * BOUNTY_BPS) / BPS;
    }

    /// @dev Pays `to`, and leaves the rest in the channel.
    function _pay(ChannelConfig calldata config, bytes32 channelId, address to, uint256 amount, uint48 tag) private {
        ILocks(ACCOUNTS).pay({
            token: config.token,
            id: channelId,
            to: to,
            restTo: address(0),
            amount: amount,
            fee: 0,
            tag: tag
        });
    }

    /* WHO, AND WHAT WAS SIGNED */

    function _checkPayer(ChannelConfig calldata config) private view {
        require(msg.sender == config.payer, NotPayer(msg.sender, config.payer));
    }

    function _isReceiver(ChannelConfig calldata config, address account) private pure returns (bool) {
        return account == config.receiver || account == config.receiverAuthorizer;
    }

    function _checkVoucher(
        ChannelConfig calldata config,
        bytes32 channelId,
        uint128 maxClaimableAmount,
        bytes calldata signature
    ) private view {
        address signer = config.payerAuthorizer == address(0) ? config.payer : config.payerAuthorizer;
        require(
            signature.isSignedBy(voucherDigest(channelId, maxClaimableAmount), signer),
            InvalidVoucher(channelId, maxClaimableAmount, signer)
        );
    }

    /// @inheritdoc IPaymentChannels
    function voucherDigest(bytes32 channelId, uint128 maxClaimableAmount) public view returns (bytes32) {
        return _voucherDigest(_domainSeparatorV4(), channelId, maxClaimableAmount);
    }

    function _voucherDigest(bytes32 domain, bytes32 channelId, uint256 total) private pure returns (bytes32) {
        bytes32 structHash = EfficientHashLib.hash(VOUCHER_TYPEHASH, channelId, bytes32(total));
        return MessageHashUtils.toTypedDataHash(domain, structHash);
    }

    /// @inheritdoc IPaymentChannels
    function closeDigest(bytes32 channelId, uint256 total, uint256 deadline) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(CLOSE_TYPEHASH, channelId, total, deadline)));
    }

    /* THE CHANNEL'S SLOT */

    /// @inheritdoc IPaymentChannels
    function channelIdOf(ChannelConfig calldata config) public view returns (bytes32) {
        bytes32 structHash = EfficientHashLib.hash(
            CONFIG_TYPEHASH,
            _word(config.payer),
            _word(config.payerAuthorizer),
            _word(config.receiver),
            _word(config.receiverAuthorizer),
            _word(config.token),
            bytes32(uint256(config.withdrawDelay)),
            config.salt
        );
        return _hashTypedDataV4(structHash);
    }

    /// @inheritdoc IPaymentChannels
    function channelOf(ChannelConfig calldata config) external view returns (Channel memory channel) {
        (, channel) = _read(config);
    }

    /// @dev The words that are hashed to a channel's id, without those that differ within a group.
    function _wordsOf(ChannelGroup calldata group) private pure returns (bytes32[] memory words) {
        words = new bytes32[](8);
        words[0] = CONFIG_TYPEHASH;
        words[3] = _word(group.receiver);
        words[4] = _word(group.receiverAuthorizer);
        words[5] = _word(group.token);
        words[6] = bytes32(uint256(group.withdrawDelay));
    }

    /// @dev The same as `channelIdOf` for one channel of a group.
    function _groupedId(
        bytes32 domain,
        bytes32[] memory words,
        address payer,
        address payerAuthorizer,
        bytes32 salt
    ) private pure returns (bytes32) {
        words.set(1, _word(payer)).set(2, _word(payerAuthorizer)).set(7, salt);
        return MessageHashUtils.toTypedDataHash(domain, words.hash());
    }

    function _word(address account) private pure returns (bytes32) {
        return bytes32(uint256(uint160(account)));
    }

    function _read(ChannelConfig calldata config) private view returns (bytes32 channelId, Channel memory channel) {
        channelId = channelIdOf(config);
        LockWord made = LockWord.wrap(ILocks(ACCOUNTS).lockWordOf(address(this), config.token, channelId));
        (uint48 tag, uint256 paid) = (made.tagOf(), made.paidOf());
        channel.deposited = made.depositedOf();
        channel.paid = paid;
        if (!made.exists()) return (channelId, channel);
        if (tag == OPEN) channel.state = ChannelState.Open;
        else if (tag == CLOSED) channel.state = ChannelState.Closed;
        else {
            channel.closesAt = tag >> DECLARED_BITS;
            channel.declared = ShortAmount.decode(uint16(tag));
            channel.state = paid > channel.declared ? ChannelState.ClosingStale : ChannelState.Closing;
        }
    }

    /// @dev A channel that can still pay.
    function _readLive(ChannelConfig calldata config) private view returns (bytes32 channelId, Channel memory channel) {
        (channelId, channel) = _read(config);
        ChannelState state = channel.state;
        require(state != ChannelState.None && state != ChannelState.Closed, WrongChannelState(channelId, state));
    }

    /// @dev The tag of a channel that is not closed. The declared debt is rounded up, in the payer's favour.
    function _tagOf(Channel memory channel) private pure returns (uint48) {
        if (channel.closesAt == 0) return OPEN;
        // Safe cast: 32 bits of seconds last until 2106.
        return uint48((channel.closesAt << DECLARED_BITS) | ShortAmount.encodeUp(channel.declared));
    }
}
