// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {IAgentRegistry} from "../interfaces/IAgentRegistry.sol";
import {IConsensus} from "../interfaces/IConsensus.sol";
import {BallotHash} from "../libraries/BallotHash.sol";
import {ProposalTally, ProposalTallyLib} from "../libraries/ProposalTally.sol";
import {PolicyWord} from "../libraries/PolicyWord.sol";
import {ProposalHash} from "../libraries/ProposalHash.sol";
import {RawCalls} from "../libraries/RawCalls.sol";
import {TallyState, TallyView, Support} from "../types/Tally.sol";
import {Call, Condition, CallProof, Proposal} from "../types/Proposal.sol";
import {Refusal} from "../types/Refusal.sol";
import {RiskClass} from "../types/RiskClass.sol";
import {SlowVotes} from "./SlowVotes.sol";

/// @title SlowPath
/// @notice See {IConsensus}. Makes, queues, vetoes and executes proposals of the slow path; {SlowVotes} counts their
/// votes.
abstract contract SlowPath is SlowVotes {
    using MessageHashUtils for bytes32;
    using ProposalHash for Proposal;
    using RawCalls for address;

    bytes32 private constant CO_SIGNATURE_TYPEHASH = keccak256("CoSignature(bytes32 proposalHash)");

    /* PROPOSE */

    /// @inheritdoc IConsensus
    function propose(RiskClass riskClass, bytes calldata votes, Proposal calldata proposal) external {
        (Call[] calldata calls, Condition[] calldata conditions) = proposal.lists();
        bytes32 domain = _domainSeparatorV4();
        bytes32 proposalHash = domain.toTypedDataHash(proposal.hash(calls, conditions));
        uint32 agentId = proposal.agentId;
        PolicyWord policy = _policyOf(riskClass);
        (Refusal refusal, uint256 index) = _proposeRefusal(proposal, conditions, proposalHash, riskClass, policy);
        uint256 weight;
        uint256 voters;
        uint256 operators;
        uint256 seats;
        // Check: the first votes, whose weight cannot be newer than the tally. Effect: use up the nonce.
        if (refusal == Refusal.None) {
            (refusal, index, weight, voters, operators, seats) = REGISTRY.countVotes({
                nonce: proposal.nonce,
                votes: votes,
                digest: domain.toTypedDataHash(BallotHash.hash(proposalHash, riskClass, Support.For)),
                agentId: agentId
            });
        }
        require(refusal == Refusal.None, ProposalRefused(proposalHash, refusal, index));

        // Effect: open the tally, as queued if the votes suffice.
        bool passes = _shortfall(policy, weight, voters, operators) == Refusal.None;
        uint256 executableFrom = passes ? block.timestamp + policy.delay() : 0;
        ProposalTally tally =
            passes
                ? ProposalTallyLib.opened({
                    class_: riskClass,
                    state_: TallyState.Queued,
                    time: block.timestamp,
                    until: executableFrom - 1
                })
                : ProposalTallyLib.opened({
                    class_: riskClass,
                    state_: TallyState.Voting,
                    time: block.timestamp,
                    until: proposal.deadline
                });
        _tallies[proposalHash] = tally.withFor({
            newSeats: seats,
            weight: weight,
            newVoters: voters,
            newOperators: operators
        });
        emit Proposed(proposalHash, agentId, riskClass, proposal.deadline, seats, weight, executableFrom);
    }

    /// @inheritdoc IConsensus
    function previewPropose(
        Proposal calldata proposal,
        RiskClass riskClass,
        bytes calldata votes
    ) external view returns (Refusal refusal, uint256 index) {
        bytes32 proposalHash = hashProposal(proposal);
        (refusal, index) = _proposeRefusal({
            proposal: proposal,
            conditions: proposal.conditions,
            proposalHash: proposalHash,
            riskClass: riskClass,
            policy: _policyOf(riskClass)
        });
        if (refusal != Refusal.None) return (refusal, index);
        (refusal, index, , , , ) = IAgentRegistry(REGISTRY).previewVotes({
            nonce: proposal.nonce,
            votes: votes,
            digest: hashBallot(proposalHash, riskClass, Support.For),
            agentId: proposal.agentId
        });
    }

    function _proposeRefusal(
        Proposal calldata proposal,
        Condition[] calldata conditions,
        bytes32 proposalHash,
        RiskClass riskClass,
        PolicyWord policy
    ) private view returns (Refusal, uint256) {
        ProposalTally tally = _tallies[proposalHash];
        // `Routine` is enacted at once or not at all.
        if (riskClass == RiskClass.Routine || !tally.isAt(TallyState.None)) {
            return (Refusal.WrongProposalState, uint256(tally.state()));
        }
        if (conditions.length == 0) return (Refusal.NoConditions, 0);
        return _formRefusal(proposal, conditions, policy);
    }

    /* QUEUE */

    /// @inheritdoc IConsensus
    function queue(bytes32 proposalHash) external {
        ProposalTally tally = _tallies[proposalHash];
        PolicyWord policy = _policyOf(tally.riskClass());
        (Refusal refusal, uint256 index) = _queueRefusal(tally, policy);
        require(refusal == Refusal.None, ProposalRefused(proposalHash, refusal, index));
        uint256 executableFrom = block.timestamp + policy.delay();
        _tallies[proposalHash] = tally.queued(executableFrom - 1);
        emit ProposalQueued(proposalHash, executableFrom);
    }

    /// @inheritdoc IConsensus
    function previewQueue(bytes32 proposalHash) external view returns (Refusal refusal, uint256 index) {
        ProposalTally tally = _tallies[proposalHash];
        return _queueRefusal(tally, _policyOf(tally.riskClass()));
    }

    function _queueRefusal(ProposalTally tally, PolicyWord policy) private view returns (Refusal, uint256) {
        TallyState state = tally.state();
        if (state != TallyState.Voting) return (Refusal.WrongProposalState, uint256(state));
        uint256 until = tally.votesUntil();
        if (block.timestamp > until) return (Refusal.VotingClosed, until);
        return (_tallyShortfall(tally, policy), 0);
    }

    function _tallyShortfall(ProposalTally tally, PolicyWord policy) private pure returns (Refusal) {
        uint256 weight = tally.weightFor();
        if (tally.weightAgainst() >= weight) return Refusal.MoreAgainst;
        return _shortfall({policy: policy, weight: weight, voters: tally.voters(), operators: tally.operators()});
    }

    /* EXECUTE AND VETO */

    /// @inheritdoc IConsensus
    function execute(Proposal calldata proposal, CallProof[] calldata callProofs) external {
        _executeQueued(proposal, callProofs, msg.data[:0]);
    }

    /// @inheritdoc IConsensus
    function executeCoSigned(
        Proposal calldata proposal,
        CallProof[] calldata callProofs,
        bytes calldata coSignature
    ) external {
        _executeQueued(proposal, callProofs, coSignature);
    }

    function _executeQueued(
        Proposal calldata proposal,
        CallProof[] calldata callProofs,
        bytes calldata coSignature
    ) private {
        (Call[] calldata calls, Condition[] calldata conditions) = proposal.lists();
        bytes32 proposalHash = _hashTypedDataV4(proposal.hash(calls, conditions));
        ProposalTally tally = _tallies[proposalHash];
        RiskClass riskClass = tally.riskClass();
        (Refusal refusal, uint256 index) = _executeRefusal(proposal, proposalHash, tally, riskClass, coSignature);
        require(refusal == Refusal.None, ProposalRefused(proposalHash, refusal, index));

        // Effect before the calls, so that re-entry executes nothing twice: the tally is gone, and since its nonce is used
        // there is never another. [NX-CON-01]
        _tallies[proposalHash] = ProposalTally.wrap(0);

        uint32 agentId = proposal.agentId;
        uint256 loss = _execute({
            proposalHash: proposalHash,
            agentId: agentId,
            calls: calls,
            conditions: conditions,
            callProofs: callProofs,
            allowed: riskClass,
            maxLoss: proposal.maxLoss
        });
        emit ProposalExecuted(proposalHash, agentId, loss, proposal.evidence);
    }

    /// @inheritdoc IConsensus
    function previewExecute(
        Proposal calldata proposal,
        CallProof[] calldata callProofs,
        bytes calldata coSignature
    ) external view returns (Refusal refusal, uint256 index) {
        bytes32 proposalHash = hashProposal(proposal);
        ProposalTally tally = _tallies[proposalHash];
        RiskClass riskClass = tally.riskClass();
        (refusal, index) = _executeRefusal(proposal, proposalHash, tally, riskClass, coSignature);
        if (refusal != Refusal.None) return (refusal, index);
        return _previewCalls(proposal, callProofs, riskClass);
    }

    /// @dev Checks the tally again, since votes may have been cast during the delay. The demands of the class are those
    /// of now; the first second of execution was fixed when the proposal was queued.
    function _executeRefusal(
        Proposal calldata proposal,
        bytes32 proposalHash,
        ProposalTally tally,
        RiskClass riskClass,
        bytes calldata coSignature
    ) private view returns (Refusal refusal, uint256 index) {
        if (!tally.isAt(TallyState.Queued)) return (Refusal.WrongProposalState, uint256(tally.state()));
        if (!_isSubmitter(proposal.submitter)) return (Refusal.WrongSubmitter, 0);
        if (block.timestamp > proposal.deadline) return (Refusal.DeadlinePassed, 0);
        uint256 until = tally.votesUntil();
        if (block.timestamp <= until) return (Refusal.DelayNotPassed, until + 1);
        refusal = _tallyShortfall(tally, _policyOf(riskClass));
        if (refusal != Refusal.None) return (refusal, 0);
        if (riskClass == RiskClass.Critical && !_isCoSigned(hashCoSignature(proposalHash), coSignature)) {
            return (Refusal.CoSignatureMissing, 0);
        }
    }

    /// @inheritdoc IConsensus
    function hashCoSignature(bytes32 proposalHash) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(CO_SIGNATURE_TYPEHASH, proposalHash)));
    }

    /// @inheritdoc IConsensus
    function veto(bytes32 proposalHash, string calldata reason) external {
        require(msg.sender == ADMIN || _isGuardian(msg.sender), NotVetoer(msg.sender));
        ProposalTally tally = _tallies[proposalHash];
        (Refusal refusal, uint256 index) = _openRefusal(tally);
        require(refusal == Refusal.None, ProposalRefused(proposalHash, refusal, index));
        _tallies[proposalHash] = tally.withState(TallyState.Vetoed);
        emit ProposalVetoed(proposalHash, msg.sender, reason);
    }

    /// @inheritdoc IConsensus
    function tallyOf(bytes32 proposalHash) external view returns (TallyView memory) {
        ProposalTally tally = _tallies[proposalHash];
        return
            TallyView({
                state: tally.state(),
                riskClass: tally.riskClass(),
                since: tally.since(),
                votesUntil: tally.votesUntil(),
                weightFor: tally.weightFor(),
                weightAgainst: tally.weightAgainst(),
                votersFor: tally.voters(),
                operatorsFor: tally.operators(),
                seats: tally.seats()
            });
    }
}
