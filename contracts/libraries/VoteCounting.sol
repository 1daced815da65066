// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAgentRegistry} from "../interfaces/IAgentRegistry.sol";
import {Support} from "../types/Tally.sol";
import {Refusal} from "../types/Refusal.sol";
import {ProposalTally} from "./ProposalTally.sol";
import {CompactSignatures} from "./CompactSignatures.sol";
import {SignerRecordWord} from "./SignerRecordWord.sol";

/// @title VoteCounting
/// @notice The rules of which votes on an open tally count, and of their effect on it.
library VoteCounting {
    using CompactSignatures for bytes;

    /// @dev As many as there are voting seats.
    uint256 private constant MAX_VOTES = 128;

    /// @dev The tally with one more vote, or why it does not count. Weight is what it is now; an agent that gained any since
    /// the tally was made does not count, nor one that did in the same second: another agent may have voted with what it
    /// gained. [NX-CON-04] [NX-CON-10]
    function withVote(
        ProposalTally tally,
        IAgentRegistry registry,
        Support support,
        address signer
    ) internal view returns (Refusal refusal, ProposalTally) {
        uint256 voted = tally.seats();
        // Operators are counted among those who vote for alone.
        uint256 since = tally.since();
        (uint256 word, bool isNewOperator) = registry.voterOf(signer, support == Support.For ? voted : 0, since);
        SignerRecordWord voter = SignerRecordWord.wrap(word);
        refusal = voter.keyRefusal();
        if (refusal != Refusal.None) return (refusal, tally);
        uint256 seat = 1 << voter.votingSeat();
        uint256 weight = voter.weight();
        if (voted & seat != 0) return (Refusal.AlreadyVoted, tally);
        if (weight == 0) return (Refusal.NoWeight, tally);
        if (voter.weightSince() >= since) return (Refusal.WeightTooNew, tally);
        if (support == Support.For)
            return (
                Refusal.None,
                tally.withFor({newSeats: seat, weight: weight, newVoters: 1, newOperators: isNewOperator ? 1 : 0})
            );
        if (support == Support.Against) return (Refusal.None, tally.withAgainst(seat, weight));
        return (Refusal.None, tally.withAbstain(seat));
    }

    /// @dev The tally with a row of 64-byte signatures over `digest`. A vote that is nobody's spoils the row. One that does not
    /// count, or counts already, is passed over: whoever casts one vote of a row alone, or takes its own weight away, stops
    /// no other. If none counts, why the first does not. [NX-CON-07]
    function withVotes(
        ProposalTally tally,
        IAgentRegistry registry,
        Support support,
        bytes calldata votes,
        bytes32 digest
    ) internal view returns (Refusal refusal, uint256, ProposalTally) {
        uint256 count = votes.length / CompactSignatures.LENGTH;
        if (votes.length == 0) return (Refusal.NoVotes, 0, tally);
        if (votes.length % CompactSignatures.LENGTH != 0 || count > MAX_VOTES) {
            return (Refusal.MalformedVotes, count, tally);
        }
        uint256 before = tally.seats();
        for (uint256 i; i < count; ++i) {
            address signer = votes.recover(i, digest);
            if (signer == address(0)) return (Refusal.InvalidSignature, i, tally);
            Refusal why;
            (why, tally) = withVote(tally, registry, support, signer);
            if (why == Refusal.UnknownSigner) return (why, i, tally);
            if (i == 0) refusal = why;
        }
        return (tally.seats() == before ? refusal : Refusal.None, 0, tally);
    }
}
