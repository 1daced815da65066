// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MandateLeaf} from "../../../contracts/libraries/MandateLeaf.sol";
import {RiskClass} from "../../../contracts/types/RiskClass.sol";
import {NexusTest, VM} from "../../support/NexusTest.sol";

contract MandateLeafTest is NexusTest {
    /// The same as the plain line that the interface states, dirty bits or not. [NX-MAN-01]
    function testFuzz_IsThePlainHash(
        uint256 target,
        uint256 selector,
        uint256 decoder,
        bytes32 key,
        uint8 class_
    ) external pure {
        RiskClass minClass = RiskClass(class_ % 3);
        address dirtyTarget;
        address dirtyDecoder;
        bytes4 dirtySelector;
        assembly ("memory-safe") {
            // Bits beyond the types, as a value may have that was never cleaned. No memory is touched.
            dirtyTarget := target
            dirtyDecoder := decoder
            dirtySelector := selector
        }
        address cleanTarget = address(uint160(target));
        address cleanDecoder = address(uint160(decoder));
        bytes4 cleanSelector = bytes4(bytes32(selector));
        bytes memory plain = abi.encode(cleanTarget, cleanSelector, cleanDecoder, key, minClass);
        VM.assertTrue(
            MandateLeaf.hash(dirtyTarget, dirtySelector, dirtyDecoder, key, minClass) ==
                keccak256(bytes.concat(keccak256(plain))),
            "not the plain hash"
        );
    }
}
