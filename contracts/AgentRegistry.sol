// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Administered} from "./abstracts/Administered.sol";
import {AgentBonds} from "./abstracts/AgentBonds.sol";
import {AgentKeys} from "./abstracts/AgentKeys.sol";
import {IAgentRegistry} from "./interfaces/IAgentRegistry.sol";
import {CompactSignatures} from "./libraries/CompactSignatures.sol";
import {NonceWindow} from "./libraries/NonceWindow.sol";
import {Row, MemoryWords} from "./libraries/MemoryWords.sol";
import {SignerRecordWord, SignerRecordWordLib} from "./libraries/SignerRecordWord.sol";
import {Agent, AgentStatus, Enrolment, Operator, Profile, SignerRecord} from "./types/Agent.sol";
import {Refusal} from "./types/Refusal.sol";

/// @title AgentRegistry
/// @notice See {IAgentRegistry}. Keys and status: {AgentKeys}. Bonds and weight: {AgentBonds}. Identities: {AgentIdentity}.
///
/// @dev By subject:
/// - Value: this contract holds all bonds. A bond leaves by unbonding, to the agent's owner, or by a slash of the DAO's
///   timelock, which reaches what is unbonding too.
/// - Weight: bond times score, in whole stake tokens, capped for each agent and for each operator; zero unless the
///   agent is active and its bond at least `MIN_BOND`. It changes only when it is assigned, never while votes are
///   counted.
/// - Votes: this contract recovers their signers where the seats lie, and uses up the proposal's nonce. (ADR 0009) Only
///   an agent's current signer proposes. (ADR 0005)
/// - Limits: 128 voting seats, `MAX_VOTES` in one count, `MAX_OVERLAP` for a replaced key, `UNBONDING_DELAY`.
/// - Classes: none. Votes count alike; Consensus knows what a class demands.
/// - Storage: joining creates five slots, which is most of its gas on Sei. (ADR 0011)
/// - Tokens: the stake token has 18 decimals, takes no fee and does not rebase.
/// - Oracles: none. Scores come from one {IReputation}, fixed at deployment.
contract AgentRegistry is AgentKeys {
    using CompactSignatures for bytes;
    using SafeCast for uint256;
    using SignerRecordWordLib for SignerRecord;

    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc IAgentRegistry
    uint256 public constant MAX_VOTES = 128;
    /// @inheritdoc IAgentRegistry
    uint256 public constant MAX_OVERLAP = 7 days;
    address private immutable CONSENSUS;

    /* CONSTRUCTOR */

    /// @param admin The DAO's timelock.
    /// @param consensus The only contract that counts votes.
    /// @param reputation The contract whose scores multiply weight; zero for none.
    /// @param stakeToken The token that bonds are posted in, with 18 decimals, neither rebasing nor taking fees.
    /// @param minBond The minimum bond, in the stake token's units.
    /// @param initialWeightCap The most that one agent may weigh, in whole tokens.
    /// @param initialOperatorCap The most that all agents of one operator may weigh, in whole tokens.
    constructor(
        address admin,
        address consensus,
        address reputation,
        address stakeToken,
        uint256 minBond,
        uint32 initialWeightCap,
        uint32 initialOperatorCap
    )
        Administered(admin)
        ERC721("NEXUS Agent", "NXA")
        EIP712("ERC8004IdentityRegistry", "1")
        AgentBonds(reputation, stakeToken, minBond, initialWeightCap, initialOperatorCap)
    {
        CONSENSUS = consensus;
    }

    /* LIFECYCLE */

    /// @inheritdoc IAgentRegistry
    function registerMember(Enrolment calldata enrolment) external returns (uint32 agentId) {
        // Safe cast: ids are given out from a uint32 counter. A new id has no history, so its score is not asked for.
        agentId = uint32(_giveId(msg.sender, ""));
        _join({agentId: agentId, owner: msg.sender, score: NEUTRAL, enrolment: enrolment});
    }

    /// @inheritdoc IAgentRegistry
    function join(uint32 agentId, Enrolment calldata enrolment) external onlyOperator(agentId) {
        AgentStatus status = _agents[agentId].status;
        require(status == AgentStatus.None, WrongAgentStatus(agentId, status));
        _join({agentId: agentId, owner: _agents[agentId].owner, score: _scoreOf(agentId), enrolment: enrolment});
    }

    function _join(uint32 agentId, address owner, uint256 score, Enrolment calldata enrolment) private {
        // Check: the bond suffices, and the key is free and agreed.
        uint256 bond = enrolment.bond;
        address signer = enrolment.signer;
        require(bond >= MIN_BOND, BondTooSmall(bond, MIN_BOND));
        _checkSigner({owner: owner, signer: signer, proofDeadline: enrolment.proofDeadline, proof: enrolment.proof});

        // Effect: bond, key, profile, and a signer record that has weight.
        Agent storage agent = _agents[agentId];
        agent.signer = signer;
        agent.bond = bond.toUint96();
        agent.status = AgentStatus.Active;
        agent.joinedAt = uint40(block.timestamp);
        agent.profile = _hashOf(enrolment.profile);
        uint256 operatorId = _operatorIdFor(owner);
        uint256 votingSeat = _takeVotingSeat(owner);
        uint256 weight = _weigh(agentId, score, weightCap());
        _signerRecords[signer].store(
            SignerRecordWordLib.joined({id: agentId, operator: operatorId, weight_: weight, number: votingSeat})
        );
        emit AgentJoined(agentId, operatorId, signer, votingSeat, bond, weight, enrolment.profile);

        // Interaction: take the bond.
        _takeStake(bond);
    }

    /// @inheritdoc IAgentRegistry
    function rotateSigner(
        uint32 agentId,
        address signer,
        uint256 overlap,
        uint256 proofDeadline,
        bytes calldata proof
    ) external onlyOperator(agentId) {
        _checkKeyChange(agentId, overlap);
        _checkSigner({owner: _agents[agentId].owner, signer: signer, proofDeadline: proofDeadline, proof: proof});
        _seatSigner(agentId, _retire(_agents[agentId], overlap), signer);
        _applyWeight(agentId);
    }

    /// @inheritdoc IAgentRegistry
    function rotateProfile(uint32 agentId, Profile calldata profile, uint256 overlap) external onlyOperator(agentId) {
        _checkKeyChange(agentId, overlap);
        if (overlap == 0) _keepPreviousProfile(agentId, 0, 0);
        else _keepPreviousProfile(agentId, _agents[agentId].profile, block.timestamp + overlap);
        _writeProfile(agentId, profile);
    }

    /// @inheritdoc IAgentRegistry
    function revokeKeys(uint32 agentId) external onlyOperator(agentId) {
        _checkMember(agentId);
        _endKeys(agentId);
    }

    /// @inheritdoc IAgentRegistry
    function pause(uint32 agentId) external onlyOperator(agentId) {
        _changeStatus(agentId, AgentStatus.Active, AgentStatus.Paused);
    }

    /// @inheritdoc IAgentRegistry
    function resume(uint32 agentId) external onlyOperator(agentId) {
        _checkMember(agentId);
        require(_agents[agentId].signer != address(0), InvalidSignerProof(address(0)));
        _changeStatus(agentId, AgentStatus.Paused, AgentStatus.Active);
    }

    /// @inheritdoc IAgentRegistry
    function terminate(uint32 agentId) external onlyOperator(agentId) {
        _checkMember(agentId);
        Agent storage agent = _agents[agentId];
        _startUnbonding(agentId, agent.bond);
        _changeStatus(agentId, agent.status, AgentStatus.Terminated);
    }

    function _checkKeyChange(uint32 agentId, uint256 overlap) private view {
        _checkMember(agentId);
        require(overlap <= MAX_OVERLAP, OverlapTooLong(overlap, MAX_OVERLAP));
    }

    /* VOTES */

    /// @inheritdoc IAgentRegistry
    function cancelNonce(uint32 agentId, uint40 nonce) external {
        address signer = _agents[agentId].signer;
        if (msg.sender != signer) _checkOperator(agentId);
        require(signer != address(0), NonceNotCancellable(agentId, nonce, Refusal.UnknownSigner));
        (Refusal refusal, , SignerRecordWord signerRecord) = _useNonce(_signerRecords[signer].load(), nonce, 0);
        require(refusal == Refusal.None, NonceNotCancellable(agentId, nonce, refusal));
        _signerRecords[signer].store(signerRecord);
        emit NonceCancelled(agentId, nonce);
    }

    /// @inheritdoc IAgentRegistry
    function countVotes(
        uint40 nonce,
        bytes calldata votes,
        bytes32 digest,
        uint32 agentId
    )
        external
        returns (Refusal refusal, uint256 index, uint256 weight, uint256 voters, uint256 operators, uint256 seats)
    {
        require(msg.sender == CONSENSUS, NotConsensus(msg.sender));
        address proposer;
        SignerRecordWord signerRecord;
        (refusal, index, weight, voters, operators, seats, proposer, signerRecord) = _countVotes(
            agentId,
            nonce,
            digest,
            votes
        );
        if (refusal == Refusal.None) _signerRecords[proposer].store(signerRecord);
    }

    /// @inheritdoc IAgentRegistry
    function previewVotes(
        uint40 nonce,
        bytes calldata votes,
        bytes32 digest,
        uint32 agentId
    )
        external
        view
        returns (Refusal refusal, uint256 index, uint256 weight, uint256 voters, uint256 operators, uint256 seats)
    {
        (refusal, index, weight, voters, operators, seats, , ) = _countVotes(agentId, nonce, digest, votes);
    }

    /// @dev The one rule of which votes count. `index` is the vote at fault; `signerRecord` is the proposer's with the nonce used.
    function _countVotes(
        uint32 agentId,
        uint256 nonce,
        bytes32 digest,
        bytes calldata votes
    )
        private
        view
        returns (
            Refusal refusal,
            uint256 index,
            uint256 weight,
            uint256 voters,
            uint256 operators,
            uint256 seats,
            address proposer,
            SignerRecordWord signerRecord
        )
    {
        (refusal, index) = _formRefusal(votes);
        if (refusal != Refusal.None) return (refusal, index, 0, 0, 0, 0, proposer, signerRecord);

        voters = votes.length / CompactSignatures.LENGTH;
        Row operatorIds = MemoryWords.take(voters);
        (uint256 proposerAt, uint256 lastId, uint256 filter) = (0, 0, 0);
        // No overflow: at most `MAX_VOTES` votes, each of less than 2^32 in weight.
        unchecked {
            for (; index < voters; ++index) {
                address signer = votes.recover(index, digest);
                SignerRecordWord voter = _signerRecords[signer].load();
                uint256 id = voter.agentId();
                // The id of nobody and of an unknown signer is zero, so it cannot ascend either.
                if (!voter.isPlainAfter(lastId)) {
                    refusal = _voterRefusal(signer, voter, lastId);
                    if (refusal != Refusal.None) return (refusal, index, 0, 0, 0, 0, proposer, signerRecord);
                }
                if (id == agentId) {
                    if (voter.validUntil() == 0) (proposer, proposerAt, signerRecord) = (signer, index, voter);
                }
                (lastId, weight) = (id, weight + voter.weight());
                seats |= 1 << voter.votingSeat();
                // One bit for each of 256 residues: a clear bit proves a new operator, a set one asks for the scan.
                uint256 operatorId = voter.operatorId();
                uint256 bit = 1 << (operatorId & 255);
                if (filter & bit == 0) ++operators;
                else if (!operatorIds.holds(operatorId, index)) ++operators;
                filter |= bit;
                operatorIds.set(index, operatorId);
            }
        }
        (refusal, index, signerRecord) = _useNonce(signerRecord, nonce, proposerAt);
    }

    /// @dev The reason for which a vote does not count, or `None`, for the few that need a closer look.
    function _voterRefusal(
        address signer,
        SignerRecordWord voter,
        uint256 lastId
    ) private view returns (Refusal refusal) {
        if (signer == address(0)) return Refusal.InvalidSignature;
        refusal = voter.keyRefusal();
        if (refusal != Refusal.None) return refusal;
        if (voter.agentId() <= lastId) return Refusal.VotesNotAscending;
        return voter.weight() == 0 ? Refusal.NoWeight : Refusal.None;
    }

    /// @dev Whether the votes are whole signatures and not too many; `count` is how many are whole.
    function _formRefusal(bytes calldata votes) private pure returns (Refusal refusal, uint256 count) {
        if (votes.length == 0) return (Refusal.NoVotes, 0);
        count = votes.length / CompactSignatures.LENGTH;
        if (votes.length % CompactSignatures.LENGTH != 0 || count > MAX_VOTES) return (Refusal.MalformedVotes, count);
        return (Refusal.None, 0);
    }

    /// @dev Returns the proposer's signer record with the nonce used; or the refusal and the index of the vote. A zero record is
    /// nobody's.
    function _useNonce(
        SignerRecordWord signerRecord,
        uint256 nonce,
        uint256 index
    ) private pure returns (Refusal, uint256, SignerRecordWord) {
        if (signerRecord.isNobodys()) return (Refusal.ProposerDidNotVote, 0, signerRecord);
        (Refusal refusal, uint256 highest, uint256 window) = NonceWindow.use(
            signerRecord.highestNonce(),
            signerRecord.nonceWindow(),
            nonce
        );
        if (refusal != Refusal.None) return (refusal, index, signerRecord);
        return (Refusal.None, 0, signerRecord.withNonces(highest, window));
    }

    /// @inheritdoc IAgentRegistry
    function voterOf(
        address signer,
        uint256 voted,
        uint256 since
    ) external view returns (uint256 word, bool isNewOperator) {
        SignerRecordWord voter = _signerRecords[signer].load();
        word = SignerRecordWord.unwrap(voter);
        if (voted == 0) return (word, true);
        Operator storage operator = _operators[_agents[voter.agentId()].owner];
        isNewOperator = operator.votingSeats & voted == 0 && operator.seatLeftAt < since;
    }

    /* VIEWS */

    /// @inheritdoc IAgentRegistry
    function signerRecordOf(address signer) external view returns (SignerRecord memory) {
        return _signerRecords[signer];
    }

    /// @inheritdoc IAgentRegistry
    function agentOf(uint32 agentId) external view returns (Agent memory) {
        return _agents[agentId];
    }

    /// @inheritdoc IAgentRegistry
    function operatorIdOf(address operator) external view returns (uint24) {
        return _operators[operator].operatorId;
    }

    /// @inheritdoc IAgentRegistry
    function profileValidUntil(uint32 agentId, Profile calldata profile) external view returns (uint256) {
        Agent storage agent = _agents[agentId];
        bytes32 hash = _hashOf(profile);
        if (hash == 0 || agent.status == AgentStatus.Terminated) return 0;
        if (hash == agent.profile) return type(uint256).max;
        return bytes27(hash) == agent.previousProfile ? agent.previousProfileEnd : 0;
    }

    /// @inheritdoc IAgentRegistry
    function agentCount() external view returns (uint32) {
        return _agentCount;
    }
}
