// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IConsensus} from "../interfaces/IConsensus.sol";
import {IOracleHub} from "../interfaces/IOracleHub.sol";
import {IOutcomeRecorder} from "../interfaces/IOutcomeRecorder.sol";
import {IReputation, Outcome} from "../interfaces/IReputation.sol";
import {ITreasury} from "../interfaces/ITreasury.sol";
import {Grant, Proposal} from "../types/Proposal.sol";

/// @title OutcomeRecorder
/// @notice See {IOutcomeRecorder}. It stands beside the core, so that a proposal whose sender wants no record pays for none.
contract OutcomeRecorder is IOutcomeRecorder {
    using SafeCast for int256;
    using SafeCast for uint256;

    /* CONSTANTS AND IMMUTABLES */

    IConsensus private immutable CONSENSUS;
    ITreasury private immutable TREASURY;
    IOracleHub private immutable ORACLE_HUB;
    IReputation private immutable REPUTATION;

    /* CONSTRUCTOR */

    /// @param consensus Whom proposals are sent to.
    /// @param treasury What they make act.
    /// @param reputation Where gains are recorded; it must have approved this contract for that.
    constructor(address consensus, address treasury, address reputation) {
        CONSENSUS = IConsensus(consensus);
        TREASURY = ITreasury(treasury);
        ORACLE_HUB = IOracleHub(ITreasury(treasury).ORACLE_HUB());
        REPUTATION = IReputation(reputation);
    }

    /* RECORDING */

    /// @inheritdoc IOutcomeRecorder
    function enact(
        bytes calldata votes,
        Proposal calldata proposal,
        Grant[] calldata grants
    ) external returns (int256 gain, uint256 fee) {
        (address[] memory assets, uint256[] memory balances) = _before();
        CONSENSUS.enact(votes, proposal, grants);
        return _record(proposal, assets, balances);
    }

    /// @inheritdoc IOutcomeRecorder
    function execute(
        Proposal calldata proposal,
        Grant[] calldata grants,
        bytes calldata coSignature
    ) external returns (int256 gain, uint256 fee) {
        (address[] memory assets, uint256[] memory balances) = _before();
        CONSENSUS.executeCoSigned(proposal, grants, coSignature);
        return _record(proposal, assets, balances);
    }

    /// @dev Takes the fee on earlier gains first, so that the next one is on this proposal's alone.
    function _before() private returns (address[] memory assets, uint256[] memory balances) {
        TREASURY.accrueFee();
        assets = TREASURY.assets();
        balances = new uint256[](assets.length);
        for (uint256 i; i < assets.length; ++i) balances[i] = IERC20(assets[i]).balanceOf(address(TREASURY));
    }

    function _record(
        Proposal calldata proposal,
        address[] memory assets,
        uint256[] memory balances
    ) private returns (int256 gain, uint256 fee) {
        gain = _gainOf(assets, balances);
        uint256 feeAmount = TREASURY.accrueFee();
        if (gain <= 0 || feeAmount == 0) return (gain, 0);
        (fee, ) = ORACLE_HUB.valueRange(IERC4626(address(TREASURY)).asset(), feeAmount);
        REPUTATION.record(
            proposal.agentId,
            Outcome({count: 1, result: gain.toInt128(), forecast: proposal.forecast, maxLoss: 0, fee: fee.toUint128()})
        );
    }

    /// @dev What rose at the lower end of the band, less what fell at the upper.
    function _gainOf(address[] memory assets, uint256[] memory balances) private view returns (int256 gain) {
        for (uint256 i; i < assets.length; ++i) {
            uint256 balance = IERC20(assets[i]).balanceOf(address(TREASURY));
            if (balance == balances[i]) continue;
            bool rose = balance > balances[i];
            uint256 change = rose ? balance - balances[i] : balances[i] - balance;
            (uint256 lower, uint256 upper) = ORACLE_HUB.valueRange(assets[i], change);
            gain += rose ? lower.toInt256() : -upper.toInt256();
        }
    }
}
