// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {PLAIN_MAX_WEIGHT, PLAIN_VOTING_SEATS, plainCount} from "./Plain.sol";

/// @title TallyWidth
/// @notice One side of a ballot: whatever is voted, by at most 128 seats of 32 bits of weight each, its field of 39 bits
/// does not overflow.
contract TallyWidth {
    uint256 private _votes;
    uint256 private _weight;

    function vote(uint256 weight) external {
        require(_votes < PLAIN_VOTING_SEATS && weight <= PLAIN_MAX_WEIGHT);
        _votes += 1;
        _weight += weight;
        assert(_weight <= _votes * PLAIN_MAX_WEIGHT);
    }

    /// @dev What the bound above comes to.
    function bound(uint256 votes, uint256 weight) external pure {
        require(votes <= PLAIN_VOTING_SEATS && weight <= votes * PLAIN_MAX_WEIGHT);
        assert(weight < 2 ** 39);
    }
}

/// @title TallySums
/// @notice For, against and abstained add up to what was voted, whatever the order.
contract TallySums {
    uint256 private _for;
    uint256 private _against;
    uint256 private _abstained;
    uint256 private _voted;

    function vote(uint256 weight, uint8 support) external {
        _voted += weight;
        if (support == 0) _against += weight;
        else if (support == 1) _for += weight;
        else _abstained += weight;
        assert(_for + _against + _abstained == _voted);
    }
}

/// @title TallyOnce
/// @notice One seat, any of them, beside all others: its weight is counted at most once, whatever is tried.
contract TallyOnce {
    bool private _hasVoted;
    uint256 private _counted;

    /// @dev A vote of this seat: refused where its bit is set.
    function vote() external {
        require(!_hasVoted);
        _hasVoted = true;
        _counted += 1;
        assert(_counted == 1);
    }

    /// @dev Votes of others, queueing and the rest set no bit of this seat and clear none.
    function others() external view {
        assert(_counted == (_hasVoted ? 1 : 0));
    }
}

/// @title TallyFields
/// @notice Adding to a field, or replacing it, changes no other field of the word, as long as the result fits the field.
/// Below lies `low`, above it `high`; whoever takes the new word apart finds the parts that were meant.
contract TallyFields {
    function addWeightFor(uint256[3] calldata parts, uint256[3] calldata read, uint256 weight) external pure {
        (uint256 low, uint256 field, uint256 high) = (parts[0], parts[1], parts[2]);
        (uint256 low2, uint256 field2, uint256 high2) = (read[0], read[1], read[2]);
        require(low < 2 ** 128 && low2 < 2 ** 128 && field + weight < 2 ** 39 && field2 < 2 ** 39);
        require(high < 2 ** 89 && high2 < 2 ** 89);
        uint256 word = low + 2 ** 128 * field + 2 ** 167 * high;
        require(word + 2 ** 128 * weight == low2 + 2 ** 128 * field2 + 2 ** 167 * high2);
        assert(field2 == field + weight);
        assert(low2 == low && high2 == high);
    }
}
