// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {DecodedCalls} from "../../../contracts/libraries/DecodedCalls.sol";
import {DecodedCall} from "../../../contracts/types/Proposal.sol";
import {NexusTest, VM} from "../../support/NexusTest.sol";

contract DecodedCallsTest is NexusTest {
    using DecodedCalls for DecodedCall[];

    /// The list has what was put in, in order, and memory that Solidity allocates meanwhile stays as it is.
    function testFuzz_GrowsByWhatIsPutIn(DecodedCall[] calldata entries) external pure {
        DecodedCall[] memory decoded = DecodedCalls.roomFor(entries.length);
        VM.assertEq(decoded.length, 0, "not empty");
        for (uint256 i; i < entries.length; ++i) {
            decoded.append(entries[i]);
            VM.assertEq(decoded.length, i + 1, "length");
        }
        VM.assertTrue(keccak256(abi.encode(decoded)) == keccak256(abi.encode(entries)), "entries");
    }
}
