// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {CompactSignatures} from "../../../contracts/libraries/CompactSignatures.sol";
import {Refusal} from "../../../contracts/types/Refusal.sol";
import {NexusTest} from "../../support/NexusTest.sol";

contract CompactSignaturesTest is NexusTest {
    using CompactSignatures for bytes;

    uint256 private constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    uint256 private constant MAXIMUM = 128;

    /// Any keys over any digest are recovered in their order.
    function testFuzz_RecoversAllSignersInOrder(uint256[5] memory keys, bytes32 digest) public view {
        bytes memory signatures;
        for (uint256 i; i < keys.length; ++i) signatures = bytes.concat(signatures, _sign(_key(keys[i]), digest));
        (Refusal refusal, uint256 index, address[] memory signers) = this.recover(signatures, digest, MAXIMUM);
        VM.assertEq(uint256(refusal), uint256(Refusal.None), "refused");
        VM.assertEq(index, 0, "index");
        for (uint256 i; i < keys.length; ++i) VM.assertTrue(signers[i] == VM.addr(_key(keys[i])), "another signer");
    }

    /// A signature of another digest never recovers to the signer.
    function testFuzz_AnotherDigestIsAnotherSigner(uint256 key, bytes32 digest, bytes32 other) public view {
        if (digest == other) return;
        (, , address[] memory signers) = this.recover(_sign(_key(key), digest), other, MAXIMUM);
        VM.assertTrue(signers.length == 0 || signers[0] != VM.addr(_key(key)), "the same signer");
    }

    /// The other form of a signature (order - s, other parity) never counts for the same signer. [NX-CON-04]
    function testFuzz_TheHighFormNeverCountsForTheSigner(uint256 key, bytes32 digest) public view {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(_key(key), digest);
        uint256 high = ORDER - uint256(s);
        bytes memory flipped = bytes.concat(r, bytes32(high | ((v == 27 ? 1 : uint256(0)) << 255)));
        (Refusal refusal, , address[] memory signers) = this.recover(flipped, digest, MAXIMUM);
        VM.assertTrue(
            refusal == Refusal.InvalidSignature || signers[0] != VM.addr(_key(key)),
            "one vote has two forms"
        );
    }

    /// Every s above half of the order that 255 bits can hold is refused.
    function testFuzz_RefusesEveryHighS(bytes32 r, uint256 s, bool parity, bytes32 digest) public view {
        s = _bound(s, CompactSignatures.MAX_S + 1, type(uint256).max >> 1);
        bytes memory signature = bytes.concat(r, bytes32(s | (parity ? 1 << 255 : 0)));
        (Refusal refusal, uint256 index, ) = this.recover(signature, digest, MAXIMUM);
        VM.assertEq(uint256(refusal), uint256(Refusal.InvalidSignature), "a high s passed");
        VM.assertEq(index, 0, "index");
    }

    /// Whatever the bytes, the answer is a refusal or signers that are somebody.
    function testFuzz_GarbageNeverRecoversToNobody(bytes memory signatures, bytes32 digest) public view {
        (Refusal refusal, , address[] memory signers) = this.recover(signatures, digest, MAXIMUM);
        if (signatures.length == 0) VM.assertEq(uint256(refusal), uint256(Refusal.NoVotes), "no votes");
        else if (signatures.length % 64 != 0) VM.assertEq(uint256(refusal), uint256(Refusal.MalformedVotes), "form");
        if (refusal != Refusal.None) return;
        for (uint256 i; i < signers.length; ++i) VM.assertTrue(signers[i] != address(0), "nobody voted");
    }

    /// One more than the maximum is refused before anything is recovered.
    function testFuzz_RefusesMoreThanTheMaximum(uint8 maximum, uint8 surplus) public view {
        uint256 count = uint256(maximum) + _bound(surplus, 1, 20);
        (Refusal refusal, uint256 index, ) = this.recover(new bytes(count * 64), bytes32(0), maximum);
        VM.assertEq(uint256(refusal), uint256(Refusal.MalformedVotes), "too many passed");
        VM.assertEq(index, count, "index");
    }

    function recover(
        bytes calldata signatures,
        bytes32 digest,
        uint256 maximum
    ) external pure returns (Refusal, uint256, address[] memory) {
        return signatures.recoverAll(digest, maximum);
    }

    function _key(uint256 seed) private pure returns (uint256) {
        return _bound(seed, 1, ORDER - 1);
    }

    function _sign(uint256 key, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, digest);
        return bytes.concat(r, bytes32(uint256(s) | (uint256(v - 27) << 255)));
    }
}
