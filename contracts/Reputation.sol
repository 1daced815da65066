// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {Administered} from "./abstracts/Administered.sol";
import {IAgentIdentity} from "./interfaces/IAgentIdentity.sol";
import {IAgentRegistry} from "./interfaces/IAgentRegistry.sol";
import {IFeedbackRegistry} from "./interfaces/IFeedbackRegistry.sol";
import {
    IReputation,
    JobResult,
    PerformanceReport,
    RecorderRole,
    RatingState,
    Weighting
} from "./interfaces/IReputation.sol";
import {FeedbackBook} from "./libraries/FeedbackBook.sol";
import {HalfLife} from "./libraries/HalfLife.sol";

/// @title Reputation
/// @notice See {IReputation} for the measured score and {IFeedbackRegistry} for opinions. The two share no storage.
contract Reputation is IReputation, IFeedbackRegistry, Administered {
    using FeedbackBook for FeedbackBook.Book;

    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc IReputation
    uint256 public constant NEUTRAL = 10_000;
    /// @inheritdoc IReputation
    uint256 public constant FLOOR = 1_000;
    /// @inheritdoc IReputation
    uint256 public constant CAP = 15_000;
    /// @inheritdoc IReputation
    uint256 public constant MAX_SHARES = 128;
    /// @inheritdoc IFeedbackRegistry
    uint256 public constant MAX_ENTRIES = FeedbackBook.MAX_ENTRIES;
    /// @inheritdoc IFeedbackRegistry
    uint256 public constant MAX_DECIMALS = FeedbackBook.MAX_DECIMALS;
    /// @inheritdoc IFeedbackRegistry
    uint256 public constant MAX_TAG_LENGTH = FeedbackBook.MAX_TAG_LENGTH;

    uint256 private constant BPS = 10_000;
    int256 private constant ONE = int256(HalfLife.ONE);
    uint256 private constant MIN_HALF_LIFE = 1 days;
    uint256 private constant MAX_HALF_LIFE = 365 days;
    uint256 private constant MIN_HALF_WEIGHT = 1e18;
    uint256 private constant MAX_HALF_WEIGHT = 1e27;
    uint256 private constant MIN_LOSS_WEIGHT = 100;

    /// @inheritdoc IReputation
    /// @dev Immutable, so that a score is read from one slot.
    uint256 public immutable HALF_LIFE;
    address private immutable REGISTRY;

    /* STORAGE */

    mapping(uint32 agentId => RatingState rating) private _ratings;
    mapping(address recorder => RecorderRole role) private _roles;
    Weighting private _weighting;
    FeedbackBook.Book private _book;

    /* CONSTRUCTOR */

    /// @param admin The DAO's timelock.
    /// @param registry The agents' registry, an ERC-721; it alone restarts scores.
    /// @param halfLife The time in which half of a rating fades, in seconds, between a day and a year.
    /// @param initialWeighting The settings of how much a report moves a score.
    constructor(
        address admin,
        address registry,
        uint256 halfLife,
        Weighting memory initialWeighting
    ) Administered(admin) {
        require(
            halfLife >= MIN_HALF_LIFE && halfLife <= MAX_HALF_LIFE,
            HalfLifeOutOfBounds(halfLife, MIN_HALF_LIFE, MAX_HALF_LIFE)
        );
        REGISTRY = registry;
        HALF_LIFE = halfLife;
        _setWeighting(initialWeighting);
    }

    modifier onlyRecorder(RecorderRole role) {
        require(_roles[msg.sender] == role, NotRecorder(msg.sender, role));
        _;
    }

    /* WHAT WAS MEASURED */

    /// @inheritdoc IReputation
    function record(uint32 agentId, PerformanceReport calldata report) external onlyRecorder(RecorderRole.Proposals) {
        require(report.count != 0, EmptyReport(agentId));
        uint256 weight = weightOf(report);
        int256 rating = _adjust({agentId: agentId, weight: weight, isGain: report.result >= 0, count: report.count});
        emit PerformanceRecorded(agentId, msg.sender, report, weight, rating);
    }

    /// @inheritdoc IReputation
    function recordJob(uint32 agentId, JobResult result, uint128 fee) external onlyRecorder(RecorderRole.Jobs) {
        uint256 weight = fee;
        if (result == JobResult.Late) weight /= 2;
        if (result == JobResult.Lost) weight *= 2;
        int256 rating = _adjust({agentId: agentId, weight: weight, isGain: result == JobResult.Delivered, count: 1});
        emit JobRecorded(agentId, msg.sender, result, fee, weight, rating);
    }

    /// @inheritdoc IReputation
    function restart(uint32 agentId) external {
        require(msg.sender == REGISTRY, NotRegistry(msg.sender));
        RatingState storage rating = _ratings[agentId];
        if (rating.updatedAt == 0) return;
        int256 kept = SignedMath.min(_faded(rating), 0);
        _write({rating: rating, value: kept, gains: rating.gains, losses: rating.losses});
        emit ScoreRestarted(agentId, kept);
    }

    /// @inheritdoc IReputation
    function weightOf(PerformanceReport calldata report) public view returns (uint256) {
        uint256 fee = report.fee;
        if (report.result >= 0) {
            uint256 gain = uint128(report.result);
            // One instead of no forecast: any gain reaches it, and nothing divides by zero.
            uint256 forecast = Math.max(report.forecast, 1);
            return (fee * Math.min(gain, forecast)) / forecast;
        }
        uint256 loss = SignedMath.abs(report.result);
        uint256 limit = Math.max(report.maxLoss, 1);
        uint256 weight = Math.max(fee, (loss * _weighting.lossWeightBps) / BPS);
        return weight + (weight * Math.min(loss, limit)) / limit;
    }

    /// @dev Lets a report move a rating, and counts it. Reverts for an agent that the registry does not know.
    function _adjust(uint32 agentId, uint256 weight, bool isGain, uint256 count) private returns (int256 moved) {
        IERC721(REGISTRY).ownerOf(agentId);
        RatingState storage rating = _ratings[agentId];
        // Safe cast: at most ONE.
        int256 left = int256(HalfLife.left(weight, _weighting.halfWeight));
        moved = (_faded(rating) * left) / ONE;
        moved = isGain ? moved + (ONE - left) : moved - (ONE - left);
        uint256 gains = rating.gains + (isGain ? count : 0);
        uint256 losses = rating.losses + (isGain ? 0 : count);
        _write({rating: rating, value: moved, gains: gains, losses: losses});
    }

    /// @dev The one place that writes a rating. `updatedAt` keeps its slot from ever being zero again.
    function _write(RatingState storage rating, int256 value, uint256 gains, uint256 losses) private {
        // Safe casts: |value| <= ONE < 2^60; time < 2^40; counts stop at their most, so that none ever blocks a record.
        rating.value = int96(value);
        rating.updatedAt = uint40(block.timestamp);
        rating.gains = uint32(Math.min(gains, type(uint32).max));
        rating.losses = uint32(Math.min(losses, type(uint32).max));
    }

    /// @dev The rating as it is now, rounded towards zero. [NX-REP-03]
    function _faded(RatingState storage rating) private view returns (int256) {
        (int256 value, uint256 updatedAt) = (rating.value, rating.updatedAt);
        // No overflow: time does not run back; |value| and what is left are at most ONE < 2^60.
        unchecked {
            return (value * int256(HalfLife.left(block.timestamp - updatedAt, HALF_LIFE))) / ONE;
        }
    }

    /* READING THE SCORE */

    /// @inheritdoc IReputation
    function scoreOf(uint32 agentId) public view returns (uint256 bps) {
        int256 rating = _faded(_ratings[agentId]);
        // No overflow: |rating| <= ONE < 2^60, so that each side stays between FLOOR and CAP. Signed division rounds
        // towards zero, which is towards neutral.
        unchecked {
            int256 span = int256(rating < 0 ? NEUTRAL - FLOOR : CAP - NEUTRAL);
            return uint256(int256(NEUTRAL) + (rating * span) / ONE);
        }
    }

    /// @inheritdoc IReputation
    function sharesOf(uint32[] calldata agentIds) external view returns (uint256[] memory bps) {
        require(agentIds.length <= MAX_SHARES, TooManyAgents(agentIds.length, MAX_SHARES));
        bps = new uint256[](agentIds.length);
        uint256 sum;
        for (uint256 i; i < bps.length; ++i) sum += bps[i] = scoreOf(agentIds[i]);
        for (uint256 i; i < bps.length; ++i) bps[i] = (bps[i] * BPS) / sum;
    }

    /// @inheritdoc IReputation
    function ratingOf(uint32 agentId) external view returns (int256) {
        return _faded(_ratings[agentId]);
    }

    /// @inheritdoc IReputation
    function ratingStateOf(uint32 agentId) external view returns (RatingState memory) {
        return _ratings[agentId];
    }

    /* SETTINGS */

    /// @inheritdoc IReputation
    function setRecorder(address recorder, RecorderRole newRole) external onlyAdmin {
        _roles[recorder] = newRole;
        emit RecorderChanged(recorder, newRole);
    }

    /// @inheritdoc IReputation
    function setWeighting(Weighting calldata newWeighting) external onlyAdmin {
        _setWeighting(newWeighting);
    }

    function _setWeighting(Weighting memory newWeighting) private {
        (uint256 halfWeight, uint256 lossWeight) = (newWeighting.halfWeight, newWeighting.lossWeightBps);
        require(
            halfWeight >= MIN_HALF_WEIGHT && halfWeight <= MAX_HALF_WEIGHT,
            HalfWeightOutOfBounds(halfWeight, MIN_HALF_WEIGHT, MAX_HALF_WEIGHT)
        );
        require(
            lossWeight >= MIN_LOSS_WEIGHT && lossWeight <= BPS,
            LossWeightOutOfBounds(lossWeight, MIN_LOSS_WEIGHT, BPS)
        );
        _weighting = newWeighting;
        emit WeightingChanged(newWeighting);
    }

    /// @inheritdoc IReputation
    function roleOf(address recorder) external view returns (RecorderRole) {
        return _roles[recorder];
    }

    /// @inheritdoc IReputation
    function weighting() external view returns (Weighting memory) {
        return _weighting;
    }

    /* OPINIONS */

    /// @inheritdoc IFeedbackRegistry
    function giveFeedback(
        uint256 agentId,
        int128 value,
        uint8 valueDecimals,
        string calldata tag1,
        string calldata tag2,
        string calldata endpoint,
        string calldata feedbackURI,
        bytes32 feedbackHash
    ) external {
        _checkStranger(agentId);
        uint64 index = _book.add(agentId, value, valueDecimals, tag1, tag2);
        emit NewFeedback(
            agentId,
            msg.sender,
            index,
            value,
            valueDecimals,
            tag1,
            tag1,
            tag2,
            endpoint,
            feedbackURI,
            feedbackHash
        );
    }

    /// @inheritdoc IFeedbackRegistry
    function revokeFeedback(uint256 agentId, uint64 feedbackIndex) external {
        _book.revoke(agentId, feedbackIndex);
        emit FeedbackRevoked(agentId, msg.sender, feedbackIndex);
    }

    /// @inheritdoc IFeedbackRegistry
    function appendResponse(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex,
        string calldata responseURI,
        bytes32 responseHash
    ) external {
        _book.respond({agentId: agentId, client: clientAddress, index: feedbackIndex, responseURI: responseURI});
        emit ResponseAppended(agentId, clientAddress, feedbackIndex, msg.sender, responseURI, responseHash);
    }

    /// @dev Whoever acts for the agent is of its own side: owner, approved accounts, wallet, and each key that signs or ever
    /// signed votes for it. [NX-REP-07]
    function _checkStranger(uint256 agentId) private view {
        IERC721 registry = IERC721(REGISTRY);
        address owner = registry.ownerOf(agentId);
        bool isOwnSide =
            msg.sender == owner ||
                registry.getApproved(agentId) == msg.sender ||
                registry.isApprovedForAll(owner, msg.sender) ||
                IAgentIdentity(REGISTRY).getAgentWallet(agentId) == msg.sender ||
                IAgentRegistry(REGISTRY).signerRecordOf(msg.sender).agentId == agentId;
        require(!isOwnSide, SelfFeedback(agentId, msg.sender));
    }

    /// @inheritdoc IFeedbackRegistry
    function getSummary(
        uint256 agentId,
        address[] calldata clientAddresses,
        string calldata tag1,
        string calldata tag2
    ) external view returns (uint64 count, int128 summaryValue, uint8 summaryValueDecimals) {
        require(clientAddresses.length != 0, NoClients());
        return _book.summary(agentId, clientAddresses, FeedbackBook.filterOf(tag1, tag2, false));
    }

    /// @inheritdoc IFeedbackRegistry
    function readFeedback(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex
    )
        external
        view
        returns (int128 value, uint8 valueDecimals, string memory tag1, string memory tag2, bool isRevoked)
    {
        FeedbackBook.Feedback storage feedback = _book.get(agentId, clientAddress, feedbackIndex);
        return (feedback.value, feedback.valueDecimals, feedback.tag1, feedback.tag2, feedback.isRevoked);
    }

    /// @inheritdoc IFeedbackRegistry
    function readAllFeedback(
        uint256 agentId,
        address[] calldata clientAddresses,
        string calldata tag1,
        string calldata tag2,
        bool includeRevoked
    )
        external
        view
        returns (
            address[] memory clients,
            uint64[] memory feedbackIndexes,
            int128[] memory values,
            uint8[] memory valueDecimals,
            string[] memory tag1s,
            string[] memory tag2s,
            bool[] memory revokedStatuses
        )
    {
        clients = clientAddresses.length == 0 ? _book.allClients(agentId) : clientAddresses;
        FeedbackBook.Listing memory all = _book.list(
            agentId,
            clients,
            FeedbackBook.filterOf(tag1, tag2, includeRevoked)
        );
        return (all.clients, all.indexes, all.values, all.decimals, all.tag1s, all.tag2s, all.revoked);
    }

    /// @inheritdoc IFeedbackRegistry
    function getResponseCount(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex,
        address[] calldata responders
    ) external view returns (uint64 count) {
        return
            _book.countResponses({
                agentId: agentId,
                client: clientAddress,
                index: feedbackIndex,
                responders: responders
            });
    }

    /// @inheritdoc IFeedbackRegistry
    function getClients(uint256 agentId) external view returns (address[] memory) {
        return _book.allClients(agentId);
    }

    /// @inheritdoc IFeedbackRegistry
    function getClientsPage(
        uint256 agentId,
        uint256 start,
        uint256 count
    ) external view returns (address[] memory clients, uint256 total) {
        return _book.clientsPage(agentId, start, count);
    }

    /// @inheritdoc IFeedbackRegistry
    function getLastIndex(uint256 agentId, address clientAddress) external view returns (uint64) {
        // Safe cast: nobody pushes 2^64 times.
        return uint64(_book.feedback[agentId][clientAddress].length);
    }

    /// @inheritdoc IFeedbackRegistry
    function getIdentityRegistry() external view returns (address identityRegistry) {
        return REGISTRY;
    }
}
