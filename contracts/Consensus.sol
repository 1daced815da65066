// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IAgentRegistry} from "./interfaces/IAgentRegistry.sol";
import {ICircuitBreaker} from "./interfaces/ICircuitBreaker.sol";
import {IConsensus} from "./interfaces/IConsensus.sol";
import {IExecutor} from "./interfaces/IExecutor.sol";
import {ITreasury} from "./interfaces/ITreasury.sol";
import {Administered} from "./libraries/Administered.sol";
import {BallotHash} from "./libraries/BallotHash.sol";
import {Ballot, BallotWord} from "./libraries/BallotWord.sol";
import {BoundedCall} from "./libraries/BoundedCall.sol";
import {PolicyWord} from "./libraries/PolicyWord.sol";
import {PostConditions} from "./libraries/PostConditions.sol";
import {ProposalHash} from "./libraries/ProposalHash.sol";
import {Relay} from "./libraries/Relay.sol";
import {VoterRoll} from "./libraries/VoterRoll.sol";
import {BallotState, BallotView, Policy, Support} from "./types/Ballot.sol";
import {Call, Condition, Grant, Proposal} from "./types/Proposal.sol";
import {Refusal} from "./types/Refusal.sol";
import {RiskClass} from "./types/RiskClass.sol";

/// @title Consensus
/// @notice See {IConsensus}.
contract Consensus is IConsensus, Administered, EIP712 {
    using BoundedCall for address;
    using MessageHashUtils for bytes32;
    using PolicyWord for Policy[3];
    using PolicyWord for uint256;
    using PostConditions for Condition[];
    using ProposalHash for Proposal;
    using Relay for address;
    using VoterRoll for Ballot;

    /* CONSTANTS AND IMMUTABLES */

    bytes32 private constant CO_SIGNATURE_TYPEHASH = keccak256("CoSignature(bytes32 proposalHash)");
    /// @inheritdoc IConsensus
    uint256 public constant MAX_ROUTINE_DEADLINE = 60;
    /// @inheritdoc IConsensus
    address public immutable REGISTRY;
    /// @inheritdoc IConsensus
    address public immutable EXECUTOR;
    /// @inheritdoc IConsensus
    address public immutable BREAKER;

    /* STORAGE */

    /// @dev One for each class, in their order.
    Policy[3] private _policies;
    mapping(bytes32 proposalHash => Ballot ballot) private _ballots;
    /// @inheritdoc IConsensus
    address public coSigner;

    /* CONSTRUCTOR */

    /// @param admin The DAO's timelock.
    /// @param registry Who counts the votes.
    /// @param executor Who makes the calls.
    /// @param breaker Whose guardians may veto.
    constructor(
        address admin,
        address registry,
        address executor,
        address breaker
    ) Administered(admin) EIP712("NEXUS Consensus", "1") {
        REGISTRY = registry;
        EXECUTOR = executor;
        BREAKER = breaker;
    }

    /* FAST PATH */

    /// @inheritdoc IConsensus
    function enact(bytes calldata votes, Proposal calldata proposal, Grant[] calldata grants) external {
        (Call[] calldata calls, Condition[] calldata conditions) = proposal.lists();
        bytes32 proposalHash = _hashTypedDataV4(proposal.hash(calls, conditions));
        uint32 agentId = proposal.agentId;
        uint40 nonce = proposal.nonce;

        // Check: who sends it and when. Effect: use up the nonce. Check: the weight of the votes.
        uint256 policy = _policies.load(RiskClass.Routine);
        (Refusal refusal, uint256 index) = _enactRefusal(proposal, conditions, policy);
        if (refusal == Refusal.None) {
            uint256 weight;
            uint256 voters;
            uint256 operators;
            (refusal, index, weight, voters, operators, ) = REGISTRY.countVotes(nonce, votes, proposalHash, agentId);
            if (refusal == Refusal.None) refusal = _shortfall(policy, weight, voters, operators);
        }
        require(refusal == Refusal.None, ProposalRefused(proposalHash, refusal, index));

        // Interaction: the executor checks the calls themselves. The nonce is gone, so re-entry enacts nothing twice.
        uint256 loss = _execute(proposalHash, calls, conditions, proposal.maxLoss, agentId, grants, RiskClass.Routine);
        emit ProposalEnacted(proposalHash, agentId, nonce, loss, proposal.evidence);
    }

    /// @inheritdoc IConsensus
    function previewEnact(
        bytes calldata votes,
        Proposal calldata proposal,
        Grant[] calldata grants
    ) external view returns (Refusal refusal, uint256 index) {
        uint256 policy = _policies.load(RiskClass.Routine);
        (refusal, index) = _enactRefusal(proposal, proposal.conditions, policy);
        if (refusal != Refusal.None) return (refusal, index);

        uint256 weight;
        uint256 voters;
        uint256 operators;
        (refusal, index, weight, voters, operators, ) = IAgentRegistry(REGISTRY).previewVotes(
            proposal.nonce,
            votes,
            hashProposal(proposal),
            proposal.agentId
        );
        if (refusal == Refusal.None) refusal = _shortfall(policy, weight, voters, operators);
        if (refusal != Refusal.None) return (refusal, index);

        return _previewCalls(proposal, grants, RiskClass.Routine);
    }

    /// @dev What is checked before anyone is asked.
    function _enactRefusal(
        Proposal calldata proposal,
        Condition[] calldata conditions,
        uint256 policy
    ) private view returns (Refusal refusal, uint256 index) {
        if (!_isExecutor(proposal.executor)) return (Refusal.WrongExecutor, 0);
        (refusal, index) = _formRefusal(proposal, conditions, policy);
    }

    /// @dev That there is time, and that the post-conditions make sense.
    function _formRefusal(
        Proposal calldata proposal,
        Condition[] calldata conditions,
        uint256 policy
    ) private view returns (Refusal, uint256) {
        uint256 deadline = proposal.deadline;
        if (block.timestamp > deadline) return (Refusal.DeadlinePassed, 0);
        if (deadline > block.timestamp + policy.maxDeadline()) return (Refusal.DeadlineTooFar, 0);
        uint256 invalid = conditions.firstInvalid();
        if (invalid != conditions.length) return (Refusal.InvalidCondition, invalid);
        return (Refusal.None, 0);
    }

    function _isExecutor(address executor) private view returns (bool) {
        return executor == address(0) || executor == msg.sender;
    }

    /// @dev A class without a policy demands the impossible, so that forgetting to set one opens nothing.
    function _shortfall(
        uint256 policy,
        uint256 weight,
        uint256 voters,
        uint256 operators
    ) private pure returns (Refusal) {
        if (policy.threshold() == 0 || weight < policy.threshold()) return Refusal.BelowThreshold;
        if (voters < policy.minVoters()) return Refusal.TooFewVoters;
        if (operators < policy.minOperators()) return Refusal.TooFewOperators;
        return Refusal.None;
    }

    /// @dev What `_execute` would say, and that every condition can be read.
    function _previewCalls(
        Proposal calldata proposal,
        Grant[] calldata grants,
        RiskClass allowed
    ) private view returns (Refusal refusal, uint256 index) {
        index = proposal.conditions.firstUnreadable(ITreasury(EXECUTOR));
        if (index != proposal.conditions.length) return (Refusal.InvalidCondition, index);
        return IExecutor(EXECUTOR).previewExecute(proposal.calls, grants, allowed);
    }

    /// @dev Makes the calls between two looks at what the conditions speak of.
    function _execute(
        bytes32 proposalHash,
        Call[] calldata calls,
        Condition[] calldata conditions,
        uint256 maxLoss,
        uint256 agentId,
        Grant[] calldata grants,
        RiskClass allowed
    ) private returns (uint256 loss) {
        if (conditions.length == 0) return EXECUTOR.execute(allowed, calls, maxLoss, grants, agentId);
        (uint256 unreadable, PostConditions.Snapshot memory seen) = conditions.look(ITreasury(EXECUTOR));
        require(unreadable == conditions.length, ProposalRefused(proposalHash, Refusal.InvalidCondition, unreadable));
        loss = EXECUTOR.execute(allowed, calls, maxLoss, grants, agentId);
        conditions.enforce(ITreasury(EXECUTOR), seen);
    }

    /* SLOW PATH: PROPOSE */

    /// @inheritdoc IConsensus
    function propose(RiskClass riskClass, bytes calldata votes, Proposal calldata proposal) external {
        (Call[] calldata calls, Condition[] calldata conditions) = proposal.lists();
        bytes32 domain = _domainSeparatorV4();
        bytes32 proposalHash = domain.toTypedDataHash(proposal.hash(calls, conditions));
        uint32 agentId = proposal.agentId;
        uint256 policy = _policies.load(riskClass);
        (Refusal refusal, uint256 index) = _proposeRefusal(proposal, conditions, proposalHash, riskClass, policy);
        uint256 weight;
        uint256 voters;
        uint256 operators;
        uint256 seats;
        // Check: the first votes, whose weight cannot be newer than the ballot. Effect: use up the nonce.
        if (refusal == Refusal.None) {
            (refusal, index, weight, voters, operators, seats) = REGISTRY.countVotes(
                proposal.nonce,
                votes,
                domain.toTypedDataHash(BallotHash.hash(proposalHash, riskClass, Support.For)),
                agentId
            );
        }
        require(refusal == Refusal.None, ProposalRefused(proposalHash, refusal, index));

        // Effect: open the ballot, and queue it if the votes suffice.
        Ballot ballot = BallotWord.opened(riskClass, block.timestamp).withFor(seats, weight, voters, operators);
        bool passes = _shortfall(policy, weight, voters, operators) == Refusal.None;
        _ballots[proposalHash] = passes ? ballot.withState(BallotState.Queued) : ballot;
        uint256 executableFrom = passes ? block.timestamp + policy.delay() : 0;
        emit Proposed(proposalHash, agentId, riskClass, proposal.deadline, seats, weight, executableFrom);
    }

    /// @inheritdoc IConsensus
    function previewPropose(
        RiskClass riskClass,
        bytes calldata votes,
        Proposal calldata proposal
    ) external view returns (Refusal refusal, uint256 index) {
        bytes32 proposalHash = hashProposal(proposal);
        (refusal, index) = _proposeRefusal(
            proposal,
            proposal.conditions,
            proposalHash,
            riskClass,
            _policies.load(riskClass)
        );
        if (refusal != Refusal.None) return (refusal, index);
        (refusal, index, , , , ) = IAgentRegistry(REGISTRY).previewVotes(
            proposal.nonce,
            votes,
            hashBallot(proposalHash, riskClass, Support.For),
            proposal.agentId
        );
    }

    function _proposeRefusal(
        Proposal calldata proposal,
        Condition[] calldata conditions,
        bytes32 proposalHash,
        RiskClass riskClass,
        uint256 policy
    ) private view returns (Refusal, uint256) {
        Ballot ballot = _ballots[proposalHash];
        // `Routine` is enacted at once or not at all.
        if (riskClass == RiskClass.Routine || !ballot.isAt(BallotState.None)) {
            return (Refusal.WrongBallotState, uint256(ballot.state()));
        }
        if (conditions.length == 0) return (Refusal.NoConditions, 0);
        return _formRefusal(proposal, conditions, policy);
    }

    /* SLOW PATH: VOTE */

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
        (Refusal refusal, uint256 index) = _voteRefusal(ballot, support);
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
        (refusal, index) = _voteRefusal(ballot, support);
        if (refusal == Refusal.None) {
            (refusal, counted) = ballot.withVote(IAgentRegistry(REGISTRY), support, signer);
        }
    }

    /// @dev Votes for and abstentions count while it is voted on; votes against until the delay has passed, so that no one
    /// who collects votes can leave them out. [NX-CON-07]
    function _voteRefusal(Ballot ballot, Support support) private view returns (Refusal, uint256) {
        BallotState state = ballot.state();
        bool isOpen = state == BallotState.Voting || (state == BallotState.Queued && support == Support.Against);
        if (!isOpen) return (Refusal.WrongBallotState, uint256(state));
        uint256 policy = _policies.load(ballot.riskClass());
        uint256 open = state == BallotState.Voting ? policy.maxDeadline() : policy.delay();
        if (block.timestamp > ballot.since() + open) return (Refusal.VotingClosed, ballot.since() + open);
        return (Refusal.None, 0);
    }

    function _record(bytes32 proposalHash, Support support, Ballot ballot, Ballot counted) private {
        _ballots[proposalHash] = counted;
        uint256 weight =
            support == Support.For
                ? counted.weightFor() - ballot.weightFor()
                : counted.weightAgainst() - ballot.weightAgainst();
        emit VotesCast(proposalHash, support, counted.seats() ^ ballot.seats(), weight);
    }

    /* SLOW PATH: QUEUE, EXECUTE, VETO */

    /// @inheritdoc IConsensus
    function queue(bytes32 proposalHash) external {
        Ballot ballot = _ballots[proposalHash];
        uint256 policy = _policies.load(ballot.riskClass());
        (Refusal refusal, uint256 index) = _queueRefusal(ballot, policy);
        require(refusal == Refusal.None, ProposalRefused(proposalHash, refusal, index));
        _ballots[proposalHash] = ballot.queued(block.timestamp);
        emit ProposalQueued(proposalHash, block.timestamp + policy.delay());
    }

    /// @inheritdoc IConsensus
    function previewQueue(bytes32 proposalHash) external view returns (Refusal refusal, uint256 index) {
        Ballot ballot = _ballots[proposalHash];
        return _queueRefusal(ballot, _policies.load(ballot.riskClass()));
    }

    /// @inheritdoc IConsensus
    function execute(Proposal calldata proposal, Grant[] calldata grants) external {
        _executeQueued(proposal, grants, msg.data[:0]);
    }

    /// @inheritdoc IConsensus
    function executeCoSigned(Proposal calldata proposal, Grant[] calldata grants, bytes calldata coSignature) external {
        _executeQueued(proposal, grants, coSignature);
    }

    function _executeQueued(Proposal calldata proposal, Grant[] calldata grants, bytes calldata coSignature) private {
        (Call[] calldata calls, Condition[] calldata conditions) = proposal.lists();
        bytes32 proposalHash = _hashTypedDataV4(proposal.hash(calls, conditions));
        Ballot ballot = _ballots[proposalHash];
        RiskClass riskClass = ballot.riskClass();
        (Refusal refusal, uint256 index) = _executeRefusal(proposal, proposalHash, ballot, riskClass, coSignature);
        require(refusal == Refusal.None, ProposalRefused(proposalHash, refusal, index));

        // Effect before the calls, so that re-entry executes nothing twice: the ballot is gone, and since its nonce is used
        // there is never another. [NX-CON-01]
        _ballots[proposalHash] = Ballot.wrap(0);

        uint32 agentId = proposal.agentId;
        uint256 loss = _execute(proposalHash, calls, conditions, proposal.maxLoss, agentId, grants, riskClass);
        emit ProposalExecuted(proposalHash, agentId, loss, proposal.evidence);
    }

    /// @inheritdoc IConsensus
    function previewExecute(
        Proposal calldata proposal,
        Grant[] calldata grants,
        bytes calldata coSignature
    ) external view returns (Refusal refusal, uint256 index) {
        bytes32 proposalHash = hashProposal(proposal);
        Ballot ballot = _ballots[proposalHash];
        RiskClass riskClass = ballot.riskClass();
        (refusal, index) = _executeRefusal(proposal, proposalHash, ballot, riskClass, coSignature);
        if (refusal != Refusal.None) return (refusal, index);
        return _previewCalls(proposal, grants, riskClass);
    }

    /// @inheritdoc IConsensus
    function veto(bytes32 proposalHash, string calldata reason) external {
        require(msg.sender == ADMIN || ICircuitBreaker(BREAKER).isGuardian(msg.sender), NotVetoer(msg.sender));
        Ballot ballot = _ballots[proposalHash];
        BallotState state = ballot.state();
        require(
            state == BallotState.Voting || state == BallotState.Queued,
            ProposalRefused(proposalHash, Refusal.WrongBallotState, uint256(state))
        );
        _ballots[proposalHash] = ballot.withState(BallotState.Vetoed);
        emit ProposalVetoed(proposalHash, msg.sender, reason);
    }

    function _queueRefusal(Ballot ballot, uint256 policy) private view returns (Refusal, uint256) {
        BallotState state = ballot.state();
        if (state != BallotState.Voting) return (Refusal.WrongBallotState, uint256(state));
        uint256 end = ballot.since() + policy.maxDeadline();
        if (block.timestamp > end) return (Refusal.VotingClosed, end);
        return (_ballotShortfall(ballot, policy), 0);
    }

    /// @dev The votes are looked at again: some may have been cast against while it waited.
    function _executeRefusal(
        Proposal calldata proposal,
        bytes32 proposalHash,
        Ballot ballot,
        RiskClass riskClass,
        bytes calldata coSignature
    ) private view returns (Refusal refusal, uint256 index) {
        if (!ballot.isAt(BallotState.Queued)) return (Refusal.WrongBallotState, uint256(ballot.state()));
        if (!_isExecutor(proposal.executor)) return (Refusal.WrongExecutor, 0);
        if (block.timestamp > proposal.deadline) return (Refusal.DeadlinePassed, 0);
        uint256 policy = _policies.load(riskClass);
        uint256 executableFrom = ballot.since() + policy.delay();
        if (block.timestamp < executableFrom) return (Refusal.DelayNotPassed, executableFrom);
        refusal = _ballotShortfall(ballot, policy);
        if (refusal != Refusal.None) return (refusal, 0);
        if (riskClass == RiskClass.Critical && !_isCoSigned(proposalHash, coSignature)) {
            return (Refusal.CoSignatureMissing, 0);
        }
    }

    function _ballotShortfall(Ballot ballot, uint256 policy) private pure returns (Refusal) {
        uint256 weight = ballot.weightFor();
        if (ballot.weightAgainst() >= weight) return Refusal.MoreAgainst;
        return _shortfall(policy, weight, ballot.voters(), ballot.operators());
    }

    function _isCoSigned(bytes32 proposalHash, bytes calldata coSignature) private view returns (bool) {
        address signer = coSigner;
        return
            signer != address(0) &&
            SignatureChecker.isValidERC1271SignatureNow(signer, hashCoSignature(proposalHash), coSignature);
    }

    /* POLICY */

    /// @inheritdoc IConsensus
    function setPolicy(RiskClass riskClass, Policy calldata newPolicy) external onlyAdmin {
        bool isRoutine = riskClass == RiskClass.Routine;
        uint256 totalWeight = IAgentRegistry(REGISTRY).totalWeight();
        uint256 threshold = newPolicy.threshold;
        require(threshold * 2 > totalWeight && threshold <= totalWeight, ThresholdOutOfRange(threshold, totalWeight));
        require(
            newPolicy.maxDeadline != 0 && (!isRoutine || newPolicy.maxDeadline <= MAX_ROUTINE_DEADLINE),
            DeadlineOutOfRange(newPolicy.maxDeadline)
        );
        // Every proposal of the class could expire before it may be executed otherwise. [NX-CON-05]
        require(
            isRoutine ? newPolicy.delay == 0 : newPolicy.delay != 0 && newPolicy.delay < newPolicy.maxDeadline,
            DelayOutOfRange(newPolicy.delay, newPolicy.maxDeadline)
        );
        require(
            newPolicy.minVoters <= BallotWord.MAX_VOTERS &&
                newPolicy.minOperators <= newPolicy.minVoters &&
                newPolicy.minOperators <= BallotWord.MAX_OPERATORS,
            VoterCountOutOfRange(newPolicy.minVoters, newPolicy.minOperators)
        );
        _policies[uint256(riskClass)] = newPolicy;
        emit PolicyChanged(riskClass, newPolicy);
    }

    /// @inheritdoc IConsensus
    function setCoSigner(address newCoSigner) external onlyAdmin {
        require(!ICircuitBreaker(BREAKER).isGuardian(newCoSigner), CoSignerIsGuardian(newCoSigner));
        coSigner = newCoSigner;
        emit CoSignerChanged(newCoSigner);
    }

    /* VIEWS */

    /// @inheritdoc IConsensus
    function policyOf(RiskClass riskClass) external view returns (Policy memory) {
        return _policies[uint256(riskClass)];
    }

    /// @inheritdoc IConsensus
    function ballotOf(bytes32 proposalHash) external view returns (BallotView memory) {
        Ballot ballot = _ballots[proposalHash];
        return
            BallotView({
                state: ballot.state(),
                riskClass: ballot.riskClass(),
                since: ballot.since(),
                weightFor: ballot.weightFor(),
                weightAgainst: ballot.weightAgainst(),
                votersFor: ballot.voters(),
                operatorsFor: ballot.operators(),
                seats: ballot.seats()
            });
    }

    /// @inheritdoc IConsensus
    function hashProposal(Proposal calldata proposal) public view returns (bytes32) {
        (Call[] calldata calls, Condition[] calldata conditions) = proposal.lists();
        return _hashTypedDataV4(proposal.hash(calls, conditions));
    }

    /// @inheritdoc IConsensus
    function hashBallot(bytes32 proposalHash, RiskClass riskClass, Support support) public view returns (bytes32) {
        return _hashTypedDataV4(BallotHash.hash(proposalHash, riskClass, support));
    }

    /// @inheritdoc IConsensus
    function hashCoSignature(bytes32 proposalHash) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(CO_SIGNATURE_TYPEHASH, proposalHash)));
    }
}
