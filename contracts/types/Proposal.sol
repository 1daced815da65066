// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {RiskClass} from "./RiskClass.sol";

/// @notice One call that the treasury makes. It carries no native coin: the treasury holds tokens only.
struct Call {
    address target;
    bytes data;
}

/// @notice The kinds of post-conditions. Amounts are in the token's units unless another unit is named.
enum ConditionKind {
    /// `holder` holds at least `amount` of the token `subject` afterwards.
    BalanceAtLeast,
    /// `holder` holds at most `amount` of it. A debt is a balance of its debt token.
    BalanceAtMost,
    /// `holder`'s balance of it increases by at least `amount`.
    BalanceIncreasesAtLeast,
    /// `holder`'s balance of it does not decrease by more than `amount`.
    BalanceDecreasesAtMost,
    /// The value of `holder`'s balance of it is at most `amount`, in USD with 18 decimals, at the upper end of the
    /// band.
    PositionAtMost,
    /// The health factor of `holder` in the lending pool `subject` (Aave v3's shape) is at least `amount`, 18 decimals.
    HealthFactorAtLeast,
    /// The treasury's value does not decrease by more than `amount` basis points; `subject` and `holder` are zero.
    ValueDecreasesAtMostBps,
    /// Of the treasury's assets only those named by such conditions change at all; `holder` and `amount` are zero.
    OnlyMoves
}

/// @notice Something that must be true once the calls are made, or nothing of the proposal remains.
struct Condition {
    ConditionKind kind;
    address subject;
    address holder;
    uint256 amount;
}

/// @notice The proposal that agents vote on. They sign its EIP-712 hash.
struct Proposal {
    /// The agent that proposes. Its current signer must be among the voters.
    uint32 agentId;
    /// Consumed once from the agent's nonce window.
    uint40 nonce;
    /// The last second in which the proposal may be enacted.
    uint40 deadline;
    /// The account that may send it; zero means anyone.
    address submitter;
    /// The most that the calls may lose, in USD with 18 decimals.
    uint128 maxLoss;
    /// The expected gain of the calls, in USD with 18 decimals; reputation holds the result against it.
    uint128 forecast;
    /// The calls that the treasury makes, in order, all or nothing.
    Call[] calls;
    /// The conditions that must hold afterwards.
    Condition[] conditions;
    /// Root of the record that led to the decision.
    bytes32 evidence;
}

/// @notice Proves that the mandate permits one call. Not part of what is signed: it follows from the mandate's root.
struct CallProof {
    /// Reads the call's arguments; part of the leaf.
    address decoder;
    /// The least class of a batch that holds this call; part of the leaf.
    RiskClass minClass;
    /// Merkle proof of the leaf.
    bytes32[] proof;
}

/// @notice The kind of a call, as far as it matters to whoever makes it. A call that supplies or withdraws exchanges two
/// tokens unit for unit, but for one unit of rounding: the one underlies the other, which is its position in a lending pool.
enum CallForm {
    /// None of the others.
    Plain,
    /// It must return true, as ERC-20 functions do.
    ReturnsBool,
    /// `tokenOut` is the position of what it spends.
    Supplies,
    /// `tokenIn` is the position of what it buys.
    Withdraws,
    /// It supplies, and answers zero, or a code of why it did nothing.
    SuppliesByCode,
    /// It withdraws, and answers zero, or a code of why it did nothing.
    WithdrawsByCode
}

/// @notice The decoder's reading of one call.
struct DecodedCall {
    /// Hash of every address and pool key that the call names, as the decoder documents it; part of the leaf.
    bytes32 key;
    /// The token that the call may spend; zero for none.
    address tokenIn;
    /// The most that it may spend of it, in the token's units.
    uint256 amountIn;
    /// The token that it buys; zero for none.
    address tokenOut;
    /// The account that receives what the call buys; zero when it buys nothing.
    address recipient;
    /// The account that needs an allowance for `tokenIn`; zero for no one.
    address spender;
    /// The kind of the call.
    CallForm form;
}
