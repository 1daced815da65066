// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AgentRegistry} from "../../contracts/AgentRegistry.sol";
import {Agent, AgentStatus, Seat} from "../../contracts/interfaces/IAgentRegistry.sol";
import {HostileToken} from "../../contracts/mocks/HostileToken.sol";
import {Refusal} from "../../contracts/types/Refusal.sol";
import {IVm, NexusTest, _fold} from "../support/NexusTest.sol";

/// @notice Does anything to the registry that is allowed, and remembers what must follow. It never reverts.
contract RegistryHandler {
    IVm private constant VM = IVm(address(uint160(uint256(keccak256("hevm cheat code")))));
    bytes32 private constant BINDING_TYPEHASH = keccak256(
        "SignerBinding(address owner,address signer,uint256 deadline)"
    );
    uint256 private constant MAX_AGENTS = 12;
    address private constant CONSENSUS = address(0xC0115E);
    /// @dev What all votes here are for.
    bytes32 private constant PROPOSAL = keccak256("a proposal");

    AgentRegistry public immutable REGISTRY;
    HostileToken public immutable STAKE;

    uint256 public clock = 1_700_000_000;
    uint256 public donated;
    uint256 public keyCount;
    /// @dev Whose a key was made, in the order of keys, and its address.
    mapping(uint256 key => uint32 agentId) public agentOfKey;
    mapping(uint256 key => address signer) private _signers;
    mapping(address signer => uint256 key) private _keys;
    bytes32 private immutable DOMAIN;
    /// @dev Every nonce that was ever used or cancelled.
    mapping(uint32 agentId => uint40[] nonces) private _spent;

    constructor() {
        STAKE = new HostileToken();
        REGISTRY = new AgentRegistry(address(this), CONSENSUS, address(STAKE), 10e18, 500);
        DOMAIN = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("NEXUS AgentRegistry"),
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
        agentOfKey[key] = REGISTRY.register(_signers[key], clock, proof, bond);
    }

    function addBond(uint256 which, uint256 amount) external atClock {
        (uint32 agentId, Agent memory agent, ) = _pick(which);
        if (agentId == 0 || agent.status == AgentStatus.Terminated) return;
        amount = _fold(amount, 0, 300e18);
        _fund(_operator(amount), amount);
        VM.prank(_operator(amount));
        REGISTRY.addBond(agentId, amount);
    }

    function withdrawBond(uint256 which) external atClock {
        (uint32 agentId, Agent memory agent, ) = _pick(which);
        if (agentId == 0 || agent.status != AgentStatus.Terminated) return;
        if (agent.bond == 0 || clock < agent.unbondingEnd) return;
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
        if (agentId == 0 || agent.status == AgentStatus.Terminated) return;
        uint256 key = _newKey();
        agentOfKey[key] = agentId;
        bytes memory proof = _proofOf(key, owner);
        VM.prank(owner);
        REGISTRY.rotateSigner(agentId, _signers[key], clock, proof, _fold(overlap, 0, 7 days));
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
        if (agentId == 0 || agent.status == AgentStatus.Terminated || which % 4 != 0) return;
        VM.prank(owner);
        REGISTRY.terminate(agentId);
    }

    function transfer(uint256 which, uint256 to) external atClock {
        (uint32 agentId, , address owner) = _pick(which);
        if (agentId == 0) return;
        VM.prank(owner);
        REGISTRY.transferFrom(owner, _operator(to), agentId);
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
        bytes memory votes = _voteOf(agent.signer);
        VM.prank(CONSENSUS);
        (Refusal refusal, , , , ) = REGISTRY.countVotes(PROPOSAL, votes, near, agentId);
        if (refusal == Refusal.None) _spent[agentId].push(near);
    }

    function setWeightCap(uint256 cap) external atClock {
        REGISTRY.setWeightCap(uint32(_fold(cap, 0, 1_000)));
    }

    /* WHAT MUST FOLLOW */

    function sumOfBonds() external view returns (uint256 sum) {
        for (uint32 id = 1; id <= REGISTRY.agentCount(); ++id) sum += REGISTRY.agentOf(id).bond;
    }

    /// The weight of each agent that could vote now with its current key.
    function sumOfWeights() external view returns (uint256 sum) {
        for (uint32 id = 1; id <= REGISTRY.agentCount(); ++id) {
            Agent memory agent = REGISTRY.agentOf(id);
            if (agent.status == AgentStatus.Active) sum += REGISTRY.seatOf(agent.signer).weight;
        }
    }

    /// The number of keys that count for another agent than theirs, or for an agent that is not active, or beside two
    /// others of their agent.
    function badKeys() external view returns (uint256 bad) {
        uint256[] memory counting = new uint256[](uint256(REGISTRY.agentCount()) + 1);
        for (uint256 key = 1; key <= keyCount; ++key) {
            Seat memory seat = REGISTRY.seatOf(_signers[key]);
            if (seat.agentId != agentOfKey[key]) ++bad;
            (Refusal refusal, , , uint256 voters, ) = REGISTRY.previewVotes(PROPOSAL, _voteOf(_signers[key]), 0, 0);
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
                (Refusal refusal, , , , ) = REGISTRY.previewVotes(PROPOSAL, _voteOf(agent.signer), _spent[id][i], id);
                if (refusal == Refusal.None) ++revived;
            }
        }
    }

    /* HELPERS */

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
        _keys[_signers[key]] = key;
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
        uint256 highest = REGISTRY.seatOf(signer).highestNonce;
        uint256 back = seed % 60;
        return uint40(seed % 3 == 0 && highest > back ? highest - back : highest + (seed % 5));
    }

    /// Asked of the window that a current key has; a paused agent may cancel too.
    function _isFree(uint32 agentId, Agent memory agent, uint40 nonce) private view returns (bool) {
        if (agent.status == AgentStatus.Active) {
            (Refusal refusal, , , , ) = REGISTRY.previewVotes(PROPOSAL, _voteOf(agent.signer), nonce, agentId);
            return refusal == Refusal.None;
        }
        return nonce > REGISTRY.seatOf(agent.signer).highestNonce;
    }

    function _voteOf(address signer) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(_keys[signer], PROPOSAL);
        return bytes.concat(r, bytes32(uint256(s) | (uint256(v - 27) << 255)));
    }
}

contract RegistryInvariantTest is NexusTest {
    RegistryHandler private _handler;

    function setUp() public {
        _handler = new RegistryHandler();
        _target(address(_handler));
    }

    /// [NX-AGT-03]
    function invariant_BondsAndDonationsAreAllThatIsHeld() public view {
        uint256 held = _handler.STAKE().balanceOf(address(_handler.REGISTRY()));
        VM.assertEq(held, _handler.sumOfBonds() + _handler.donated(), "the registry holds more or less than it owes");
    }

    /// [NX-AGT-04]
    function invariant_TotalWeightIsTheSumOfTheActiveAgents() public view {
        VM.assertEq(_handler.REGISTRY().totalWeight(), _handler.sumOfWeights(), "total weight is not the sum");
    }

    /// [NX-AGT-02] [NX-AGT-04]
    function invariant_AKeyCountsForOneActiveAgentAtMost() public view {
        VM.assertEq(_handler.badKeys(), 0, "a key counts where it must not");
    }

    /// [NX-CON-01]
    function invariant_ASpentNonceStaysSpent() public view {
        VM.assertEq(_handler.revivedNonces(), 0, "a spent nonce can be used again");
    }
}
