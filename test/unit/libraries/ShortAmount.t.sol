// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ShortAmount} from "../../../contracts/libraries/ShortAmount.sol";
import {NexusTest, VM} from "../../support/NexusTest.sol";

contract ShortAmountTest is NexusTest {
    /// Up to 1,024 nothing is lost.
    function test_SmallAmountsAreExact() public pure {
        for (uint256 amount; amount <= 1_024; ++amount) {
            VM.assertEq(ShortAmount.decode(ShortAmount.encodeUp(amount)), amount, "a small amount was rounded");
        }
    }

    /// Never below, and above by less than one part in 512. [NX-CHN-03]
    function testFuzz_RoundsUpByLittle(uint256 amount) public pure {
        amount %= 2 ** 127;
        uint256 kept = ShortAmount.decode(ShortAmount.encodeUp(amount));
        VM.assertTrue(kept >= amount, "it was rounded down");
        VM.assertTrue(kept - amount <= amount / 512, "it was rounded up by too much");
        VM.assertEq(ShortAmount.decode(ShortAmount.encodeUp(kept)), kept, "what was rounded is not exact");
    }

    /// A higher amount is never kept as a lower one. [NX-CHN-03]
    function testFuzz_KeepsTheOrder(uint256 low, uint256 high) public pure {
        (low, high) = (low % 2 ** 127, high % 2 ** 127);
        if (low > high) (low, high) = (high, low);
        VM.assertTrue(ShortAmount.encodeUp(low) <= ShortAmount.encodeUp(high), "the order changed");
    }
}
