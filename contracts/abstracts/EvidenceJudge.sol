// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {EvidenceStatus, IBreakerEvidence} from "../interfaces/IBreakerEvidence.sol";
import {Administered} from "./Administered.sol";

/// @title EvidenceJudge
/// @notice See {IBreakerEvidence}. What all causes have in common: the breaker, and the times between observations.
abstract contract EvidenceJudge is IBreakerEvidence, Administered {
    uint256 internal constant BPS = 10_000;
    /// @inheritdoc IBreakerEvidence
    uint256 public constant MIN_SECONDS = 10;
    /// @inheritdoc IBreakerEvidence
    uint256 public constant MIN_BLOCKS = 2;
    /// @inheritdoc IBreakerEvidence
    uint256 public constant MAX_SECONDS = 10 minutes;
    /// @inheritdoc IBreakerEvidence
    uint256 public constant COOL_DOWN = 10 minutes;
    address internal immutable BREAKER;

    constructor(address breaker) {
        BREAKER = breaker;
    }

    /// @dev Whether now is far enough from a first observation: in time, because blocks share seconds, and in blocks.
    function _areApart(uint256 time, uint256 blockNumber) internal view returns (EvidenceStatus) {
        bool areApart = block.timestamp >= time + MIN_SECONDS && block.number >= blockNumber + MIN_BLOCKS;
        return areApart ? EvidenceStatus.Complete : EvidenceStatus.TooSoon;
    }

    /// @dev Whether a cause that was seen gone at `goneAt` has been gone for the cool-down.
    function _goneStatus(uint256 goneAt) internal view returns (EvidenceStatus) {
        if (goneAt == 0) return EvidenceStatus.NotObserved;
        return block.timestamp >= goneAt + COOL_DOWN ? EvidenceStatus.Complete : EvidenceStatus.TooSoon;
    }
}
