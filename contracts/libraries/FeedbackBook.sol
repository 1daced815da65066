// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {IFeedbackRegistry} from "../interfaces/IFeedbackRegistry.sol";

/// @title FeedbackBook
/// @notice Keeps and reads feedback; see {IFeedbackRegistry}. The contract decides who may give it.
library FeedbackBook {
    struct Feedback {
        int128 value;
        uint8 valueDecimals;
        bool isRevoked;
        /// Number of answers, by anyone.
        uint64 responses;
        string tag1;
        string tag2;
    }

    struct Book {
        /// A client's feedback number i lies at i - 1.
        mapping(uint256 agentId => mapping(address client => Feedback[] feedback)) feedback;
        mapping(uint256 agentId => address[] clients) clients;
        mapping(bytes32 feedbackKey => mapping(address responder => uint64 count)) responses;
    }

    /// @dev The filter on feedback. A tag's hash is zero for any.
    struct Filter {
        bytes32 tag1;
        bytes32 tag2;
        bool includeRevoked;
    }

    /// @dev The answer of `readAllFeedback`.
    struct Listing {
        address[] clients;
        uint64[] indexes;
        int128[] values;
        uint8[] decimals;
        string[] tag1s;
        string[] tag2s;
        bool[] revoked;
    }

    uint256 internal constant MAX_ENTRIES = 500;
    uint256 internal constant MAX_DECIMALS = 18;
    /// @dev Tags lie in storage. As many as one reading looks at, at this length, are read within a block's gas.
    uint256 internal constant MAX_TAG_LENGTH = 64;

    /* WRITING */

    /// @dev Adds feedback and returns its number.
    function add(
        Book storage book,
        uint256 agentId,
        int128 value,
        uint8 valueDecimals,
        string calldata tag1,
        string calldata tag2
    ) internal returns (uint64) {
        require(valueDecimals <= MAX_DECIMALS, IFeedbackRegistry.TooManyDecimals(valueDecimals, MAX_DECIMALS));
        // So that it fits an int128 with 18 decimals, and every average of such values does too.
        uint256 maximum = uint256(uint128(type(int128).max)) / 10 ** (MAX_DECIMALS - valueDecimals);
        require(SignedMath.abs(value) <= maximum, IFeedbackRegistry.FeedbackValueTooLarge(value, maximum));
        _checkLength(tag1);
        _checkLength(tag2);

        Feedback[] storage all = book.feedback[agentId][msg.sender];
        if (all.length == 0) book.clients[agentId].push(msg.sender);
        Feedback storage added = all.push();
        (added.value, added.valueDecimals, added.tag1, added.tag2) = (value, valueDecimals, tag1, tag2);
        // Safe cast: nobody pushes 2^64 times.
        return uint64(all.length);
    }

    /// @dev Marks the caller's own feedback as taken back.
    function revoke(Book storage book, uint256 agentId, uint64 index) internal {
        Feedback storage feedback = get({book: book, agentId: agentId, client: msg.sender, index: index});
        require(!feedback.isRevoked, IFeedbackRegistry.FeedbackAlreadyRevoked(agentId, msg.sender, index));
        feedback.isRevoked = true;
    }

    /// @dev Counts one answer of the caller.
    function respond(
        Book storage book,
        uint256 agentId,
        address client,
        uint64 index,
        string calldata responseURI
    ) internal {
        require(bytes(responseURI).length != 0, IFeedbackRegistry.EmptyResponse());
        ++get(book, agentId, client, index).responses;
        ++book.responses[_keyOf(agentId, client, index)][msg.sender];
    }

    function _checkLength(string calldata tag) private pure {
        require(bytes(tag).length <= MAX_TAG_LENGTH, IFeedbackRegistry.TagTooLong(bytes(tag).length, MAX_TAG_LENGTH));
    }

    /* READING */

    /// @dev One piece of feedback; reverts when there is none of that number.
    function get(
        Book storage book,
        uint256 agentId,
        address client,
        uint64 index
    ) internal view returns (Feedback storage) {
        Feedback[] storage all = book.feedback[agentId][client];
        // Safe cast: nobody pushes 2^64 times.
        uint64 last = uint64(all.length);
        require(index != 0 && index <= last, IFeedbackRegistry.UnknownFeedback(agentId, client, index, last));
        return all[index - 1];
    }

    function filterOf(
        string calldata tag1,
        string calldata tag2,
        bool includeRevoked
    ) internal pure returns (Filter memory) {
        return Filter(_wanted(tag1), _wanted(tag2), includeRevoked);
    }

    /// @dev Number, average and its decimals of what passes the filter.
    function summary(
        Book storage book,
        uint256 agentId,
        address[] memory clients,
        Filter memory filter
    ) internal view returns (uint64 count, int128 average, uint8 decimals) {
        checkEntries(book, agentId, clients);
        int256 sum;
        uint64[] memory votes = new uint64[](MAX_DECIMALS + 1);
        for (uint256 i; i < clients.length; ++i) {
            Feedback[] storage all = book.feedback[agentId][clients[i]];
            for (uint256 j; j < all.length; ++j) {
                if (!_passes(all[j], filter)) continue;
                uint8 own = all[j].valueDecimals;
                sum += int256(all[j].value) * int256(10 ** (MAX_DECIMALS - own));
                ++votes[own];
                ++count;
            }
        }
        if (count == 0) return (0, 0, 0);
        for (uint8 i = 1; i <= MAX_DECIMALS; ++i) {
            if (votes[i] > votes[decimals]) decimals = i;
        }
        // Safe cast: with 18 decimals each value fits an int128, so their average does; fewer decimals make it smaller.
        average = int128(sum / int256(uint256(count)) / int256(10 ** (MAX_DECIMALS - decimals)));
    }

    /// @dev All that passes the filter.
    function list(
        Book storage book,
        uint256 agentId,
        address[] memory clients,
        Filter memory filter
    ) internal view returns (Listing memory listing) {
        listing = _emptyListing(checkEntries(book, agentId, clients));
        uint256 found;
        for (uint256 i; i < clients.length; ++i) {
            Feedback[] storage all = book.feedback[agentId][clients[i]];
            for (uint256 j; j < all.length; ++j) {
                if (!_passes(all[j], filter)) continue;
                _put({listing: listing, place: found++, client: clients[i], index: j + 1, feedback: all[j]});
            }
        }
        _shorten(listing, found);
    }

    /// @dev The number of answers to the named feedback, by `responders` or, when none is named, by anyone.
    function countResponses(
        Book storage book,
        uint256 agentId,
        address client,
        uint64 index,
        address[] calldata responders
    ) internal view returns (uint64 count) {
        if (client != address(0) && index != 0) return _responsesTo(book, agentId, client, index, responders);
        address[] memory clients = client == address(0) ? allClients(book, agentId) : new address[](1);
        if (client != address(0)) clients[0] = client;
        _checkCount(checkEntries(book, agentId, clients) * (responders.length > 1 ? responders.length : 1));
        for (uint256 i; i < clients.length; ++i) {
            client = clients[i];
            for (index = 1; index <= book.feedback[agentId][client].length; ++index) {
                count += _responsesTo(book, agentId, client, index, responders);
            }
        }
    }

    /// @dev All clients; reverts when they are too many for one answer.
    function allClients(Book storage book, uint256 agentId) internal view returns (address[] memory) {
        _checkCount(book.clients[agentId].length);
        return book.clients[agentId];
    }

    /// @dev At most `count` clients from `start` on, and how many there are.
    function clientsPage(
        Book storage book,
        uint256 agentId,
        uint256 start,
        uint256 count
    ) internal view returns (address[] memory page, uint256 total) {
        _checkCount(count);
        address[] storage all = book.clients[agentId];
        total = all.length;
        if (start >= total) return (page, total);
        if (count > total - start) count = total - start;
        page = new address[](count);
        for (uint256 i; i < count; ++i) page[i] = all[start + i];
    }

    /// @dev The number of pieces of feedback by the clients, revoked ones included; reverts when they are too many.
    function checkEntries(
        Book storage book,
        uint256 agentId,
        address[] memory clients
    ) internal view returns (uint256 entries) {
        _checkCount(clients.length);
        for (uint256 i; i < clients.length; ++i) entries += book.feedback[agentId][clients[i]].length;
        _checkCount(entries);
    }

    /* HELPERS */

    function _checkCount(uint256 count) private pure {
        require(count <= MAX_ENTRIES, IFeedbackRegistry.TooManyEntries(count, MAX_ENTRIES));
    }

    function _passes(Feedback storage feedback, Filter memory filter) private view returns (bool) {
        if (feedback.isRevoked && !filter.includeRevoked) return false;
        if (filter.tag1 != 0 && filter.tag1 != keccak256(bytes(feedback.tag1))) return false;
        return filter.tag2 == 0 || filter.tag2 == keccak256(bytes(feedback.tag2));
    }

    function _wanted(string calldata tag) private pure returns (bytes32) {
        return bytes(tag).length == 0 ? bytes32(0) : keccak256(bytes(tag));
    }

    function _responsesTo(
        Book storage book,
        uint256 agentId,
        address client,
        uint64 index,
        address[] calldata responders
    ) private view returns (uint64 count) {
        Feedback[] storage all = book.feedback[agentId][client];
        if (index > all.length) return 0;
        if (responders.length == 0) return all[index - 1].responses;
        _checkCount(responders.length);
        mapping(address => uint64) storage counts = book.responses[_keyOf(agentId, client, index)];
        for (uint256 i; i < responders.length; ++i) count += counts[responders[i]];
    }

    function _keyOf(uint256 agentId, address client, uint64 index) private pure returns (bytes32) {
        return keccak256(abi.encode(agentId, client, index));
    }

    function _emptyListing(uint256 length) private pure returns (Listing memory listing) {
        listing.clients = new address[](length);
        listing.indexes = new uint64[](length);
        listing.values = new int128[](length);
        listing.decimals = new uint8[](length);
        listing.tag1s = new string[](length);
        listing.tag2s = new string[](length);
        listing.revoked = new bool[](length);
    }

    function _put(
        Listing memory listing,
        uint256 place,
        address client,
        uint256 index,
        Feedback storage feedback
    ) private view {
        listing.clients[place] = client;
        // Safe cast: at most MAX_ENTRIES.
        listing.indexes[place] = uint64(index);
        listing.values[place] = feedback.value;
        listing.decimals[place] = feedback.valueDecimals;
        listing.tag1s[place] = feedback.tag1;
        listing.tag2s[place] = feedback.tag2;
        listing.revoked[place] = feedback.isRevoked;
    }

    /// @dev Cuts every array to what was found, which is never more than it holds.
    function _shorten(Listing memory listing, uint256 length) private pure {
        assembly ("memory-safe") {
            // The struct is seven words, each pointing at an array whose first word is its length.
            for {
                let field := listing
                let end := add(listing, 0xe0)
            } lt(field, end) {
                field := add(field, 0x20)
            } {
                mstore(mload(field), length)
            }
        }
    }
}
