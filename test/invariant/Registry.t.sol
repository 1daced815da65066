// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IAgentRegistry} from "../../contracts/interfaces/IAgentRegistry.sol";
import {MockReputation} from "../../contracts/mocks/MockReputation.sol";
import {HostileToken} from "../../contracts/mocks/HostileToken.sol";
import {Agent, AgentStatus, Enrolment, Profile, SignerRecord} from "../../contracts/types/Agent.sol";
import {Refusal} from "../../contracts/types/Refusal.sol";
import {NexusTest, VM, _deploy, _fold} from "../support/NexusTest.sol";

interface IAgentTokens is IAgentRegistry, IERC721 {}

/// @notice Does anything to the registry that is allowed, and remembers what must follow. It never reverts.
contract RegistryHandler {
    bytes32 private constant BINDING_TYPEHASH = keccak256(
        "SignerBinding(address owner,address signer,uint256 deadline)"
    );
    uint256 private constant MAX_AGENTS = 12;
    address private constant CONSENSUS = address(0xC0115E);
    /// @dev What all votes here are for.
    bytes32 private constant PROPOSAL = keccak256("a proposal");

    IAgentTokens public immutable REGISTRY;
    HostileToken public immutable STAKE;
    MockReputation public immutable SCORES;
    address public constant PAYEE = address(0xBA5E);

    uint256 public clock = 1_700_000_000;
    uint256 public donated;
    uint256 public slashed;
    uint256 public excess;
    uint256 public keyCount;
    /// @dev Whose a key was made, in the order of keys, and its address.
    mapping(uint256 key => uint32 agentId) public agentOfKey;
    mapping(uint256 key => address signer) private _signers;
    /// @dev Each key's vote, kept: they are all for the same, and to sign is dear.
    mapping(address signer => bytes vote) private _voteOf;
    bytes32 private immutable DOMAIN;
    /// @dev What each agent weighed last, and when it last weighed more than before.
    mapping(uint32 agentId => uint256 weight) private _lastWeight;
    mapping(uint32 agentId => uint256 time) private _lastGain;
    /// @dev Who gave each agent a signer and has owned it since, and when each operator last transferred such an agent away.
    mapping(uint32 agentId => address operator) private _holder;
    mapping(address operator => uint256 time) private _leftAt;
    /// @dev Every nonce that was ever used or cancelled.
    mapping(uint32 agentId => uint40[] nonces) private _spent;

    constructor() {
        STAKE = new HostileToken();
        SCORES = new MockReputation();
        bytes memory arguments = abi.encode(this, CONSENSUS, SCORES, STAKE, 10e18, 500, 1_200);
        REGISTRY = IAgentTokens(_deploy("AgentRegistry", arguments));
        DOMAIN = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("ERC8004IdentityRegistry"),
                keccak256("1"),
                block.chainid,
                address(REGISTRY)
            )
        );
        VM.warp(clock);
    }

    modifier atClock() {
        VM.warp(clock);
        _;
        _storeGains();
    }

    /* WHAT ANYONE MAY DO */

    function register(uint256 who, uint256 bond) external atClock {
        if (REGISTRY.agentCount() == MAX_AGENTS) return;
        address operator = _operator(who);
        bond = _fold(bond, 10e18, 900e18);
        _fund(operator, bond);
        uint256 key = _newKey();
        bytes memory proof = _proofOf(key, operator);
        VM.prank(operator);
        agentOfKey[key] = REGISTRY.registerMember(
            Enrolment(_signers[key], clock, proof, bond, Profile(bytes32(key), bytes32(key), bytes32(key)))
        );
        _holder[agentOfKey[key]] = operator;
    }

    function addBond(uint256 which, uint256 amount) external atClock {
        (uint32 agentId, Agent memory agent, address owner) = _pick(which);
        if (!_isMember(agent)) return;
        amount = _fold(amount, 0, 300e18);
        _fund(owner, amount);
        VM.prank(owner);
        REGISTRY.addBond(agentId, amount);
    }

    function registerIdentity(uint256 who) external atClock {
        if (REGISTRY.agentCount() == MAX_AGENTS) return;
        VM.prank(_operator(who));
        REGISTRY.register();
    }

    function join(uint256 which, uint256 bond) external atClock {
        (uint32 agentId, Agent memory agent, address owner) = _pick(which);
        if (agentId == 0 || agent.status != AgentStatus.None) return;
        bond = _fold(bond, 10e18, 900e18);
        _fund(owner, bond);
        uint256 key = _newKey();
        agentOfKey[key] = agentId;
        Enrolment memory enrolment = Enrolment(
            _signers[key],
            clock,
            _proofOf(key, owner),
            bond,
            Profile(0, 0, bytes32(key))
        );
        VM.prank(owner);
        REGISTRY.join(agentId, enrolment);
        _holder[agentId] = owner;
    }

    function unbond(uint256 which, uint256 amount) external atClock {
        (uint32 agentId, Agent memory agent, address owner) = _pick(which);
        if (!_isMember(agent) || agent.bond < 10e18) return;
        VM.prank(owner);
        REGISTRY.unbond(agentId, _fold(amount, 0, agent.bond - 10e18));
    }

    function withdrawBond(uint256 which) external atClock {
        (uint32 agentId, Agent memory agent, ) = _pick(which);
        if (agentId == 0 || agent.unbondingEnd == 0 || clock < agent.unbondingEnd) return;
        REGISTRY.withdrawBond(agentId);
    }

    function refreshWeight(uint256 which) external atClock {
        (uint32 agentId, , ) = _pick(which);
        if (agentId != 0) REGISTRY.refreshWeight(agentId);
    }

    function donate(uint256 amount) external {
        amount = _fold(amount, 1, 50e18);
        STAKE.mint(address(REGISTRY), amount);
        donated += amount;
    }

    function wait(uint256 time) external {
        clock += _fold(time, 0, 3 days);
        VM.warp(clock);
    }

    /* WHAT AN OWNER MAY DO */

    function rotateSigner(uint256 which, uint256 overlap) external atClock {
        (uint32 agentId, Agent memory agent, address owner) = _pick(which);
        if (!_isMember(agent)) return;
        uint256 key = _newKey();
        agentOfKey[key] = agentId;
        bytes memory proof = _proofOf(key, owner);
        VM.prank(owner);
        REGISTRY.rotateSigner(agentId, _signers[key], _fold(overlap, 0, 7 days), clock, proof);
        _holder[agentId] = owner;
    }

    function pause(uint256 which) external atClock {
        (uint32 agentId, Agent memory agent, address owner) = _pick(which);
        if (agent.status != AgentStatus.Active) return;
        VM.prank(owner);
        REGISTRY.pause(agentId);
    }

    function resume(uint256 which) external atClock {
        (uint32 agentId, Agent memory agent, address owner) = _pick(which);
        if (agent.status != AgentStatus.Paused || agent.signer == address(0)) return;
        VM.prank(owner);
        REGISTRY.resume(agentId);
    }

    function terminate(uint256 which) external atClock {
        (uint32 agentId, Agent memory agent, address owner) = _pick(which);
        // Rarely: it ends an agent for ever.
        if (!_isMember(agent) || which % 4 != 0) return;
        VM.prank(owner);
        REGISTRY.terminate(agentId);
    }

    function rotateProfile(uint256 which, uint256 overlap) external atClock {
        (uint32 agentId, Agent memory agent, address owner) = _pick(which);
        if (!_isMember(agent)) return;
        VM.prank(owner);
        REGISTRY.rotateProfile(agentId, Profile(bytes32(which), 0, 0), _fold(overlap, 0, 7 days));
    }

    function revokeKeys(uint256 which) external atClock {
        (uint32 agentId, Agent memory agent, address owner) = _pick(which);
        if (!_isMember(agent)) return;
        VM.prank(owner);
        REGISTRY.revokeKeys(agentId);
    }

    function transfer(uint256 which, uint256 to) external atClock {
        (uint32 agentId, Agent memory agent, address owner) = _pick(which);
        if (agentId == 0) return;
        bool isSeated = _isMember(agent) || agent.unbondingEnd != 0;
        if (isSeated && _holder[agentId] == owner) _leftAt[owner] = clock;
        _holder[agentId] = address(0);
        VM.prank(owner);
        REGISTRY.transferFrom(owner, _operator(to), agentId);
    }

    /// A seller's next agent takes what its cap has left, in the same second; and the id may come back.
    function passOn(uint256 which, uint256 to, uint256 next, bool comesBack) external {
        this.transfer(which, to);
        (uint32 agentId, , address owner) = _pick(next);
        if (agentId == 0) return;
        VM.prank(owner);
        REGISTRY.refreshWeight(agentId);
        _storeGains();
        if (comesBack) this.transfer(which, next);
    }

    function cancelNonce(uint256 which, uint256 nonce) external atClock {
        (uint32 agentId, Agent memory agent, address owner) = _pick(which);
        if (agentId == 0 || agent.signer == address(0)) return;
        uint40 near = _nonceNear(agent.signer, nonce);
        if (!_isFree(agentId, agent, near)) return;
        VM.prank(owner);
        REGISTRY.cancelNonce(agentId, near);
        _spent[agentId].push(near);
    }

    /* WHAT CONSENSUS AND THE DAO MAY DO */

    function countVotes(uint256 which, uint256 nonce) external atClock {
        (uint32 agentId, Agent memory agent, ) = _pick(which);
        if (agent.status != AgentStatus.Active) return;
        uint40 near = _nonceNear(agent.signer, nonce);
        bytes memory votes = _voteOf[agent.signer];
        VM.prank(CONSENSUS);
        (Refusal refusal, , , , , ) = REGISTRY.countVotes(near, votes, PROPOSAL, agentId);
        if (refusal == Refusal.None) _spent[agentId].push(near);
    }

    function slash(uint256 which, uint256 amount, uint256 ago) external atClock {
        (uint32 agentId, Agent memory agent, ) = _pick(which);
        if (agent.status == AgentStatus.None) return;
        uint256 offenceAt = clock - _fold(ago, 0, 20 days);
        uint256 reach = REGISTRY.slashableOf(agentId, offenceAt);
        if (reach > uint256(agent.bond) + agent.unbonding) ++excess;
        amount = _fold(amount, 0, reach);
        REGISTRY.slash(agentId, PAYEE, amount, offenceAt, bytes32(which));
        slashed += amount;
    }

    function setScore(uint256 which, uint256 bps) external atClock {
        SCORES.setScore(uint32(which % (MAX_AGENTS + 1)), _fold(bps, 1, 20_000));
    }

    function setOperatorCap(uint256 cap) external atClock {
        REGISTRY.setOperatorCap(uint32(_fold(cap, REGISTRY.weightCap(), 2_000)));
    }

    function setWeightCap(uint256 cap) external atClock {
        REGISTRY.setWeightCap(uint32(_fold(cap, 0, REGISTRY.operatorCap())));
    }

    /* WHAT MUST FOLLOW */

    function sumOfBonds() external view returns (uint256 sum) {
        for (uint32 id = 1; id <= REGISTRY.agentCount(); ++id) {
            Agent memory agent = REGISTRY.agentOf(id);
            sum += uint256(agent.bond) + agent.unbonding;
        }
    }

    /// The weight of each agent that could vote now with its current key.
    function sumOfWeights() external view returns (uint256 sum) {
        for (uint32 id = 1; id <= REGISTRY.agentCount(); ++id) {
            Agent memory agent = REGISTRY.agentOf(id);
            if (agent.status == AgentStatus.Active) sum += REGISTRY.signerRecordOf(agent.signer).weight;
        }
    }

    /// The number of keys that count for another agent than theirs, or for an agent that is not active, or beside two
    /// others of their agent.
    function badKeys() external view returns (uint256 bad) {
        uint256[] memory counting = new uint256[](uint256(REGISTRY.agentCount()) + 1);
        for (uint256 key = 1; key <= keyCount; ++key) {
            SignerRecord memory seat = REGISTRY.signerRecordOf(_signers[key]);
            if (seat.agentId != agentOfKey[key]) ++bad;
            (Refusal refusal, , , uint256 voters, , ) = REGISTRY.previewVotes(0, _voteOf[_signers[key]], PROPOSAL, 0);
            bool counts = refusal == Refusal.ProposerDidNotVote;
            if (!counts) continue;
            if (REGISTRY.agentOf(seat.agentId).status != AgentStatus.Active) ++bad;
            if (++counting[seat.agentId] > 2) ++bad;
            if (voters != 1) ++bad;
        }
    }

    /// The number of spent nonces that could be used again.
    function revivedNonces() external view returns (uint256 revived) {
        for (uint32 id = 1; id <= REGISTRY.agentCount(); ++id) {
            Agent memory agent = REGISTRY.agentOf(id);
            if (agent.status != AgentStatus.Active) continue;
            for (uint256 i; i < _spent[id].length; ++i) {
                (Refusal refusal, , , , , ) = REGISTRY.previewVotes(_spent[id][i], _voteOf[agent.signer], PROPOSAL, id);
                if (refusal == Refusal.None) ++revived;
            }
        }
    }

    /// The difference between what each operator's agents weigh and what is said to be their sum.
    function operatorGap() external view returns (uint256 gap) {
        for (uint256 who; who < 4; ++who) {
            uint256 sum;
            for (uint32 id = 1; id <= REGISTRY.agentCount(); ++id) {
                Agent memory agent = REGISTRY.agentOf(id);
                if (agent.owner == _operator(who)) sum += REGISTRY.signerRecordOf(agent.signer).weight;
            }
            uint256 said = REGISTRY.operatorWeightOf(_operator(who));
            gap += sum > said ? sum - said : said - sum;
        }
    }

    /// The number of agents that share a voting seat with another, or have one that is not taken.
    function sharedSeats() external view returns (uint256 bad) {
        uint256 taken;
        uint256 holders;
        for (uint32 id = 1; id <= REGISTRY.agentCount(); ++id) {
            Agent memory agent = REGISTRY.agentOf(id);
            bool freed = agent.status == AgentStatus.Terminated && agent.unbondingEnd == 0;
            if (agent.status == AgentStatus.None || freed) continue;
            address last = agent.signer == address(0) ? agent.previousSigner : agent.signer;
            uint256 bit = 1 << REGISTRY.signerRecordOf(last).votingSeat;
            if (taken & bit != 0) ++bad;
            taken |= bit;
            ++holders;
        }
        if (holders != REGISTRY.votingSeatsTaken()) ++bad;
    }

    /// The number of agents whose seat hides a gain of weight.
    function hiddenGains() external view returns (uint256 bad) {
        for (uint32 id = 1; id <= REGISTRY.agentCount(); ++id) {
            SignerRecord memory seat = REGISTRY.signerRecordOf(REGISTRY.agentOf(id).signer);
            if (seat.weight != 0 && seat.weightSince < _lastGain[id]) ++bad;
        }
    }

    /// The number of voting seats that an operator holds and should not, or does not hold and should: it holds those of the
    /// agents that it gave a signer, and of no agent that was transferred to it. One operator is asked about at a time.
    function strayedSeats() external view returns (uint256 bad) {
        address operator = _operator(clock);
        address voter = _voterOf(operator);
        if (voter == address(0)) return 0;
        for (uint32 id = 1; id <= REGISTRY.agentCount(); ++id) {
            Agent memory agent = REGISTRY.agentOf(id);
            if (!_isMember(agent)) continue;
            address last = agent.signer == address(0) ? agent.previousSigner : agent.signer;
            (, bool isNew) = REGISTRY.voterOf(voter, 1 << REGISTRY.signerRecordOf(last).votingSeat, type(uint256).max);
            if (isNew == (_holder[id] == operator)) ++bad;
        }
    }

    /// Whether an operator that transferred a voter away counts as new on what was open in that second, or not on what came
    /// later. One is asked about at a time.
    function forgottenTransfers() external view returns (uint256 bad) {
        address operator = _operator(clock);
        address voter = _voterOf(operator);
        if (voter == address(0)) return 0;
        // A seat that nobody here has.
        (, bool isNew) = REGISTRY.voterOf(voter, 1 << 127, _leftAt[operator]);
        if (isNew) ++bad;
        (, isNew) = REGISTRY.voterOf(voter, 1 << 127, _leftAt[operator] + 1);
        if (!isNew) ++bad;
    }

    function _voterOf(address operator) private view returns (address) {
        for (uint32 id = 1; id <= REGISTRY.agentCount(); ++id) {
            Agent memory agent = REGISTRY.agentOf(id);
            if (agent.owner == operator && agent.status == AgentStatus.Active) return agent.signer;
        }
        return address(0);
    }

    /// The number of ids whose owner's balance does not count them.
    function lostIds() external view returns (uint256) {
        uint256 owned;
        for (uint256 who; who < 4; ++who) owned += REGISTRY.balanceOf(_operator(who));
        return REGISTRY.agentCount() - owned;
    }

    /* HELPERS */

    function _storeGains() private {
        for (uint32 id = 1; id <= REGISTRY.agentCount(); ++id) {
            uint256 weight = REGISTRY.signerRecordOf(REGISTRY.agentOf(id).signer).weight;
            if (weight > _lastWeight[id]) _lastGain[id] = clock;
            _lastWeight[id] = weight;
        }
    }

    function _isMember(Agent memory agent) private pure returns (bool) {
        return agent.status == AgentStatus.Active || agent.status == AgentStatus.Paused;
    }

    function _pick(uint256 which) private view returns (uint32 agentId, Agent memory agent, address owner) {
        uint32 count = REGISTRY.agentCount();
        if (count == 0) return (0, agent, owner);
        agentId = uint32((which % count) + 1);
        return (agentId, REGISTRY.agentOf(agentId), REGISTRY.ownerOf(agentId));
    }

    function _operator(uint256 who) private pure returns (address) {
        return address(uint160(0xA000 + (who % 4)));
    }

    function _newKey() private returns (uint256 key) {
        key = ++keyCount;
        _signers[key] = VM.addr(key);
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, PROPOSAL);
        _voteOf[_signers[key]] = bytes.concat(r, bytes32(uint256(s) | (uint256(v - 27) << 255)));
    }

    function _fund(address operator, uint256 amount) private {
        STAKE.mint(operator, amount);
        VM.prank(operator);
        STAKE.approve(address(REGISTRY), amount);
    }

    function _proofOf(uint256 key, address owner) private view returns (bytes memory) {
        bytes32 binding = keccak256(abi.encode(BINDING_TYPEHASH, owner, _signers[key], clock));
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, keccak256(abi.encodePacked(hex"1901", DOMAIN, binding)));
        return abi.encodePacked(r, s, v);
    }

    function _nonceNear(address signer, uint256 seed) private view returns (uint40) {
        uint256 highest = REGISTRY.signerRecordOf(signer).highestNonce;
        uint256 back = seed % 60;
        return uint40(seed % 3 == 0 && highest > back ? highest - back : highest + (seed % 5));
    }

    /// Asked of the window that a current key has; a paused agent may cancel too.
    function _isFree(uint32 agentId, Agent memory agent, uint40 nonce) private view returns (bool) {
        if (agent.status == AgentStatus.Active) {
            (Refusal refusal, , , , , ) = REGISTRY.previewVotes(nonce, _voteOf[agent.signer], PROPOSAL, agentId);
            return refusal == Refusal.None;
        }
        return nonce > REGISTRY.signerRecordOf(agent.signer).highestNonce;
    }
}

contract RegistryInvariantTest is NexusTest {
    RegistryHandler private _handler;

    function setUp() public {
        _handler = new RegistryHandler();
        _target(address(_handler));
    }

    /// Every question is asked of the same histories, after each step.
    function invariant_EveryPropertyHolds() public view {
        _bondsAndDonationsAreAllThatIsHeld();
        _totalWeightIsTheSumOfTheActiveAgents();
        _aKeyCountsForOneActiveAgentAtMost();
        _aSpentNonceStaysSpent();
        _whatIsSlashedMoves();
        _operatorWeightIsTheSumOfItsAgents();
        _eachMemberHasItsOwnVotingSeat();
        _aGainOfWeightIsSeen();
        _eachIdHasOneOwner();
        _noSeatComesUnasked();
    }

    /// [NX-AGT-03]
    function _bondsAndDonationsAreAllThatIsHeld() private view {
        uint256 held = _handler.STAKE().balanceOf(address(_handler.REGISTRY()));
        VM.assertEq(held, _handler.sumOfBonds() + _handler.donated(), "the registry holds more or less than it owes");
    }

    /// [NX-AGT-04]
    function _totalWeightIsTheSumOfTheActiveAgents() private view {
        VM.assertEq(_handler.REGISTRY().totalWeight(), _handler.sumOfWeights(), "total weight is not the sum");
    }

    /// [NX-AGT-02] [NX-AGT-04]
    function _aKeyCountsForOneActiveAgentAtMost() private view {
        VM.assertEq(_handler.badKeys(), 0, "a key counts where it must not");
    }

    /// [NX-CON-01]
    function _aSpentNonceStaysSpent() private view {
        VM.assertEq(_handler.revivedNonces(), 0, "a spent nonce can be used again");
    }

    /// [NX-AGT-05]
    function _whatIsSlashedMoves() private view {
        VM.assertEq(_handler.STAKE().balanceOf(_handler.PAYEE()), _handler.slashed(), "slashed money did not move");
        VM.assertEq(_handler.excess(), 0, "a slash could reach more than is held");
    }

    function _operatorWeightIsTheSumOfItsAgents() private view {
        VM.assertEq(_handler.operatorGap(), 0, "an operator's weight is not the sum");
    }

    function _eachMemberHasItsOwnVotingSeat() private view {
        VM.assertEq(_handler.sharedSeats(), 0, "a voting seat is shared or lost");
    }

    /// What NX-CON-10 stands on.
    function _aGainOfWeightIsSeen() private view {
        VM.assertEq(_handler.hiddenGains(), 0, "weight was gained and weightSince is older");
    }

    /// [NX-CON-10]
    function _noSeatComesUnasked() private view {
        VM.assertEq(_handler.strayedSeats(), 0, "an operator holds a seat that it did not take, or lacks one");
        VM.assertEq(_handler.forgottenTransfers(), 0, "an operator is new on what was open when it left a seat");
    }

    /// [NX-AGT-01]
    function _eachIdHasOneOwner() private view {
        VM.assertEq(_handler.lostIds(), 0, "the balances do not count all ids");
    }
}
