// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {CallProof, Proposal} from "../types/Proposal.sol";

/// @title IPerformanceRecorder
/// @notice Sends a proposal to Consensus and puts what the treasury gained by it on the proposing agent's record.
///
/// A loss is recorded whether its agent wants it or not, see {IMandate}. A gain is recorded by whoever sends the proposal
/// through here, and pays the gas of measuring it: both ends of the transaction value what the treasury holds. What counts
/// is what was paid to the protocol for it, the performance fee on what shares gained above their high-water mark by this
/// proposal alone. [NX-REP-05] [NX-REP-10]
///
/// Anyone may call it, with what Consensus itself would accept from this contract: a proposal whose `executor` is zero or
/// this contract. It holds nothing.
interface IPerformanceRecorder {
    /// @notice Enacts a proposal as {IConsensus-enact} does, with its order of parameters, then records its gain.
    ///
    /// @dev Emits what Consensus, the treasury's fee and Reputation emit. Reverts as Consensus does. A proposal that gained
    /// nothing, or of which no fee was due, is enacted and not recorded. So is one whose gain cannot be measured, since what is
    /// held or what moved has no value: one dead feed stops nobody's proposals. [NX-TRE-09] Of an asset only what is below
    /// its cap counts. With too little gas to measure by it reverts, so that no sender chooses what is measured. [NX-REP-11]
    /// The agent takes over a higher weight by the registry's `refreshWeight`.
    ///
    /// @param votes The voters' signatures of 64 bytes each, one after the other.
    /// @param proposal The proposal as it was signed.
    /// @param callProofs One {CallProof} for each call, in the order of the calls.
    /// @return gain Gain of the treasury, in USD with 18 decimals; below zero for a loss.
    /// @return fee The fee that was taken of it, in USD with 18 decimals.
    /// @return isMeasured Whether the gain could be measured; else gain and fee are zero.
    function enact(
        bytes calldata votes,
        Proposal calldata proposal,
        CallProof[] calldata callProofs
    ) external returns (int256 gain, uint256 fee, bool isMeasured);

    /// @notice Executes a queued proposal as {IConsensus-executeCoSigned} does, then records its gain, as `enact` does.
    /// @param proposal The proposal as it was signed.
    /// @param callProofs One {CallProof} for each call, in the order of the calls.
    /// @param coSignature For `Critical`, the co-signer's signature; else empty.
    function execute(
        Proposal calldata proposal,
        CallProof[] calldata callProofs,
        bytes calldata coSignature
    ) external returns (int256 gain, uint256 fee, bool isMeasured);
}
