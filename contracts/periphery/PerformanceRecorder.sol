// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IConsensus} from "../interfaces/IConsensus.sol";
import {IOracleHub, QuoteStatus} from "../interfaces/IOracleHub.sol";
import {IPerformanceRecorder} from "../interfaces/IPerformanceRecorder.sol";
import {IReputation, PerformanceReport} from "../interfaces/IReputation.sol";
import {ITreasury} from "../interfaces/ITreasury.sol";
import {ITreasuryAssets} from "../interfaces/ITreasuryAssets.sol";
import {BoundedCall} from "../libraries/BoundedCall.sol";
import {CallProof, Proposal} from "../types/Proposal.sol";

/// @title PerformanceRecorder
/// @notice See {IPerformanceRecorder}. It stands beside the core, so that a proposal whose sender wants no record pays for
/// none.
contract PerformanceRecorder is IPerformanceRecorder {
    using BoundedCall for address;
    using SafeCast for int256;
    using SafeCast for uint256;

    /* TYPES */

    /// @dev The treasury's balances before the calls; or, that the gain of a proposal cannot be measured.
    struct MoneySnapshot {
        bool isMeasured;
        address[] assets;
        uint256[] balances;
    }

    /* CONSTANTS AND IMMUTABLES */

    /// @dev The largest amount, in an asset's units or in USD with 18 decimals, that is taken for a measure.
    uint256 private constant MAX_VALUE = type(uint120).max;
    IConsensus private immutable CONSENSUS;
    ITreasury private immutable TREASURY;
    IOracleHub private immutable ORACLE_HUB;
    IReputation private immutable REPUTATION;

    /* CONSTRUCTOR */

    /// @param consensus The Consensus contract that proposals are sent to.
    /// @param treasury The treasury whose gain is measured.
    /// @param reputation The contract that gains are recorded in; it must have approved this contract for that.
    constructor(address consensus, address treasury, address reputation) {
        CONSENSUS = IConsensus(consensus);
        TREASURY = ITreasury(treasury);
        ORACLE_HUB = IOracleHub(ITreasury(treasury).ORACLE_HUB());
        REPUTATION = IReputation(reputation);
    }

    /* RECORDING */

    /// @inheritdoc IPerformanceRecorder
    function enact(
        bytes calldata votes,
        Proposal calldata proposal,
        CallProof[] calldata callProofs
    ) external returns (int256 gain, uint256 fee, bool isMeasured) {
        MoneySnapshot memory before = _before();
        CONSENSUS.enact(votes, proposal, callProofs);
        return _record(proposal, before);
    }

    /// @inheritdoc IPerformanceRecorder
    function execute(
        Proposal calldata proposal,
        CallProof[] calldata callProofs,
        bytes calldata coSignature
    ) external returns (int256 gain, uint256 fee, bool isMeasured) {
        MoneySnapshot memory before = _before();
        CONSENSUS.executeCoSigned(proposal, callProofs, coSignature);
        return _record(proposal, before);
    }

    /// @dev Takes the fee on earlier gains first, so that the next one is on this proposal's alone.
    function _before() private returns (MoneySnapshot memory before) {
        (before.isMeasured, ) = _tryAccrueFee();
        if (!before.isMeasured) return before;
        before.assets = TREASURY.assets();
        before.balances = new uint256[](before.assets.length);
        for (uint256 i; i < before.assets.length; ++i) {
            (bool isRead, uint256 balance) = _tryBalance(before.assets[i]);
            before.balances[i] = balance;
            if (!isRead) before.isMeasured = false;
        }
    }

    /// @dev The fee that was taken, or that none can be now: a held asset has no value.
    function _tryAccrueFee() private returns (bool isTaken, uint256 amount) {
        try TREASURY.accrueFee() returns (uint256 taken) {
            return (true, taken);
        } catch (bytes memory reason) {
            require(!_isWantOfGas(reason), ITreasuryAssets.GasTooLow(gasleft()));
            return (false, 0);
        }
    }

    /// @dev Whether a call failed since it had too little gas: no caller chooses by its gas what can be measured.
    /// [NX-REP-11]
    function _isWantOfGas(bytes memory reason) private pure returns (bool) {
        bytes4 selector = bytes4(reason);
        return
            reason.length == 0 ||
            selector == IOracleHub.NotEnoughGas.selector ||
            selector == ITreasuryAssets.GasTooLow.selector;
    }

    function _tryBalance(address asset) private view returns (bool isRead, uint256 balance) {
        (isRead, balance) = asset.tryBalanceOf(address(TREASURY));
        require(isRead || BoundedCall.hasGas(BoundedCall.READ_GAS), ITreasuryAssets.GasTooLow(gasleft()));
    }

    function _record(
        Proposal calldata proposal,
        MoneySnapshot memory before
    ) private returns (int256 gain, uint256 fee, bool isMeasured) {
        if (before.isMeasured) (isMeasured, gain) = _tryGain(before);
        if (!isMeasured) return (0, 0, false);
        uint256 feeAmount;
        (isMeasured, feeAmount) = _tryAccrueFee();
        if (!isMeasured) return (0, 0, false);
        if (gain <= 0 || feeAmount == 0) return (gain, 0, true);
        (isMeasured, fee, ) = _tryValue(IERC4626(address(TREASURY)).asset(), feeAmount);
        if (!isMeasured) return (0, 0, false);
        REPUTATION.record(
            proposal.agentId,
            PerformanceReport({
                count: 1,
                result: gain.toInt128(),
                forecast: proposal.forecast,
                maxLoss: 0,
                fee: fee.toUint128()
            })
        );
    }

    /// @dev The gain: increases at the lower end of the band, less decreases at the upper, of each asset up to its cap;
    /// or that something that changed has no value.
    function _tryGain(MoneySnapshot memory before) private view returns (bool isMeasured, int256 gain) {
        for (uint256 i; i < before.assets.length; ++i) {
            (bool isRead, uint256 balance) = _tryBalance(before.assets[i]);
            if (!isRead) return (false, 0);
            uint256 held = before.balances[i];
            if (balance == held) continue;
            // What does not count in shares is no gain of theirs. [NX-TRE-09]
            uint256 cap = TREASURY.assetCapOf(before.assets[i]);
            (balance, held) = (Math.min(balance, cap), Math.min(held, cap));
            if (balance == held) continue;
            bool rose = balance > held;
            uint256 change = rose ? balance - held : held - balance;
            uint256 lower;
            uint256 upper;
            (isMeasured, lower, upper) = _tryValue(before.assets[i], change);
            if (!isMeasured) return (false, 0);
            // Safe casts, and no overflow: a value has 120 bits, and there are sixteen assets at the most.
            gain += rose ? int256(lower) : -int256(upper);
        }
        return (true, gain);
    }

    /// @dev The value of `amount` of an asset at both ends of its band, or that it has no value that could be recorded.
    function _tryValue(
        address asset,
        uint256 amount
    ) private view returns (bool hasValue, uint256 lower, uint256 upper) {
        if (amount > MAX_VALUE) return (false, 0, 0);
        QuoteStatus status;
        (status, lower, upper) = ORACLE_HUB.previewValueRange(asset, amount);
        hasValue = status == QuoteStatus.Ready && upper <= MAX_VALUE;
    }
}
