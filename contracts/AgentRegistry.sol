// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Agent, AgentStatus, IAgentRegistry, Seat} from "./interfaces/IAgentRegistry.sol";
import {Administered} from "./libraries/Administered.sol";
import {CompactSignatures} from "./libraries/CompactSignatures.sol";
import {NonceWindow} from "./libraries/NonceWindow.sol";
import {SeatWord} from "./libraries/SeatWord.sol";
import {Refusal} from "./types/Refusal.sol";

/// @title AgentRegistry
/// @notice See {IAgentRegistry}.
contract AgentRegistry is IAgentRegistry, Administered, ERC721, EIP712 {
    using CompactSignatures for bytes;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;
    using SeatWord for Seat;
    using SeatWord for uint256;

    /* CONSTANTS AND IMMUTABLES */

    bytes32 private constant BINDING_TYPEHASH = keccak256(
        "SignerBinding(address owner,address signer,uint256 deadline)"
    );
    /// @dev One unit of weight, in the stake token's units (18 decimals).
    uint256 private constant WEIGHT_UNIT = 1e18;

    /// @inheritdoc IAgentRegistry
    uint256 public constant MAX_VOTES = 128;
    /// @inheritdoc IAgentRegistry
    uint256 public constant MAX_OVERLAP = 7 days;
    /// @inheritdoc IAgentRegistry
    uint256 public constant UNBONDING_DELAY = 7 days;
    /// @inheritdoc IAgentRegistry
    address public immutable STAKE_TOKEN;
    /// @inheritdoc IAgentRegistry
    uint256 public immutable MIN_BOND;
    address private immutable CONSENSUS;

    /* STORAGE */

    mapping(address signer => Seat seat) private _seats;
    mapping(uint32 agentId => Agent agent) private _agents;
    mapping(address operator => uint24 operatorId) private _operatorIds;
    uint32 private _agentCount;
    uint24 private _operatorCount;
    uint32 private _weightCap;
    uint64 private _totalWeight;

    /* CONSTRUCTOR */

    /// @param admin The DAO's timelock.
    /// @param consensus The only contract that counts votes.
    /// @param stakeToken The token that bonds are posted in, with 18 decimals, neither rebasing nor taking fees.
    /// @param minBond The least bond, in its units.
    /// @param initialWeightCap The most that one agent may weigh, in whole tokens.
    constructor(
        address admin,
        address consensus,
        address stakeToken,
        uint256 minBond,
        uint32 initialWeightCap
    ) Administered(admin) ERC721("NEXUS Agent", "NXA") EIP712("NEXUS AgentRegistry", "1") {
        CONSENSUS = consensus;
        STAKE_TOKEN = stakeToken;
        MIN_BOND = minBond;
        _weightCap = initialWeightCap;
        emit WeightCapChanged(initialWeightCap);
    }

    modifier onlyOperator(uint32 agentId) {
        _checkOperator(agentId);
        _;
    }

    /* LIFECYCLE */

    /// @inheritdoc IAgentRegistry
    function register(
        address signer,
        uint256 proofDeadline,
        bytes calldata proof,
        uint256 bond
    ) external returns (uint32 agentId) {
        // Check: the bond suffices. The signer is checked where it is seated.
        require(bond >= MIN_BOND, BondTooSmall(bond, MIN_BOND));

        // Effect: give out the id, seat the signer. `_mint` calls nobody.
        agentId = ++_agentCount;
        uint24 operatorId = _operatorIdFor(msg.sender);
        _mint(msg.sender, agentId);
        Agent storage agent = _agents[agentId];
        agent.status = AgentStatus.Active;
        agent.bond = bond.toUint128();
        emit AgentRegistered(agentId, operatorId, msg.sender);
        emit StatusChanged(agentId, AgentStatus.Active);
        _seatSigner(agentId, operatorId, signer, proofDeadline, proof, 0, 1);
        _applyWeight(agentId);

        // Interaction: take the bond.
        IERC20(STAKE_TOKEN).safeTransferFrom(msg.sender, address(this), bond);
    }

    /// @inheritdoc IAgentRegistry
    function rotateSigner(
        uint32 agentId,
        address signer,
        uint256 proofDeadline,
        bytes calldata proof,
        uint256 overlap
    ) external onlyOperator(agentId) {
        Agent storage agent = _agents[agentId];
        require(agent.status != AgentStatus.Terminated, WrongAgentStatus(agentId, agent.status));
        require(overlap <= MAX_OVERLAP, OverlapTooLong(overlap, MAX_OVERLAP));

        (uint40 highestNonce, uint48 nonceWindow) = _retire(agent, overlap);
        uint24 operatorId = _operatorIdFor(_requireOwned(agentId));
        _seatSigner(agentId, operatorId, signer, proofDeadline, proof, highestNonce, nonceWindow);
        _applyWeight(agentId);
    }

    /// @inheritdoc IAgentRegistry
    function pause(uint32 agentId) external onlyOperator(agentId) {
        _changeStatus(agentId, AgentStatus.Active, AgentStatus.Paused);
    }

    /// @inheritdoc IAgentRegistry
    function resume(uint32 agentId) external onlyOperator(agentId) {
        require(_agents[agentId].signer != address(0), InvalidSignerProof(address(0)));
        _changeStatus(agentId, AgentStatus.Paused, AgentStatus.Active);
    }

    /// @inheritdoc IAgentRegistry
    function terminate(uint32 agentId) external onlyOperator(agentId) {
        Agent storage agent = _agents[agentId];
        AgentStatus status = agent.status;
        require(status != AgentStatus.Terminated, WrongAgentStatus(agentId, status));
        agent.unbondingEnd = uint48(block.timestamp + UNBONDING_DELAY);
        _changeStatus(agentId, status, AgentStatus.Terminated);
    }

    /* BOND AND WEIGHT */

    /// @inheritdoc IAgentRegistry
    function addBond(uint32 agentId, uint256 amount) external {
        Agent storage agent = _agents[agentId];
        _requireOwned(agentId);
        require(agent.status != AgentStatus.Terminated, WrongAgentStatus(agentId, agent.status));
        agent.bond = (agent.bond + amount).toUint128();
        _applyWeight(agentId);
        IERC20(STAKE_TOKEN).safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IAgentRegistry
    function withdrawBond(uint32 agentId) external {
        Agent storage agent = _agents[agentId];
        address owner = _requireOwned(agentId);
        require(agent.status == AgentStatus.Terminated, WrongAgentStatus(agentId, agent.status));
        require(block.timestamp >= agent.unbondingEnd, StillUnbonding(agentId, agent.unbondingEnd));
        uint256 bond = agent.bond;
        require(bond != 0, NoBond(agentId));
        agent.bond = 0;
        emit BondChanged(agentId, 0, 0);
        IERC20(STAKE_TOKEN).safeTransfer(owner, bond);
    }

    /// @inheritdoc IAgentRegistry
    function refreshWeight(uint32 agentId) external {
        _requireOwned(agentId);
        _applyWeight(agentId);
    }

    /// @inheritdoc IAgentRegistry
    function setWeightCap(uint32 newCap) external onlyAdmin {
        _weightCap = newCap;
        emit WeightCapChanged(newCap);
    }

    /* VOTES */

    /// @inheritdoc IAgentRegistry
    function cancelNonce(uint32 agentId, uint40 nonce) external {
        address signer = _agents[agentId].signer;
        if (msg.sender != signer) _checkOperator(agentId);
        uint256 seat = _seats[signer].load();
        (Refusal refusal, uint256 highest, uint256 window) = NonceWindow.use(
            seat.highestNonce(),
            seat.nonceWindow(),
            nonce
        );
        require(refusal == Refusal.None && signer != address(0), NonceNotCancellable(agentId, nonce, refusal));
        _seats[signer].store(seat.withNonces(highest, window));
        emit NonceCancelled(agentId, nonce);
    }

    /// @inheritdoc IAgentRegistry
    function countVotes(
        bytes32 proposalHash,
        bytes calldata votes,
        uint40 nonce,
        uint32 agentId
    ) external returns (Refusal refusal, uint256 index, uint256 weight, uint256 voters, uint256 operators) {
        require(msg.sender == CONSENSUS, NotConsensus(msg.sender));
        address proposer;
        uint256 seat;
        (refusal, index, weight, voters, operators, proposer, seat) = _countVotes(proposalHash, votes, nonce, agentId);
        if (refusal == Refusal.None) _seats[proposer].store(seat);
    }

    /// @inheritdoc IAgentRegistry
    function previewVotes(
        bytes32 proposalHash,
        bytes calldata votes,
        uint40 nonce,
        uint32 agentId
    ) external view returns (Refusal refusal, uint256 index, uint256 weight, uint256 voters, uint256 operators) {
        (refusal, index, weight, voters, operators, , ) = _countVotes(proposalHash, votes, nonce, agentId);
    }

    /// @dev The one rule of which votes count. `index` is the vote at fault; `seat` is the proposer's with the nonce used.
    function _countVotes(
        bytes32 proposalHash,
        bytes calldata votes,
        uint256 nonce,
        uint32 agentId
    )
        private
        view
        returns (
            Refusal refusal,
            uint256 index,
            uint256 weight,
            uint256 voters,
            uint256 operators,
            address proposer,
            uint256 seat
        )
    {
        (refusal, index) = _formRefusal(votes);
        if (refusal != Refusal.None) return (refusal, index, 0, 0, 0, proposer, 0);

        voters = votes.length / CompactSignatures.LENGTH;
        uint256[] memory operatorIds = new uint256[](voters);
        uint256 proposerAt;
        uint256 lastId;
        uint256 filter;
        // No overflow: at most `MAX_VOTES` votes, each of less than 2^32 in weight.
        unchecked {
            for (; index < voters; ++index) {
                address signer = votes.recover(index, proposalHash);
                if (signer == address(0)) return (Refusal.InvalidSignature, index, 0, 0, 0, proposer, 0);
                uint256 voter = _seats[signer].load();
                uint256 id = voter.agentId();
                // An unknown signer's id is zero, so it cannot ascend either.
                if (id <= lastId || !voter.isPlain()) {
                    refusal = _seatRefusal(voter, lastId);
                    if (refusal != Refusal.None) return (refusal, index, 0, 0, 0, proposer, 0);
                }
                if (id == agentId && voter.validUntil() == 0) (proposer, proposerAt, seat) = (signer, index, voter);
                lastId = id;
                weight += voter.weight();
                // One bit for each of 256 residues: a clear bit proves a new operator, a set one asks for the scan.
                uint256 operatorId = voter.operatorId();
                uint256 bit = 1 << (operatorId & 255);
                if (filter & bit == 0 || _isNew(operatorIds, index, operatorId)) ++operators;
                filter |= bit;
                operatorIds[index] = operatorId;
            }
        }

        (refusal, index, seat) = _useNonce(seat, nonce, proposerAt);
    }

    /// @dev Whether the votes are whole signatures and not too many; `count` is how many are whole.
    function _formRefusal(bytes calldata votes) private pure returns (Refusal refusal, uint256 count) {
        if (votes.length == 0) return (Refusal.NoVotes, 0);
        count = votes.length / CompactSignatures.LENGTH;
        if (votes.length % CompactSignatures.LENGTH != 0 || count > MAX_VOTES) return (Refusal.MalformedVotes, count);
        return (Refusal.None, 0);
    }

    /// @dev The proposer's seat with the nonce used; or why not, and at which vote. A seat of zero is nobody's.
    function _useNonce(uint256 seat, uint256 nonce, uint256 index) private pure returns (Refusal, uint256, uint256) {
        if (seat == 0) return (Refusal.ProposerDidNotVote, 0, 0);
        (Refusal refusal, uint256 highest, uint256 window) = NonceWindow.use(
            seat.highestNonce(),
            seat.nonceWindow(),
            nonce
        );
        if (refusal != Refusal.None) return (refusal, index, seat);
        return (Refusal.None, 0, seat.withNonces(highest, window));
    }

    function _seatRefusal(uint256 seat, uint256 lastAgentId) private view returns (Refusal) {
        if (seat.agentId() == 0) return Refusal.UnknownSigner;
        if (seat.validUntil() != 0 && block.timestamp > seat.validUntil()) return Refusal.SignerExpired;
        if (!seat.isActive()) return Refusal.AgentNotActive;
        if (seat.agentId() <= lastAgentId) return Refusal.VotesNotAscending;
        return Refusal.None;
    }

    /// @dev Whether none of the first `count` votes is of `operatorId`.
    function _isNew(uint256[] memory operatorIds, uint256 count, uint256 operatorId) private pure returns (bool) {
        for (uint256 i; i < count; ++i) if (operatorIds[i] == operatorId) return false;
        return true;
    }

    /* KEYS, STATUS AND WEIGHT: the only places that write a seat */

    /// @dev Makes `signer` the agent's one proposing key. The caller sets its weight by `_applyWeight`.
    function _seatSigner(
        uint32 agentId,
        uint24 operatorId,
        address signer,
        uint256 proofDeadline,
        bytes calldata proof,
        uint40 highestNonce,
        uint48 nonceWindow
    ) private {
        require(block.timestamp <= proofDeadline, SignerProofExpired(proofDeadline));
        require(_seats[signer].agentId == 0, SignerTaken(signer, _seats[signer].agentId));
        bytes32 structHash = keccak256(abi.encode(BINDING_TYPEHASH, ownerOf(agentId), signer, proofDeadline));
        // Votes are recovered by ecrecover, so the proof must be an ECDSA signature too and no contract's answer.
        (address recovered, ECDSA.RecoverError error_, ) = ECDSA.tryRecoverCalldata(
            _hashTypedDataV4(structHash),
            proof
        );
        require(error_ == ECDSA.RecoverError.NoError && recovered == signer, InvalidSignerProof(signer));

        Agent storage agent = _agents[agentId];
        address previous = agent.signer;
        agent.signer = signer;
        _seats[signer] = Seat({
            agentId: agentId,
            operatorId: operatorId,
            weight: 0,
            status: agent.status,
            validUntil: 0,
            highestNonce: highestNonce,
            nonceWindow: nonceWindow
        });
        emit SignerChanged(agentId, signer, previous, _seats[previous].validUntil);
    }

    /// @dev Lets the current signer vote for `overlap` more seconds, ends its predecessor, and returns the nonce window
    /// that the next signer inherits.
    function _retire(Agent storage agent, uint256 overlap) private returns (uint40, uint48) {
        address signer = agent.signer;
        if (signer == address(0)) {
            // The id was transferred: its last signer has ended, and its seat still knows which nonces are used.
            Seat storage last = _seats[agent.previousSigner];
            return (last.highestNonce, last.nonceWindow);
        }
        _expireAt(agent.previousSigner, block.timestamp - 1);
        _expireAt(signer, overlap == 0 ? block.timestamp - 1 : block.timestamp + overlap);
        agent.previousSigner = signer;
        return (_seats[signer].highestNonce, _seats[signer].nonceWindow);
    }

    /// @dev Never later than it already ends: an ended key does not come back. [NX-AGT-02]
    function _expireAt(address signer, uint256 time) private {
        Seat storage seat = _seats[signer];
        if (seat.agentId == 0) return;
        if (seat.validUntil == 0 || seat.validUntil > time) seat.validUntil = time.toUint32();
    }

    function _changeStatus(uint32 agentId, AgentStatus from, AgentStatus to) private {
        Agent storage agent = _agents[agentId];
        require(agent.status == from, WrongAgentStatus(agentId, agent.status));
        agent.status = to;
        emit StatusChanged(agentId, to);
        _applyWeight(agentId);
    }

    /// @dev Writes status and weight into both seats of the agent, and keeps `_totalWeight` their sum.
    function _applyWeight(uint32 agentId) private {
        Agent storage agent = _agents[agentId];
        uint256 weight = 0;
        if (agent.status == AgentStatus.Active) {
            weight = agent.bond / WEIGHT_UNIT;
            if (weight > _weightCap) weight = _weightCap;
        }
        uint256 before = _weightOf(agent);
        _writeSeat(agent.previousSigner, agent.status, weight);
        _writeSeat(agent.signer, agent.status, weight);
        // Safe cast: 2^32 agents of less than 2^32 each.
        _totalWeight = uint64(_totalWeight + weight - before);
        emit BondChanged(agentId, agent.bond, weight);
    }

    /// @dev A fresh signer's seat has no weight yet, so the previous signer's, if it has one, is looked at too.
    function _weightOf(Agent storage agent) private view returns (uint256) {
        uint256 weight = _seats[agent.signer].weight;
        return weight != 0 ? weight : _seats[agent.previousSigner].weight;
    }

    function _writeSeat(address signer, AgentStatus status, uint256 weight) private {
        if (signer == address(0)) return;
        Seat storage seat = _seats[signer];
        seat.status = status;
        // Safe cast: at most `_weightCap`, a uint32.
        seat.weight = uint32(weight);
    }

    function _operatorIdFor(address operator) private returns (uint24 operatorId) {
        operatorId = _operatorIds[operator];
        if (operatorId != 0) return operatorId;
        operatorId = ++_operatorCount;
        _operatorIds[operator] = operatorId;
    }

    function _checkOperator(uint32 agentId) private view {
        address owner = _requireOwned(agentId);
        require(_isAuthorized(owner, msg.sender, agentId), NotAgentOperator(agentId, msg.sender));
    }

    /// @dev A transferred id keeps its bond and loses keys and weight, so that no seller can still vote. [NX-AGT-06]
    /// It keeps its used nonces too, or the votes for an enacted proposal could be used again. [NX-CON-01]
    function _update(address to, uint256 tokenId, address auth) internal override returns (address from) {
        from = super._update(to, tokenId, auth);
        if (from == address(0)) return from;
        // Safe cast: ids are given out from a uint32 counter.
        uint32 agentId = uint32(tokenId);
        Agent storage agent = _agents[agentId];
        if (agent.status == AgentStatus.Active) _changeStatus(agentId, AgentStatus.Active, AgentStatus.Paused);
        _retire(agent, 0);
        emit SignerChanged(agentId, address(0), agent.signer, block.timestamp - 1);
        agent.signer = address(0);
    }

    /* VIEWS */

    /// @inheritdoc IAgentRegistry
    function seatOf(address signer) external view returns (Seat memory) {
        return _seats[signer];
    }

    /// @inheritdoc IAgentRegistry
    function agentOf(uint32 agentId) external view returns (Agent memory) {
        return _agents[agentId];
    }

    /// @inheritdoc IAgentRegistry
    function operatorIdOf(address operator) external view returns (uint24) {
        return _operatorIds[operator];
    }

    /// @inheritdoc IAgentRegistry
    function totalWeight() external view returns (uint256) {
        return _totalWeight;
    }

    /// @inheritdoc IAgentRegistry
    function agentCount() external view returns (uint32) {
        return _agentCount;
    }

    /// @inheritdoc IAgentRegistry
    function weightCap() external view returns (uint32) {
        return _weightCap;
    }
}
