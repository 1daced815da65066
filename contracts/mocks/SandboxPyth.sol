// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IPyth, PythPrice} from "../interfaces/external/IPyth.sol";

/// @title SandboxPyth
/// @notice Pyth as the sandbox has it: takes updates in Pyth's wire format that a quorum of its own signers signed, for a
/// fee, and keeps the newest price of each feed. It stands behind a proxy, as on Sei.
///
/// Notes:
/// - An update is a merkle tree of price messages, whose root a verified action approval in Wormhole's format carries.
/// - An older price than the stored one is passed over, not refused, so that one late message stops no other.
///
/// Warnings:
/// - For the sandbox only: the signers are keys of the test mnemonic, and nobody can change them.
contract SandboxPyth is IPyth {
    uint256 private constant QUORUM = 3;
    uint256 private constant SIGNATURE_BYTES = 66;
    uint256 private constant NODE_BYTES = 20;
    uint256 private constant MESSAGE_BYTES = 85;
    /// @dev Bytes of an approval's body before its payload, and of the payload before its root.
    uint256 private constant BODY_HEAD = 51;
    uint256 private constant PAYLOAD_HEAD = 17;

    address[] private _signers;
    uint256 private _fee;
    mapping(bytes32 id => PythPrice price) private _prices;

    error AlreadyInitialized();
    error InsufficientFee();
    error InvalidWormholeVaa();
    error InvalidUpdateData();
    error PriceFeedNotFound();

    /// @param signers The keys of which three must sign, in the order of their indices.
    /// @param fee In wei for each price.
    function initialize(address[] calldata signers, uint256 fee) external {
        require(_signers.length == 0, AlreadyInitialized());
        (_signers, _fee) = (signers, fee);
    }

    /// @notice Takes signed updates and keeps what is newer.
    function updatePriceFeeds(bytes[] calldata updates) external payable {
        require(msg.value >= getUpdateFee(updates), InsufficientFee());
        for (uint256 i; i < updates.length; ++i) {
            (bytes calldata approval, bytes calldata messages) = _split(updates[i]);
            _store(_rootOf(approval), messages);
        }
    }

    /// @notice The fee for all prices in `updates`, in wei.
    function getUpdateFee(bytes[] calldata updates) public view returns (uint256 fee) {
        for (uint256 i; i < updates.length; ++i) {
            (, bytes calldata messages) = _split(updates[i]);
            fee += uint8(messages[0]) * _fee;
        }
    }

    /// @inheritdoc IPyth
    function getPriceUnsafe(bytes32 id) external view returns (PythPrice memory price) {
        price = _prices[id];
        require(price.publishTime != 0, PriceFeedNotFound());
    }

    /// @dev An update's approval, and its list of messages with their proofs.
    function _split(bytes calldata update) private pure returns (bytes calldata approval, bytes calldata messages) {
        require(update.length > 10 && bytes4(update[:4]) == "PNAU" && update[4] == 0x01, InvalidUpdateData());
        uint256 start = 7 + uint8(update[6]);
        require(update[start] == 0x00, InvalidUpdateData());
        uint256 end = start + 3 + uint16(bytes2(update[start + 1:start + 3]));
        return (update[start + 3:end], update[end:]);
    }

    /// @dev The root that a quorum of signers approved. Their indices rise, so that each counts once.
    function _rootOf(bytes calldata approval) private view returns (bytes20) {
        require(approval[0] == 0x01, InvalidWormholeVaa());
        uint256 count = uint8(approval[5]);
        bytes calldata body = approval[6 + count * SIGNATURE_BYTES:];
        bytes32 digest = keccak256(abi.encode(keccak256(body)));
        require(count >= QUORUM, InvalidWormholeVaa());
        uint256 next;
        for (uint256 i; i < count; ++i) {
            bytes calldata signature = approval[6 + i * SIGNATURE_BYTES:6 + (i + 1) * SIGNATURE_BYTES];
            uint256 index = uint8(signature[0]);
            require(index >= next && index < _signers.length, InvalidWormholeVaa());
            address signer = ECDSA.recover({
                hash: digest,
                v: 27 + uint8(signature[65]),
                r: bytes32(signature[1:33]),
                s: bytes32(signature[33:65])
            });
            require(signer == _signers[index], InvalidWormholeVaa());
            next = index + 1;
        }
        require(bytes4(body[BODY_HEAD:BODY_HEAD + 4]) == "AUWV", InvalidUpdateData());
        return bytes20(body[BODY_HEAD + PAYLOAD_HEAD:BODY_HEAD + PAYLOAD_HEAD + NODE_BYTES]);
    }

    function _store(bytes20 root, bytes calldata messages) private {
        uint256 count = uint8(messages[0]);
        bytes calldata rest = messages[1:];
        for (uint256 i; i < count; ++i) {
            uint256 length = uint16(bytes2(rest[:2]));
            bytes calldata message = rest[2:2 + length];
            uint256 end = 3 + length + NODE_BYTES * uint8(rest[2 + length]);
            require(_isIn(root, message, rest[3 + length:end]), InvalidUpdateData());
            _keep(message);
            rest = rest[end:];
        }
    }

    function _isIn(bytes20 root, bytes calldata message, bytes calldata proof) private pure returns (bool) {
        bytes20 node = bytes20(keccak256(abi.encodePacked(uint8(0), message)));
        for (uint256 i; i < proof.length; i += NODE_BYTES) {
            bytes20 other = bytes20(proof[i:i + NODE_BYTES]);
            (bytes20 left, bytes20 right) = node < other ? (node, other) : (other, node);
            node = bytes20(keccak256(abi.encodePacked(uint8(1), left, right)));
        }
        return node == root;
    }

    function _keep(bytes calldata message) private {
        require(message.length == MESSAGE_BYTES && message[0] == 0x00, InvalidUpdateData());
        bytes32 id = bytes32(message[1:33]);
        uint256 publishTime = uint64(bytes8(message[53:61]));
        if (publishTime <= _prices[id].publishTime) return;
        _prices[id] = PythPrice({
            price: int64(uint64(bytes8(message[33:41]))),
            conf: uint64(bytes8(message[41:49])),
            expo: int32(uint32(bytes4(message[49:53]))),
            publishTime: publishTime
        });
    }
}
