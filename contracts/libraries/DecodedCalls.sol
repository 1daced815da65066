// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {DecodedCall} from "../types/Proposal.sol";

/// @title DecodedCalls
/// @notice A list that grows by what decoders answer, in place of one that Solidity fills with empty entries first.
library DecodedCalls {
    /// @dev An empty list with room for `count` entries.
    function roomFor(uint256 count) internal pure returns (DecodedCall[] memory decoded) {
        assembly ("memory-safe") {
            // Taken as Solidity takes memory: a word for the length and one for where each entry lies. None of these is read
            // before it is set, since the length counts those that were.
            decoded := mload(0x40)
            mstore(decoded, 0)
            mstore(0x40, add(decoded, shl(5, add(count, 1))))
        }
    }

    /// @dev Puts one more entry behind the last; there must be room for it.
    function append(DecodedCall[] memory decoded, DecodedCall memory entry) internal pure {
        assembly ("memory-safe") {
            // Within the room, as the caller knows.
            let length := add(mload(decoded), 1)
            mstore(decoded, length)
            mstore(add(decoded, shl(5, length)), entry)
        }
    }
}
