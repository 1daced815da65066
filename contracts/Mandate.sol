// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {MerkleProofLib} from "solady/src/utils/MerkleProofLib.sol";
import {Administered} from "./abstracts/Administered.sol";
import {IDecoder} from "./interfaces/IDecoder.sol";
import {ClassMultiples, IMandate, LossLimit, TokenLimit} from "./interfaces/IMandate.sol";
import {IReputation, PerformanceReport} from "./interfaces/IReputation.sol";
import {ITreasury} from "./interfaces/ITreasury.sol";
import {DecodedCalls} from "./libraries/DecodedCalls.sol";
import {Bucket} from "./libraries/LeakyBucket.sol";
import {PendingLoss, PendingLossLib} from "./libraries/PendingLoss.sol";
import {MandateLeaf} from "./libraries/MandateLeaf.sol";
import {Call, CallForm, DecodedCall, CallProof} from "./types/Proposal.sol";
import {Refusal} from "./types/Refusal.sol";
import {RiskClass} from "./types/RiskClass.sol";

/// @title Mandate
/// @notice See {IMandate}.
///
/// @dev By subject:
/// - Value: this contract holds no money.
/// - Calls: a leaf of the Merkle tree permits one call by the hash of everything that it names. (ADR 0003) No contract
///   of ours is a target, whatever the tree says. (ADR 0027)
/// - Bracket: it is the treasury's, which reports the measured changes to `charge`.
/// - Limits: for one action, the amounts that the decoders report are summed before the calls. For a day, only measured
///   net decreases count, per agent and in all. (ADR 0002) Each daily limit is a leaky bucket: no window of 24 hours
///   admits more than the limit. (ADR 0004) Losses are limited for one action and for a day, in USD. (ADR 0035)
/// - Classes: each leaf names the least class of a batch with its call. A higher class multiplies all limits.
/// - Pending losses: each is added to the word of its agent's bucket, and goes on the agent's record by `recordLosses`.
///   (ADR 0017)
/// - Tokens: only assets of the treasury get limits. A decrease of more than 2^104 - 1 units is refused.
/// - Decoders: they are trusted to report all that a call may spend and every recipient of what it buys.
/// - Oracles: this contract reads no price. The treasury computes the loss.
contract Mandate is IMandate, Administered {
    using DecodedCalls for DecodedCall[];
    using SafeCast for uint256;
    using SignedMath for int256;

    /* TYPES */

    /// @dev The limits of a token that hold for one action and for one agent.
    struct OwnLimit {
        uint128 perAction;
        uint104 perAgentDay;
    }

    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc IMandate
    uint256 public constant MAX_CALLS = 16;
    /// @inheritdoc IMandate
    uint256 public constant LOSS_UNIT = 1e12;
    /// @dev The place of the limit per day in the tag of the losses, above the limit per action; both in `LOSS_UNIT`.
    uint104 private constant LOSS_PER_DAY_SHIFT = 48;
    /// @dev A filter of our own contracts: a bit for the lowest byte of each address, and one for the byte above it.
    uint256 private immutable CORE_LOWEST_BYTES;
    uint256 private immutable CORE_NEXT_BYTES;
    address private immutable TREASURY;
    address private immutable REPUTATION;

    /* STORAGE */

    bytes32 private _root;
    mapping(address token => OwnLimit limit) private _ownLimits;
    /// @dev Recent decreases of a token's balance by one agent's actions; the tag is a {PendingLoss} of the pending
    /// losses, which are not on the agent's record yet.
    mapping(address token => mapping(uint32 agentId => Bucket decreases)) private _agentDecreases;
    /// @dev The same by all agents' actions; its tag is the limit per day, so that both lie in one slot.
    mapping(address token => Bucket decreases) private _decreases;
    /// @dev Recent losses, in USD with 18 decimals; the tag holds both limits.
    Bucket private _losses;
    ClassMultiples private _multiples = ClassMultiples({elevated: 1, critical: 1});
    /// @dev Written by the constructor alone.
    mapping(address account => bool isOurs) private _core;

    /* CONSTRUCTOR */

    /// @param admin The DAO's timelock.
    /// @param treasury The treasury whose calls are checked; it alone charges limits.
    /// @param reputation The contract that losses are recorded in.
    /// @param others All other contracts of ours. None of them is ever a target, nor are the three above, nor is this
    /// one.
    constructor(address admin, address treasury, address reputation, address[] memory others) Administered(admin) {
        TREASURY = treasury;
        REPUTATION = reputation;
        _losses = _losses.primed(block.timestamp);

        address[4] memory known = [admin, treasury, reputation, address(this)];
        (uint256 lowest, uint256 next) = (0, 0);
        for (uint256 i; i < known.length + others.length; ++i) {
            address ours = i < known.length ? known[i] : others[i - known.length];
            _core[ours] = true;
            lowest |= 1 << uint8(uint160(ours));
            next |= 1 << uint8(uint160(ours) >> 8);
        }
        (CORE_LOWEST_BYTES, CORE_NEXT_BYTES) = (lowest, next);
    }

    /* WHICH CALLS */

    /// @inheritdoc IMandate
    function authorize(
        CallProof[] calldata callProofs,
        RiskClass allowed,
        Call[] calldata calls
    ) external view returns (Refusal refusal, uint256 index, DecodedCall[] memory decoded) {
        return _authorize(calls, callProofs, allowed);
    }

    /// @inheritdoc IMandate
    function classify(
        uint32 agentId,
        CallProof[] calldata callProofs,
        Call[] calldata calls
    ) external view returns (Refusal refusal, uint256 index, RiskClass riskClass) {
        for (uint256 i; i <= uint256(type(RiskClass).max); ++i) {
            riskClass = RiskClass(i);
            DecodedCall[] memory decoded;
            (refusal, index, decoded) = _authorize(calls, callProofs, riskClass);
            if (refusal == Refusal.None) (refusal, index) = _windowRefusal(agentId, decoded, riskClass);
            if (refusal == Refusal.None) return (refusal, index, riskClass);
        }
    }

    function _authorize(
        Call[] calldata calls,
        CallProof[] calldata callProofs,
        RiskClass allowed
    ) private view returns (Refusal refusal, uint256 index, DecodedCall[] memory decoded) {
        if (calls.length == 0 || calls.length > MAX_CALLS) return (Refusal.BadCallCount, 0, decoded);
        if (callProofs.length != calls.length) return (Refusal.ProofCountMismatch, 0, decoded);

        decoded = DecodedCalls.roomFor(calls.length);
        bytes32 root_ = _root;
        for (; index < calls.length; ++index) {
            Call calldata call_ = calls[index];
            CallProof calldata callProof = callProofs[index];
            (address target, bytes calldata data) = (call_.target, call_.data);
            (address decoder, RiskClass minClass) = (callProof.decoder, callProof.minClass);
            if (_isCore(target)) return (Refusal.CoreTarget, index, decoded);
            // A decoder that is no contract would make the next line revert without a reason.
            if (decoder.code.length == 0) return (Refusal.UndecodableCall, index, decoded);
            try IDecoder(decoder).decode(target, data) returns (DecodedCall memory answer) {
                bytes32 leaf = MandateLeaf.hash({
                    target: target,
                    selector: bytes4(data),
                    decoder: decoder,
                    key: answer.key,
                    minClass: minClass
                });
                refusal = _refusalOf({answer: answer, proof: callProof.proof, root_: root_, leaf: leaf});
                if (refusal == Refusal.None && minClass > allowed) refusal = Refusal.ClassNotAllowed;
                if (refusal != Refusal.None) return (refusal, index, decoded);
                decoded.append(answer);
            } catch {
                return (Refusal.UndecodableCall, index, decoded);
            }
        }
        (refusal, index) = _limitRefusal(decoded, _multipleOf(allowed));
    }

    function _refusalOf(
        DecodedCall memory answer,
        bytes32[] calldata proof,
        bytes32 root_,
        bytes32 leaf
    ) private view returns (Refusal) {
        if (!MerkleProofLib.verifyCalldata(proof, root_, leaf)) return Refusal.NotInMandate;
        bool buys = answer.tokenOut != address(0);
        return buys && answer.recipient != TREASURY ? Refusal.RecipientNotTreasury : Refusal.None;
    }

    /// @dev Sums what the calls spend of each token. A token that is only bought must have limits too: nothing that the
    /// treasury does not value may be bought.
    function _limitRefusal(
        DecodedCall[] memory decoded,
        uint256 multiple
    ) private view returns (Refusal, uint256 index) {
        for (; index < decoded.length; ++index) {
            DecodedCall memory call_ = decoded[index];
            // An amount beyond every limit, so that the sum cannot overflow.
            if (call_.amountIn > type(uint128).max) return (Refusal.OverActionLimit, index);
            if (call_.tokenOut != address(0) && _ownLimits[call_.tokenOut].perAction == 0) {
                return (Refusal.TokenNotInMandate, index);
            }
            if (call_.tokenIn == address(0)) continue;
            uint256 perAction = _ownLimits[call_.tokenIn].perAction * multiple;
            if (perAction == 0) return (Refusal.TokenNotInMandate, index);
            if (_spentUpTo(decoded, index) > perAction) return (Refusal.OverActionLimit, index);
        }
        return (Refusal.None, 0);
    }

    /// @dev Sum that the call at `last` and those before it spend of the token that it spends.
    function _spentUpTo(DecodedCall[] memory decoded, uint256 last) private pure returns (uint256 spent) {
        DecodedCall memory call_ = decoded[last];
        spent = call_.amountIn;
        for (uint256 i; i < last; ++i) if (decoded[i].tokenIn == call_.tokenIn) spent += decoded[i].amountIn;
    }

    /// @dev Checks the tokens that are spent and bought back by no call against the daily limits of the agent and of
    /// all. A token that is bought back may decrease too, but by an amount that is known, and charged, only after the
    /// calls. What is supplied or withdrawn decreases nothing that is charged.
    function _windowRefusal(
        uint32 agentId,
        DecodedCall[] memory decoded,
        RiskClass riskClass
    ) private view returns (Refusal, uint256 index) {
        uint256 multiple = _multipleOf(riskClass);
        for (; index < decoded.length; ++index) {
            address token = decoded[index].tokenIn;
            if (token == address(0) || decoded[index].form > CallForm.ReturnsBool || _isBought(decoded, token))
                continue;
            uint256 spent = _spentUpTo(decoded, index);
            (uint256 forAgent, uint256 forAll) = _remainingOf(agentId, token, multiple);
            if (spent > forAgent || spent > forAll) return (Refusal.OverDailyLimit, index);
        }
        return (Refusal.None, 0);
    }

    function _isBought(DecodedCall[] memory decoded, address token) private pure returns (bool) {
        for (uint256 i; i < decoded.length; ++i) if (decoded[i].tokenOut == token) return true;
        return false;
    }

    /// @dev The multiple of the limits of `Routine` that holds for a class. `Routine` reads no storage.
    function _multipleOf(RiskClass riskClass) private view returns (uint256) {
        if (riskClass == RiskClass.Routine) return 1;
        return riskClass == RiskClass.Elevated ? _multiples.elevated : _multiples.critical;
    }

    /// @dev Most targets do not pass the filter, and cost no read of storage.
    function _isCore(address target) private view returns (bool) {
        uint256 lowest = CORE_LOWEST_BYTES >> uint8(uint160(target));
        uint256 next = CORE_NEXT_BYTES >> uint8(uint160(target) >> 8);
        return lowest & next & 1 != 0 && _core[target];
    }

    /* HOW MUCH */

    /// @inheritdoc IMandate
    function charge(
        uint32 agentId,
        uint256 loss,
        uint256 maxLoss,
        address[] calldata tokens,
        int256[] calldata changes,
        RiskClass allowed
    ) external {
        require(msg.sender == TREASURY, NotTreasury(msg.sender));
        uint256 multiple = _multipleOf(allowed);
        PendingLoss pendingLoss;
        if (loss != 0) pendingLoss = _chargeLoss(loss, multiple, maxLoss);
        for (uint256 i; i < tokens.length; ++i) {
            if (changes[i] >= 0) continue;
            _chargeDecrease({
                agentId: agentId,
                token: tokens[i],
                decrease: changes[i].abs(),
                multiple: multiple,
                pendingLoss: pendingLoss
            });
            pendingLoss = PendingLoss.wrap(0);
        }
    }

    /// @param pendingLoss Pending loss to add to the agent's slot, see {PendingLoss}; zero for none.
    function _chargeDecrease(
        uint32 agentId,
        address token,
        uint256 decrease,
        uint256 multiple,
        PendingLoss pendingLoss
    ) private {
        Bucket own = _agentDecreases[token][agentId];
        own = own.fill({
            amount: decrease,
            perDay: _ownLimits[token].perAgentDay,
            multiple: multiple,
            time: block.timestamp
        });
        _agentDecreases[token][agentId] = own.plusTag(PendingLoss.unwrap(pendingLoss));
        Bucket all = _decreases[token];
        _decreases[token] = all.fill({amount: decrease, perDay: all.tag(), multiple: multiple, time: block.timestamp});
    }

    function _chargeLoss(uint256 loss, uint256 multiple, uint256 maxLoss) private returns (PendingLoss) {
        Bucket all = _losses;
        (uint256 perAction, uint256 perDay) = _lossLimits(all);
        uint256 maximum = Math.min(maxLoss, perAction * multiple);
        require(loss <= maximum, ActionLossExceeded(loss, maximum));
        _losses = all.fill({amount: loss, perDay: perDay, multiple: multiple, time: block.timestamp});
        return PendingLossLib.single(loss, maximum);
    }

    /// @inheritdoc IMandate
    function recordLosses(uint32 agentId, address[] calldata tokens) external {
        PendingLoss pendingLoss;
        for (uint256 i; i < tokens.length; ++i) {
            Bucket own = _agentDecreases[tokens[i]][agentId];
            pendingLoss = pendingLoss.plus(PendingLoss.wrap(own.tag()));
            _agentDecreases[tokens[i]][agentId] = own.withTag(0);
        }
        PerformanceReport memory report = pendingLoss.toReport();
        require(report.count != 0, NothingToRecord(agentId));
        IReputation(REPUTATION).record(agentId, report);
    }

    /// @dev In USD with 18 decimals.
    function _lossLimits(Bucket losses) private pure returns (uint256 perAction, uint256 perDay) {
        uint256 tag = losses.tag();
        return (uint48(tag) * LOSS_UNIT, (tag >> LOSS_PER_DAY_SHIFT) * LOSS_UNIT);
    }

    /// @inheritdoc IMandate
    function prime(uint32 agentId, address token) external {
        _agentDecreases[token][agentId] = _agentDecreases[token][agentId].primed(block.timestamp);
        _decreases[token] = _decreases[token].primed(block.timestamp);
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
        _decreases[token] = _decreases[token].withTag(newLimit.perDay);
        emit TokenLimitChanged(token, newLimit);
    }

    /// @inheritdoc IMandate
    function setLossLimit(LossLimit calldata newLimit) external onlyAdmin {
        uint104 perAction = (newLimit.perAction / LOSS_UNIT).toUint48();
        uint104 perDay = (newLimit.perDay / LOSS_UNIT).toUint56();
        _losses = _losses.withTag((perDay << LOSS_PER_DAY_SHIFT) | perAction);
        emit LossLimitChanged(newLimit);
    }

    /// @inheritdoc IMandate
    function setClassMultiples(ClassMultiples calldata newMultiples) external onlyAdmin {
        require(
            newMultiples.elevated != 0 && newMultiples.critical >= newMultiples.elevated,
            MultiplesOutOfOrder(newMultiples.elevated, newMultiples.critical)
        );
        _multiples = newMultiples;
        emit ClassMultiplesChanged(newMultiples);
    }

    /* VIEWS */

    /// @inheritdoc IMandate
    function isCore(address account) external view returns (bool) {
        return _isCore(account);
    }

    /// @inheritdoc IMandate
    function classMultiples() external view returns (ClassMultiples memory) {
        return _multiples;
    }

    /// @inheritdoc IMandate
    function root() external view returns (bytes32) {
        return _root;
    }

    /// @inheritdoc IMandate
    function tokenLimitOf(address token) external view returns (TokenLimit memory) {
        OwnLimit memory own = _ownLimits[token];
        return
            TokenLimit({
                perAction: own.perAction,
                perAgentDay: own.perAgentDay,
                // Safe cast: a tag has 104 bits.
                perDay: uint104(_decreases[token].tag())
            });
    }

    /// @inheritdoc IMandate
    function lossLimit() external view returns (LossLimit memory) {
        (uint256 perAction, uint256 perDay) = _lossLimits(_losses);
        // Safe casts: set from uint96s.
        return LossLimit({perAction: uint96(perAction), perDay: uint96(perDay)});
    }

    /// @inheritdoc IMandate
    function remainingOf(uint32 agentId, address token) external view returns (uint256 forAgent, uint256 forAll) {
        return _remainingOf(agentId, token, 1);
    }

    function _remainingOf(
        uint32 agentId,
        address token,
        uint256 multiple
    ) private view returns (uint256 forAgent, uint256 forAll) {
        Bucket all = _decreases[token];
        uint256 perAgentDay = _ownLimits[token].perAgentDay;
        forAgent = _agentDecreases[token][agentId].remaining(perAgentDay, multiple, block.timestamp);
        forAll = all.remaining(all.tag(), multiple, block.timestamp);
    }

    /// @inheritdoc IMandate
    function remainingDecreaseOf(
        address token,
        RiskClass riskClass
    ) external view returns (uint256 atOnce, uint256 inADay) {
        OwnLimit memory own = _ownLimits[token];
        if (own.perAction == 0 || own.perAgentDay == 0) return (0, 0);
        Bucket all = _decreases[token];
        return all.remainingAmounts(all.tag(), _multipleOf(riskClass), block.timestamp);
    }

    /// @inheritdoc IMandate
    function remainingLossOf(RiskClass riskClass) external view returns (uint256 atOnce, uint256 inADay) {
        Bucket all = _losses;
        (uint256 perAction, uint256 perDay) = _lossLimits(all);
        if (perAction == 0) return (0, 0);
        return all.remainingAmounts(perDay, _multipleOf(riskClass), block.timestamp);
    }

    /// @inheritdoc IMandate
    function pendingLossOf(uint32 agentId, address token) external view returns (PerformanceReport memory) {
        return PendingLoss.wrap(_agentDecreases[token][agentId].tag()).toReport();
    }

    /// @inheritdoc IMandate
    function remainingLoss() external view returns (uint256) {
        (, uint256 perDay) = _lossLimits(_losses);
        return _losses.remaining(perDay, 1, block.timestamp);
    }
}
