// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAgentRegistry} from "../interfaces/IAgentRegistry.sol";
import {IConsensus} from "../interfaces/IConsensus.sol";
import {BallotHash} from "../libraries/BallotHash.sol";
import {Ballot} from "../libraries/BallotWord.sol";
import {BoundedCall} from "../libraries/BoundedCall.sol";
import {VoterRoll} from "../libraries/VoterRoll.sol";
import {BallotState, Support} from "../types/Ballot.sol";
import {Refusal} from "../types/Refusal.sol";
import {RiskClass} from "../types/RiskClass.sol";
import {ProposalRules} from "./ProposalRules.sol";

/// @title SlowVotes
/// @notice See {IConsensus}. Counts votes on a proposal that has a ballot.
abstract contract SlowVotes is ProposalRules {
    using BoundedCall for address;
    using VoterRoll for Ballot;

    mapping(bytes32 proposalHash => Ballot ballot) internal _ballots;

    /// @inheritdoc IConsensus
    function castVote(bytes32 proposalHash, Support support) external {
        _castOne(proposalHash, _ballots[proposalHash], support, msg.sender);
    }

    /// @inheritdoc IConsensus
    function castVoteBySig(bytes32 proposalHash, Support support, address signer, bytes calldata signature) external {
        Ballot ballot = _ballots[proposalHash];
        bytes32 ballotHash = hashBallot(proposalHash, ballot.riskClass(), support);
        // A voter that is a contract may burn what gas it is given, and no more. [NX-CON-07]
        require(
            signer.isSignatureOf(ballotHash, signature),
            ProposalRefused(proposalHash, Refusal.InvalidSignature, 0)
        );
        _castOne(proposalHash, ballot, support, signer);
    }

    /// @inheritdoc IConsensus
    function castVotes(bytes32 proposalHash, Support support, bytes calldata votes) external {
        Ballot ballot = _ballots[proposalHash];
        (Refusal refusal, uint256 index) = _voteRefusal(ballot);
        Ballot counted;
        if (refusal == Refusal.None) {
            bytes32 digest = hashBallot(proposalHash, ballot.riskClass(), support);
            (refusal, index, counted) = ballot.withVotes(IAgentRegistry(REGISTRY), support, votes, digest);
        }
        require(refusal == Refusal.None, ProposalRefused(proposalHash, refusal, index));
        _record(proposalHash, support, ballot, counted);
    }

    /// @inheritdoc IConsensus
    function previewVote(
        bytes32 proposalHash,
        Support support,
        address signer
    ) external view returns (Refusal refusal, uint256 index) {
        (refusal, index, ) = _countOne(_ballots[proposalHash], support, signer);
    }

    /// @inheritdoc IConsensus
    function hashBallot(bytes32 proposalHash, RiskClass riskClass, Support support) public view returns (bytes32) {
        return _hashTypedDataV4(BallotHash.hash(proposalHash, riskClass, support));
    }

    function _castOne(bytes32 proposalHash, Ballot ballot, Support support, address signer) private {
        (Refusal refusal, uint256 index, Ballot counted) = _countOne(ballot, support, signer);
        require(refusal == Refusal.None, ProposalRefused(proposalHash, refusal, index));
        _record(proposalHash, support, ballot, counted);
    }

    function _countOne(
        Ballot ballot,
        Support support,
        address signer
    ) private view returns (Refusal refusal, uint256 index, Ballot counted) {
        (refusal, index) = _voteRefusal(ballot);
        if (refusal == Refusal.None) {
            (refusal, counted) = ballot.withVote(IAgentRegistry(REGISTRY), support, signer);
        }
    }

    /// @dev Votes for, against and to abstain count until the same second, which was fixed when the ballot opened or
    /// was queued. So nobody can leave votes out by queueing early. [NX-CON-07]
    function _voteRefusal(Ballot ballot) private view returns (Refusal refusal, uint256 index) {
        (refusal, index) = _openRefusal(ballot);
        if (refusal != Refusal.None) return (refusal, index);
        uint256 until = ballot.votesUntil();
        if (block.timestamp > until) return (Refusal.VotingClosed, until);
    }

    /// @dev Refuses a ballot that is neither voted on nor queued; the index is then its state.
    function _openRefusal(Ballot ballot) internal pure returns (Refusal, uint256) {
        BallotState state = ballot.state();
        bool isOpen = state == BallotState.Voting || state == BallotState.Queued;
        return isOpen ? (Refusal.None, 0) : (Refusal.WrongBallotState, uint256(state));
    }

    function _record(bytes32 proposalHash, Support support, Ballot ballot, Ballot counted) private {
        _ballots[proposalHash] = counted;
        uint256 weight =
            support == Support.For
                ? counted.weightFor() - ballot.weightFor()
                : counted.weightAgainst() - ballot.weightAgainst();
        emit VotesCast(proposalHash, support, counted.seats() ^ ballot.seats(), weight);
    }
}
