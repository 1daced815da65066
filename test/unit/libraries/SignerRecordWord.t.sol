// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AgentStatus, SignerRecord} from "../../../contracts/interfaces/IAgentRegistry.sol";
import {SignerRecordWord, SignerRecordWordLib} from "../../../contracts/libraries/SignerRecordWord.sol";
import {NexusTest, VM} from "../../support/NexusTest.sol";

/// @dev Every offset of SignerRecordWord against the struct as Solidity itself packs it.
contract SignerRecordWordTest is NexusTest {
    using SignerRecordWordLib for SignerRecord;

    SignerRecord private _seat;

    function testFuzz_ReadsWhatSolidityPacked(
        uint32 agentId,
        uint24 operatorId,
        uint32 weight,
        uint32 validUntil,
        uint40 highestNonce,
        uint48 nonceWindow,
        uint8 votingSeat,
        uint32 weightSince
    ) external {
        SignerRecord memory seat = SignerRecord({
            agentId: agentId,
            operatorId: operatorId,
            weight: weight,
            status: AgentStatus.Paused,
            validUntil: validUntil,
            highestNonce: highestNonce,
            nonceWindow: nonceWindow,
            votingSeat: votingSeat,
            weightSince: weightSince
        });
        _seat = seat;
        SignerRecordWord word = _seat.load();
        VM.assertEq(word.agentId(), seat.agentId, "the offset is wrong");
        VM.assertEq(word.operatorId(), seat.operatorId, "the offset is wrong");
        VM.assertEq(word.weight(), seat.weight, "the offset is wrong");
        VM.assertEq(word.validUntil(), seat.validUntil, "the offset is wrong");
        VM.assertEq(word.highestNonce(), seat.highestNonce, "the offset is wrong");
        VM.assertEq(word.nonceWindow(), seat.nonceWindow, "the offset is wrong");
        VM.assertEq(word.votingSeat(), seat.votingSeat, "the offset is wrong");
        VM.assertEq(word.weightSince(), seat.weightSince, "the offset is wrong");
    }

    /// New nonces land where Solidity reads them, and every other bit stays as it was.
    function testFuzz_WritesTheNoncesAndNothingElse(uint256 word, uint40 highest, uint48 window) external {
        // Valid as a seat: a status that the enum has.
        word = (word & ~(uint256(0xFF) << 88)) | (((word >> 88) & 3) << 88);
        _seat.store(SignerRecordWord.wrap(word));
        VM.assertEq(SignerRecordWord.unwrap(_seat.load()), word, "stored is not what was given");
        SignerRecord memory before = _seat;
        _seat.store(SignerRecordWord.wrap(word).withNonces(highest, window));
        SignerRecord memory afterwards = _seat;
        VM.assertEq(afterwards.highestNonce, highest, "highest nonce");
        VM.assertEq(afterwards.nonceWindow, window, "window");
        uint256 rest = ~(uint256(type(uint88).max) << 128);
        VM.assertEq(SignerRecordWord.unwrap(_seat.load()) & rest, word & rest, "another bit changed");
        VM.assertTrue(
            afterwards.agentId == before.agentId && afterwards.status == before.status,
            "another field changed"
        );
    }

    /// Active, without an end, with a weight: each of the three missing or there, and the ends of the weight's range.
    function testFuzz_TellsWhoNeedsACloserLook(uint8 status, uint32 end, uint32 weight, uint8 which) external {
        uint32 validUntil = which & 1 == 0 ? 0 : end;
        if (which & 2 != 0) weight = which & 4 == 0 ? 0 : type(uint32).max;
        _seat.status = AgentStatus(status % 4);
        (_seat.validUntil, _seat.weight, _seat.agentId) = (validUntil, weight, type(uint32).max);
        SignerRecordWord word = _seat.load();
        bool active = _seat.status == AgentStatus.Active;
        VM.assertTrue(word.isActive() == active, "the status is wrong");
        bool isPlain = active && validUntil == 0 && weight != 0;
        VM.assertTrue(word.isPlain() == isPlain, "the status is wrong");
        VM.assertTrue(word.isPlainAfter(type(uint32).max - 1) == isPlain, "the id is above");
        VM.assertTrue(!word.isPlainAfter(type(uint32).max), "the id is the same");
    }

    function test_TellsASeatWithoutAnEnd() external {
        (_seat.status, _seat.weight) = (AgentStatus.Active, 1);
        VM.assertTrue(_seat.load().isPlain(), "the status is wrong");
    }
}
