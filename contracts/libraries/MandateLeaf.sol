// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {RiskClass} from "../types/RiskClass.sol";

/// @title MandateLeaf
/// @notice The leaf that permits a call.
library MandateLeaf {
    /// @dev `keccak256(bytes.concat(keccak256(abi.encode(target, selector, decoder, key, minClass))))`, without keeping
    /// memory. The tests hold it against that line.
    function hash(
        address target,
        bytes4 selector,
        address decoder,
        bytes32 key,
        RiskClass minClass
    ) internal pure returns (bytes32 leaf) {
        uint256 targetWord = uint160(target);
        uint256 decoderWord = uint160(decoder);
        bytes32 selectorWord = selector;
        uint256 classWord = uint256(minClass);
        assembly ("memory-safe") {
            // Memory that nobody owns: five words, whose hash goes through the scratch space to be hashed again.
            let start := mload(0x40)
            mstore(start, targetWord)
            mstore(add(start, 32), selectorWord)
            mstore(add(start, 64), decoderWord)
            mstore(add(start, 96), key)
            mstore(add(start, 128), classWord)
            mstore(0, keccak256(start, 160))
            leaf := keccak256(0, 32)
        }
    }
}
