// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Grant, Proposal} from "../types/Proposal.sol";
import {Refusal} from "../types/Refusal.sol";
import {RiskClass} from "../types/RiskClass.sol";
import {IAdministered} from "./IAdministered.sol";

/// @notice What a risk class demands.
struct Policy {
    /// Absolute weight that must vote for; silence counts as no.
    uint64 threshold;
    /// Least number of agents.
    uint16 minVoters;
    /// Least number of operators.
    uint16 minOperators;
    /// How far ahead a deadline may lie, in seconds.
    uint32 maxDeadline;
}

/// @title IConsensus
/// @notice What the agents decide. A proposal and the signed votes for it arrive in one transaction and take effect in it.
interface IConsensus is IAdministered {
    /// @notice Emitted when a proposal was enacted.
    /// @param proposalHash Its EIP-712 digest.
    /// @param agentId The proposing agent.
    /// @param nonce The nonce that it used up.
    /// @param loss What its calls lost, in USD with 18 decimals; zero when no balance fell.
    /// @param evidence Root of the record that led to the decision.
    event ProposalEnacted(
        bytes32 indexed proposalHash,
        uint32 indexed agentId,
        uint256 nonce,
        uint256 loss,
        bytes32 evidence
    );

    /// @notice Emitted when the demands of a class change.
    /// @param riskClass The class.
    /// @param policy What it demands from now on.
    event PolicyChanged(RiskClass indexed riskClass, Policy policy);

    /// @notice Thrown when a proposal cannot be enacted.
    /// @param proposalHash Its EIP-712 digest.
    /// @param refusal Why.
    /// @param index The index of the vote or of the condition at fault, else zero.
    error ProposalRefused(bytes32 proposalHash, Refusal refusal, uint256 index);

    /// @notice Thrown when a policy would let a minority decide, or would let nobody decide.
    /// @param threshold The threshold that was asked for.
    /// @param totalWeight The weight of all active agents.
    error ThresholdOutOfRange(uint256 threshold, uint256 totalWeight);

    /// @notice Thrown when a policy's deadline is zero or longer than `MAX_ROUTINE_DEADLINE`.
    /// @param maxDeadline What was asked for, in seconds.
    error DeadlineOutOfRange(uint256 maxDeadline);

    /// @notice Thrown when a policy asks for more voters than one transaction may carry.
    /// @param minVoters What was asked for.
    /// @param minOperators What was asked for.
    error VoterCountOutOfRange(uint256 minVoters, uint256 minOperators);

    /// @notice Enacts `proposal` at once, if the votes carry it as a `Routine` action.
    ///
    /// @dev Emits {ProposalEnacted}.
    ///
    /// Requirements:
    /// - `previewEnact` with the same arguments must answer `None`. [NX-CON-01] [NX-CON-02] [NX-CON-08]
    /// - Nothing in the calls may revert, and the executor's limits must hold. [NX-CON-06]
    /// - Every post-condition must hold afterwards, or it reverts with `ConditionNotMet` or `AssetMoved`. [NX-CON-06]
    ///
    /// Notes:
    /// - A vote is the EIP-712 signature of the proposal by an agent's vote signer, in the 64-byte form of ERC-2098.
    /// - Votes stand in strictly ascending order of agent ids, so that an agent counts once. [NX-CON-04]
    ///
    /// Warnings:
    /// - Nothing is used up by an attempt that reverts: until its deadline a signed vote can be sent again.
    ///
    /// @param proposal What is to be done.
    /// @param grants One for each call; they follow from the mandate and are not signed.
    /// @param votes The signatures, one after the other.
    function enact(Proposal calldata proposal, Grant[] calldata grants, bytes calldata votes) external;

    /// @notice Why `enact` by the same caller would be refused in this block, as far as that does not depend on the
    /// calls' own effects, as whether post-conditions hold does.
    /// @return refusal The reason, or `None`.
    /// @return index The index of the condition, the vote or the call at fault, else zero.
    function previewEnact(
        Proposal calldata proposal,
        Grant[] calldata grants,
        bytes calldata votes
    ) external view returns (Refusal refusal, uint256 index);

    /// @notice Sets what a class demands.
    ///
    /// @dev Emits {PolicyChanged}. Only the administrator.
    ///
    /// Requirements:
    /// - The threshold must be more than half of the active weight, and not more than all of it. [NX-CON-02] [NX-CON-05]
    function setPolicy(RiskClass riskClass, Policy calldata newPolicy) external;

    /// @notice What a class demands.
    function policyOf(RiskClass riskClass) external view returns (Policy memory);

    /// @notice The EIP-712 digest that voters sign.
    function hashProposal(Proposal calldata proposal) external view returns (bytes32);

    /// @notice How far ahead the deadline of a `Routine` proposal may lie at the most, in seconds.
    function MAX_ROUTINE_DEADLINE() external view returns (uint256);

    /// @notice Who counts the votes.
    function REGISTRY() external view returns (address);

    /// @notice Who makes the calls.
    function EXECUTOR() external view returns (address);
}
