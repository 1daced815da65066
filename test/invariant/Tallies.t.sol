// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IAgentRegistry} from "../../contracts/interfaces/IAgentRegistry.sol";
import {IConsensus} from "../../contracts/interfaces/IConsensus.sol";
import {MockReputation} from "../../contracts/mocks/MockReputation.sol";
import {HostileToken} from "../../contracts/mocks/HostileToken.sol";
import {Agent, AgentStatus, Enrolment, Profile, SignerRecord} from "../../contracts/types/Agent.sol";
import {TallyState, TallyView, Policy, Support} from "../../contracts/types/Tally.sol";
import {Call, Condition, ConditionKind, Proposal} from "../../contracts/types/Proposal.sol";
import {RiskClass} from "../../contracts/types/RiskClass.sol";
import {NexusTest, VM, _deploy, _fold} from "../support/NexusTest.sol";

interface IAgentTokens is IAgentRegistry, IERC721 {}

/// @notice Operators that try to give one ballot more than the registry granted them when it was made. Most steps share a
/// second. It never reverts.
contract TallyHandler {
    bytes32 private constant BINDING_TYPEHASH = keccak256(
        "SignerBinding(address owner,address signer,uint256 deadline)"
    );
    uint32 private constant AGENTS = 6;
    uint256 private constant OPERATORS = 3;
    uint32 private constant WEIGHT_CAP = 500;
    uint32 private constant OPERATOR_CAP = 600;
    uint256 private constant BOND = 400e18;

    IAgentTokens public immutable REGISTRY;
    IConsensus public immutable CONSENSUS;
    HostileToken private immutable STAKE;
    MockReputation private immutable SCORES;
    bytes32 private immutable DOMAIN;

    uint256 private _clock = 1_700_000_000;
    uint256 private _keyCount;
    mapping(address signer => uint256 key) private _keyOf;

    /// @dev The ballot that is looked at, and what the registry granted when it was made.
    bytes32 private _tally;
    uint256 private _totalGranted;
    mapping(bytes32 tally => mapping(uint32 agentId => uint256 weight)) private _granted;
    mapping(bytes32 tally => mapping(uint32 agentId => address operator)) private _operatorThen;
    mapping(bytes32 tally => mapping(address operator => uint256 weight)) private _operatorGranted;
    /// @dev What each agent was counted with, and which voted for.
    mapping(bytes32 tally => mapping(uint32 agentId => uint256 weight)) private _counted;
    mapping(bytes32 tally => mapping(uint32 agentId => bool votedFor)) private _votedFor;
    /// @dev Operators that by an act of their own may be left out: they gave an agent away, took one over, or did not vote for.
    mapping(bytes32 tally => mapping(address operator => bool mayBeMissing)) private _mayBeMissing;

    constructor() {
        STAKE = new HostileToken();
        SCORES = new MockReputation();
        // Consensus follows the registry, whose nonce is the third here.
        address consensus = _addressOfNonce(4);
        bytes memory arguments = abi.encode(this, consensus, SCORES, STAKE, 10e18, WEIGHT_CAP, OPERATOR_CAP);
        REGISTRY = IAgentTokens(_deploy("AgentRegistry", arguments));
        CONSENSUS = IConsensus(_deploy("Consensus", abi.encode(this, REGISTRY, address(1), address(2))));
        VM.assertTrue(address(CONSENSUS) == consensus, "consensus is where the registry looks for it");
        DOMAIN = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("ERC8004IdentityRegistry"),
                keccak256("1"),
                block.chainid,
                address(REGISTRY)
            )
        );
        VM.warp(_clock);
        CONSENSUS.setPolicy(RiskClass.Elevated, Policy(WEIGHT_CAP + 1, 2, 2, 3_600, 60));
        for (uint256 i; i < AGENTS; ++i) _register(_operator(i));
        VM.warp(++_clock);
    }

    modifier atClock() {
        VM.warp(_clock);
        _;
    }

    /* TIME AND BALLOTS */

    /// Mostly not at all, else by a second, and rarely until after a delay.
    function wait(uint256 time) external {
        if (time % 4 == 0) _clock += time % 32 == 0 ? 61 : 1;
        VM.warp(_clock);
    }

    /// Opens a ballot with the first votes of some agents, if the one that is looked at is over or had its time.
    function open(uint256 which, uint256 voters) external atClock {
        TallyView memory current = CONSENSUS.tallyOf(_tally);
        bool isOpen = current.state == TallyState.Voting || current.state == TallyState.Queued;
        if (isOpen && _clock < current.since + 120) return;
        uint32 proposer = _agentAt(which);
        Agent memory agent = REGISTRY.agentOf(proposer);
        if (REGISTRY.signerRecordOf(agent.signer).weight == 0) return;
        Proposal memory proposal;
        proposal.agentId = proposer;
        proposal.nonce = REGISTRY.signerRecordOf(agent.signer).highestNonce + 1;
        proposal.deadline = uint40(_clock + 3_600);
        proposal.conditions = new Condition[](1);
        proposal.conditions[0] = Condition(ConditionKind.ValueDecreasesAtMostBps, address(0), address(0), 1);
        proposal.calls = new Call[](0);
        bytes32 hash = CONSENSUS.hashProposal(proposal);
        bytes memory votes;
        for (uint32 id = 1; id <= AGENTS; ++id) {
            address signer = REGISTRY.agentOf(id).signer;
            bool votes_ = id == proposer || (voters >> id) % 2 == 1;
            if (!votes_ || REGISTRY.signerRecordOf(signer).weight == 0) continue;
            votes = bytes.concat(votes, _vote(hash, Support.For, signer));
            _counted[hash][id] = REGISTRY.signerRecordOf(signer).weight;
            _votedFor[hash][id] = true;
        }
        CONSENSUS.propose(RiskClass.Elevated, votes, proposal);
        _look(hash);
    }

    /// A row of votes of some agents, by their keys of now and of before.
    function vote(uint256 support, uint256 voters) external atClock {
        _voteRow(Support(support % 3), voters);
    }

    /// The attack as it was found: one votes, makes room under the cap, the next takes it and votes.
    function voteInTurn(uint256 first, uint256 second, bool sells) external atClock {
        uint32 agentId = _agentAt(first);
        _voteRow(Support.For, 1 << agentId);
        if (sells) _transfer(agentId, second);
        else _pause(agentId);
        uint32 next = _agentAt(second);
        VM.prank(REGISTRY.ownerOf(next));
        REGISTRY.refreshWeight(next);
        _voteRow(Support.For, 1 << next);
    }

    function queue() external atClock {
        try CONSENSUS.queue(_tally) {} catch {}
    }

    /* WHAT MOVES WEIGHT, KEYS AND SEATS */

    function pause(uint256 which) external atClock {
        _pause(_agentAt(which));
    }

    function resume(uint256 which) external atClock {
        uint32 agentId = _agentAt(which);
        Agent memory agent = REGISTRY.agentOf(agentId);
        if (agent.status != AgentStatus.Paused || agent.signer == address(0)) return;
        VM.prank(agent.owner);
        REGISTRY.resume(agentId);
    }

    function transfer(uint256 which, uint256 to) external atClock {
        _transfer(_agentAt(which), to);
    }

    /// With a new owner, the act by which it takes the agent's seat over.
    function rotate(uint256 which, uint256 overlap) external atClock {
        uint32 agentId = _agentAt(which);
        address owner = REGISTRY.ownerOf(agentId);
        if (_operatorThen[_tally][agentId] != owner) _mayBeMissing[_tally][owner] = true;
        address signer = _newKey();
        bytes memory proof = _proofOf(signer, owner);
        VM.prank(owner);
        REGISTRY.rotateSigner(agentId, signer, _fold(overlap, 0, 100), _clock, proof);
    }

    function refresh(uint256 which, bool byOwner) external atClock {
        uint32 agentId = _agentAt(which);
        if (byOwner) VM.prank(REGISTRY.ownerOf(agentId));
        REGISTRY.refreshWeight(agentId);
    }

    function addBond(uint256 which, uint256 amount) external atClock {
        uint32 agentId = _agentAt(which);
        address owner = REGISTRY.ownerOf(agentId);
        amount = _fold(amount, 0, 200e18);
        _fund(owner, amount);
        VM.prank(owner);
        REGISTRY.addBond(agentId, amount);
    }

    function unbond(uint256 which, uint256 amount) external atClock {
        uint32 agentId = _agentAt(which);
        uint256 bond = REGISTRY.agentOf(agentId).bond;
        VM.prank(REGISTRY.ownerOf(agentId));
        REGISTRY.unbond(agentId, _fold(amount, 0, bond - 10e18));
    }

    function setScore(uint256 which, uint256 bps) external atClock {
        SCORES.setScore(_agentAt(which), _fold(bps, 5_000, 20_000));
    }

    function setOperatorCap(uint256 cap) external atClock {
        REGISTRY.setOperatorCap(uint32(_fold(cap, WEIGHT_CAP, 2 * OPERATOR_CAP)));
    }

    /* WHAT MUST FOLLOW */

    /// What is counted of some agent, operator, or of all, beyond what was granted when the ballot was made.
    function excessWeight() external view returns (uint256 excess) {
        TallyView memory tally = CONSENSUS.tallyOf(_tally);
        uint256 sum;
        for (uint32 id = 1; id <= AGENTS; ++id) {
            sum += _counted[_tally][id];
            excess += _over(_counted[_tally][id], _granted[_tally][id]);
            uint256 together;
            for (uint32 other = 1; other <= AGENTS; ++other) {
                bool isSame = _operatorThen[_tally][other] == _operatorThen[_tally][id];
                if (isSame) together += _counted[_tally][other];
            }
            excess += _over(together, _operatorGranted[_tally][_operatorThen[_tally][id]]);
        }
        excess += _over(tally.weightFor + tally.weightAgainst, _totalGranted);
        if (tally.weightFor + tally.weightAgainst != sum) ++excess;
    }

    /// Whether the voters for are as many as agents that voted for.
    function wrongVoters() external view returns (uint256) {
        uint256 voters;
        for (uint32 id = 1; id <= AGENTS; ++id) if (_votedFor[_tally][id]) ++voters;
        uint256 said = CONSENSUS.tallyOf(_tally).votersFor;
        return _over(voters, said) + _over(said, voters);
    }

    /// How many operators are counted beyond those that ran the voters for when the ballot was made; and how many are not
    /// counted that did nothing which costs them that.
    function wrongOperators() external view returns (uint256) {
        uint256 all;
        uint256 sure;
        for (uint256 i; i < OPERATORS; ++i) {
            address operator = _operator(i);
            bool votedFor;
            for (uint32 id = 1; id <= AGENTS; ++id) {
                if (_votedFor[_tally][id] && _operatorThen[_tally][id] == operator) votedFor = true;
            }
            if (!votedFor) continue;
            ++all;
            if (!_mayBeMissing[_tally][operator]) ++sure;
        }
        uint256 said = CONSENSUS.tallyOf(_tally).operatorsFor;
        return _over(said, all) + _over(sure, said);
    }

    /* HELPERS */

    function _look(bytes32 hash) private {
        _tally = hash;
        _totalGranted = REGISTRY.totalWeight();
        for (uint32 id = 1; id <= AGENTS; ++id) {
            address owner = REGISTRY.ownerOf(id);
            _granted[hash][id] = REGISTRY.signerRecordOf(REGISTRY.agentOf(id).signer).weight;
            _operatorThen[hash][id] = owner;
            _operatorGranted[hash][owner] = REGISTRY.operatorWeightOf(owner);
        }
        // Seats that were left in this very second are not told from seats that were left later.
        for (uint256 i; i < OPERATORS; ++i) {
            if (_leftAt[_operator(i)] == _clock) _mayBeMissing[hash][_operator(i)] = true;
        }
    }

    mapping(address operator => uint256 time) private _leftAt;

    function _voteRow(Support support, uint256 voters) private {
        bytes memory votes;
        for (uint32 id = 1; id <= AGENTS; ++id) {
            if ((voters >> id) % 2 == 0) continue;
            Agent memory agent = REGISTRY.agentOf(id);
            if (agent.previousSigner != address(0)) {
                votes = bytes.concat(votes, _vote(_tally, support, agent.previousSigner));
            }
            if (agent.signer != address(0)) votes = bytes.concat(votes, _vote(_tally, support, agent.signer));
        }
        TallyView memory before = CONSENSUS.tallyOf(_tally);
        try CONSENSUS.castVotes(_tally, support, votes) {} catch {
            return;
        }
        _note(support, CONSENSUS.tallyOf(_tally).seats ^ before.seats);
    }

    /// @dev Which agents were counted, told by their seats, which here nobody gives back.
    function _note(Support support, uint256 seats) private {
        for (uint32 id = 1; id <= AGENTS; ++id) {
            Agent memory agent = REGISTRY.agentOf(id);
            SignerRecord memory seat = REGISTRY.signerRecordOf(
                agent.signer == address(0) ? agent.previousSigner : agent.signer
            );
            if ((seats >> seat.votingSeat) % 2 == 0) continue;
            if (support != Support.Abstain) _counted[_tally][id] = seat.weight;
            if (support == Support.For) _votedFor[_tally][id] = true;
            else _mayBeMissing[_tally][agent.owner] = true;
        }
    }

    function _pause(uint32 agentId) private {
        Agent memory agent = REGISTRY.agentOf(agentId);
        if (agent.status != AgentStatus.Active) return;
        VM.prank(agent.owner);
        REGISTRY.pause(agentId);
    }

    function _transfer(uint32 agentId, uint256 to) private {
        Agent memory agent = REGISTRY.agentOf(agentId);
        // Whoever was given it and never gave it a signer gives nothing away.
        if (agent.signer != address(0)) {
            _mayBeMissing[_tally][agent.owner] = true;
            _leftAt[agent.owner] = _clock;
        }
        VM.prank(agent.owner);
        REGISTRY.transferFrom(agent.owner, _operator(to), agentId);
    }

    function _register(address operator) private {
        _fund(operator, BOND);
        address signer = _newKey();
        bytes memory proof = _proofOf(signer, operator);
        VM.prank(operator);
        REGISTRY.registerMember(Enrolment(signer, _clock, proof, BOND, Profile(0, 0, 0)));
    }

    function _fund(address operator, uint256 amount) private {
        STAKE.mint(operator, amount);
        VM.prank(operator);
        STAKE.approve(address(REGISTRY), amount);
    }

    function _newKey() private returns (address signer) {
        signer = VM.addr(++_keyCount);
        _keyOf[signer] = _keyCount;
    }

    function _proofOf(address signer, address owner) private view returns (bytes memory) {
        bytes32 binding = keccak256(abi.encode(BINDING_TYPEHASH, owner, signer, _clock));
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", DOMAIN, binding));
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(_keyOf[signer], digest);
        return abi.encodePacked(r, s, v);
    }

    function _vote(bytes32 hash, Support support, address signer) private view returns (bytes memory) {
        bytes32 digest = CONSENSUS.hashBallot(hash, RiskClass.Elevated, support);
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(_keyOf[signer], digest);
        return bytes.concat(r, bytes32(uint256(s) | (uint256(v - 27) << 255)));
    }

    function _agentAt(uint256 which) private pure returns (uint32) {
        return uint32((which % AGENTS) + 1);
    }

    function _operator(uint256 who) private pure returns (address) {
        return address(uint160(0xA000 + (who % OPERATORS)));
    }

    function _over(uint256 a, uint256 b) private pure returns (uint256) {
        return a > b ? a - b : 0;
    }

    /// @dev Where this contract's creation with a nonce below 128 puts a contract.
    function _addressOfNonce(uint8 nonce) private view returns (address) {
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", address(this), nonce)))));
    }
}

contract TallyInvariantTest is NexusTest {
    TallyHandler private _handler;

    function setUp() public {
        _handler = new TallyHandler();
        _target(address(_handler));
    }

    /// Every question is asked of the same histories, after each step. [NX-CON-10]
    function invariant_ATallyCountsNoMoreThanWasGrantedAtItsBeginning() public view {
        VM.assertEq(_handler.excessWeight(), 0, "a ballot has more weight than was granted when it was made");
        VM.assertEq(_handler.wrongVoters(), 0, "a voter is counted twice or not at all");
        VM.assertEq(_handler.wrongOperators(), 0, "an operator is counted twice, or left out by an act of another");
    }
}
