// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AgentStatus, SignerRecord} from "../types/Agent.sol";
import {Refusal} from "../types/Refusal.sol";

/// @notice A signer record as its storage slot has it, see {SignerRecord}. Zero for a key that never was one.
type SignerRecordWord is uint256;

using SignerRecordWordLib for SignerRecordWord global;

/// @title SignerRecordWordLib
/// @notice Reads the fields of a signer record out of its one slot with one load, and writes them with one store.
/// @dev The offsets follow from the order of {SignerRecord}'s fields, lowest bits first; the tests compare each with the struct
/// that Solidity itself unpacks (`signerRecordOf`).
library SignerRecordWordLib {
    uint256 private constant OPERATOR_SHIFT = 32;
    uint256 private constant WEIGHT_SHIFT = 56;
    uint256 private constant STATUS_SHIFT = 88;
    uint256 private constant VALID_UNTIL_SHIFT = 96;
    /// @dev The weight's 32 bits, the status's 8 and the 32 of the end above them.
    uint256 private constant END_STATUS_AND_WEIGHT_MASK = type(uint72).max;
    uint256 private constant ACTIVE_WITHOUT_WEIGHT = uint256(AgentStatus.Active) << 32;
    uint256 private constant HIGHEST_NONCE_SHIFT = 128;
    uint256 private constant NONCE_WINDOW_SHIFT = 168;
    uint256 private constant NONCES_MASK = uint256(type(uint88).max) << HIGHEST_NONCE_SHIFT;
    uint256 private constant VOTING_SEAT_SHIFT = 216;
    uint256 private constant WEIGHT_SINCE_SHIFT = 224;

    function load(SignerRecord storage signerRecord) internal view returns (SignerRecordWord word) {
        assembly ("memory-safe") {
            // A signer record is one slot. Only read here, so nothing can be overwritten.
            word := sload(signerRecord.slot)
        }
    }

    /// @dev Writes a whole signer record.
    function store(SignerRecord storage signerRecord, SignerRecordWord word) internal {
        assembly ("memory-safe") {
            // The one slot of the signer record.
            sstore(signerRecord.slot, word)
        }
    }

    /// @dev The signer record of an agent that joins now: active, without an end, with an unused nonce window. Each argument fits its
    /// field.
    function joined(
        uint256 id,
        uint256 operator,
        uint256 weight_,
        uint256 number
    ) internal view returns (SignerRecordWord) {
        uint256 who = id | (operator << OPERATOR_SHIFT) | (weight_ << WEIGHT_SHIFT);
        uint256 how = (uint256(AgentStatus.Active) << STATUS_SHIFT) | (1 << NONCE_WINDOW_SHIFT);
        uint256 seatAndTime = (number << VOTING_SEAT_SHIFT) | (block.timestamp << WEIGHT_SINCE_SHIFT);
        return SignerRecordWord.wrap(who | how | seatAndTime);
    }

    /// @dev The word with other nonces, and every other bit as it was. Both fit: NonceWindow answers no more than 40 and
    /// 48 bits for a nonce of 40.
    function withNonces(
        SignerRecordWord word,
        uint256 highest,
        uint256 window
    ) internal pure returns (SignerRecordWord) {
        uint256 rest = SignerRecordWord.unwrap(word) & ~NONCES_MASK;
        return SignerRecordWord.wrap(rest | (highest << HIGHEST_NONCE_SHIFT) | (window << NONCE_WINDOW_SHIFT));
    }

    /// @dev The reason for which the key does not count now, or `None`. [NX-CON-04]
    function keyRefusal(SignerRecordWord word) internal view returns (Refusal) {
        if (agentId(word) == 0) return Refusal.UnknownSigner;
        if (validUntil(word) != 0 && block.timestamp > validUntil(word)) return Refusal.SignerExpired;
        return isActive(word) ? Refusal.None : Refusal.AgentNotActive;
    }

    /// @dev Whether no key has this record.
    function isNobodys(SignerRecordWord word) internal pure returns (bool) {
        return SignerRecordWord.unwrap(word) == 0;
    }

    function agentId(SignerRecordWord word) internal pure returns (uint256) {
        return SignerRecordWord.unwrap(word) & type(uint32).max;
    }

    function operatorId(SignerRecordWord word) internal pure returns (uint256) {
        return (SignerRecordWord.unwrap(word) >> OPERATOR_SHIFT) & type(uint24).max;
    }

    function weight(SignerRecordWord word) internal pure returns (uint256) {
        return (SignerRecordWord.unwrap(word) >> WEIGHT_SHIFT) & type(uint32).max;
    }

    function isActive(SignerRecordWord word) internal pure returns (bool) {
        return ((SignerRecordWord.unwrap(word) >> STATUS_SHIFT) & type(uint8).max) == uint256(AgentStatus.Active);
    }

    /// @dev The fast path: one comparison checks that the signer is active, without an end and with a weight, as nearly
    /// every voter is. Read together, end, status and weight lie between their values at no weight and at the largest
    /// one.
    function isPlain(SignerRecordWord word) internal pure returns (bool) {
        unchecked {
            uint256 endStatusAndWeight = (SignerRecordWord.unwrap(word) >> WEIGHT_SHIFT) & END_STATUS_AND_WEIGHT_MASK;
            return endStatusAndWeight - ACTIVE_WITHOUT_WEIGHT - 1 < type(uint32).max;
        }
    }

    /// @dev Plain, and of a higher id than `lastId`. Both are asked: to skip one would cost more than asking it.
    function isPlainAfter(SignerRecordWord word, uint256 lastId) internal pure returns (bool answer) {
        bool isPlain_ = isPlain(word);
        bool isAfter = agentId(word) > lastId;
        assembly ("memory-safe") {
            // Two booleans, each of them zero or one. No memory is touched.
            answer := and(isPlain_, isAfter)
        }
    }

    function validUntil(SignerRecordWord word) internal pure returns (uint256) {
        return (SignerRecordWord.unwrap(word) >> VALID_UNTIL_SHIFT) & type(uint32).max;
    }

    function highestNonce(SignerRecordWord word) internal pure returns (uint256) {
        return (SignerRecordWord.unwrap(word) >> HIGHEST_NONCE_SHIFT) & type(uint40).max;
    }

    function nonceWindow(SignerRecordWord word) internal pure returns (uint256) {
        return (SignerRecordWord.unwrap(word) >> NONCE_WINDOW_SHIFT) & type(uint48).max;
    }

    function votingSeat(SignerRecordWord word) internal pure returns (uint256) {
        return (SignerRecordWord.unwrap(word) >> VOTING_SEAT_SHIFT) & type(uint8).max;
    }

    function weightSince(SignerRecordWord word) internal pure returns (uint256) {
        return SignerRecordWord.unwrap(word) >> WEIGHT_SINCE_SHIFT;
    }
}
