// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {BondHistory} from "../../../contracts/libraries/BondHistory.sol";
import {NexusTest, VM} from "../../support/NexusTest.sol";

/// @dev Our history against OpenZeppelin's checkpoints, for any course of things.
contract BondHistoryTest is NexusTest {
    using BondHistory for BondHistory.History;
    using Checkpoints for Checkpoints.Trace208;

    uint256 private constant BEGIN = 1_700_000_000;

    BondHistory.History private _ours;
    Checkpoints.Trace208 private _theirs;

    function testFuzz_AnswersAsCheckpointsDo(
        uint96 first,
        uint96[12] calldata amounts,
        uint8[12] calldata waits
    ) external {
        uint256 time = BEGIN;
        uint256 before = first;
        _theirs.push(0, first);
        for (uint256 i; i < amounts.length; ++i) {
            // Often none at all, so that changes fall into one second.
            time += waits[i] % 3;
            VM.warp(time);
            _ours.note(before, amounts[i]);
            _theirs.push(uint48(time), amounts[i]);
            before = amounts[i];
        }
        for (uint256 moment = BEGIN - 1; moment <= time + 1; ++moment) {
            VM.assertEq(_ours.amountAt(moment, 7), _theirs.upperLookup(uint48(moment)), "the histories differ");
        }
        VM.assertEq(_ours.amountAt(0, 7), first, "the beginning is lost");
    }

    /// @dev [NX-AGT-05] A slash for an old offence reaches no more than the least of what was held then and is held now.
    function testFuzz_AnswersTheCurrentAmountWhileNothingChanged(uint96 current, uint48 time) external view {
        VM.assertEq(_ours.amountAt(time, current), current, "a history without a change has no amount of its own");
    }
}
