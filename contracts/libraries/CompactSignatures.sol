// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title CompactSignatures
/// @notice Recovers the signers of a row of 64-byte ECDSA signatures (ERC-2098) over one digest.
library CompactSignatures {
    /// @dev Length of one signature: r, then s with the parity of y in its highest bit.
    uint256 internal constant LENGTH = 64;
    /// @dev Half of secp256k1's order. A larger s would be a second signature of the same vote (EIP-2).
    uint256 internal constant MAX_S = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;

    /// @dev The signer of the signature at `index`, which must be whole; zero when it is nobody's.
    function recover(bytes calldata signatures, uint256 index, bytes32 digest) internal view returns (address signer) {
        assembly ("memory-safe") {
            let position := add(signatures.offset, shl(6, index))
            let vs := calldataload(add(position, 32))
            let s := shr(1, shl(1, vs))
            if iszero(gt(s, MAX_S)) {
                // Memory that nobody owns: `input` is not kept, and the scratch space takes the answer. It is cleared
                // first, since ecrecover answers nothing at all for an invalid signature.
                let input := mload(0x40)
                mstore(input, digest)
                mstore(add(input, 32), add(27, shr(255, vs)))
                mstore(add(input, 64), calldataload(position))
                mstore(add(input, 96), s)
                mstore(0, 0)
                pop(staticcall(gas(), 1, input, 128, 0, 32))
                signer := mload(0)
            }
        }
    }
}
