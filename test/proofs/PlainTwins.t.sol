// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ProposalTally, TallyState} from "../../contracts/libraries/ProposalTally.sol";
import {Bucket} from "../../contracts/libraries/LeakyBucket.sol";
import {NonceWindow} from "../../contracts/libraries/NonceWindow.sol";
import {Refusal} from "../../contracts/types/Refusal.sol";
import {NexusTest, VM} from "../support/NexusTest.sol";
import {PLAIN_WINDOW, plainCapacity, plainCount, plainDrained, plainLook, plainRemembers, plainUse} from "./Plain.sol";

/// @notice Holds the arithmetic that the proofs are about against the libraries that are deployed.
contract PlainTwinsTest is NexusTest {
    /// @dev The state without the class above it, which has no value for each of its bits.
    uint256 private constant BELOW_CLASS = 2 ** 254;
    uint256 private constant STATES = 4;

    /* TALLY */

    /// Votes for: what the library packs is what plain addition gives, field by field. [NX-CON-02]
    function testFuzz_VotesForAreAnAddition(
        uint256 word,
        uint256 seats,
        uint256 weight,
        uint8 voters,
        uint8 operators
    ) public pure {
        word %= BELOW_CLASS;
        seats = _bound(seats, 0, 2 ** 128 - 1) & ~(word % 2 ** 128);
        weight = _bound(weight, 0, 2 ** 30 - 1 - ((word / 2 ** 128) % 2 ** 30));
        (uint256 counted, uint256 known) = ((word / 2 ** 240) % 2 ** 7, (word / 2 ** 247) % 2 ** 5);
        uint256 expected = word + seats + weight * 2 ** 128;
        expected += (plainCount(counted, voters, 127) - counted) * 2 ** 240;
        expected += (plainCount(known, operators, 31) - known) * 2 ** 247;
        ProposalTally tally = ProposalTally.wrap(word).withFor(seats, weight, voters, operators);
        VM.assertEq(ProposalTally.unwrap(tally), expected, "word");
    }

    /// Votes against, and abstentions. [NX-CON-02]
    function testFuzz_OtherVotesAreAnAddition(uint256 word, uint256 seats, uint256 weight) public pure {
        word %= BELOW_CLASS;
        seats = _bound(seats, 0, 2 ** 128 - 1) & ~(word % 2 ** 128);
        weight = _bound(weight, 0, 2 ** 30 - 1 - ((word / 2 ** 158) % 2 ** 30));
        ProposalTally tally = ProposalTally.wrap(word);
        VM.assertEq(
            ProposalTally.unwrap(tally.withAgainst(seats, weight)),
            word + seats + weight * 2 ** 158,
            "against"
        );
        VM.assertEq(ProposalTally.unwrap(tally.withAbstain(seats)), word + seats, "abstained");
    }

    /// Reading and standing are masks and shifts by constants: each bit that comes out is one bit that went in. So what
    /// holds for every single bit, alone and with all others, holds for every word. [NX-CON-05]
    function test_EveryBitOfATallyIsReadAndKeptAsInPlainArithmetic() public pure {
        for (uint256 i; i < 254; ++i) {
            _compareTally(2 ** i);
            _compareTally(BELOW_CLASS - 1 - 2 ** i);
        }
        _compareTally(0);
        _compareTally(BELOW_CLASS - 1);
    }

    function _compareTally(uint256 word) private pure {
        ProposalTally tally = ProposalTally.wrap(word);
        VM.assertEq(tally.seats(), word % 2 ** 128, "seats");
        VM.assertEq(tally.weightFor(), (word / 2 ** 128) % 2 ** 30, "weight for");
        VM.assertEq(tally.weightAgainst(), (word / 2 ** 158) % 2 ** 30, "weight against");
        uint256 since = (word / 2 ** 188) % 2 ** 32;
        uint256 length = (word / 2 ** 220) % 2 ** 20;
        VM.assertEq(tally.since(), since, "since");
        VM.assertEq(tally.votesUntil(), since + length, "votes until");
        VM.assertEq(tally.voters(), (word / 2 ** 240) % 2 ** 7, "voters");
        VM.assertEq(tally.operators(), (word / 2 ** 247) % 2 ** 5, "operators");
        uint256 rest = word - ((word / 2 ** 252) % 4) * 2 ** 252;
        for (uint256 i; i < STATES; ++i) {
            VM.assertEq(ProposalTally.unwrap(tally.withState(TallyState(i))), rest + i * 2 ** 252, "state");
        }
        uint256 queued = rest + uint256(TallyState.Queued) * 2 ** 252 - length * 2 ** 220;
        VM.assertEq(ProposalTally.unwrap(tally.queued(since + 7)), queued + 7 * 2 ** 220, "queued");
    }

    /* NONCES */

    /// The window is shifted, masked and set bit by bit: every bit, alone and with all others, for every shift. [NX-CON-01]
    function test_EveryBitOfAWindowMovesAsInPlainArithmetic() public pure {
        uint256 highest = 1_000;
        for (uint256 ahead = 1; ahead <= PLAIN_WINDOW + 2; ++ahead) {
            for (uint256 i; i < PLAIN_WINDOW; ++i) {
                _compareUse(highest, 1 << i, highest + ahead, i);
                _compareUse(highest, (2 ** PLAIN_WINDOW - 1) ^ (1 << i), highest + ahead, i);
            }
        }
        for (uint256 behind; behind < PLAIN_WINDOW + 2; ++behind) {
            for (uint256 i; i < PLAIN_WINDOW; ++i) {
                _compareUse(highest, 1 << i, highest - behind, i);
                _compareUse(highest, (2 ** PLAIN_WINDOW - 1) ^ (1 << i), highest - behind, i);
            }
        }
    }

    /// And for any window, any nonce and any bit of it. [NX-CON-01]
    function testFuzz_AWindowMovesAsInPlainArithmetic(
        uint40 highest,
        uint48 bitmap,
        uint256 nonce,
        uint8 bit
    ) public pure {
        nonce = _bound(nonce, highest > 60 ? highest - 60 : 0, uint256(highest) + 65_600);
        _compareUse(highest, bitmap, nonce, bit % PLAIN_WINDOW);
    }

    /// @dev `bit` is the one that is followed; it stands for the nonce so far below the highest.
    function _compareUse(uint256 highest, uint256 bitmap, uint256 nonce, uint256 bit) private pure {
        (Refusal refusal, uint256 newHighest, uint256 newBitmap) = NonceWindow.use(highest, bitmap, nonce);
        bool marked = plainRemembers(highest, nonce) && _isSet(bitmap, highest - nonce);
        (bool isUsable, uint256 plainHighest) = plainUse(highest, nonce, marked);
        VM.assertTrue((refusal == Refusal.None) == isUsable, "usable");
        VM.assertEq(newHighest, plainHighest, "highest");
        VM.assertTrue(newBitmap < 2 ** PLAIN_WINDOW, "width");
        if (bit > highest) return;
        uint256 followed = highest - bit;
        bool before = _isSet(bitmap, bit) || (isUsable && followed == nonce);
        if (!plainRemembers(newHighest, followed)) return;
        VM.assertTrue(_isSet(newBitmap, newHighest - followed) == before, "bit");
        if (isUsable) VM.assertTrue(_isSet(newBitmap, newHighest - nonce), "not marked");
    }

    function _isSet(uint256 bitmap, uint256 place) private pure returns (bool) {
        return (bitmap / 2 ** place) % 2 == 1;
    }

    /* BUCKETS */

    /// What fits, and the word after it. [NX-MAN-02]
    function testFuzz_ABucketIsFilledAsInPlainArithmetic(
        uint256 word,
        uint104 perDay,
        uint16 multiple,
        uint256 time,
        uint256 amount
    ) public pure {
        Bucket bucket = Bucket.wrap(word);
        uint256 since = (word / 2 ** 104) % 2 ** 48;
        time = _bound(time, since, 2 ** 48 - 1);
        uint256 half = uint256(perDay) / 2;
        (uint256 current, uint256 free) = plainLook(
            word % 2 ** 104,
            plainDrained(half, time - since),
            plainCapacity(half * multiple)
        );
        VM.assertEq(bucket.remaining(perDay, multiple, time), free, "room");
        amount = _bound(amount, 0, free);
        uint256 expected = (word / 2 ** 152) * 2 ** 152 + time * 2 ** 104 + current + amount;
        VM.assertEq(Bucket.unwrap(bucket.fill(amount, perDay, multiple, time)), expected, "word");
    }
}
