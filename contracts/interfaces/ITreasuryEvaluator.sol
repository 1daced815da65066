// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {JobTerms} from "../types/Job.sol";
import {CallProof, Proposal} from "../types/Proposal.sol";

/// @title ITreasuryEvaluator
/// @notice Judges jobs by what the treasury gained: terms that name it as evaluator pay by the result of one proposal.
///
/// Which proposal that is, voters say: the proposal's `evidence` is the job's id, and they signed it. Whoever sends the
/// proposal through here has it carried out, its gain recorded, and the delivered job approved with the gain as its outcome,
/// all of it or nothing. Sent by another way, the proposal judges nothing, and the job ends as where nobody judges it.
///
/// Anyone may call it, with what Consensus would accept from {IPerformanceRecorder}. It holds nothing, and takes no pay: an
/// evaluator's pay here would be nobody's, so it judges no job that promises some.
interface ITreasuryEvaluator {
    /// @notice Thrown when a proposal was not made on this job's work.
    /// @param jobId The job's id.
    /// @param evidence The evidence that the proposal names.
    error NotOnThisWork(bytes32 jobId, bytes32 evidence);

    /// @notice Thrown when the terms promise the evaluator a pay.
    /// @param jobId The job's id.
    /// @param evaluatorPay The evaluator's pay in the terms, in the token's units.
    error TakesNoPay(bytes32 jobId, uint256 evaluatorPay);

    /// @notice Thrown when it cannot be measured what the proposal gained, since a held asset has no value: the job is judged
    /// later, or by another way.
    /// @param jobId The job's id.
    error GainNotMeasured(bytes32 jobId);

    /// @notice Enacts a proposal, and approves the job with what it gained.
    ///
    /// @dev Emits what {IPerformanceRecorder-enact} and {IEscrow-approve} emit, and reverts as they do: where the job was not
    /// delivered, its term is over, or its token has no price. The order of parameters is theirs, after the terms.
    ///
    /// @param terms The terms that client and worker agreed on; their evaluator must be this contract.
    /// @param votes The voters' signatures of 64 bytes each, one after the other.
    /// @param proposal The proposal as it was signed; its `evidence` must be the job's id.
    /// @param callProofs One {CallProof} for each call, in the order of the calls.
    /// @return outcome The gain in units of the job's token, rounded down at the upper end of its price; zero for a loss, and
    /// at most what the terms' cap has room for.
    function enact(
        JobTerms calldata terms,
        bytes calldata votes,
        Proposal calldata proposal,
        CallProof[] calldata callProofs
    ) external returns (uint128 outcome);

    /// @notice Executes a queued proposal, and approves the job with what it gained, as `enact` does.
    /// @param terms The terms that client and worker agreed on; their evaluator must be this contract.
    /// @param proposal The proposal as it was signed; its `evidence` must be the job's id.
    /// @param callProofs One {CallProof} for each call, in the order of the calls.
    /// @param coSignature For `Critical`, the co-signer's signature; else empty.
    /// @return outcome As of `enact`.
    function execute(
        JobTerms calldata terms,
        Proposal calldata proposal,
        CallProof[] calldata callProofs,
        bytes calldata coSignature
    ) external returns (uint128 outcome);
}
