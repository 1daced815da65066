// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Call, DecodedCall, CallProof} from "../types/Proposal.sol";
import {Refusal} from "../types/Refusal.sol";
import {RiskClass} from "../types/RiskClass.sol";
import {IAdministered} from "./IAdministered.sol";
import {PerformanceReport} from "./IReputation.sol";

/// @notice The limits of a token, in the token's units.
struct TokenLimit {
    /// The most that the calls of one action may spend together, as their decoders report it. Zero forbids the token.
    uint128 perAction;
    /// The most by which the treasury's balance may decrease through one agent's actions in any 24 hours.
    uint104 perAgentDay;
    /// The same through all agents' actions together.
    uint104 perDay;
}

/// @notice The limits of loss in value, in USD with 18 decimals, of which the mandate keeps six. A limit of 2^48
/// millionths of a dollar or more for one action, or 2^56 for a day, is refused.
struct LossLimit {
    uint96 perAction;
    /// In any 24 hours, through all agents' actions together.
    uint96 perDay;
}

/// @notice The multiples of the limits of `Routine` that hold for the higher classes, amounts and losses alike.
struct ClassMultiples {
    uint16 elevated;
    uint16 critical;
}

/// @title IMandate
/// @notice The bounds of all decisions: the permitted calls, the amounts and the losses.
///
/// The permitted calls are the leaves of a Merkle tree. A leaf is
/// `keccak256(bytes.concat(keccak256(abi.encode(target, selector, decoder, key, minClass))))`, where `key` is the hash
/// of every address and pool key that the call names, as its decoder documents it.
///
/// Whatever the tree says, no contract of ours is a target. Which ones those are is fixed at deployment. [NX-MAN-01]
interface IMandate is IAdministered {
    /// @notice Emitted when the tree of permitted calls changes.
    /// @param root The root from now on.
    /// @param leaves URI of the list of leaves.
    event RootChanged(bytes32 indexed root, string leaves);

    /// @notice Emitted when a token's limits change.
    /// @param token Address of the token.
    /// @param limit Its limits from now on.
    event TokenLimitChanged(address indexed token, TokenLimit limit);

    /// @notice Emitted when the limits of loss change.
    /// @param limit The limits from now on.
    event LossLimitChanged(LossLimit limit);

    /// @notice Emitted when the multiples of the higher classes change.
    /// @param multiples The multiples from now on, see {ClassMultiples}.
    event ClassMultiplesChanged(ClassMultiples multiples);

    /// @notice Thrown when anyone but the treasury charges limits.
    /// @param caller The caller that was refused.
    error NotTreasury(address caller);

    /// @notice Thrown when a limit is set for a token that the treasury does not value.
    /// @param token Address of the refused token.
    error NotTreasuryAsset(address token);

    /// @notice Thrown when one action loses more than it may.
    /// @param loss Loss of the action, in USD with 18 decimals.
    /// @param maximum The largest loss allowed, in USD with 18 decimals.
    error ActionLossExceeded(uint256 loss, uint256 maximum);

    /// @notice Thrown when no loss waits to be recorded.
    /// @param agentId The agent's id.
    error NothingToRecord(uint32 agentId);

    /// @notice Thrown when a higher class would have a lower limit than a lower one.
    /// @param elevated The multiple for `Elevated` that was asked for.
    /// @param critical The multiple for `Critical` that was asked for.
    error MultiplesOutOfOrder(uint16 elevated, uint16 critical);

    /// @notice Says whether the mandate permits `calls`, and what they touch.
    ///
    /// @dev Requirements, each a {Refusal}: as many call proofs as calls, between 1 and `MAX_CALLS`; no target is one of our
    /// own contracts; the decoder reads the call; the leaf is in the tree; what is bought goes to the treasury; every
    /// token has limits; no token is spent beyond its limit per action; the class is at most `allowed`.
    /// [NX-MAN-01] [NX-CON-03] [NX-TRE-07] This order of parameters has a low selector. (ADR 0009)
    ///
    /// @param callProofs One {CallProof} for each call, in the order of the calls.
    /// @param allowed The highest class that is allowed.
    /// @param calls The calls, in order.
    /// @return refusal The reason for which the calls are refused, or `None`.
    /// @return index The call at fault, from zero; zero too where {Refusal} names no call.
    /// @return decoded The decoders' answers for the calls; where one call is at fault, for those before it.
    function authorize(
        CallProof[] calldata callProofs,
        RiskClass allowed,
        Call[] calldata calls
    ) external view returns (Refusal refusal, uint256 index, DecodedCall[] memory decoded);

    /// @notice The lowest class whose votes can carry `calls` now: at least the minimum class of each call's leaf, with room
    /// for what is spent in one action, and for what is spent and not bought back in the rolling windows of the agent and
    /// of all agents together. Splitting an action does not lower it: its parts fill the same windows. [NX-CON-03]
    /// @dev This order of parameters has a low selector. (ADR 0009)
    /// @param agentId The proposing agent.
    /// @param callProofs One {CallProof} for each call, in the order of the calls.
    /// @param calls The calls, in order.
    /// @return refusal The reason for which no class permits them, or `None`.
    /// @return index The call at fault, from zero; zero too where {Refusal} names no call.
    /// @return riskClass The class.
    function classify(
        uint32 agentId,
        CallProof[] calldata callProofs,
        Call[] calldata calls
    ) external view returns (Refusal refusal, uint256 index, RiskClass riskClass);

    /// @notice Uses up limits for what an action took. Only the treasury may call it. [NX-MAN-02]
    ///
    /// @dev Reverts with {LeakyBucket.DailyLimitExceeded} or {ActionLossExceeded}. A loss is kept for the agent's record.
    /// This order of parameters has a low selector. (ADR 0009)
    ///
    /// @param agentId The proposing agent.
    /// @param loss Loss of the action as a whole, in USD with 18 decimals.
    /// @param maxLoss The largest loss that the proposal allows, in USD with 18 decimals.
    /// @param tokens Tokens whose balance may have fallen.
    /// @param changes Change of each token's balance, in the token's units; only decreases are charged.
    /// @param allowed The class that the votes carry; its multiple of the limits holds.
    function charge(
        uint32 agentId,
        uint256 loss,
        uint256 maxLoss,
        address[] calldata tokens,
        int256[] calldata changes,
        RiskClass allowed
    ) external;

    /// @notice Puts an agent's pending losses on its record; anyone may call it, and nobody can prevent it. [NX-REP-09]
    ///
    /// @dev Requirements:
    /// - One of `tokens` must have a pending loss. A loss is stored with the first token whose balance decreased in its
    ///   action.
    ///
    /// Notes:
    /// - Losses are added up, each with the limit that it stood under, in thousandths of a dollar rounded up.
    /// - The agent's weight follows at the registry's `refreshWeight`.
    ///
    /// @param agentId The agent's id.
    /// @param tokens Tokens to look at for pending losses; a token named twice counts once.
    function recordLosses(uint32 agentId, address[] calldata tokens) external;

    /// @notice Creates the slots of an agent's limits for `token`, so that the first use pays for none; anyone may call it.
    function prime(uint32 agentId, address token) external;

    /// @notice Sets the tree of permitted calls.
    /// @dev Emits {RootChanged}. Only the administrator.
    /// @param newRoot Its root; zero permits nothing.
    /// @param leaves URI of the list of leaves.
    function setRoot(bytes32 newRoot, string calldata leaves) external;

    /// @notice Sets a token's limits.
    /// @dev Emits {TokenLimitChanged}. Only the administrator, and only for an asset of the treasury.
    function setTokenLimit(address token, TokenLimit calldata newLimit) external;

    /// @notice Sets the limits of loss.
    /// @dev Emits {LossLimitChanged}. Only the administrator.
    function setLossLimit(LossLimit calldata newLimit) external;

    /// @notice Sets how many times the limits of `Routine` hold for the higher classes; a higher one has at least as much.
    /// @dev Emits {ClassMultiplesChanged}. Only the administrator.
    function setClassMultiples(ClassMultiples calldata newMultiples) external;

    /// @notice Whether an account is a contract of ours, which is never a target.
    function isCore(address account) external view returns (bool);

    /// @notice The multiples of the limits of `Routine` that hold for the higher classes.
    function classMultiples() external view returns (ClassMultiples memory);

    /// @notice The root of the tree of permitted calls.
    function root() external view returns (bytes32);

    /// @notice A token's limits.
    function tokenLimitOf(address token) external view returns (TokenLimit memory);

    /// @notice The limits of loss.
    function lossLimit() external view returns (LossLimit memory);

    /// @notice The amount by which `token` may still decrease now, in its units.
    /// @return forAgent Through this agent's actions.
    /// @return forAll Through all agents' actions.
    function remainingOf(uint32 agentId, address token) external view returns (uint256 forAgent, uint256 forAll);

    /// @notice The amount by which `token` may decrease by the actions of all agents together, in its units: as much as
    /// `charge` admits for the votes of a class, lower classes included, and no more. [NX-TRE-02]
    ///
    /// @dev Notes:
    /// - Nothing decreases of a token whose limit per action, or per agent and day, is zero.
    /// - The limits of single agents are not counted: how many agents a quorum has is not the mandate's to know.
    ///
    /// @param token Address of the token.
    /// @param riskClass The class whose multiple of the limits holds; lower classes use the same limits.
    /// @return atOnce Now.
    /// @return inADay In the next 24 hours, what decreases at once included: the limit refills meanwhile. It is reached by
    /// using all that there is now, and again in the last second.
    function remainingDecreaseOf(
        address token,
        RiskClass riskClass
    ) external view returns (uint256 atOnce, uint256 inADay);

    /// @notice The same of losses, in USD with 18 decimals; nothing where the limit of loss per action is zero. [NX-TRE-02]
    function remainingLossOf(RiskClass riskClass) external view returns (uint256 atOnce, uint256 inADay);

    /// @notice The losses of an agent's actions that are not on its record yet, as far as they wait with `token`; the
    /// number of actions is zero if there is none.
    function pendingLossOf(uint32 agentId, address token) external view returns (PerformanceReport memory);

    /// @notice The loss that is still allowed now, in USD with 18 decimals.
    function remainingLoss() external view returns (uint256);

    /// @notice The unit that limits of loss are cut off to, in USD with 18 decimals.
    function LOSS_UNIT() external view returns (uint256);

    /// @notice The most calls in one proposal.
    function MAX_CALLS() external view returns (uint256);
}
