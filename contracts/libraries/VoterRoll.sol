// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAgentRegistry} from "../interfaces/IAgentRegistry.sol";
import {Refusal} from "../types/Refusal.sol";
import {Ballot} from "./BallotWord.sol";
import {CompactSignatures} from "./CompactSignatures.sol";
import {SeatWord} from "./SeatWord.sol";

/// @title VoterRoll
/// @notice Which votes on the slow path count, and what they bring to a ballot.
library VoterRoll {
    using CompactSignatures for bytes;
    using SeatWord for uint256;

    /// @dev As many as there are voting seats.
    uint256 private constant MAX_VOTES = 128;

    /// @dev What some votes bring to a ballot.
    struct Turnout {
        /// One bit for each voting seat.
        uint256 seats;
        uint256 weight;
        uint256 voters;
        /// Operators that had not voted yet.
        uint256 operators;
        /// The current signer of the agent that was asked for, if it is among the voters.
        address proposer;
    }

    /// @dev The signers of a row of 64-byte signatures, or why not and at which.
    function signersOf(
        bytes calldata votes,
        bytes32 ballotHash
    ) internal view returns (Refusal refusal, uint256 index, address[] memory signers) {
        uint256 count = votes.length / CompactSignatures.LENGTH;
        if (votes.length == 0) return (Refusal.NoVotes, 0, signers);
        if (votes.length % CompactSignatures.LENGTH != 0 || count > MAX_VOTES) {
            return (Refusal.MalformedVotes, count, signers);
        }
        signers = new address[](count);
        for (; index < count; ++index) {
            signers[index] = votes.recover(index, ballotHash);
            if (signers[index] == address(0)) return (Refusal.InvalidSignature, index, signers);
        }
        index = 0;
    }

    /// @dev What the votes of `signers` bring to `ballot`, or why one does not count and which. Weight is what it is now;
    /// an agent that gained any since the ballot's time does not count. [NX-CON-04] [NX-CON-10]
    /// @param agentId The proposing agent, or zero where its own vote does not matter.
    function turnout(
        IAgentRegistry registry,
        address[] memory signers,
        Ballot ballot,
        uint32 agentId
    ) internal view returns (Refusal refusal, uint256 index, Turnout memory turnout_) {
        uint256[] memory words = registry.packedSeatsOf(signers);
        (uint256 voted, uint256 since) = (ballot.seats(), ballot.since());
        (uint256 seats, uint256 weight, uint256 operators) = (0, 0, 0);
        // No overflow: each of 128 seats counts once, with less than 2^32.
        unchecked {
            for (; index < words.length; ++index) {
                uint256 word = words[index];
                refusal = word.keyRefusal();
                if (refusal != Refusal.None) return (refusal, index, turnout_);
                uint256 seat = 1 << word.votingSeat();
                if ((voted | seats) & seat != 0) return (Refusal.AlreadyVoted, index, turnout_);
                if (word.weight() == 0) return (Refusal.NoWeight, index, turnout_);
                if (word.weightSince() > since) return (Refusal.WeightTooNew, index, turnout_);

                seats |= seat;
                weight += word.weight();
                if (word.agentId() == agentId && word.validUntil() == 0) turnout_.proposer = signers[index];
                if (_isNewOperator(registry, words, index, voted)) ++operators;
            }
        }
        (turnout_.seats, turnout_.weight, turnout_.voters) = (seats, weight, words.length);
        turnout_.operators = operators;
        index = 0;
    }

    /// @dev Whether no agent of the operator of the vote at `index` voted before it.
    function _isNewOperator(
        IAgentRegistry registry,
        uint256[] memory words,
        uint256 index,
        uint256 voted
    ) private view returns (bool) {
        uint256 operatorId = words[index].operatorId();
        for (uint256 i; i < index; ++i) if (words[i].operatorId() == operatorId) return false;
        // Safe cast: an agent's id has 32 bits.
        return voted == 0 || registry.operatorSeatsOf(uint32(words[index].agentId())) & voted == 0;
    }
}
