// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Bits} from "../../../contracts/libraries/Bits.sol";
import {NexusTest, VM} from "../../support/NexusTest.sol";

/// @dev The bit tricks against plain loops.
contract BitsTest is NexusTest {
    function testFuzz_FindsTheLowestBit(uint256 bits, uint8 shift) external pure {
        bits <<= shift;
        VM.assertEq(Bits.lowest(bits), _plainLowest(bits), "not the lowest bit");
    }

    function test_FindsEachSingleBit() external pure {
        for (uint256 i; i < 256; ++i) VM.assertEq(Bits.lowest(1 << i), i, "not the lowest bit");
        for (uint256 i; i < 256; ++i) VM.assertEq(Bits.lowest(type(uint256).max << i), i, "not the lowest bit");
    }

    function testFuzz_CountsBits(uint256 bits) external pure {
        uint256 ones;
        for (uint256 i; i < 256; ++i) ones += (bits >> i) & 1;
        VM.assertEq(Bits.count(bits), ones, "not their number");
    }

    function _plainLowest(uint256 bits) private pure returns (uint256 position) {
        if (bits == 0) return 0;
        while ((bits >> position) & 1 == 0) ++position;
    }
}
