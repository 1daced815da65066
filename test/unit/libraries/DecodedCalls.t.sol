// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {DecodedCalls} from "../../../contracts/libraries/DecodedCalls.sol";
import {CallForm, DecodedCall} from "../../../contracts/types/Proposal.sol";
import {NexusTest, VM} from "../../support/NexusTest.sol";

contract DecodedCallsTest is NexusTest {
    using DecodedCalls for DecodedCall[];

    /// The list has what was put in, in order, and memory that Solidity allocates meanwhile stays as it is.
    function testFuzz_GrowsByWhatIsPutIn(bytes32[] calldata keys) external pure {
        DecodedCall[] memory entries = _entriesOf(keys);
        DecodedCall[] memory decoded = DecodedCalls.roomFor(entries.length);
        VM.assertEq(decoded.length, 0, "not empty");
        for (uint256 i; i < entries.length; ++i) {
            decoded.append(_entryOf(keys[i]));
            VM.assertEq(decoded.length, i + 1, "length");
        }
        VM.assertTrue(keccak256(abi.encode(decoded)) == keccak256(abi.encode(entries)), "entries");
    }

    /// A fuzzer's number is seldom one of four forms, and others do not decode.
    function _entryOf(bytes32 key) private pure returns (DecodedCall memory) {
        uint256 more = uint256(keccak256(abi.encode(key)));
        return
            DecodedCall({
                key: key,
                tokenIn: address(uint160(more)),
                amountIn: more,
                tokenOut: address(uint160(more >> 8)),
                recipient: address(uint160(more >> 16)),
                spender: address(uint160(more >> 24)),
                form: CallForm(more % (uint256(type(CallForm).max) + 1))
            });
    }

    function _entriesOf(bytes32[] calldata keys) private pure returns (DecodedCall[] memory entries) {
        entries = new DecodedCall[](keys.length);
        for (uint256 i; i < keys.length; ++i) entries[i] = _entryOf(keys[i]);
    }
}
