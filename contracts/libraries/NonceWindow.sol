// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Refusal} from "../types/Refusal.sol";

/// @title NonceWindow
/// @notice The proposal nonces that an agent has used: the highest one, and a bitmap of the ones just below it.
/// @dev Anchored at the highest nonce used, as IPsec's anti-replay window is (RFC 4303, section 3.4.3): a nonce that
/// is never used cannot block later ones. [NX-CON-09]
library NonceWindow {
    /// @dev Nonces from `highest - SIZE + 1` to `highest` are remembered; bit i stands for `highest - i`.
    uint256 internal constant SIZE = 48;
    /// @dev The farthest that the next nonce may lie above the highest used one: a slip cannot burn the whole range.
    uint256 internal constant MAX_AHEAD = 65_536;

    /// @dev The window after `nonce`, or why it cannot be used.
    function use(
        uint256 highest,
        uint256 bitmap,
        uint256 nonce
    ) internal pure returns (Refusal refusal, uint256 newHighest, uint256 newBitmap) {
        if (nonce > highest) {
            uint256 ahead = nonce - highest;
            if (ahead > MAX_AHEAD) return (Refusal.NonceTooFarAhead, highest, bitmap);
            uint256 shifted = ahead < SIZE ? (bitmap << ahead) & ((1 << SIZE) - 1) : 0;
            return (Refusal.None, nonce, shifted | 1);
        }
        uint256 behind = highest - nonce;
        if (behind >= SIZE) return (Refusal.NonceTooOld, highest, bitmap);
        if ((bitmap >> behind) & 1 == 1) return (Refusal.NonceUsed, highest, bitmap);
        return (Refusal.None, highest, bitmap | (1 << behind));
    }
}
