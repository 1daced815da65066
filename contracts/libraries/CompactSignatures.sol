// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Refusal} from "../types/Refusal.sol";

/// @title CompactSignatures
/// @notice Recovers the signers of a row of 64-byte ECDSA signatures (ERC-2098) over one digest.
library CompactSignatures {
    /// @dev Length of one signature: r, then s with the parity of y in its highest bit.
    uint256 internal constant LENGTH = 64;
    /// @dev Half of secp256k1's order. A larger s would be a second signature of the same vote (EIP-2).
    uint256 internal constant MAX_S = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;
    uint256 private constant S_MASK = type(uint256).max >> 1;

    /// @dev The signers in the order given, or why not and at which signature.
    function recoverAll(
        bytes calldata signatures,
        bytes32 digest,
        uint256 maximum
    ) internal pure returns (Refusal refusal, uint256 index, address[] memory signers) {
        uint256 count = signatures.length / LENGTH;
        if (signatures.length == 0) return (Refusal.NoVotes, 0, signers);
        if (signatures.length % LENGTH != 0 || count > maximum) return (Refusal.MalformedVotes, count, signers);

        signers = new address[](count);
        for (; index < count; ++index) {
            bytes32 r;
            uint256 vs;
            assembly ("memory-safe") {
                // In bounds: `index` is below `count`, and `count` signatures of 64 bytes are all of `signatures`.
                let position := add(signatures.offset, shl(6, index))
                r := calldataload(position)
                vs := calldataload(add(position, 32))
            }
            uint256 s = vs & S_MASK;
            if (s > MAX_S) return (Refusal.InvalidSignature, index, signers);
            address signer = ecrecover(digest, uint8(27 + (vs >> 255)), r, bytes32(s));
            if (signer == address(0)) return (Refusal.InvalidSignature, index, signers);
            signers[index] = signer;
        }
        index = 0;
    }
}
