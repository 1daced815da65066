// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {PLAIN_MAX_WEIGHT, PLAIN_VOTING_SEATS, plainCount} from "./Plain.sol";

/// @title TallyWidth
/// @notice One side of a ballot: whatever is voted, by at most 128 seats of 23 bits of weight each, its field of 30 bits
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
        assert(weight < 2 ** 30);
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
/// @dev A word is what lies below a field, the field, and what lies above it. Whoever takes the new word apart, into parts
/// that fit, finds the parts that were meant: there is no other way to take it apart.
contract TallyFields {
    /// @dev 128 bits of seats below, 30 bits, 98 above.
    function addFor(uint256[3] calldata parts, uint256[3] calldata read, uint256 weight) external pure {
        require(parts[0] < 2 ** 128 && parts[1] + weight < 2 ** 30 && parts[2] < 2 ** 98);
        require(read[0] < 2 ** 128 && read[1] < 2 ** 30 && read[2] < 2 ** 98);
        uint256 word = parts[0] + 2 ** 128 * parts[1] + 2 ** 158 * parts[2];
        require(word + 2 ** 128 * weight == read[0] + 2 ** 128 * read[1] + 2 ** 158 * read[2]);
        assert(read[0] == parts[0] && read[1] == parts[1] + weight && read[2] == parts[2]);
    }

    /// @dev 158 bits of seats and weight for below, 30 bits, 68 above.
    function addAgainst(uint256[3] calldata parts, uint256[3] calldata read, uint256 weight) external pure {
        require(parts[0] < 2 ** 158 && parts[1] + weight < 2 ** 30 && parts[2] < 2 ** 68);
        require(read[0] < 2 ** 158 && read[1] < 2 ** 30 && read[2] < 2 ** 68);
        uint256 word = parts[0] + 2 ** 158 * parts[1] + 2 ** 188 * parts[2];
        require(word + 2 ** 158 * weight == read[0] + 2 ** 158 * read[1] + 2 ** 188 * read[2]);
        assert(read[0] == parts[0] && read[1] == parts[1] + weight && read[2] == parts[2]);
    }

    /// @dev 252 bits of everything else below, 2 bits of state, the class above.
    function replaceState(uint256[3] calldata parts, uint256[3] calldata read, uint256 state) external pure {
        require(parts[0] < 2 ** 252 && parts[1] < 4 && parts[2] < 4 && state < 4);
        require(read[0] < 2 ** 252 && read[1] < 4 && read[2] < 4);
        uint256 word = parts[0] + 2 ** 252 * parts[1] + 2 ** 254 * parts[2];
        require(word - 2 ** 252 * parts[1] + 2 ** 252 * state == read[0] + 2 ** 252 * read[1] + 2 ** 254 * read[2]);
        assert(read[0] == parts[0] && read[1] == state && read[2] == parts[2]);
    }
}

/// @title TallyCounters
/// @notice Voters and operators stop at the most that their fields hold, and a counter never falls.
contract TallyCounters {
    function count(uint256 counted, uint256 more) external pure {
        require(counted <= 127 && more <= PLAIN_VOTING_SEATS);
        uint256 next = plainCount(counted, more, 127);
        assert(next <= 127 && next >= counted);
    }
}
