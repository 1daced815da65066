// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {LedgerWord} from "../../../contracts/libraries/LedgerWord.sol";
import {NexusTest, VM} from "../../support/NexusTest.sol";

/// @notice Words of the ledger against the numbers that they stand for.
contract LedgerWordTest is NexusTest {
    using LedgerWord for uint256;

    /// [NX-ACC-01]
    function testFuzz_ABalanceIsWhatWasAddedAndTaken(uint120[4] memory amounts, uint8 flags) public pure {
        // Quarters, so that no sum leaves 120 bits: the ledger's own bound on all of a token.
        for (uint256 i; i < amounts.length; ++i) amounts[i] /= 4;
        uint256 bits = (flags & 1 == 0 ? 0 : LedgerWord.FIRST_MODULE) | (flags & 2 == 0 ? 0 : LedgerWord.SECOND_MODULE);
        uint256 balance = bits.plus(amounts[0], amounts[1]).plus(amounts[2], amounts[3]);
        VM.assertEq(balance.amountOf(), uint256(amounts[0]) + amounts[2], "amount");
        VM.assertEq(balance.feesOf(), uint256(amounts[1]) + amounts[3], "fees");

        uint256 left = balance.minus(amounts[2]);
        VM.assertEq(left.amountOf(), amounts[0], "what is left");
        VM.assertEq(left.feesOf(), balance.feesOf(), "fees stay");
        VM.assertEq(left.withoutFees().feesOf(), 0, "fees swept");
        VM.assertEq(left.withoutFees().amountOf(), amounts[0], "amount stays");
        VM.assertEq(left.withoutFees() & _moduleBits(), bits, "opt-ins stay");
        VM.assertTrue(left.minus(amounts[0]).withoutFees() != 0, "a used slot is never zero again");
    }

    /// [NX-ACC-02]
    function testFuzz_AnOptInMovesNothingAndSpeaksForOneModule(
        uint120 amount,
        uint120 fees,
        bool isAllowed
    ) public pure {
        uint256 balance = uint256(0).plus(amount, fees);
        uint256 first = balance.allowing(LedgerWord.FIRST_MODULE, isAllowed);
        VM.assertEq(first.amountOf(), amount, "amount");
        VM.assertEq(first.feesOf(), fees, "fees");
        VM.assertTrue((first & LedgerWord.FIRST_MODULE != 0) == isAllowed, "the opt-in");
        VM.assertEq(first & LedgerWord.SECOND_MODULE, 0, "the other module");
        VM.assertEq(first.allowing(LedgerWord.FIRST_MODULE, false), balance, "and back");
    }

    /// [NX-CHN-01]
    function testFuzz_ALockIsItsThreeNumbers(uint104 deposited, uint104 paid, uint104 later, uint48 tag) public pure {
        uint256 made = LedgerWord.lockWord(deposited, paid, tag);
        VM.assertEq(made.depositedOf(), deposited, "deposited");
        VM.assertEq(made.paidOf(), paid, "paid");
        VM.assertEq(made.tagOf(), tag, "tag");
        VM.assertEq(made.withPaid(later), LedgerWord.lockWord(deposited, later, tag), "paid alone changes");
    }

    function _moduleBits() private pure returns (uint256) {
        return LedgerWord.FIRST_MODULE | LedgerWord.SECOND_MODULE;
    }
}
