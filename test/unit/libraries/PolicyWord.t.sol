// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {PolicyWord} from "../../../contracts/libraries/PolicyWord.sol";
import {Policy} from "../../../contracts/types/Ballot.sol";
import {NexusTest, VM} from "../../support/NexusTest.sol";

/// @dev Every offset of PolicyWord against the struct as Solidity itself packs it.
contract PolicyWordTest is NexusTest {
    using PolicyWord for Policy;
    using PolicyWord for uint256;

    Policy private _policy;

    function testFuzz_ReadsWhatSolidityPacked(Policy memory policy) external {
        _policy = policy;
        uint256 word = _policy.load();
        VM.assertEq(word.threshold(), policy.threshold, "threshold");
        VM.assertEq(word.minVoters(), policy.minVoters, "voters");
        VM.assertEq(word.minOperators(), policy.minOperators, "operators");
        VM.assertEq(word.maxDeadline(), policy.maxDeadline, "deadline");
        VM.assertEq(word.delay(), policy.delay, "delay");
    }
}
