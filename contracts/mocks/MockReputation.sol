// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Scores as a test wants them, or none at all: what the registry asks of {IReputation}.
contract MockReputation {
    /// @notice Thrown while the stand-in is broken.
    error Broken();

    bool public broken;
    mapping(uint32 agentId => uint256 bps) private _scores;
    mapping(uint32 agentId => uint256 count) public restarts;

    function setScore(uint32 agentId, uint256 bps) external {
        _scores[agentId] = bps;
    }

    function setBroken(bool newBroken) external {
        broken = newBroken;
    }

    function restart(uint32 agentId) external {
        require(!broken, Broken());
        ++restarts[agentId];
        delete _scores[agentId];
    }

    function scoreOf(uint32 agentId) external view returns (uint256) {
        require(!broken, Broken());
        return _scores[agentId] == 0 ? 10_000 : _scores[agentId];
    }
}
