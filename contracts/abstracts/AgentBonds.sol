// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAgentBonds} from "../interfaces/IAgentBonds.sol";
import {IReputation} from "../interfaces/IReputation.sol";
import {Bits} from "../libraries/Bits.sol";
import {BondHistory} from "../libraries/BondHistory.sol";
import {Agent, AgentStatus, Operator} from "../types/Agent.sol";
import {Administered} from "./Administered.sol";
import {AgentIdentity} from "./AgentIdentity.sol";

/// @title AgentBonds
/// @notice See {IAgentBonds}. Keeps bonds, and assigns the weight that follows from them. {AgentRegistry} keeps keys
/// and seats.
abstract contract AgentBonds is Administered, AgentIdentity, IAgentBonds {
    using BondHistory for BondHistory.History;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @dev One unit of weight, in the stake token's units (18 decimals).
    uint256 private constant WEIGHT_UNIT = 1e18;
    /// @dev The score of an agent without history, in basis points. No constant, or the compiler would write the code of
    /// joining twice, once for this score, and the registry has no room for that.
    uint256 internal immutable NEUTRAL = 10_000;

    /// @inheritdoc IAgentBonds
    uint256 public constant UNBONDING_DELAY = 7 days;
    /// @inheritdoc IAgentBonds
    uint256 public constant VOTING_SEATS = 128;
    /// @dev The highest cap with which all voting seats together fit a tally: 128 times this are less than 2^30, see
    /// {ProposalTallyLib}.
    uint32 private constant MAX_WEIGHT_CAP = 2 ** 23 - 1;
    /// @inheritdoc IAgentBonds
    address public immutable STAKE_TOKEN;
    /// @inheritdoc IAgentBonds
    uint256 public immutable MIN_BOND;
    /// @inheritdoc IAgentBonds
    address public immutable REPUTATION;

    /// @dev These two share a slot with the identities' counters: joining writes all of them.
    uint40 private _totalWeight;
    /// @dev One bit for each voting seat.
    uint128 private _takenSeats;
    uint32 private _weightCap;
    uint32 private _operatorCap;
    /// @dev The history of an agent's bond, unbonding included; empty until the bond first changes after joining.
    mapping(uint256 agentId => BondHistory.History history) private _held;

    constructor(address reputation, address stakeToken, uint256 minBond, uint32 newWeightCap, uint32 newOperatorCap) {
        REPUTATION = reputation;
        STAKE_TOKEN = stakeToken;
        MIN_BOND = minBond;
        _checkCaps(newWeightCap, newOperatorCap);
        _weightCap = newWeightCap;
        _operatorCap = newOperatorCap;
        emit WeightCapChanged(newWeightCap);
        emit OperatorCapChanged(newOperatorCap);
    }

    /* BOND */

    /// @inheritdoc IAgentBonds
    function addBond(uint32 agentId, uint256 amount) external onlyOperator(agentId) {
        _checkMember(agentId);
        // Checked here: bond and what is unbonding fit 96 bits together, so that each of them does and a sum too.
        _recordHeld(agentId, (_heldOf(agentId) + amount).toUint96());
        _agents[agentId].bond += uint96(amount);
        _applyWeight(agentId);
        _takeStake(amount);
    }

    /// @inheritdoc IAgentBonds
    function unbond(uint32 agentId, uint256 amount) external onlyOperator(agentId) {
        _checkMember(agentId);
        uint256 bond = _agents[agentId].bond;
        uint256 maximum = Math.saturatingSub(bond, MIN_BOND);
        require(amount <= maximum, UnbondTooLarge(amount, maximum));
        _startUnbonding(agentId, amount);
        _applyWeight(agentId);
    }

    /// @inheritdoc IAgentBonds
    function withdrawBond(uint32 agentId) external {
        // Check: something unbonded, and long enough.
        Agent storage agent = _agents[agentId];
        address owner = _requireOwned(agentId);
        uint256 end = agent.unbondingEnd;
        require(end != 0, NothingUnbonding(agentId));
        require(block.timestamp >= end, StillUnbonding(agentId, end));

        // Effect: nothing unbonds any more, and a terminated agent's voting seat is free.
        uint256 amount = agent.unbonding;
        _recordHeld(agentId, agent.bond);
        agent.unbonding = 0;
        agent.unbondingEnd = 0;
        emit BondWithdrawn(agentId, owner, amount);
        if (agent.status == AgentStatus.Terminated) _freeVotingSeat(agentId);

        // Interaction: pay.
        IERC20(STAKE_TOKEN).safeTransfer(owner, amount);
    }

    /// @inheritdoc IAgentBonds
    function slash(
        uint32 agentId,
        address recipient,
        uint256 amount,
        uint256 offenceAt,
        bytes32 evidence
    ) external onlyAdmin {
        // Check: the offence is done, by a member. What is out of reach is left, so that nobody who takes out a unit in time can
        // make the DAO's call fail.
        require(_agents[agentId].status != AgentStatus.None, WrongAgentStatus(agentId, AgentStatus.None));
        amount = Math.min(amount, slashableOf(agentId, offenceAt));

        // Effect: the bond first, so that weight falls, then what is on its way out.
        Agent storage agent = _agents[agentId];
        _recordHeld(agentId, _heldOf(agentId) - amount);
        uint256 fromBond = Math.min(amount, agent.bond);
        // Safe casts: neither is larger than what it is taken from.
        agent.bond -= uint96(fromBond);
        agent.unbonding -= uint96(amount - fromBond);
        emit Slashed(agentId, recipient, amount, agent.unbonding, offenceAt, evidence);
        _lowerWeight(agentId);

        // Interaction: the money moves.
        IERC20(STAKE_TOKEN).safeTransfer(recipient, amount);
    }

    /// @inheritdoc IAgentBonds
    function slashableOf(uint32 agentId, uint256 offenceAt) public view returns (uint256) {
        require(offenceAt <= block.timestamp, OffenceInFuture(offenceAt, block.timestamp));
        _requireOwned(agentId);
        if (offenceAt < _agents[agentId].joinedAt) return 0;
        uint256 current = _heldOf(agentId);
        return Math.min(current, _held[agentId].amountAt(offenceAt, current));
    }

    function _takeStake(uint256 amount) internal {
        IERC20(STAKE_TOKEN).safeTransferFrom(msg.sender, address(this), amount);
    }

    function _startUnbonding(uint32 agentId, uint256 amount) internal {
        Agent storage agent = _agents[agentId];
        // Safe casts: a part of the bond, and a time.
        agent.bond -= uint96(amount);
        agent.unbonding += uint96(amount);
        agent.unbondingEnd = uint40(block.timestamp + UNBONDING_DELAY);
        emit UnbondingStarted(agentId, agent.unbonding, agent.unbondingEnd);
    }

    function _heldOf(uint32 agentId) private view returns (uint256) {
        return uint256(_agents[agentId].bond) + _agents[agentId].unbonding;
    }

    /// @dev Call this before the amount held changes.
    function _recordHeld(uint32 agentId, uint256 newHeld) private {
        _held[agentId].note(_heldOf(agentId), newHeld);
    }

    function _checkMember(uint32 agentId) internal view {
        AgentStatus status = _agents[agentId].status;
        require(status == AgentStatus.Active || status == AgentStatus.Paused, WrongAgentStatus(agentId, status));
    }

    /* VOTING SEATS */

    /// @dev The lowest number that is free.
    function _takeVotingSeat(address owner) internal returns (uint256 number) {
        number = Bits.lowest(~uint256(_takenSeats));
        require(number < VOTING_SEATS, NoFreeVotingSeat(VOTING_SEATS));
        // Safe cast: below 128.
        uint128 seat = uint128(1 << number);
        _takenSeats |= seat;
        _operators[owner].votingSeats |= seat;
    }

    /// @dev No tally that the agent voted in is open any more: unbonding takes longer than any of them. [NX-CON-10]
    function _freeVotingSeat(uint32 agentId) private {
        uint256 number = _votingSeatOf(agentId);
        // Safe cast: below 128.
        uint128 others = ~uint128(1 << number);
        _takenSeats &= others;
        _operators[_agents[agentId].owner].votingSeats &= others;
        emit VotingSeatFreed(agentId, number);
    }

    /* WEIGHT */

    /// @inheritdoc IAgentBonds
    function refreshWeight(uint32 agentId) external {
        if (_isAuthorized(_requireOwned(agentId), msg.sender, agentId)) _applyWeight(agentId);
        else _lowerWeight(agentId);
    }

    /// @inheritdoc IAgentBonds
    function setWeightCap(uint32 newCap) external onlyAdmin {
        _checkCaps(newCap, _operatorCap);
        _weightCap = newCap;
        emit WeightCapChanged(newCap);
    }

    /// @inheritdoc IAgentBonds
    function setOperatorCap(uint32 newCap) external onlyAdmin {
        _checkCaps(_weightCap, newCap);
        _operatorCap = newCap;
        emit OperatorCapChanged(newCap);
    }

    function _checkCaps(uint32 agentCap, uint32 operatorCap_) private pure {
        require(agentCap <= operatorCap_ && agentCap <= MAX_WEIGHT_CAP, CapsOutOfOrder(agentCap, operatorCap_));
    }

    function _applyWeight(uint32 agentId) internal {
        _assignWeight(agentId, _scoreIfActive(agentId), _weightCap);
    }

    /// @dev Never raises a weight, since others than the owner bring this about: a gain restarts `weightSince`, and
    /// would silence the agent on proposals that are open.
    function _lowerWeight(uint32 agentId) private {
        _assignWeight(agentId, _scoreIfActive(agentId), Math.min(_seatWeightOf(agentId), _weightCap));
    }

    /// @dev Only an active agent's score matters, and only then it is asked for.
    function _scoreIfActive(uint32 agentId) private view returns (uint256) {
        return _agents[agentId].status == AgentStatus.Active ? _scoreOf(agentId) : 0;
    }

    function _scoreOf(uint32 agentId) internal view returns (uint256) {
        return REPUTATION == address(0) ? NEUTRAL : IReputation(REPUTATION).scoreOf(agentId);
    }

    function _assignWeight(uint32 agentId, uint256 score, uint256 maximum) private {
        uint256 weight = _weigh(agentId, score, maximum);
        _writeWeight(agentId, weight);
        emit BondChanged(agentId, _agents[agentId].bond, weight);
    }

    /// @dev The one rule of what an agent weighs. Keeps the sums of its operator and of all; the caller writes the signer record.
    function _weigh(uint32 agentId, uint256 score, uint256 maximum) internal returns (uint256 weight) {
        Agent storage agent = _agents[agentId];
        Operator storage operator = _operators[agent.owner];
        (uint256 bond, uint256 before) = (agent.bond, _seatWeightOf(agentId));
        uint256 others = operator.weight - before;
        if (agent.status == AgentStatus.Active && bond >= MIN_BOND) {
            // An agent's cap is at most its operator's, so an operator's first one is bound by its own.
            if (others != 0) maximum = Math.min(maximum, Math.saturatingSub(_operatorCap, others));
            weight = Math.min((bond * score) / (NEUTRAL * WEIGHT_UNIT), maximum);
        }
        // Safe casts and no overflow: at most 128 agents weigh anything, each less than 2^32, and `before` is in the sum.
        unchecked {
            operator.weight = uint40(others + weight);
            _totalWeight = uint40(_totalWeight + weight - before);
        }
    }

    function _restartScore(uint32 agentId) internal {
        if (REPUTATION != address(0)) IReputation(REPUTATION).restart(agentId);
    }

    /// @dev The agent's weight now, in whole stake tokens.
    function _seatWeightOf(uint32 agentId) internal view virtual returns (uint256);

    /// @dev The agent's voting seat, whether it has a signer now or not.
    function _votingSeatOf(uint32 agentId) internal view virtual returns (uint256);

    /// @dev Writes status and weight where votes are counted from.
    function _writeWeight(uint32 agentId, uint256 weight) internal virtual;

    /* VIEWS */

    /// @inheritdoc IAgentBonds
    function totalWeight() external view returns (uint256) {
        return _totalWeight;
    }

    /// @inheritdoc IAgentBonds
    function operatorWeightOf(address operator) external view returns (uint256) {
        return _operators[operator].weight;
    }

    /// @inheritdoc IAgentBonds
    function weightCap() public view returns (uint32) {
        return _weightCap;
    }

    /// @inheritdoc IAgentBonds
    function operatorCap() external view returns (uint32) {
        return _operatorCap;
    }

    /// @inheritdoc IAgentBonds
    function votingSeatsTaken() external view returns (uint256) {
        return Bits.count(_takenSeats);
    }
}
