// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAgentRegistry} from "../interfaces/IAgentRegistry.sol";
import {Support} from "../types/Ballot.sol";
import {Refusal} from "../types/Refusal.sol";
import {Ballot} from "./BallotWord.sol";
import {CompactSignatures} from "./CompactSignatures.sol";
import {SeatWord} from "./SeatWord.sol";

/// @title VoterRoll
/// @notice The rules of which votes on an open ballot count, and of their effect on it.
library VoterRoll {
    using CompactSignatures for bytes;
    using SeatWord for uint256;

    /// @dev As many as there are voting seats.
    uint256 private constant MAX_VOTES = 128;

    /// @dev The ballot with one more vote, or why it does not count. Weight is what it is now; an agent that gained any since
    /// the ballot was made does not count, nor one that did in the same second: another agent may have voted with what it
    /// gained. [NX-CON-04] [NX-CON-10]
    function withVote(
        Ballot ballot,
        IAgentRegistry registry,
        Support support,
        address signer
    ) internal view returns (Refusal refusal, Ballot) {
        uint256 voted = ballot.seats();
        // Operators are counted among those who vote for alone.
        uint256 since = ballot.since();
        (uint256 word, bool isNewOperator) = registry.voterOf(signer, support == Support.For ? voted : 0, since);
        refusal = word.keyRefusal();
        if (refusal != Refusal.None) return (refusal, ballot);
        uint256 seat = 1 << word.votingSeat();
        uint256 weight = word.weight();
        if (voted & seat != 0) return (Refusal.AlreadyVoted, ballot);
        if (weight == 0) return (Refusal.NoWeight, ballot);
        if (word.weightSince() >= since) return (Refusal.WeightTooNew, ballot);
        if (support == Support.For) return (Refusal.None, ballot.withFor(seat, weight, 1, isNewOperator ? 1 : 0));
        if (support == Support.Against) return (Refusal.None, ballot.withAgainst(seat, weight));
        return (Refusal.None, ballot.withAbstain(seat));
    }

    /// @dev The ballot with a row of 64-byte signatures over `digest`. A vote that is nobody's spoils the row. One that does not
    /// count, or counts already, is passed over: whoever casts one vote of a row alone, or takes its own weight away, stops
    /// no other. If none counts, why the first does not. [NX-CON-07]
    function withVotes(
        Ballot ballot,
        IAgentRegistry registry,
        Support support,
        bytes calldata votes,
        bytes32 digest
    ) internal view returns (Refusal refusal, uint256, Ballot) {
        uint256 count = votes.length / CompactSignatures.LENGTH;
        if (votes.length == 0) return (Refusal.NoVotes, 0, ballot);
        if (votes.length % CompactSignatures.LENGTH != 0 || count > MAX_VOTES) {
            return (Refusal.MalformedVotes, count, ballot);
        }
        uint256 before = ballot.seats();
        for (uint256 i; i < count; ++i) {
            address signer = votes.recover(i, digest);
            if (signer == address(0)) return (Refusal.InvalidSignature, i, ballot);
            Refusal why;
            (why, ballot) = withVote(ballot, registry, support, signer);
            if (why == Refusal.UnknownSigner) return (why, i, ballot);
            if (i == 0) refusal = why;
        }
        return (ballot.seats() == before ? refusal : Refusal.None, 0, ballot);
    }
}
