// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAgentRegistry} from "../interfaces/IAgentRegistry.sol";
import {IConsensus} from "../interfaces/IConsensus.sol";
import {BallotHash} from "../libraries/BallotHash.sol";
import {ProposalTally} from "../libraries/ProposalTally.sol";
import {BoundedCall} from "../libraries/BoundedCall.sol";
import {VoteCounting} from "../libraries/VoteCounting.sol";
import {TallyState, Support} from "../types/Tally.sol";
import {Refusal} from "../types/Refusal.sol";
import {RiskClass} from "../types/RiskClass.sol";
import {ProposalRules} from "./ProposalRules.sol";

/// @title SlowVotes
/// @notice See {IConsensus}. Counts votes on a proposal that has a tally.
abstract contract SlowVotes is ProposalRules {
    using BoundedCall for address;
    using VoteCounting for ProposalTally;

    mapping(bytes32 proposalHash => ProposalTally tally) internal _tallies;

    /// @inheritdoc IConsensus
    function castVote(bytes32 proposalHash, Support support) external {
        _castOne({proposalHash: proposalHash, tally: _tallies[proposalHash], support: support, signer: msg.sender});
    }

    /// @inheritdoc IConsensus
    function castVoteBySig(bytes32 proposalHash, Support support, address signer, bytes calldata signature) external {
        ProposalTally tally = _tallies[proposalHash];
        bytes32 ballotHash = hashBallot(proposalHash, tally.riskClass(), support);
        // A voter that is a contract may burn what gas it is given, and no more. [NX-CON-07]
        require(
            signer.isSignatureOf(ballotHash, signature),
            ProposalRefused(proposalHash, Refusal.InvalidSignature, 0)
        );
        _castOne(proposalHash, tally, support, signer);
    }

    /// @inheritdoc IConsensus
    function castVotes(bytes32 proposalHash, Support support, bytes calldata votes) external {
        ProposalTally tally = _tallies[proposalHash];
        (Refusal refusal, uint256 index) = _voteRefusal(tally);
        ProposalTally counted;
        if (refusal == Refusal.None) {
            bytes32 digest = hashBallot(proposalHash, tally.riskClass(), support);
            (refusal, index, counted) = tally.withVotes({
                registry: IAgentRegistry(REGISTRY),
                support: support,
                votes: votes,
                digest: digest
            });
        }
        require(refusal == Refusal.None, ProposalRefused(proposalHash, refusal, index));
        _storeTally(proposalHash, support, tally, counted);
    }

    /// @inheritdoc IConsensus
    function previewVote(
        bytes32 proposalHash,
        Support support,
        address signer
    ) external view returns (Refusal refusal, uint256 index) {
        (refusal, index, ) = _countOne(_tallies[proposalHash], support, signer);
    }

    /// @inheritdoc IConsensus
    function hashBallot(bytes32 proposalHash, RiskClass riskClass, Support support) public view returns (bytes32) {
        return _hashTypedDataV4(BallotHash.hash(proposalHash, riskClass, support));
    }

    function _castOne(bytes32 proposalHash, ProposalTally tally, Support support, address signer) private {
        (Refusal refusal, uint256 index, ProposalTally counted) = _countOne(tally, support, signer);
        require(refusal == Refusal.None, ProposalRefused(proposalHash, refusal, index));
        _storeTally(proposalHash, support, tally, counted);
    }

    function _countOne(
        ProposalTally tally,
        Support support,
        address signer
    ) private view returns (Refusal refusal, uint256 index, ProposalTally counted) {
        (refusal, index) = _voteRefusal(tally);
        if (refusal == Refusal.None) {
            (refusal, counted) = tally.withVote(IAgentRegistry(REGISTRY), support, signer);
        }
    }

    /// @dev Votes for, against and to abstain count until the same second, which was fixed when the tally opened or
    /// was queued. So nobody can leave votes out by queueing early. [NX-CON-07]
    function _voteRefusal(ProposalTally tally) private view returns (Refusal refusal, uint256 index) {
        (refusal, index) = _openRefusal(tally);
        if (refusal != Refusal.None) return (refusal, index);
        uint256 until = tally.votesUntil();
        if (block.timestamp > until) return (Refusal.VotingClosed, until);
    }

    /// @dev Refuses a tally that is neither voted on nor queued; the index is then its state.
    function _openRefusal(ProposalTally tally) internal pure returns (Refusal, uint256) {
        TallyState state = tally.state();
        bool isOpen = state == TallyState.Voting || state == TallyState.Queued;
        return isOpen ? (Refusal.None, 0) : (Refusal.WrongProposalState, uint256(state));
    }

    function _storeTally(bytes32 proposalHash, Support support, ProposalTally tally, ProposalTally counted) private {
        _tallies[proposalHash] = counted;
        uint256 weight =
            support == Support.For
                ? counted.weightFor() - tally.weightFor()
                : counted.weightAgainst() - tally.weightAgainst();
        emit VotesCast(proposalHash, support, counted.seats() ^ tally.seats(), weight);
    }
}
