// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice The status of an agent. Only `Active` has voting weight; `None` is an identity without membership.
enum AgentStatus {
    None,
    Active,
    Paused,
    Terminated
}

/// @notice The origin of an agent's wallet, the account that acts and is paid for it.
enum WalletState {
    /// The owner, who registered it.
    Owner,
    /// Nobody: it was unset, or the id was transferred.
    Unset,
    /// An account that proved itself.
    Proved
}

/// @notice The data that a vote needs, in one storage slot per signer.
struct SignerRecord {
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
    /// Below `VOTING_SEATS`; the agent's own from its joining to the end of its unbonding.
    uint8 votingSeat;
    /// The time at which the agent last gained weight, in seconds. A loss counts at once and leaves it as it is.
    uint32 weightSince;
}

/// @notice The registry's record of an agent, beside its signer record.
/// @dev Joining creates three slots of it: `signer` with `bond`, `owner` with what follows up to `joinedAt`, and `profile`.
struct Agent {
    address signer;
    /// Amount in the stake token's units, without what is unbonding.
    uint96 bond;
    /// The signer before, if any; when its overlap ends stands in its own signer record.
    address previousSigner;
    /// Amount in the stake token's units.
    uint96 unbonding;
    address owner;
    AgentStatus status;
    WalletState wallet;
    /// The second from which what is unbonding can be withdrawn; zero for nothing to withdraw.
    uint40 unbondingEnd;
    /// The time at which it became a member, in seconds; nothing is held of it for what was done before.
    uint40 joinedAt;
    /// keccak256 of uri digest, message key and box key, 32 bytes each; zero for none.
    bytes32 profile;
    /// The first 27 bytes of the previous profile's hash, so that its end fits beside it.
    bytes27 previousProfile;
    /// The last second in which the previous profile counts.
    uint40 previousProfileEnd;
}

/// @notice The data that makes an identity a member.
struct Enrolment {
    /// The key that will sign votes and proposals; or a contract, which votes on the slow path and proposes nothing.
    address signer;
    /// The last second in which `proof` counts.
    uint256 proofDeadline;
    /// `signer`'s EIP-712 signature over `SignerBinding(address owner,address signer,uint256 deadline)`, or what it accepts
    /// for one by ERC-1271.
    bytes proof;
    /// Amount in the stake token's units; the caller pays it.
    uint256 bond;
    Profile profile;
}

/// @notice The digest and keys that other agents need to talk to an agent. Kept on chain as one hash; the values
/// themselves are in the event.
struct Profile {
    /// sha256 of the agent's registration file; zero for none.
    bytes32 uriDigest;
    /// Ed25519 public key that signs its messages; zero for none.
    bytes32 messageKey;
    /// X25519 public key that messages to it are sealed for; zero for none.
    bytes32 boxKey;
}

/// @notice The registry's record of an owner of ids, in one slot.
struct Operator {
    /// Number of ids that it owns; the ERC-721 balance.
    uint32 agents;
    /// Its number, given when its first agent joined; zero for none.
    uint24 operatorId;
    /// Sum of its agents' weights, in whole stake tokens.
    uint40 weight;
    /// The voting seats of its agents, one bit for each. A seat comes with joining or with a new signer, never with a
    /// transfer alone: nobody can give somebody an id, and with it a seat that has voted.
    uint128 votingSeats;
    /// The time at which an agent with a voting seat was last transferred away, in seconds.
    uint32 seatLeftAt;
}
