// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {CompactSignatures} from "../../../contracts/libraries/CompactSignatures.sol";
import {NexusTest, VM} from "../../support/NexusTest.sol";

contract CompactSignaturesTest is NexusTest {
    using CompactSignatures for bytes;

    uint256 private constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    /// Any keys over any digest are recovered, each at its place.
    function testFuzz_RecoversEachSignerAtItsIndex(uint256[5] memory keys, bytes32 digest) public view {
        bytes memory signatures;
        for (uint256 i; i < keys.length; ++i) signatures = bytes.concat(signatures, _sign(_key(keys[i]), digest));
        for (uint256 i; i < keys.length; ++i) {
            VM.assertTrue(this.recover(signatures, i, digest) == VM.addr(_key(keys[i])), "another signer");
        }
    }

    /// A signature of another digest never recovers to the signer.
    function testFuzz_AnotherDigestIsAnotherSigner(uint256 key, bytes32 digest, bytes32 other) public view {
        if (digest == other) return;
        VM.assertTrue(this.recover(_sign(_key(key), digest), 0, other) != VM.addr(_key(key)), "the same signer");
    }

    /// The other form of a signature (order - s, other parity) never counts for the same signer. [NX-CON-04]
    function testFuzz_TheHighFormNeverCountsForTheSigner(uint256 key, bytes32 digest) public view {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(_key(key), digest);
        uint256 high = ORDER - uint256(s);
        bytes memory flipped = bytes.concat(r, bytes32(high | ((v == 27 ? 1 : uint256(0)) << 255)));
        VM.assertTrue(this.recover(flipped, 0, digest) != VM.addr(_key(key)), "one vote has two forms");
    }

    /// Every s above half of the order that 255 bits can hold is nobody's.
    function testFuzz_RefusesEveryHighS(bytes32 r, uint256 s, bool parity, bytes32 digest) public view {
        s = _bound(s, CompactSignatures.MAX_S + 1, type(uint256).max >> 1);
        bytes memory signature = bytes.concat(r, bytes32(s | (parity ? 1 << 255 : 0)));
        VM.assertTrue(this.recover(signature, 0, digest) == address(0), "a high s passed");
    }

    /// Whatever the bytes, the answer is OpenZeppelin's, nobody included, and a valid vote before it leaves no trace.
    function testFuzz_AgreesWithOpenZeppelin(uint256 key, bytes32 r, bytes32 vs, bytes32 digest) public view {
        (address expected, ECDSA.RecoverError failure, ) = ECDSA.tryRecover(digest, r, vs);
        if (failure != ECDSA.RecoverError.NoError) expected = address(0);
        bytes memory signatures = bytes.concat(_sign(_key(key), digest), r, vs);
        (address first, address second) = this.recoverTwo(signatures, digest);
        VM.assertTrue(first == VM.addr(_key(key)), "another signer");
        VM.assertTrue(second == expected, "not what OpenZeppelin says");
    }

    function recover(bytes calldata signatures, uint256 index, bytes32 digest) external view returns (address) {
        return signatures.recover(index, digest);
    }

    function recoverTwo(bytes calldata signatures, bytes32 digest) external view returns (address, address) {
        return (signatures.recover(0, digest), signatures.recover(1, digest));
    }

    function _key(uint256 seed) private pure returns (uint256) {
        return _bound(seed, 1, ORDER - 1);
    }

    function _sign(uint256 key, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, digest);
        return bytes.concat(r, bytes32(uint256(s) | (uint256(v - 27) << 255)));
    }
}
