// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {IDecoder} from "./interfaces/IDecoder.sol";
import {CoreContracts, IMandate, LossLimit, TokenLimit} from "./interfaces/IMandate.sol";
import {ITreasury} from "./interfaces/ITreasury.sol";
import {Administered} from "./libraries/Administered.sol";
import {LeakyBucket} from "./libraries/LeakyBucket.sol";
import {Call, DecodedCall, Grant} from "./types/Proposal.sol";
import {Refusal} from "./types/Refusal.sol";
import {RiskClass} from "./types/RiskClass.sol";

/// @title Mandate
/// @notice See {IMandate}.
contract Mandate is IMandate, Administered {
    using LeakyBucket for LeakyBucket.Bucket;

    /* TYPES */

    /// @dev The limits of a token that hold for one action and for one agent.
    struct OwnLimit {
        uint128 perAction;
        uint104 perAgentDay;
    }

    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc IMandate
    uint256 public constant MAX_CALLS = 16;
    address private immutable TREASURY;
    address private immutable CONSENSUS;
    address private immutable REGISTRY;
    address private immutable ORACLE_HUB;
    address private immutable BREAKER;

    /* STORAGE */

    bytes32 private _root;
    mapping(address token => OwnLimit limit) private _ownLimits;
    uint256 private _lossPerAction;
    mapping(address token => mapping(uint32 agentId => LeakyBucket.Bucket bucket)) private _agentFalls;
    /// @dev What all agents share lies in the bucket itself, limit included: one slot.
    mapping(address token => LeakyBucket.Bucket bucket) private _falls;
    LeakyBucket.Bucket private _losses;

    /* CONSTRUCTOR */

    /// @param admin The DAO's timelock.
    /// @param core Our own contracts, which are never a target.
    constructor(address admin, CoreContracts memory core) Administered(admin) {
        TREASURY = core.treasury;
        CONSENSUS = core.consensus;
        REGISTRY = core.registry;
        ORACLE_HUB = core.oracleHub;
        BREAKER = core.breaker;
        _losses.prime(block.timestamp);
    }

    /* WHICH CALLS */

    /// @inheritdoc IMandate
    function authorize(
        Call[] calldata calls,
        Grant[] calldata grants,
        RiskClass allowed
    ) external view returns (Refusal refusal, uint256 index, DecodedCall[] memory decoded) {
        if (calls.length == 0 || calls.length > MAX_CALLS) return (Refusal.BadCallCount, 0, decoded);
        if (grants.length != calls.length) return (Refusal.GrantCountMismatch, 0, decoded);

        decoded = new DecodedCall[](calls.length);
        bytes32 root_ = _root;
        for (; index < calls.length; ++index) {
            (refusal, decoded[index]) = _authorizeOne(calls[index], grants[index], root_, allowed);
            if (refusal != Refusal.None) return (refusal, index, decoded);
        }
        return _withinActionLimits(decoded);
    }

    function _authorizeOne(
        Call calldata call_,
        Grant calldata grant,
        bytes32 root_,
        RiskClass allowed
    ) private view returns (Refusal, DecodedCall memory decoded) {
        if (_isCore(call_.target)) return (Refusal.CoreTarget, decoded);
        bool isDecoded;
        (isDecoded, decoded) = _decode(call_, grant.decoder);
        if (!isDecoded) return (Refusal.UndecodableCall, decoded);
        if (!_isPermitted(call_, grant, decoded.key, root_)) return (Refusal.NotInMandate, decoded);
        if (decoded.tokenOut != address(0) && decoded.recipient != TREASURY) {
            return (Refusal.RecipientNotTreasury, decoded);
        }
        if (grant.leastClass > allowed) return (Refusal.ClassNotAllowed, decoded);
        return (Refusal.None, decoded);
    }

    function _decode(Call calldata call_, address decoder) private view returns (bool, DecodedCall memory decoded) {
        // A decoder that is no contract would make the next line revert without a reason.
        if (decoder.code.length == 0) return (false, decoded);
        try IDecoder(decoder).decode(call_.target, call_.data) returns (DecodedCall memory answer) {
            return (true, answer);
        } catch {
            return (false, decoded);
        }
    }

    function _isPermitted(
        Call calldata call_,
        Grant calldata grant,
        bytes32 key,
        bytes32 root_
    ) private pure returns (bool) {
        bytes32 leaf = keccak256(
            bytes.concat(keccak256(abi.encode(call_.target, bytes4(call_.data), grant.decoder, key, grant.leastClass)))
        );
        return MerkleProof.verifyCalldata(grant.proof, root_, leaf);
    }

    /// @dev Sums what the calls spend of each token. A token that is only bought must have limits too: nothing that the
    /// treasury does not value may be bought.
    function _withinActionLimits(
        DecodedCall[] memory decoded
    ) private view returns (Refusal, uint256 index, DecodedCall[] memory) {
        for (; index < decoded.length; ++index) {
            (address tokenIn, address tokenOut) = (decoded[index].tokenIn, decoded[index].tokenOut);
            // An amount beyond every limit, so that the sum cannot overflow.
            if (decoded[index].amountIn > type(uint128).max) return (Refusal.OverActionLimit, index, decoded);
            if (tokenOut != address(0) && _ownLimits[tokenOut].perAction == 0) {
                return (Refusal.TokenNotInMandate, index, decoded);
            }
            if (tokenIn == address(0)) continue;
            uint256 perAction = _ownLimits[tokenIn].perAction;
            if (perAction == 0) return (Refusal.TokenNotInMandate, index, decoded);
            if (_spentUpTo(decoded, index) > perAction) return (Refusal.OverActionLimit, index, decoded);
        }
        return (Refusal.None, 0, decoded);
    }

    /// @dev What the calls up to the `last` spend of the token that it spends, in the token's units.
    function _spentUpTo(DecodedCall[] memory decoded, uint256 last) private pure returns (uint256 spent) {
        for (uint256 i; i <= last; ++i) {
            if (decoded[i].tokenIn == decoded[last].tokenIn) spent += decoded[i].amountIn;
        }
    }

    function _isCore(address target) private view returns (bool) {
        return
            target == TREASURY ||
            target == CONSENSUS ||
            target == REGISTRY ||
            target == ORACLE_HUB ||
            target == BREAKER ||
            target == ADMIN ||
            target == address(this);
    }

    /* HOW MUCH */

    /// @inheritdoc IMandate
    function charge(
        uint32 agentId,
        address[] calldata tokens,
        uint256[] calldata falls,
        uint256 loss,
        uint256 maxLoss
    ) external {
        require(msg.sender == TREASURY, NotTreasury(msg.sender));
        for (uint256 i; i < tokens.length; ++i) {
            if (falls[i] == 0) continue;
            _agentFalls[tokens[i]][agentId].fill(falls[i], _ownLimits[tokens[i]].perAgentDay, block.timestamp);
            LeakyBucket.Bucket storage all = _falls[tokens[i]];
            all.fill(falls[i], all.perDay, block.timestamp);
        }
        if (loss == 0) return;
        uint256 maximum = Math.min(maxLoss, _lossPerAction);
        require(loss <= maximum, ActionLossExceeded(loss, maximum));
        _losses.fill(loss, _losses.perDay, block.timestamp);
    }

    /// @inheritdoc IMandate
    function prime(uint32 agentId, address token) external {
        _agentFalls[token][agentId].prime(block.timestamp);
        _falls[token].prime(block.timestamp);
    }

    /* SETTINGS */

    /// @inheritdoc IMandate
    function setRoot(bytes32 newRoot, string calldata leaves) external onlyAdmin {
        _root = newRoot;
        emit RootChanged(newRoot, leaves);
    }

    /// @inheritdoc IMandate
    function setTokenLimit(address token, TokenLimit calldata newLimit) external onlyAdmin {
        require(ITreasury(TREASURY).isAsset(token), NotTreasuryAsset(token));
        _ownLimits[token] = OwnLimit({perAction: newLimit.perAction, perAgentDay: newLimit.perAgentDay});
        _falls[token].perDay = newLimit.perDay;
        emit TokenLimitChanged(token, newLimit);
    }

    /// @inheritdoc IMandate
    function setLossLimit(LossLimit calldata newLimit) external onlyAdmin {
        _lossPerAction = newLimit.perAction;
        _losses.perDay = newLimit.perDay;
        emit LossLimitChanged(newLimit);
    }

    /* VIEWS */

    /// @inheritdoc IMandate
    function root() external view returns (bytes32) {
        return _root;
    }

    /// @inheritdoc IMandate
    function tokenLimitOf(address token) external view returns (TokenLimit memory) {
        OwnLimit memory own = _ownLimits[token];
        return TokenLimit({perAction: own.perAction, perAgentDay: own.perAgentDay, perDay: _falls[token].perDay});
    }

    /// @inheritdoc IMandate
    function lossLimit() external view returns (LossLimit memory) {
        // Safe cast: set from a uint128.
        return LossLimit({perAction: uint128(_lossPerAction), perDay: _losses.perDay});
    }

    /// @inheritdoc IMandate
    function roomOf(uint32 agentId, address token) external view returns (uint256 forAgent, uint256 forAll) {
        forAgent = _agentFalls[token][agentId].room(_ownLimits[token].perAgentDay, block.timestamp);
        forAll = _falls[token].room(_falls[token].perDay, block.timestamp);
    }

    /// @inheritdoc IMandate
    function lossRoom() external view returns (uint256) {
        return _losses.room(_losses.perDay, block.timestamp);
    }
}
