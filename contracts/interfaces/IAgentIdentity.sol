// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice One fact about an agent that its owner put on chain, as ERC-8004 has it.
struct MetadataEntry {
    string metadataKey;
    bytes metadataValue;
}

/// @title IAgentIdentity
/// @notice The identity registry of ERC-8004: an ERC-721 id for each agent, a uri whose changes are told by ERC-4906, free
/// metadata and a proved wallet.
///
/// Whoever registers here has an identity and no more: no bond, no key, no vote. It becomes a member by `join` of
/// {IAgentRegistry}.
///
/// Notes:
/// - `tokenURI` is what was given as `agentURI`, and empty where none was. A member may keep the digest of its registration
///   file instead, inside its profile: one slot shared with its keys in place of 1 + ⌈n/32⌉ more. A digest is no place to
///   fetch from, so `tokenURI` stays empty then and `setAgentURI` is how to be found by tools that read it.
/// - The key `agentWallet` is reserved: it is the owner until another account proves itself, and nobody after a transfer. Each
///   form of `register` tells it by {MetadataSet}; `registerMember` of {IAgentRegistry}, which is not the standard's, does not.
/// - The EIP-712 domain of all that this registry's users sign is that of the standard's reference implementation: name
///   `ERC8004IdentityRegistry`, version `1`, this chain, this contract. So clients that hard-code it can set a wallet here. It
///   can also be read by `eip712Domain` (ERC-5267).
interface IAgentIdentity {
    /// @notice Emitted when an id is given out.
    /// @param agentId The new id, sequential from 1.
    /// @param agentURI URI of the agent's registration file; empty for none.
    /// @param owner The owner of the id, and its wallet.
    event Registered(uint256 indexed agentId, string agentURI, address indexed owner);

    /// @notice Emitted when an agent's uri changes.
    /// @param agentId The agent's id.
    /// @param newURI The URI from now on; empty for none.
    /// @param updatedBy The account that changed it.
    event URIUpdated(uint256 indexed agentId, string newURI, address indexed updatedBy);

    /// @notice Emitted when what `tokenURI` answers for an id changes, as ERC-4906 has it. Its `BatchMetadataUpdate` never is.
    /// @param _tokenId The agent's id.
    event MetadataUpdate(uint256 _tokenId);

    /// @notice Emitted when metadata of an agent change, its wallet included.
    /// @param agentId The agent's id.
    /// @param indexedMetadataKey The key's keccak256.
    /// @param metadataKey The metadata key, as text.
    /// @param metadataValue The value from now on; a wallet as its 20 bytes, and empty for none.
    event MetadataSet(
        uint256 indexed agentId,
        string indexed indexedMetadataKey,
        string metadataKey,
        bytes metadataValue
    );

    /// @notice Thrown when the caller neither owns the agent nor is approved for it.
    /// @param agentId The agent's id.
    /// @param caller The caller that was refused.
    error NotAgentOperator(uint256 agentId, address caller);

    /// @notice Thrown when a uri is too long.
    /// @param length Length of the URI, in bytes.
    /// @param maximum The largest length allowed, in bytes.
    error UriTooLong(uint256 length, uint256 maximum);

    /// @notice Thrown when a metadata key is too long.
    /// @param length Length of the key, in bytes.
    /// @param maximum The largest length allowed, in bytes.
    error MetadataKeyTooLong(uint256 length, uint256 maximum);

    /// @notice Thrown when a metadata value is too long.
    /// @param length Length of the value, in bytes.
    /// @param maximum The largest length allowed, in bytes.
    error MetadataValueTooLong(uint256 length, uint256 maximum);

    /// @notice Thrown when the wallet is set as if it were metadata, and so without a proof.
    /// @param metadataKey The reserved metadata key.
    error MetadataKeyReserved(string metadataKey);

    /// @notice Thrown when a wallet's proof has expired.
    /// @param deadline Its last second.
    error WalletProofExpired(uint256 deadline);

    /// @notice Thrown when a wallet's proof is good for too long.
    /// @param deadline Its last second.
    /// @param latest The latest that it may be.
    error WalletDeadlineTooFar(uint256 deadline, uint256 latest);

    /// @notice Thrown when a wallet's proof is neither its own signature nor its own consent by ERC-1271.
    /// @param wallet The account that should have agreed.
    error InvalidWalletProof(address wallet);

    /// @notice Gives the caller an id without a uri.
    /// @dev Emits {Registered}, and {MetadataSet} for `agentWallet`. Calls nobody, the new owner included.
    function register() external returns (uint256 agentId);

    /// @notice Gives the caller an id whose registration file lies at `agentURI`.
    /// @dev Emits {Registered}, and {MetadataSet} for `agentWallet`. `agentURI` has at most `MAX_URI` bytes.
    function register(string calldata agentURI) external returns (uint256 agentId);

    /// @notice Gives the caller an id with a uri and metadata.
    /// @dev Emits {Registered}, and {MetadataSet} for `agentWallet` and each entry. As `register` and `setMetadata`.
    function register(string calldata agentURI, MetadataEntry[] calldata metadata) external returns (uint256 agentId);

    /// @notice Changes where the registration file lies.
    /// @dev Emits {URIUpdated} and {MetadataUpdate}. By the owner or an approved account, with at most `MAX_URI` bytes. [NX-AGT-01]
    function setAgentURI(uint256 agentId, string calldata newURI) external;

    /// @notice Sets one entry of an agent's metadata.
    /// @dev Emits {MetadataSet}. By the owner or an approved account. Keys have at most `MAX_METADATA_KEY` bytes and are not
    /// `agentWallet`; values have at most `MAX_METADATA_VALUE`. [NX-AGT-01]
    function setMetadata(uint256 agentId, string calldata metadataKey, bytes calldata metadataValue) external;

    /// @notice Names the account that acts and is paid for the agent.
    ///
    /// @dev Emits {MetadataSet}.
    ///
    /// Requirements:
    /// - The caller must own the agent or be approved for it. [NX-AGT-01]
    /// - `deadline` must not have passed and lie at most `MAX_WALLET_DEADLINE` ahead.
    ///
    /// Notes:
    /// - The proof names the owner, so it is worth nothing after a transfer. Its domain is the one named above.
    ///
    /// @param agentId The agent's id.
    /// @param newWallet The account that will act and be paid for the agent.
    /// @param deadline The last second in which `signature` counts.
    /// @param signature `newWallet`'s EIP-712 signature, or what its ERC-1271 accepts, over
    /// `AgentWalletSet(uint256 agentId,address newWallet,address owner,uint256 deadline)`.
    function setAgentWallet(uint256 agentId, address newWallet, uint256 deadline, bytes calldata signature) external;

    /// @notice Leaves the agent without a wallet.
    /// @dev Emits {MetadataSet}. By the owner or an approved account. [NX-AGT-01]
    function unsetAgentWallet(uint256 agentId) external;

    /// @notice One entry of an agent's metadata, empty for none and for an id that was not given out; `agentWallet` as 20 bytes.
    function getMetadata(uint256 agentId, string calldata metadataKey) external view returns (bytes memory);

    /// @notice The account that acts and is paid for the agent; zero for none, and for an id that was not given out.
    function getAgentWallet(uint256 agentId) external view returns (address);

    /// @notice Whether `spender` owns the agent or is approved for it.
    function isAuthorizedOrOwner(address spender, uint256 agentId) external view returns (bool);

    /// @notice The longest uri, in bytes.
    function MAX_URI() external view returns (uint256);

    /// @notice The longest metadata key, in bytes.
    function MAX_METADATA_KEY() external view returns (uint256);

    /// @notice The longest metadata value, in bytes.
    function MAX_METADATA_VALUE() external view returns (uint256);

    /// @notice The longest time that the deadline of a wallet's proof may lie ahead, in seconds.
    function MAX_WALLET_DEADLINE() external view returns (uint256);
}
