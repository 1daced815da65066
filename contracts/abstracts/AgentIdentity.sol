// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IAgentIdentity, MetadataEntry} from "../interfaces/IAgentIdentity.sol";
import {SignatureLib} from "../libraries/SignatureLib.sol";
import {Agent, Operator, WalletState} from "../types/Agent.sol";

/// @title AgentIdentity
/// @notice See {IAgentIdentity}. Owners and balances share slots with a member's other data, so that joining creates no
/// slot for them alone. (ADR 0011)
abstract contract AgentIdentity is ERC721, EIP712, IAgentIdentity {
    using SignatureLib for bytes;

    bytes32 private constant WALLET_TYPEHASH = keccak256(
        "AgentWalletSet(uint256 agentId,address newWallet,address owner,uint256 deadline)"
    );
    string private constant WALLET_KEY = "agentWallet";
    bytes32 private constant URI_SLOT = 0;
    bytes4 private constant ERC_4906 = 0x49064906;

    /// @inheritdoc IAgentIdentity
    uint256 public constant MAX_URI = 2_048;
    /// @inheritdoc IAgentIdentity
    uint256 public constant MAX_METADATA_KEY = 64;
    /// @inheritdoc IAgentIdentity
    uint256 public constant MAX_METADATA_VALUE = 2_048;
    /// @inheritdoc IAgentIdentity
    uint256 public constant MAX_WALLET_DEADLINE = 5 minutes;

    /// @dev Keyed by the whole id, so that no id above 32 bits is taken for another.
    mapping(uint256 agentId => Agent agent) internal _agents;
    mapping(address owner => Operator operator) internal _operators;
    mapping(uint256 agentId => address wallet) private _wallets;
    /// @dev The uri is kept under `URI_SLOT`, which is no key's hash, so that both are read and written by one code.
    mapping(uint256 agentId => mapping(bytes32 keyHash => bytes value)) private _metadata;
    uint32 internal _agentCount;
    uint24 private _operatorCount;

    modifier onlyOperator(uint256 agentId) {
        _checkOperator(agentId);
        _;
    }

    /* IDENTITIES */

    /// @inheritdoc IAgentIdentity
    function register() external returns (uint256 agentId) {
        agentId = _register("");
    }

    /// @inheritdoc IAgentIdentity
    function register(string memory agentURI) external returns (uint256 agentId) {
        agentId = _register(agentURI);
    }

    /// @inheritdoc IAgentIdentity
    function register(string memory agentURI, MetadataEntry[] memory metadata) external returns (uint256 agentId) {
        agentId = _register(agentURI);
        for (uint256 i; i < metadata.length; ++i) {
            _setMetadata(agentId, metadata[i].metadataKey, metadata[i].metadataValue);
        }
    }

    function _register(string memory agentURI) private returns (uint256 agentId) {
        agentId = _giveId(msg.sender, agentURI);
        _tellWallet(agentId, abi.encodePacked(msg.sender));
    }

    /// @dev Ids are sequential from 1 and never given twice. `_mint` calls nobody.
    function _giveId(address owner, string memory agentURI) internal returns (uint256 agentId) {
        agentId = ++_agentCount;
        _mint(owner, agentId);
        if (bytes(agentURI).length != 0) _storeUri(agentId, agentURI);
        emit Registered(agentId, agentURI, owner);
    }

    /* URI AND METADATA */

    /// @inheritdoc IAgentIdentity
    function setAgentURI(uint256 agentId, string memory newURI) external onlyOperator(agentId) {
        _storeUri(agentId, newURI);
        emit URIUpdated(agentId, newURI, msg.sender);
        emit MetadataUpdate(agentId);
    }

    /// @inheritdoc IAgentIdentity
    function setMetadata(
        uint256 agentId,
        string memory metadataKey,
        bytes memory metadataValue
    ) external onlyOperator(agentId) {
        _setMetadata(agentId, metadataKey, metadataValue);
    }

    /// @inheritdoc IAgentIdentity
    function getMetadata(uint256 agentId, string memory metadataKey) external view returns (bytes memory) {
        if (!_isWalletKey(metadataKey)) return _metadata[agentId][keccak256(bytes(metadataKey))];
        address wallet = getAgentWallet(agentId);
        return wallet == address(0) ? bytes("") : abi.encodePacked(wallet);
    }

    /// @inheritdoc ERC721
    function tokenURI(uint256 agentId) public view override returns (string memory) {
        _requireOwned(agentId);
        return string(_metadata[agentId][URI_SLOT]);
    }

    function _storeUri(uint256 agentId, string memory uri) private {
        require(bytes(uri).length <= MAX_URI, UriTooLong(bytes(uri).length, MAX_URI));
        _keep(agentId, URI_SLOT, bytes(uri));
    }

    function _setMetadata(uint256 agentId, string memory key, bytes memory value) private {
        require(!_isWalletKey(key), MetadataKeyReserved(key));
        require(bytes(key).length <= MAX_METADATA_KEY, MetadataKeyTooLong(bytes(key).length, MAX_METADATA_KEY));
        require(value.length <= MAX_METADATA_VALUE, MetadataValueTooLong(value.length, MAX_METADATA_VALUE));
        _keep(agentId, keccak256(bytes(key)), value);
        _tellMetadata(agentId, key, value);
    }

    function _keep(uint256 agentId, bytes32 slot, bytes memory value) private {
        _metadata[agentId][slot] = value;
    }

    function _tellMetadata(uint256 agentId, string memory key, bytes memory value) private {
        emit MetadataSet(agentId, key, key, value);
    }

    function _tellWallet(uint256 agentId, bytes memory wallet) private {
        _tellMetadata(agentId, WALLET_KEY, wallet);
    }

    function _isWalletKey(string memory key) private pure returns (bool) {
        return keccak256(bytes(key)) == keccak256(bytes(WALLET_KEY));
    }

    /* WALLET */

    /// @inheritdoc IAgentIdentity
    function setAgentWallet(
        uint256 agentId,
        address newWallet,
        uint256 deadline,
        bytes calldata signature
    ) external onlyOperator(agentId) {
        // Check: the wallet agreed, just now, to act for this owner's agent.
        require(block.timestamp <= deadline, WalletProofExpired(deadline));
        uint256 latest = block.timestamp + MAX_WALLET_DEADLINE;
        require(deadline <= latest, WalletDeadlineTooFar(deadline, latest));
        bytes32 structHash = keccak256(abi.encode(WALLET_TYPEHASH, agentId, newWallet, ownerOf(agentId), deadline));
        require(_isSigned(newWallet, structHash, signature), InvalidWalletProof(newWallet));

        // Effect: the wallet is the agent's.
        _wallets[agentId] = newWallet;
        _agents[agentId].wallet = WalletState.Proved;
        _tellWallet(agentId, abi.encodePacked(newWallet));
    }

    /// @dev Whether `signer` agreed: by its key, or as a contract by ERC-1271.
    function _isSigned(address signer, bytes32 structHash, bytes calldata proof) internal view returns (bool) {
        return proof.isSignedBy(_hashTypedDataV4(structHash), signer);
    }

    /// @inheritdoc IAgentIdentity
    function unsetAgentWallet(uint256 agentId) external onlyOperator(agentId) {
        _clearWallet(agentId);
    }

    /// @inheritdoc IAgentIdentity
    function getAgentWallet(uint256 agentId) public view returns (address) {
        WalletState state = _agents[agentId].wallet;
        if (state == WalletState.Owner) return _ownerOf(agentId);
        return state == WalletState.Proved ? _wallets[agentId] : address(0);
    }

    function _clearWallet(uint256 agentId) private {
        if (_agents[agentId].wallet == WalletState.Unset) return;
        _agents[agentId].wallet = WalletState.Unset;
        delete _wallets[agentId];
        _tellWallet(agentId, "");
    }

    /* OWNERS */

    /// @inheritdoc IAgentIdentity
    function isAuthorizedOrOwner(address spender, uint256 agentId) external view returns (bool) {
        return _isAuthorized(_requireOwned(agentId), spender, agentId);
    }

    /// @inheritdoc ERC721
    /// @dev Answers for ERC-4906 too, whose id is no function's: it has events alone.
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == ERC_4906 || super.supportsInterface(interfaceId);
    }

    /// @inheritdoc ERC721
    function balanceOf(address owner) public view override returns (uint256) {
        require(owner != address(0), ERC721InvalidOwner(address(0)));
        return _operators[owner].agents;
    }

    function _ownerOf(uint256 agentId) internal view override returns (address) {
        return _agents[agentId].owner;
    }

    function _checkOperator(uint256 agentId) internal view {
        address owner = _requireOwned(agentId);
        require(_isAuthorized(owner, msg.sender, agentId), NotAgentOperator(agentId, msg.sender));
    }

    function _operatorIdFor(address owner) internal returns (uint24 operatorId) {
        operatorId = _operators[owner].operatorId;
        if (operatorId != 0) return operatorId;
        operatorId = ++_operatorCount;
        _operators[owner].operatorId = operatorId;
    }

    /// @dev The one place that writes owners and balances; ids are never burned, so `to` is never zero.
    function _update(address to, uint256 agentId, address auth) internal override returns (address from) {
        from = _ownerOf(agentId);
        if (auth != address(0)) _checkAuthorized(from, auth, agentId);
        if (from != address(0)) {
            _beforeTransfer(agentId);
            _approve({to: address(0), tokenId: agentId, auth: address(0), emitEvent: false});
            _clearWallet(agentId);
            --_operators[from].agents;
        }
        ++_operators[to].agents;
        _agents[agentId].owner = to;
        emit Transfer(from, to, agentId);
    }

    /// @dev While the id is still the seller's.
    function _beforeTransfer(uint256 agentId) internal virtual;
}
