// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Agent, AgentStatus, Enrolment, Profile, SignerRecord} from "../types/Agent.sol";
import {Refusal} from "../types/Refusal.sol";
import {IAdministered} from "./IAdministered.sol";
import {IAgentBonds} from "./IAgentBonds.sol";
import {IAgentIdentity} from "./IAgentIdentity.sol";

/// @title IAgentRegistry
/// @notice The agents: each has an ERC-721 id, an operator, a bond, keys and the voting weight that follows from them.
///
/// Anyone may have an identity, see {IAgentIdentity}, and make it a member by posting a bond in the stake token, see
/// {IAgentBonds}. The owner of the id runs it.
interface IAgentRegistry is IAdministered, IAgentIdentity, IAgentBonds {
    /// @notice Emitted when an identity becomes an active member. It stands for the events of what is set for the first time.
    /// @param agentId The agent's id.
    /// @param operatorId The operator's number.
    /// @param signer The vote signer.
    /// @param votingSeat The number of its voting seat.
    /// @param bond The bond, in the stake token's units.
    /// @param weight The voting weight.
    /// @param profile The digest and public keys that other agents use, see {Profile}.
    event AgentJoined(
        uint32 indexed agentId,
        uint256 indexed operatorId,
        address indexed signer,
        uint256 votingSeat,
        uint256 bond,
        uint256 weight,
        Profile profile
    );

    /// @notice Emitted when an agent's vote signer changes.
    /// @param agentId The agent's id.
    /// @param signer The signer from now on; zero when its keys were revoked or the id was transferred.
    /// @param previousSigner The signer so far; zero for none.
    /// @param previousValidUntil The last second in which the previous signer counts.
    event SignerChanged(
        uint32 indexed agentId,
        address indexed signer,
        address indexed previousSigner,
        uint256 previousValidUntil
    );

    /// @notice Emitted when an agent's profile changes.
    /// @param agentId The agent's id.
    /// @param uriDigest SHA-256 of the agent's registration file; zero for none.
    /// @param messageKey Ed25519 public key that signs the agent's messages; zero for none.
    /// @param boxKey X25519 public key that messages to the agent are sealed for; zero for none.
    /// @param previousProfileEnd The last second in which the previous profile counts; zero where there was none.
    event ProfileChanged(
        uint32 indexed agentId,
        bytes32 uriDigest,
        bytes32 messageKey,
        bytes32 boxKey,
        uint256 previousProfileEnd
    );

    /// @notice Emitted when an agent's status changes.
    /// @param agentId The agent's id.
    /// @param status The status from now on.
    event StatusChanged(uint32 indexed agentId, AgentStatus status);

    /// @notice Emitted when an agent kills one of its proposal nonces.
    /// @param agentId The agent's id.
    /// @param nonce The cancelled proposal nonce.
    event NonceCancelled(uint32 indexed agentId, uint256 nonce);

    /// @notice Thrown when a key is or was the vote signer of an agent.
    /// @param signer The key that was refused.
    /// @param agentId The agent that it belongs or belonged to.
    error SignerTaken(address signer, uint32 agentId);

    /// @notice Thrown when a signer's proof is neither its own signature over the binding nor its own consent by ERC-1271.
    /// @param signer The account that should have agreed.
    error InvalidSignerProof(address signer);

    /// @notice Thrown when a signer's proof has expired.
    /// @param deadline Its last second.
    error SignerProofExpired(uint256 deadline);

    /// @notice Thrown when an overlap is longer than allowed.
    /// @param overlap Overlap that was asked for, in seconds.
    /// @param maximum The longest overlap allowed, in seconds.
    error OverlapTooLong(uint256 overlap, uint256 maximum);

    /// @notice Thrown when a nonce cannot be cancelled.
    /// @param agentId The agent's id.
    /// @param nonce The nonce that was to be cancelled.
    /// @param refusal The reason, see {Refusal}.
    error NonceNotCancellable(uint32 agentId, uint256 nonce, Refusal refusal);

    /// @notice Thrown when anyone but Consensus counts votes.
    /// @param caller The caller that was refused.
    error NotConsensus(address caller);

    /// @notice Gives the caller an id and makes it a member.
    ///
    /// @dev Emits {IAgentIdentity-Registered} and {AgentJoined}.
    ///
    /// Requirements:
    /// - `enrolment.bond` must be at least `MIN_BOND`, and approved.
    /// - `enrolment.signer` must never have been a vote signer, and must have signed the binding. [NX-AGT-02]
    /// - A voting seat must be free.
    ///
    /// @return agentId The new id.
    function registerMember(Enrolment calldata enrolment) external returns (uint32 agentId);

    /// @notice Makes an identity a member. As `registerMember`, for an id that its owner, or an approved account, has.
    /// @dev Only from the status `None`: a terminated agent does not come back.
    function join(uint32 agentId, Enrolment calldata enrolment) external;

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
    /// @param agentId The agent's id.
    /// @param signer The new key.
    /// @param overlap Time for which the old key keeps voting, in seconds; from zero to `MAX_OVERLAP`.
    /// @param proofDeadline The last second in which `proof` counts.
    /// @param proof The new key's signature, as in {Enrolment}, with the id's owner as `owner`.
    function rotateSigner(
        uint32 agentId,
        address signer,
        uint256 overlap,
        uint256 proofDeadline,
        bytes calldata proof
    ) external;

    /// @notice Replaces message key, box key and the digest of the registration file.
    ///
    /// @dev Emits {ProfileChanged}.
    ///
    /// Requirements:
    /// - The caller must own the agent or be approved for it. [NX-AGT-01]
    /// - The agent must be a member and not terminated; `overlap` must be at most `MAX_OVERLAP`.
    ///
    /// Notes:
    /// - The profile before counts for `overlap` more seconds; a still older one ends at once. [NX-AGT-02]
    ///
    /// @param agentId The agent's id.
    /// @param profile The new profile, see {Profile}.
    /// @param overlap Time for which the previous profile still counts, in seconds; from zero to `MAX_OVERLAP`.
    function rotateProfile(uint32 agentId, Profile calldata profile, uint256 overlap) external;

    /// @notice Ends every key of the agent now, overlaps included, and pauses it: for when a key was stolen. [NX-AGT-02]
    ///
    /// @dev Emits {StatusChanged}, {BondChanged}, {SignerChanged} and {ProfileChanged}. By the owner or an approved account,
    /// for a member that is not terminated.
    ///
    /// Notes:
    /// - `rotateSigner`, `rotateProfile` and `resume` bring it back, with new keys.
    function revokeKeys(uint32 agentId) external;

    /// @notice Takes the agent's weight away until `resume`. [NX-AGT-04]
    /// @dev Emits {StatusChanged} and {BondChanged}. Only from `Active`, by the owner or an approved account.
    function pause(uint32 agentId) external;

    /// @notice Gives a paused agent its weight back.
    /// @dev Emits {StatusChanged} and {BondChanged}. Only from `Paused` and with a signer, by the owner or an approved account.
    function resume(uint32 agentId) external;

    /// @notice Ends the agent for ever and starts the unbonding of its whole bond. [NX-AGT-04]
    /// @dev Emits {UnbondingStarted}, {StatusChanged} and {BondChanged}. By the owner or an approved account of a member.
    /// Asks nobody for a score, so that nothing can keep a bond in.
    function terminate(uint32 agentId) external;

    /// @notice Kills one proposal nonce, so that no vote for it can be used any more.
    /// @dev Emits {NonceCancelled}. By the owner, an approved account or the current signer.
    function cancelNonce(uint32 agentId, uint40 nonce) external;

    /// @notice Counts the votes for a proposal and uses up its nonce. Only Consensus may call it.
    ///
    /// @dev Refusals are returned and not thrown, and nothing is written then; Consensus reverts. A call pays for every
    /// selector below the one that it asks for; this order of parameters has a low one. (ADR 0009)
    ///
    /// @param nonce The proposal's nonce. [NX-CON-09]
    /// @param votes Signatures of 64 bytes, in strictly ascending order of their signers' agents. [NX-CON-04]
    /// @param digest EIP-712 digest that the voters signed.
    /// @param agentId The proposing agent; its current signer must be among the voters.
    /// @return refusal The reason for which the votes do not count, or `None`.
    /// @return index The number beside the refusal, as {Refusal} explains it: a vote, or how many signatures are whole.
    /// @return weight Sum of the voters' weights, in whole stake tokens.
    /// @return voters Number of agents that voted.
    /// @return operators Number of different operators of these agents.
    /// @return seats The voters' seats, one bit for each.
    function countVotes(
        uint40 nonce,
        bytes calldata votes,
        bytes32 digest,
        uint32 agentId
    )
        external
        returns (Refusal refusal, uint256 index, uint256 weight, uint256 voters, uint256 operators, uint256 seats);

    /// @notice The answer that `countVotes` would give, without using up the nonce. Its order of parameters is the same.
    function previewVotes(
        uint40 nonce,
        bytes calldata votes,
        bytes32 digest,
        uint32 agentId
    )
        external
        view
        returns (Refusal refusal, uint256 index, uint256 weight, uint256 voters, uint256 operators, uint256 seats);

    /// @notice The data that one vote outside of a row of signatures needs.
    /// @param signer The voter's key.
    /// @param voted The voting seats that voted before, one bit for each; zero to ask for nothing of the operator.
    /// @param since Time at which the first of those votes may have been cast, in seconds since the epoch.
    /// @return word The key's signer record as storage has it, for {SignerRecordWord}; zero for a key that never was one.
    /// @return isNewOperator Whether none of these is an agent of the same operator, nor can have been: it transferred none away
    /// since, that second included.
    function voterOf(
        address signer,
        uint256 voted,
        uint256 since
    ) external view returns (uint256 word, bool isNewOperator);

    /// @notice The record of a vote signer; all zero for a key that never was one.
    function signerRecordOf(address signer) external view returns (SignerRecord memory);

    /// @notice The registry's record of an agent; all zero for an unknown id.
    function agentOf(uint32 agentId) external view returns (Agent memory);

    /// @notice The number of an operator, zero for an account that never registered an agent.
    function operatorIdOf(address operator) external view returns (uint24);

    /// @notice The last second in which other agents should trust the keys of `profile` as the agent's: the end of time for
    /// the current one, zero for a stranger's.
    function profileValidUntil(uint32 agentId, Profile calldata profile) external view returns (uint256);

    /// @notice The number of ids given out, which is also the newest id.
    function agentCount() external view returns (uint32);

    /// @notice The most votes that are counted at once.
    function MAX_VOTES() external view returns (uint256);

    /// @notice The longest overlap of two signers or of two profiles, in seconds.
    function MAX_OVERLAP() external view returns (uint256);
}
