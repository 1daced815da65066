// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Refusal} from "../types/Refusal.sol";
import {IAdministered} from "./IAdministered.sol";

/// @notice Where an agent stands. Only `Active` has voting weight.
enum AgentStatus {
    None,
    Active,
    Paused,
    Terminated
}

/// @notice What a vote needs, in one storage slot per signer.
/// @dev 40 bits are left for the voting seat and `weightSince` of the slow path.
struct Seat {
    uint32 agentId;
    /// The operator's number; equal for all agents of one operator.
    uint24 operatorId;
    /// Voting weight, in whole stake tokens, capped.
    uint32 weight;
    AgentStatus status;
    /// The last second in which the signer counts; zero means no end, and only such a signer may propose.
    uint32 validUntil;
    uint40 highestNonce;
    uint48 nonceWindow;
}

/// @notice What the registry keeps of an agent beside its seat.
struct Agent {
    address signer;
    /// The signer before, if any; when its overlap ends stands in its own seat.
    address previousSigner;
    /// In the stake token's units.
    uint128 bond;
    /// The second from which a terminated agent's bond can be withdrawn.
    uint48 unbondingEnd;
    AgentStatus status;
}

/// @title IAgentRegistry
/// @notice Who the agents are: an ERC-721 id, an operator, a bond, a vote signer and the weight that follows from them.
///
/// Anyone may register an agent by posting a bond in the stake token. The owner of the id runs it.
interface IAgentRegistry is IAdministered {
    /// @notice Emitted when an agent is registered.
    /// @param agentId The new id, sequential from 1.
    /// @param operatorId The operator's number.
    /// @param owner The owner of the id.
    event AgentRegistered(uint32 indexed agentId, uint24 indexed operatorId, address indexed owner);

    /// @notice Emitted when an agent's vote signer changes.
    /// @param agentId The agent.
    /// @param signer The signer from now on; zero when the id was transferred and has none.
    /// @param previousSigner The signer so far; zero for none.
    /// @param previousValidUntil The last second in which the previous signer counts.
    event SignerChanged(
        uint32 indexed agentId,
        address indexed signer,
        address indexed previousSigner,
        uint256 previousValidUntil
    );

    /// @notice Emitted when an agent's status changes.
    /// @param agentId The agent.
    /// @param status The status from now on.
    event StatusChanged(uint32 indexed agentId, AgentStatus status);

    /// @notice Emitted when an agent's bond, and with it its weight, changes.
    /// @param agentId The agent.
    /// @param bond The bond from now on, in the stake token's units.
    /// @param weight The voting weight from now on, zero unless active.
    event BondChanged(uint32 indexed agentId, uint256 bond, uint256 weight);

    /// @notice Emitted when an agent kills one of its proposal nonces.
    /// @param agentId The agent.
    /// @param nonce The nonce.
    event NonceCancelled(uint32 indexed agentId, uint256 nonce);

    /// @notice Emitted when the cap on an agent's weight changes.
    /// @param cap The cap from now on; agents take it over at their next change of bond or by `refreshWeight`.
    event WeightCapChanged(uint32 cap);

    /// @notice Thrown when the caller neither owns the agent nor is approved for it.
    /// @param agentId The agent.
    /// @param caller Who tried.
    error NotAgentOperator(uint32 agentId, address caller);

    /// @notice Thrown when a function needs another status.
    /// @param agentId The agent.
    /// @param status The status it has.
    error WrongAgentStatus(uint32 agentId, AgentStatus status);

    /// @notice Thrown when a key is or was the vote signer of an agent.
    /// @param signer The key.
    /// @param agentId The agent that it belongs or belonged to.
    error SignerTaken(address signer, uint32 agentId);

    /// @notice Thrown when a signer's proof is not the signer's own signature over the binding.
    /// @param signer The key that should have signed.
    error InvalidSignerProof(address signer);

    /// @notice Thrown when a signer's proof has expired.
    /// @param deadline Its last second.
    error SignerProofExpired(uint256 deadline);

    /// @notice Thrown when an overlap is longer than allowed.
    /// @param overlap What was asked for, in seconds.
    /// @param maximum The most.
    error OverlapTooLong(uint256 overlap, uint256 maximum);

    /// @notice Thrown when a bond is below the least.
    /// @param bond What it would be, in the stake token's units.
    /// @param minimum The least.
    error BondTooSmall(uint256 bond, uint256 minimum);

    /// @notice Thrown when a terminated agent's bond is asked for too early.
    /// @param agentId The agent.
    /// @param unbondingEnd The second from which it can be had.
    error StillUnbonding(uint32 agentId, uint256 unbondingEnd);

    /// @notice Thrown when there is no bond to withdraw.
    /// @param agentId The agent.
    error NoBond(uint32 agentId);

    /// @notice Thrown when a nonce cannot be cancelled.
    /// @param agentId The agent.
    /// @param nonce The nonce.
    /// @param refusal Why.
    error NonceNotCancellable(uint32 agentId, uint256 nonce, Refusal refusal);

    /// @notice Thrown when anyone but Consensus counts votes.
    /// @param caller Who tried.
    error NotConsensus(address caller);

    /// @notice Registers an agent of the caller and posts its bond.
    ///
    /// @dev Emits {AgentRegistered}, {SignerChanged}, {StatusChanged} and {BondChanged}.
    ///
    /// Requirements:
    /// - `bond` must be at least `MIN_BOND`, and approved.
    /// - `signer` must never have been a vote signer, and must have signed the binding. [NX-AGT-02]
    ///
    /// @param signer The key that will sign votes and proposals.
    /// @param proofDeadline The last second in which `proof` counts.
    /// @param proof `signer`'s EIP-712 signature over `SignerBinding(address owner,address signer,uint256 deadline)`.
    /// @param bond The bond, in the stake token's units.
    /// @return agentId The new id.
    function register(
        address signer,
        uint256 proofDeadline,
        bytes calldata proof,
        uint256 bond
    ) external returns (uint32 agentId);

    /// @notice Replaces the vote signer. The old key keeps voting, but no longer proposes, until `overlap` has passed.
    ///
    /// @dev Emits {SignerChanged}. The nonce window moves to the new signer.
    ///
    /// Requirements:
    /// - The caller must own the agent or be approved for it. [NX-AGT-01]
    /// - The agent must not be terminated; `overlap` must be at most `MAX_OVERLAP`.
    ///
    /// Notes:
    /// - A still older key stops counting at once. Zero `overlap` revokes the old key at once.
    /// - An agent whose id was transferred is paused and has no signer; this gives it one, `resume` its weight.
    ///
    /// @param agentId The agent.
    /// @param signer The new key.
    /// @param proofDeadline The last second in which `proof` counts.
    /// @param proof As in `register`, `owner` being the id's owner.
    /// @param overlap How long the old key keeps voting, in seconds.
    function rotateSigner(
        uint32 agentId,
        address signer,
        uint256 proofDeadline,
        bytes calldata proof,
        uint256 overlap
    ) external;

    /// @notice Takes the agent's weight away until `resume`. [NX-AGT-04]
    /// @dev Emits {StatusChanged} and {BondChanged}. Only from `Active`, by the owner or an approved account.
    function pause(uint32 agentId) external;

    /// @notice Gives a paused agent its weight back.
    /// @dev Emits {StatusChanged} and {BondChanged}. Only from `Paused` and with a signer, by the owner or an approved account.
    function resume(uint32 agentId) external;

    /// @notice Ends the agent for ever and starts the unbonding of its bond. [NX-AGT-04]
    /// @dev Emits {StatusChanged} and {BondChanged}. By the owner or an approved account.
    function terminate(uint32 agentId) external;

    /// @notice Adds to the bond; anyone may pay.
    /// @dev Emits {BondChanged}. Not for terminated agents.
    /// @param amount In the stake token's units.
    function addBond(uint32 agentId, uint256 amount) external;

    /// @notice Pays a terminated agent's bond to the owner of its id.
    /// @dev Emits {BondChanged}. Anyone may call it. [NX-AGT-03]
    function withdrawBond(uint32 agentId) external;

    /// @notice Kills one proposal nonce, so that no vote for it can be used any more.
    /// @dev Emits {NonceCancelled}. By the owner, an approved account or the current signer.
    function cancelNonce(uint32 agentId, uint40 nonce) external;

    /// @notice Applies the current cap to an agent's weight; anyone may call it.
    /// @dev Emits {BondChanged}.
    function refreshWeight(uint32 agentId) external;

    /// @notice Sets the most that one agent may weigh.
    /// @dev Emits {WeightCapChanged}. Only the administrator.
    function setWeightCap(uint32 newCap) external;

    /// @notice Counts the votes for a proposal and uses up its nonce. Only Consensus may call it.
    ///
    /// @dev Refusals are returned and not thrown, and nothing is written then; Consensus reverts. A call pays for every
    /// selector below the one that it asks for; this order of parameters has a low one.
    ///
    /// @param proposalHash What the voters signed.
    /// @param votes Signatures of 64 bytes, in strictly ascending order of their signers' agents. [NX-CON-04]
    /// @param nonce The proposal's nonce. [NX-CON-09]
    /// @param agentId The proposing agent; its current signer must be among the voters.
    /// @return refusal Why the votes do not count, or `None`.
    /// @return index The index of the vote at fault.
    /// @return weight What the votes weigh together.
    /// @return voters How many agents voted.
    /// @return operators How many operators they have.
    function countVotes(
        bytes32 proposalHash,
        bytes calldata votes,
        uint40 nonce,
        uint32 agentId
    ) external returns (Refusal refusal, uint256 index, uint256 weight, uint256 voters, uint256 operators);

    /// @notice What `countVotes` would answer, without using up the nonce.
    function previewVotes(
        bytes32 proposalHash,
        bytes calldata votes,
        uint40 nonce,
        uint32 agentId
    ) external view returns (Refusal refusal, uint256 index, uint256 weight, uint256 voters, uint256 operators);

    /// @notice The seat of a vote signer; all zero for a key that never was one.
    function seatOf(address signer) external view returns (Seat memory);

    /// @notice What is kept of an agent; all zero for an unknown id.
    function agentOf(uint32 agentId) external view returns (Agent memory);

    /// @notice The number of an operator, zero for an account that never registered an agent.
    function operatorIdOf(address operator) external view returns (uint24);

    /// @notice The sum of the weights of all active agents.
    function totalWeight() external view returns (uint256);

    /// @notice How many ids were given out; the newest one.
    function agentCount() external view returns (uint32);

    /// @notice The most that one agent may weigh, in whole stake tokens.
    function weightCap() external view returns (uint32);

    /// @notice The token that bonds are posted in.
    function STAKE_TOKEN() external view returns (address);

    /// @notice The least bond, in the stake token's units.
    function MIN_BOND() external view returns (uint256);

    /// @notice How long a bond stays after termination, in seconds.
    function UNBONDING_DELAY() external view returns (uint256);

    /// @notice The most votes that are counted at once.
    function MAX_VOTES() external view returns (uint256);

    /// @notice The longest overlap of two signers, in seconds.
    function MAX_OVERLAP() external view returns (uint256);
}
