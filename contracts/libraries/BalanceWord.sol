// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice A balance of {IAccounts} in one storage word. From the lowest bit: amount (120 bits), fees (120), a bit that says
/// that the slot was used, and one bit for each module of ours that may move the balance.
type BalanceWord is uint256;

using BalanceWordLib for BalanceWord global;

/// @title BalanceWordLib
/// @notice Packs and reads a balance, so that its slot is read once and written once.
/// @dev The bit of a used slot keeps the slot from ever being zero again, or the next payment would have to create it again. The
/// bits of our modules save a slot for each opt-in, and a read for each lock.
library BalanceWordLib {
    uint256 internal constant MAX_BALANCE = type(uint120).max;

    uint256 private constant FEES_SHIFT = 120;
    uint256 private constant USED = 1 << 240;
    /// @dev The bits of our own modules.
    uint256 internal constant FIRST_MODULE = 1 << 241;
    uint256 internal constant SECOND_MODULE = 1 << 242;

    function amountOf(BalanceWord balance) internal pure returns (uint256) {
        return BalanceWord.unwrap(balance) & MAX_BALANCE;
    }

    function feesOf(BalanceWord balance) internal pure returns (uint256) {
        return (BalanceWord.unwrap(balance) >> FEES_SHIFT) & MAX_BALANCE;
    }

    /// @dev Whether the module of this bit may move the balance.
    function allows(BalanceWord balance, uint256 moduleBit) internal pure returns (bool) {
        return BalanceWord.unwrap(balance) & moduleBit != 0;
    }

    /// @dev The caller knows that neither sum is above `MAX_BALANCE`.
    function plus(BalanceWord balance, uint256 amount, uint256 fee) internal pure returns (BalanceWord) {
        unchecked {
            return BalanceWord.wrap((BalanceWord.unwrap(balance) | USED) + amount + (fee << FEES_SHIFT));
        }
    }

    /// @dev The caller knows that the balance has as much.
    function minus(BalanceWord balance, uint256 amount) internal pure returns (BalanceWord) {
        unchecked {
            return BalanceWord.wrap(BalanceWord.unwrap(balance) - amount);
        }
    }

    /// @dev Lets the module of this bit move the balance, or no longer.
    function allowing(BalanceWord balance, uint256 moduleBit, bool isAllowed) internal pure returns (BalanceWord) {
        uint256 word = BalanceWord.unwrap(balance);
        return BalanceWord.wrap(USED | (isAllowed ? word | moduleBit : word & ~moduleBit));
    }

    function withoutFees(BalanceWord balance) internal pure returns (BalanceWord) {
        return BalanceWord.wrap(BalanceWord.unwrap(balance) & ~(MAX_BALANCE << FEES_SHIFT));
    }
}
