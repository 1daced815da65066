// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IEscrow} from "../interfaces/IEscrow.sol";
import {IOracleHub} from "../interfaces/IOracleHub.sol";
import {IPerformanceRecorder} from "../interfaces/IPerformanceRecorder.sol";
import {ITreasuryEvaluator} from "../interfaces/ITreasuryEvaluator.sol";
import {JobTerms} from "../types/Job.sol";
import {CallProof, Proposal} from "../types/Proposal.sol";

/// @title TreasuryEvaluator
/// @notice See {ITreasuryEvaluator}. It judges by the gain that the recorder measures in the same transaction.
contract TreasuryEvaluator is ITreasuryEvaluator {
    /* CONSTANTS AND IMMUTABLES */

    IEscrow private immutable ESCROW;
    IPerformanceRecorder private immutable RECORDER;
    IOracleHub private immutable ORACLE_HUB;

    /* CONSTRUCTOR */

    /// @param escrow The escrow that holds the jobs.
    /// @param recorder The recorder that executes proposals and measures their gain.
    /// @param oracleHub The oracle hub that turns the gain into a job's token.
    constructor(address escrow, address recorder, address oracleHub) {
        ESCROW = IEscrow(escrow);
        RECORDER = IPerformanceRecorder(recorder);
        ORACLE_HUB = IOracleHub(oracleHub);
    }

    /* JUDGING */

    /// @inheritdoc ITreasuryEvaluator
    function enact(
        JobTerms calldata terms,
        bytes calldata votes,
        Proposal calldata proposal,
        CallProof[] calldata callProofs
    ) external returns (uint128 outcome) {
        _check(terms, proposal);
        (int256 gain, , bool isMeasured) = RECORDER.enact(votes, proposal, callProofs);
        require(isMeasured, GainNotMeasured(proposal.evidence));
        return _approve(terms, gain);
    }

    /// @inheritdoc ITreasuryEvaluator
    function execute(
        JobTerms calldata terms,
        Proposal calldata proposal,
        CallProof[] calldata callProofs,
        bytes calldata coSignature
    ) external returns (uint128 outcome) {
        _check(terms, proposal);
        (int256 gain, , bool isMeasured) = RECORDER.execute(proposal, callProofs, coSignature);
        require(isMeasured, GainNotMeasured(proposal.evidence));
        return _approve(terms, gain);
    }

    function _check(JobTerms calldata terms, Proposal calldata proposal) private view {
        bytes32 jobId = ESCROW.jobIdOf(terms);
        require(proposal.evidence == jobId, NotOnThisWork(jobId, proposal.evidence));
        require(terms.evaluatorPay == 0, TakesNoPay(jobId, terms.evaluatorPay));
    }

    /// @dev The escrow checks all else: that this contract is the evaluator, and the job waits to be judged.
    function _approve(JobTerms calldata terms, int256 gain) private returns (uint128 outcome) {
        // Safe casts: above zero, and what a job's cap has room for has 128 bits.
        if (gain > 0) outcome = uint128(Math.min(_inToken(terms.token, uint256(gain)), ESCROW.maxOutcomeOf(terms)));
        ESCROW.approve(terms, outcome);
    }

    /// @dev Converts dollars with 18 decimals to a token's units, at the upper end of its price.
    function _inToken(address token, uint256 dollars) private view returns (uint256) {
        uint256 whole = 10 ** IERC20Metadata(token).decimals();
        (, uint256 upper) = ORACLE_HUB.valueRange(token, whole);
        return Math.mulDiv(dollars, whole, upper);
    }
}
