// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {PolicyWord, PolicyWordLib} from "../../../contracts/libraries/PolicyWord.sol";
import {Policy} from "../../../contracts/types/Tally.sol";
import {RiskClass} from "../../../contracts/types/RiskClass.sol";
import {NexusTest, VM} from "../../support/NexusTest.sol";

/// @dev Every offset of PolicyWord against the struct as Solidity itself packs it.
contract PolicyWordTest is NexusTest {
    using PolicyWordLib for Policy[3];

    /// @dev So that the policies do not begin at slot zero.
    uint256 private _before = 1;
    Policy[3] private _policies;

    function testFuzz_ReadsWhatSolidityPacked(Policy memory policy, uint8 class_) external {
        _policies[class_ % 3] = policy;
        PolicyWord word = _policies.load(RiskClass(class_ % 3));
        VM.assertEq(word.threshold(), policy.threshold, "threshold");
        VM.assertEq(word.minVoters(), policy.minVoters, "voters");
        VM.assertEq(word.minOperators(), policy.minOperators, "operators");
        VM.assertEq(word.maxDeadline(), policy.maxDeadline, "deadline");
        VM.assertEq(word.delay(), policy.delay, "delay");
    }
}
