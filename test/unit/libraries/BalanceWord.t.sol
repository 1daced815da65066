// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {BalanceWord, BalanceWordLib} from "../../../contracts/libraries/BalanceWord.sol";
import {NexusTest, VM} from "../../support/NexusTest.sol";

/// @notice Balances of the ledger as words against the numbers that they stand for.
contract BalanceWordTest is NexusTest {
    /// [NX-ACC-01]
    function testFuzz_ABalanceIsWhatWasAddedAndTaken(uint120[4] memory amounts, uint8 flags) public pure {
        // Quarters, so that no sum leaves 120 bits: the ledger's own bound on all of a token.
        for (uint256 i; i < amounts.length; ++i) amounts[i] /= 4;
        uint256 bits =
            (flags & 1 == 0 ? 0 : BalanceWordLib.FIRST_MODULE) | (flags & 2 == 0 ? 0 : BalanceWordLib.SECOND_MODULE);
        BalanceWord balance = BalanceWord.wrap(bits).plus(amounts[0], amounts[1]).plus(amounts[2], amounts[3]);
        VM.assertEq(balance.amountOf(), uint256(amounts[0]) + amounts[2], "amount");
        VM.assertEq(balance.feesOf(), uint256(amounts[1]) + amounts[3], "fees");

        BalanceWord left = balance.minus(amounts[2]);
        VM.assertEq(left.amountOf(), amounts[0], "what is left");
        VM.assertEq(left.feesOf(), balance.feesOf(), "fees stay");
        VM.assertEq(left.withoutFees().feesOf(), 0, "fees swept");
        VM.assertEq(left.withoutFees().amountOf(), amounts[0], "amount stays");
        VM.assertEq(BalanceWord.unwrap(left.withoutFees()) & _moduleBits(), bits, "opt-ins stay");
        VM.assertTrue(BalanceWord.unwrap(left.minus(amounts[0]).withoutFees()) != 0, "a used slot is never zero again");
    }

    /// [NX-ACC-02]
    function testFuzz_AnOptInMovesNothingAndSpeaksForOneModule(
        uint120 amount,
        uint120 fees,
        bool isAllowed
    ) public pure {
        BalanceWord balance = BalanceWord.wrap(0).plus(amount, fees);
        BalanceWord first = balance.allowing(BalanceWordLib.FIRST_MODULE, isAllowed);
        VM.assertEq(first.amountOf(), amount, "amount");
        VM.assertEq(first.feesOf(), fees, "fees");
        VM.assertTrue(first.allows(BalanceWordLib.FIRST_MODULE) == isAllowed, "the opt-in");
        VM.assertTrue(!first.allows(BalanceWordLib.SECOND_MODULE), "the other module");
        VM.assertEq(
            BalanceWord.unwrap(first.allowing(BalanceWordLib.FIRST_MODULE, false)),
            BalanceWord.unwrap(balance),
            "and back"
        );
    }

    function _moduleBits() private pure returns (uint256) {
        return BalanceWordLib.FIRST_MODULE | BalanceWordLib.SECOND_MODULE;
    }
}
