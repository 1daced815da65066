// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title LedgerWord
/// @notice The slots of {IAccounts} as words, so that each is read once and written once.
///
/// - A balance: amount (120 bits), fees (120), a bit that says that the slot was used, and one for each module of ours that
///   may move it. The first of these bits keeps the slot from ever being zero again, or the next payment would have to
///   create it anew; the others save a slot for each opt-in, and a read for each lock.
/// - A lock: deposited (104 bits), paid (104), and the module's tag (48).
library LedgerWord {
    uint256 internal constant MAX_BALANCE = type(uint120).max;
    uint256 internal constant MAX_LOCK = type(uint104).max;

    uint256 private constant FEES_SHIFT = 120;
    uint256 private constant USED = 1 << 240;
    /// @dev The bits of our own modules.
    uint256 internal constant FIRST_MODULE = 1 << 241;
    uint256 internal constant SECOND_MODULE = 1 << 242;
    uint256 private constant PAID_SHIFT = 104;
    uint256 private constant TAG_SHIFT = 208;

    /* BALANCES */

    function amountOf(uint256 balance) internal pure returns (uint256) {
        return balance & MAX_BALANCE;
    }

    function feesOf(uint256 balance) internal pure returns (uint256) {
        return (balance >> FEES_SHIFT) & MAX_BALANCE;
    }

    /// @dev The caller knows that neither sum is above `MAX_BALANCE`.
    function plus(uint256 balance, uint256 amount, uint256 fee) internal pure returns (uint256) {
        unchecked {
            return (balance | USED) + amount + (fee << FEES_SHIFT);
        }
    }

    /// @dev The caller knows that the balance has as much.
    function minus(uint256 balance, uint256 amount) internal pure returns (uint256) {
        unchecked {
            return balance - amount;
        }
    }

    /// @dev Lets the module of this bit move the balance, or no longer.
    function allowing(uint256 balance, uint256 moduleBit, bool isAllowed) internal pure returns (uint256) {
        return USED | (isAllowed ? balance | moduleBit : balance & ~moduleBit);
    }

    function withoutFees(uint256 balance) internal pure returns (uint256) {
        return balance & ~(MAX_BALANCE << FEES_SHIFT);
    }

    /* LOCKS */

    function depositedOf(uint256 made) internal pure returns (uint256) {
        return made & MAX_LOCK;
    }

    function paidOf(uint256 made) internal pure returns (uint256) {
        return (made >> PAID_SHIFT) & MAX_LOCK;
    }

    function tagOf(uint256 made) internal pure returns (uint48) {
        return uint48(made >> TAG_SHIFT);
    }

    /// @dev The caller knows that `paid` is not above `MAX_LOCK`.
    function withPaid(uint256 made, uint256 paid) internal pure returns (uint256) {
        return (made & ~(MAX_LOCK << PAID_SHIFT)) | (paid << PAID_SHIFT);
    }

    /// @dev The caller knows that neither amount is above `MAX_LOCK`.
    function lockWord(uint256 deposited, uint256 paid, uint48 tag) internal pure returns (uint256) {
        return deposited | (paid << PAID_SHIFT) | (uint256(tag) << TAG_SHIFT);
    }
}
