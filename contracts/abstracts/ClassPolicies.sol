// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IAgentRegistry} from "../interfaces/IAgentRegistry.sol";
import {ICircuitBreaker} from "../interfaces/ICircuitBreaker.sol";
import {IConsensus} from "../interfaces/IConsensus.sol";
import {ProposalTallyLib} from "../libraries/ProposalTally.sol";
import {PolicyWord, PolicyWordLib} from "../libraries/PolicyWord.sol";
import {Policy} from "../types/Tally.sol";
import {Refusal} from "../types/Refusal.sol";
import {RiskClass} from "../types/RiskClass.sol";
import {Administered} from "./Administered.sol";

/// @title ClassPolicies
/// @notice See {IConsensus}. Keeps the demands of each class, and the co-signer of `Critical` proposals.
abstract contract ClassPolicies is IConsensus, Administered {
    using PolicyWordLib for Policy[3];

    /// @inheritdoc IConsensus
    uint256 public constant MAX_ROUTINE_DEADLINE = 60;
    /// @inheritdoc IConsensus
    uint256 public constant MAX_DEADLINE = 6 days;
    /// @inheritdoc IConsensus
    address public immutable REGISTRY;
    /// @inheritdoc IConsensus
    address public immutable BREAKER;

    /// @dev One for each class, in their order.
    Policy[3] private _policies;
    /// @inheritdoc IConsensus
    address public coSigner;

    constructor(address registry, address breaker) {
        REGISTRY = registry;
        BREAKER = breaker;
    }

    /* SETTINGS */

    /// @inheritdoc IConsensus
    function setPolicy(RiskClass riskClass, Policy calldata newPolicy) external onlyAdmin {
        _checkThreshold(newPolicy.threshold, newPolicy.minOperators);
        _checkTimes(riskClass == RiskClass.Routine, newPolicy.maxDeadline, newPolicy.delay);
        _checkCounts(newPolicy.minVoters, newPolicy.minOperators);
        _policies[uint256(riskClass)] = newPolicy;
        emit PolicyChanged(riskClass, newPolicy);
    }

    /// @dev By the caps that the administrator set, not by what agents weigh now: they could move that just before. [NX-CON-02]
    function _checkThreshold(uint256 threshold, uint256 minOperators) private view {
        IAgentRegistry registry = IAgentRegistry(REGISTRY);
        uint256 minimum = uint256(minOperators > 1 ? registry.weightCap() : registry.operatorCap()) + 1;
        uint256 maximum = registry.VOTING_SEATS() * registry.weightCap();
        require(threshold >= minimum && threshold <= maximum, ThresholdOutOfRange(threshold, minimum, maximum));
    }

    /// @dev A delay as long as the deadline would let every proposal of the class expire before it may be executed. [NX-CON-05]
    function _checkTimes(bool isRoutine, uint256 maxDeadline, uint256 delay) private pure {
        uint256 longest = isRoutine ? MAX_ROUTINE_DEADLINE : MAX_DEADLINE;
        require(maxDeadline != 0 && maxDeadline <= longest, DeadlineOutOfRange(maxDeadline, longest));
        bool isSound = isRoutine ? delay == 0 : delay != 0 && delay < maxDeadline;
        require(isSound, DelayOutOfRange(delay, maxDeadline));
    }

    function _checkCounts(uint256 minVoters, uint256 minOperators) private pure {
        require(
            minVoters <= ProposalTallyLib.MAX_VOTERS &&
                minOperators <= minVoters &&
                minOperators <= ProposalTallyLib.MAX_OPERATORS,
            VoterCountOutOfRange(minVoters, minOperators)
        );
    }

    /// @inheritdoc IConsensus
    function policyOf(RiskClass riskClass) external view returns (Policy memory) {
        return _policies[uint256(riskClass)];
    }

    /// @dev The whole policy of a class in one word, for {PolicyWord}.
    function _policyOf(RiskClass riskClass) internal view returns (PolicyWord policy) {
        return _policies.load(riskClass);
    }

    /// @dev Without a policy nothing passes in a class, so that forgetting to set one opens nothing.
    function _shortfall(
        PolicyWord policy,
        uint256 weight,
        uint256 voters,
        uint256 operators
    ) internal pure returns (Refusal) {
        if (policy.threshold() == 0 || weight < policy.threshold()) return Refusal.BelowThreshold;
        if (voters < policy.minVoters()) return Refusal.TooFewVoters;
        if (operators < policy.minOperators()) return Refusal.TooFewOperators;
        return Refusal.None;
    }

    /* CO-SIGNER */

    /// @inheritdoc IConsensus
    function setCoSigner(address newCoSigner) external onlyAdmin {
        require(!_isGuardian(newCoSigner), CoSignerIsGuardian(newCoSigner));
        coSigner = newCoSigner;
        emit CoSignerChanged(newCoSigner);
    }

    /// @dev A co-signer that became a guardian could both stop and let pass, so its signature counts for nothing. [NX-CON-12]
    function _isCoSigned(bytes32 digest, bytes calldata coSignature) internal view returns (bool) {
        address signer = coSigner;
        return
            signer != address(0) &&
            !_isGuardian(signer) &&
            SignatureChecker.isValidERC1271SignatureNow(signer, digest, coSignature);
    }

    function _isGuardian(address account) internal view returns (bool) {
        return ICircuitBreaker(BREAKER).isGuardian(account);
    }
}
