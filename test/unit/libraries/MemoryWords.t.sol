// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Row, MemoryWords} from "../../../contracts/libraries/MemoryWords.sol";
import {NexusTest, VM} from "../../support/NexusTest.sol";

contract MemoryWordsTest is NexusTest {
    /// A row holds what was set and nothing else, and neither it nor what Solidity allocates before and after it writes
    /// into the other.
    function testFuzz_HoldsWhatWasSetAndKeepsToItself(uint256[] calldata words, uint256 other) external pure {
        uint256[] memory before = words;
        Row row = MemoryWords.take(words.length);
        uint256[] memory afterwards = words;
        for (uint256 i; i < words.length; ++i) {
            bool isIn;
            for (uint256 j; j < i; ++j) isIn = isIn || words[j] == other;
            VM.assertTrue(row.holds(other, i) == isIn, "another word");
            row.set(i, words[i]);
            VM.assertTrue(row.holds(words[i], i + 1), "a word that was set");
        }
        bytes32 expected = keccak256(abi.encode(words));
        VM.assertTrue(keccak256(abi.encode(before)) == expected, "memory before");
        VM.assertTrue(keccak256(abi.encode(afterwards)) == expected, "memory behind");
    }
}
