// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAgentRegistry} from "../interfaces/IAgentRegistry.sol";
import {SignerRecordWord, SignerRecordWordLib} from "../libraries/SignerRecordWord.sol";
import {Agent, AgentStatus, Operator, Profile, SignerRecord} from "../types/Agent.sol";
import {AgentBonds} from "./AgentBonds.sol";

/// @title AgentKeys
/// @notice See {IAgentRegistry}. Keeps each agent's keys, profile and status, and writes its signer records. {AgentRegistry}
/// lets agents join and counts their votes.
abstract contract AgentKeys is AgentBonds, IAgentRegistry {
    using SignerRecordWordLib for SignerRecord;

    bytes32 private constant BINDING_TYPEHASH = keccak256(
        "SignerBinding(address owner,address signer,uint256 deadline)"
    );

    /// @dev Joining writes a new one, and a count of votes the used nonce of one; all else is written here.
    mapping(address signer => SignerRecord signerRecord) internal _signerRecords;

    /* KEYS, STATUS AND WEIGHT */

    /// @dev Makes `signer` the agent's one proposing key, with what its last signer record held.
    function _seatSigner(uint32 agentId, SignerRecordWord last, address signer) internal {
        Agent storage agent = _agents[agentId];
        address previous = agent.signer;
        agent.signer = signer;
        SignerRecord storage signerRecord = _signerRecords[signer];
        signerRecord.store(last);
        signerRecord.operatorId = _operatorIdFor(agent.owner);
        signerRecord.status = agent.status;
        signerRecord.validUntil = 0;
        // Whoever gives an agent a signer takes its voting seat over. Safe cast: below 128.
        _operators[agent.owner].votingSeats |= uint128(1 << last.votingSeat());
        emit SignerChanged(agentId, signer, previous, _signerRecords[previous].validUntil);
    }

    function _checkSigner(address owner, address signer, uint256 proofDeadline, bytes calldata proof) internal view {
        require(block.timestamp <= proofDeadline, SignerProofExpired(proofDeadline));
        require(_signerRecords[signer].agentId == 0, SignerTaken(signer, _signerRecords[signer].agentId));
        bytes32 structHash = keccak256(abi.encode(BINDING_TYPEHASH, owner, signer, proofDeadline));
        require(_isSigned(signer, structHash, proof), InvalidSignerProof(signer));
    }

    /// @dev Lets the current signer vote for `overlap` more seconds, ends its predecessor, and returns the signer record whose
    /// nonces, voting seat and weight the next signer inherits.
    function _retire(Agent storage agent, uint256 overlap) internal returns (SignerRecordWord last) {
        last = _lastRecord(agent);
        address signer = agent.signer;
        // Without a signer its keys have ended already.
        if (signer == address(0)) return last;
        _expireAt(agent.previousSigner, block.timestamp - 1);
        _expireAt(signer, overlap == 0 ? block.timestamp - 1 : block.timestamp + overlap);
        agent.previousSigner = signer;
    }

    /// @dev Keys may have ended by transfer or revocation: the last signer record still knows which nonces are used.
    function _lastRecord(Agent storage agent) private view returns (SignerRecordWord) {
        address signer = agent.signer;
        return _signerRecords[signer == address(0) ? agent.previousSigner : signer].load();
    }

    /// @dev Never later than it already ends: an ended key does not come back. 32 bits of seconds last until 2106. [NX-AGT-02]
    function _expireAt(address signer, uint256 time) private {
        SignerRecord storage signerRecord = _signerRecords[signer];
        if (signerRecord.agentId == 0) return;
        if (signerRecord.validUntil == 0 || signerRecord.validUntil > time) signerRecord.validUntil = uint32(time);
    }

    /// @dev Ends every key now and pauses the agent. Its used nonces stay with it, or the votes for an enacted proposal
    /// could be used again. [NX-CON-01]
    function _endKeys(uint32 agentId) internal {
        Agent storage agent = _agents[agentId];
        if (agent.status == AgentStatus.Active) _changeStatus(agentId, AgentStatus.Active, AgentStatus.Paused);
        address signer = agent.signer;
        _retire(agent, 0);
        agent.signer = address(0);
        emit SignerChanged(agentId, address(0), signer, block.timestamp - 1);
        agent.profile = 0;
        _keepPreviousProfile(agentId, 0, 0);
        emit ProfileChanged(agentId, 0, 0, 0, 0);
    }

    function _keepPreviousProfile(uint32 agentId, bytes32 previous, uint256 end) internal {
        _agents[agentId].previousProfile = bytes27(previous);
        _agents[agentId].previousProfileEnd = uint40(end);
    }

    function _writeProfile(uint32 agentId, Profile calldata profile) internal {
        Agent storage agent = _agents[agentId];
        agent.profile = _hashOf(profile);
        emit ProfileChanged(agentId, profile.uriDigest, profile.messageKey, profile.boxKey, agent.previousProfileEnd);
    }

    /// @dev Zero for a profile without a word, so that an agent that has none yet pays for none.
    function _hashOf(Profile calldata profile) internal pure returns (bytes32 hash) {
        if (profile.uriDigest | profile.messageKey | profile.boxKey == 0) return 0;
        assembly ("memory-safe") {
            // `keccak256(abi.encode(profile))`: its three words as they came, in memory that nobody owns.
            let start := mload(0x40)
            calldatacopy(start, profile, 96)
            hash := keccak256(start, 96)
        }
    }

    function _changeStatus(uint32 agentId, AgentStatus from, AgentStatus to) internal {
        Agent storage agent = _agents[agentId];
        require(agent.status == from, WrongAgentStatus(agentId, agent.status));
        agent.status = to;
        emit StatusChanged(agentId, to);
        _applyWeight(agentId);
    }

    function _seatWeightOf(uint32 agentId) internal view override returns (uint256) {
        return _signerRecords[_agents[agentId].signer].weight;
    }

    function _votingSeatOf(uint32 agentId) internal view override returns (uint256) {
        return _lastRecord(_agents[agentId]).votingSeat();
    }

    /// @dev Status and weight go into both signer records of the agent.
    function _writeWeight(uint32 agentId, uint256 weight) internal override {
        Agent storage agent = _agents[agentId];
        _writeRecord(agent.previousSigner, agent.status, weight);
        _writeRecord(agent.signer, agent.status, weight);
    }

    /// @dev A gain restarts `weightSince`, a loss does not: what was gained last may have been lost first. [NX-CON-10]
    function _writeRecord(address signer, AgentStatus status, uint256 weight) private {
        if (signer == address(0)) return;
        SignerRecord storage signerRecord = _signerRecords[signer];
        if (weight > signerRecord.weight) signerRecord.weightSince = uint32(block.timestamp);
        signerRecord.status = status;
        // Safe casts: at most a uint32 cap, and 32 bits of seconds last until 2106.
        signerRecord.weight = uint32(weight);
    }

    /// @dev A transferred id keeps its bond and loses keys, weight and what it earned, so that no seller can still vote and
    /// no buyer has the seller's name. [NX-AGT-06]
    function _beforeTransfer(uint256 id) internal override {
        // Safe cast: ids are given out from a uint32 counter.
        uint32 agentId = uint32(id);
        if (_agents[agentId].status != AgentStatus.None) {
            _endKeys(agentId);
            _leaveVotingSeat(agentId);
        }
        _restartScore(agentId);
    }

    /// @dev An agent that changes hands leaves its operator, who is counted for no tally that is open any more: the agent may
    /// have voted in it already. [NX-CON-10]
    function _leaveVotingSeat(uint32 agentId) private {
        Agent storage agent = _agents[agentId];
        // It gave its seat back, and another agent may have it.
        if (agent.status == AgentStatus.Terminated && agent.unbondingEnd == 0) return;
        Operator storage operator = _operators[agent.owner];
        // Safe casts: below 128, and 32 bits of seconds last until 2106.
        uint128 others = operator.votingSeats & ~uint128(1 << _votingSeatOf(agentId));
        if (others == operator.votingSeats) return;
        operator.votingSeats = others;
        operator.seatLeftAt = uint32(block.timestamp);
    }
}
