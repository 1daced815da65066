// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice A lock of {ILocks} in one storage word. From the lowest bit: deposited (104 bits), paid (104), and the module's
/// tag (48). Zero for no lock.
type LockWord is uint256;

using LockWordLib for LockWord global;

/// @title LockWordLib
/// @notice Packs and reads a lock, so that its slot is read once and written once.
library LockWordLib {
    uint256 internal constant MAX_LOCK = type(uint104).max;

    uint256 private constant PAID_SHIFT = 104;
    uint256 private constant TAG_SHIFT = 208;

    /// @dev The caller knows that neither amount is above `MAX_LOCK`.
    function pack(uint256 deposited, uint256 paid, uint48 tag) internal pure returns (LockWord) {
        return LockWord.wrap(deposited | (paid << PAID_SHIFT) | (uint256(tag) << TAG_SHIFT));
    }

    function exists(LockWord made) internal pure returns (bool) {
        return LockWord.unwrap(made) != 0;
    }

    function depositedOf(LockWord made) internal pure returns (uint256) {
        return LockWord.unwrap(made) & MAX_LOCK;
    }

    function paidOf(LockWord made) internal pure returns (uint256) {
        return (LockWord.unwrap(made) >> PAID_SHIFT) & MAX_LOCK;
    }

    function tagOf(LockWord made) internal pure returns (uint48) {
        return uint48(LockWord.unwrap(made) >> TAG_SHIFT);
    }

    /// @dev The caller knows that `paid` is not above `MAX_LOCK`.
    function withPaid(LockWord made, uint256 paid) internal pure returns (LockWord) {
        return LockWord.wrap((LockWord.unwrap(made) & ~(MAX_LOCK << PAID_SHIFT)) | (paid << PAID_SHIFT));
    }
}
