// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Call, DecodedCall, Grant} from "../types/Proposal.sol";
import {Refusal} from "../types/Refusal.sol";
import {RiskClass} from "../types/RiskClass.sol";
import {IAdministered} from "./IAdministered.sol";
import {Outcome} from "./IReputation.sol";

/// @notice How much of a token may be used, in the token's units.
struct TokenLimit {
    /// The most that the calls of one action may spend together, as their decoders report it. Zero forbids the token.
    uint128 perAction;
    /// The most by which the treasury's balance may fall through one agent's actions in any 24 hours.
    uint104 perAgentDay;
    /// The same through all agents' actions together.
    uint104 perDay;
}

/// @notice How much value may be lost, in USD with 18 decimals, of which the mandate keeps six. What it has no room for,
/// from 2^48 millionths of a dollar for one action and 2^56 for a day, is refused.
struct LossLimit {
    uint96 perAction;
    /// In any 24 hours, through all agents' actions together.
    uint96 perDay;
}

/// @notice How many times the limits of `Routine` hold for the higher classes, amounts and losses alike.
struct ClassMultiples {
    uint16 elevated;
    uint16 critical;
}

/// @title IMandate
/// @notice What may be decided: which calls, how much, and how much loss.
///
/// The permitted calls are the leaves of a Merkle tree. A leaf is
/// `keccak256(bytes.concat(keccak256(abi.encode(target, selector, decoder, key, leastClass))))`, where `key` is the hash
/// of every address and pool key that the call names, as its decoder documents it.
///
/// Whatever the tree says, no contract of ours is a target. Which ones those are is fixed at deployment. [NX-MAN-01]
interface IMandate is IAdministered {
    /// @notice Emitted when the tree of permitted calls changes.
    /// @param root The root from now on.
    /// @param leaves Where its leaves can be read, a URI.
    event RootChanged(bytes32 indexed root, string leaves);

    /// @notice Emitted when a token's limits change.
    /// @param token The token.
    /// @param limit Its limits from now on.
    event TokenLimitChanged(address indexed token, TokenLimit limit);

    /// @notice Emitted when the limits of loss change.
    /// @param limit The limits from now on.
    event LossLimitChanged(LossLimit limit);

    /// @notice Emitted when the multiples of the higher classes change.
    /// @param multiples What they are from now on.
    event ClassMultiplesChanged(ClassMultiples multiples);

    /// @notice Thrown when anyone but the treasury charges limits.
    /// @param caller Who tried.
    error NotTreasury(address caller);

    /// @notice Thrown when a limit is set for a token that the treasury does not value.
    /// @param token The token.
    error NotTreasuryAsset(address token);

    /// @notice Thrown when one action loses more than it may.
    /// @param loss What it lost, in USD with 18 decimals.
    /// @param maximum What it might.
    error ActionLossExceeded(uint256 loss, uint256 maximum);

    /// @notice Thrown when no loss waits to be recorded.
    /// @param agentId Whose.
    error NothingToRecord(uint32 agentId);

    /// @notice Thrown when a higher class would have less room than a lower one.
    /// @param elevated What was asked for.
    /// @param critical What was asked for.
    error MultiplesOutOfOrder(uint16 elevated, uint16 critical);

    /// @notice Says whether the mandate permits `calls`, and what they touch.
    ///
    /// @dev Requirements, each a {Refusal}: as many grants as calls, between 1 and `MAX_CALLS`; no target is one of our
    /// own contracts; the decoder reads the call; the leaf is in the tree; what is bought goes to the treasury; every
    /// token has limits; no token is spent beyond its limit per action; the class is at most `allowed`.
    /// [NX-MAN-01] [NX-CON-03] [NX-TRE-07]
    ///
    /// @param grants One for each call.
    /// @param allowed The highest class that is allowed.
    /// @param calls The calls, in order.
    /// @return refusal Why not, or `None`.
    /// @return index The index of the call at fault.
    /// @return decoded What the calls' decoders say; when one is at fault, of those before it.
    function authorize(
        Grant[] calldata grants,
        RiskClass allowed,
        Call[] calldata calls
    ) external view returns (Refusal refusal, uint256 index, DecodedCall[] memory decoded);

    /// @notice The lowest class whose votes can carry `calls` now: at least the least class of each call's leaf, with room
    /// for what is spent in one action, and for what is spent and not bought back in the rolling windows of the agent and
    /// of all agents together. Splitting an action does not lower it: its parts fill the same windows. [NX-CON-03]
    /// @param agentId The proposing agent.
    /// @param grants One for each call.
    /// @param calls The calls, in order.
    /// @return refusal Why no class can carry them, or `None`.
    /// @return index The index of the call at fault.
    /// @return riskClass The class.
    function classify(
        uint32 agentId,
        Grant[] calldata grants,
        Call[] calldata calls
    ) external view returns (Refusal refusal, uint256 index, RiskClass riskClass);

    /// @notice Uses up limits for what an action took. Only the treasury may call it. [NX-MAN-02]
    ///
    /// @dev Reverts with {LeakyBucket.DailyLimitExceeded} or {ActionLossExceeded}. A loss is kept for the agent's record.
    ///
    /// @param agentId The proposing agent.
    /// @param loss What was lost over all, in USD with 18 decimals.
    /// @param maxLoss What the proposal allows.
    /// @param tokens Tokens whose balance may have fallen.
    /// @param changes By how much each balance changed, in the token's units; only falls are charged.
    /// @param allowed The class that the votes carry; its multiple of the limits holds.
    function charge(
        uint32 agentId,
        uint256 loss,
        uint256 maxLoss,
        address[] calldata tokens,
        int256[] calldata changes,
        RiskClass allowed
    ) external;

    /// @notice Puts what an agent's actions lost on its record; anyone may call it, and nobody can prevent it. [NX-REP-09]
    ///
    /// @dev Requirements:
    /// - Some loss must wait, where `tokens` say: it waits with the first token that fell in its action.
    ///
    /// Notes:
    /// - Losses are added up, each with the limit that it stood under, in thousandths of a dollar rounded up.
    /// - The agent's weight follows at the registry's `refreshWeight`.
    ///
    /// @param agentId Whose.
    /// @param tokens Where to look; a token named twice counts once.
    function recordLosses(uint32 agentId, address[] calldata tokens) external;

    /// @notice Creates the slots of an agent's limits for `token`, so that the first use pays for none; anyone may call it.
    function prime(uint32 agentId, address token) external;

    /// @notice Sets the tree of permitted calls.
    /// @dev Emits {RootChanged}. Only the administrator.
    /// @param newRoot Its root; zero permits nothing.
    /// @param leaves Where its leaves can be read.
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

    /// @notice How many times the limits of `Routine` hold for the higher classes.
    function classMultiples() external view returns (ClassMultiples memory);

    /// @notice The root of the tree of permitted calls.
    function root() external view returns (bytes32);

    /// @notice A token's limits.
    function tokenLimitOf(address token) external view returns (TokenLimit memory);

    /// @notice The limits of loss.
    function lossLimit() external view returns (LossLimit memory);

    /// @notice How far `token` may still fall now, in its units.
    /// @return forAgent Through this agent's actions.
    /// @return forAll Through all agents' actions.
    function roomOf(uint32 agentId, address token) external view returns (uint256 forAgent, uint256 forAll);

    /// @notice How far `token` may fall by the actions of all agents together, in its units: what `charge` admits for the
    /// votes of a class, lower classes included, and no more. [NX-TRE-02]
    ///
    /// @dev Notes:
    /// - Nothing falls of a token whose limit per action, or per agent and day, is zero.
    /// - The limits of single agents are not counted: how many agents a quorum has is not the mandate's to know.
    ///
    /// @param token The token.
    /// @param riskClass Whose multiple of the limits holds; lower classes use the same limits.
    /// @return atOnce Now.
    /// @return inADay In the next 24 hours, what falls at once included: the limit refills meanwhile. It is reached by
    /// using all that there is now, and again in the last second.
    function fallRoomOf(address token, RiskClass riskClass) external view returns (uint256 atOnce, uint256 inADay);

    /// @notice The same of losses, in USD with 18 decimals; nothing where the limit of loss per action is zero. [NX-TRE-02]
    function lossRoomOf(RiskClass riskClass) external view returns (uint256 atOnce, uint256 inADay);

    /// @notice What an agent's actions lost and is not on its record yet, as far as it waits with `token`; the number of
    /// actions is zero if there is none.
    function unrecordedLosses(uint32 agentId, address token) external view returns (Outcome memory);

    /// @notice How much may still be lost now, in USD with 18 decimals.
    function lossRoom() external view returns (uint256);

    /// @notice What limits of loss are cut off to, in USD with 18 decimals.
    function LOSS_UNIT() external view returns (uint256);

    /// @notice The most calls in one proposal.
    function MAX_CALLS() external view returns (uint256);
}
