// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @dev Of time these rules know one thing: whether the second in which the ballot is made has come. What an agent gains before
/// it is old; what it gains in it, before or after the ballot is made, or later, is new. Time does not go back.

/// @title OpeningWeight
/// @notice An agent, any of them: a ballot never counts more of it than it weighed when the ballot was made, whatever it gains,
/// loses and votes, in whatever order, within one second too.
contract OpeningWeight {
    bool private _hasBegun;
    uint256 private _weight;
    bool private _isNew;
    bool private _isOpen;
    bool private _hasVoted;
    uint256 private _granted;

    function begin() external {
        _hasBegun = true;
    }

    /// @dev Bonds, pauses, transfers, rotations, scores and refreshes.
    function change(uint256 weight) external {
        if (weight > _weight) _isNew = _hasBegun;
        _weight = weight;
    }

    /// @dev The first votes come with the proposal, at what they weigh then.
    function open(bool votes) external {
        require(_hasBegun && !_isOpen);
        _isOpen = true;
        _hasVoted = votes;
        _granted = _weight;
    }

    function vote() external {
        require(_isOpen && !_hasVoted && !_isNew);
        _hasVoted = true;
        assert(_weight <= _granted);
    }

    /// @dev What it comes to: agents of one operator that weighed no more than its cap together, and of which no more is counted.
    function bound(uint256 one, uint256 others, uint256 granted, uint256 othersGranted, uint256 cap) external pure {
        require(one <= granted && others <= othersGranted);
        require(granted <= cap && othersGranted <= cap - granted);
        assert(one + others <= cap);
    }
}

/// @title OpeningOperator
/// @notice An operator, any of them, with two voting seats, from the moment when a ballot is made: it is counted once at the
/// most, whatever it transfers away or takes over. Whether it had left a seat in that second already is open.
contract OpeningOperator {
    bool private _hasLeft;
    bool private _holdsOne;
    bool private _holdsOther;
    bool private _oneVoted;
    bool private _otherVoted;
    bool private _isCounted;

    /// @dev The first votes come with the proposal, and are counted by the operators' numbers.
    constructor(bool hasLeft, bool holdsOne, bool holdsOther, bool oneVotes, bool otherVotes) {
        require((!oneVotes || holdsOne) && (!otherVotes || holdsOther));
        (_hasLeft, _holdsOne, _holdsOther) = (hasLeft, holdsOne, holdsOther);
        (_oneVoted, _otherVoted, _isCounted) = (oneVotes, otherVotes, oneVotes || otherVotes);
    }

    function takeOne() external {
        _holdsOne = true;
    }

    function takeOther() external {
        _holdsOther = true;
    }

    function transferOne() external {
        require(_holdsOne);
        (_holdsOne, _hasLeft) = (false, true);
    }

    function transferOther() external {
        require(_holdsOther);
        (_holdsOther, _hasLeft) = (false, true);
    }

    function voteOne() external {
        require(_holdsOne && !_oneVoted);
        _oneVoted = true;
        if (_hasLeft || (_holdsOther && _otherVoted)) return;
        assert(!_isCounted);
        _isCounted = true;
    }

    function voteOther() external {
        require(_holdsOther && !_otherVoted);
        _otherVoted = true;
        if (_hasLeft || (_holdsOne && _oneVoted)) return;
        assert(!_isCounted);
        _isCounted = true;
    }
}
