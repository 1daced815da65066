// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {NonceWindow} from "../../../contracts/libraries/NonceWindow.sol";
import {Refusal} from "../../../contracts/types/Refusal.sol";
import {NexusTest, VM} from "../../support/NexusTest.sol";

contract NonceWindowTest is NexusTest {
    uint256 private constant SIZE = 48;
    uint256 private constant AHEAD = 65_536;

    mapping(uint256 nonce => bool isUsed) private _used;

    /// Against a naive set of all nonces ever used: the same answer to any sequence. [NX-CON-01] [NX-CON-09]
    function testFuzz_AgreesWithASetOfUsedNonces(uint256[40] memory seeds) public {
        (uint256 highest, uint256 bitmap) = (0, 1);
        _used[0] = true;
        for (uint256 i; i < seeds.length; ++i) {
            uint256 nonce = _nonceFrom(seeds[i], highest);
            (Refusal refusal, uint256 newHighest, uint256 newBitmap) = NonceWindow.use(highest, bitmap, nonce);
            VM.assertEq(uint256(refusal), uint256(_expected(highest, nonce)), "refusal");
            if (refusal == Refusal.None) {
                _used[nonce] = true;
                VM.assertEq(newHighest, nonce > highest ? nonce : highest, "highest");
            } else {
                VM.assertTrue(newHighest == highest && newBitmap == bitmap, "a refusal changed the window");
            }
            VM.assertTrue(newBitmap < 1 << SIZE, "the window outgrew its bits");
            (highest, bitmap) = (newHighest, newBitmap);
        }
        _checkBits(highest, bitmap);
    }

    /// Whatever was used before, the next nonce is free: none that is never used can block it. [NX-CON-09]
    function testFuzz_TheNextNonceIsAlwaysFree(uint40 highest, uint48 bitmap, uint16 ahead) public pure {
        (Refusal refusal, uint256 newHighest, uint256 newBitmap) = NonceWindow.use(
            highest,
            uint256(bitmap) | 1,
            uint256(highest) + ahead + 1
        );
        VM.assertEq(uint256(refusal), uint256(Refusal.None), "refused");
        VM.assertEq(newHighest, uint256(highest) + ahead + 1, "highest");
        VM.assertTrue(newBitmap & 1 == 1, "not marked");
    }

    /// Near the highest nonce, mostly, and sometimes anywhere.
    function _nonceFrom(uint256 seed, uint256 highest) private pure returns (uint256) {
        uint256 kind = seed % 8;
        uint256 amount = seed >> 8;
        if (kind == 0) return highest + (amount % (2 * AHEAD));
        if (kind == 1) return amount % (highest + 1);
        if (kind < 5) return highest + (amount % 60);
        uint256 back = amount % 60;
        return back > highest ? 0 : highest - back;
    }

    function _expected(uint256 highest, uint256 nonce) private view returns (Refusal) {
        if (nonce > highest + AHEAD) return Refusal.NonceTooFarAhead;
        if (nonce + SIZE <= highest) return Refusal.NonceTooOld;
        return _used[nonce] ? Refusal.NonceUsed : Refusal.None;
    }

    function _checkBits(uint256 highest, uint256 bitmap) private view {
        for (uint256 i; i < SIZE && i <= highest; ++i) {
            VM.assertTrue(((bitmap >> i) & 1 == 1) == _used[highest - i], "a bit differs from the set");
        }
    }
}
