// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {LockWord, LockWordLib} from "../../../contracts/libraries/LockWord.sol";
import {NexusTest, VM} from "../../support/NexusTest.sol";

/// @notice Locks of the ledger as words against the numbers that they stand for.
contract LockWordTest is NexusTest {
    /// [NX-CHN-01]
    function testFuzz_ALockIsItsThreeNumbers(uint104 deposited, uint104 paid, uint104 later, uint48 tag) public pure {
        LockWord made = LockWordLib.pack(deposited, paid, tag);
        VM.assertEq(made.depositedOf(), deposited, "deposited");
        VM.assertEq(made.paidOf(), paid, "paid");
        VM.assertEq(made.tagOf(), tag, "tag");
        VM.assertEq(
            LockWord.unwrap(made.withPaid(later)),
            LockWord.unwrap(LockWordLib.pack(deposited, later, tag)),
            "paid alone changes"
        );
        VM.assertTrue(made.exists() == (deposited | paid | tag != 0), "it exists unless all are zero");
    }
}
