// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReputation, PerformanceReport} from "../interfaces/IReputation.sol";

/// @title ScoreReader
/// @notice The reads and writes of scores that the benches measure: each function once with and once without the call,
/// so that the difference is what the call costs a contract.
contract ScoreReader {
    IReputation private immutable REPUTATION;

    /// @dev Kept off storage: only a log proves that the answer was used.
    event ScoreRead(uint256 bps);

    constructor(IReputation reputation) {
        REPUTATION = reputation;
    }

    function read(uint32 agentId) external {
        emit ScoreRead(REPUTATION.scoreOf(agentId));
    }

    function readNothing(uint32 agentId) external {
        emit ScoreRead(agentId);
    }

    function write(uint32 agentId, PerformanceReport calldata outcome) external {
        REPUTATION.record(agentId, outcome);
        emit ScoreRead(agentId);
    }

    function writeNothing(uint32 agentId, PerformanceReport calldata) external {
        emit ScoreRead(agentId);
    }
}
