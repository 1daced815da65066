// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title IFeedbackRegistry
/// @notice Opinions about agents, as ERC-8004's reputation registry has them: anyone but the agent's own side may give one,
/// nobody can take another's back, and none moves the measured score. [NX-REP-04] [NX-REP-07]
///
/// Feedback is numbered from 1 for each agent and client. Reading functions that add up or list look at no more than
/// `MAX_ENTRIES` pieces of feedback and revert beyond that; `readFeedback` and `getClientsPage` reach everything. [NX-REP-08]
interface IFeedbackRegistry {
    /// @notice Emitted when feedback is given. The texts and the hash stand here alone, except for the tags.
    /// @param agentId The agent's id.
    /// @param clientAddress The client that gave the feedback.
    /// @param feedbackIndex The feedback's number among this client's about the agent, from 1.
    /// @param value The client's value, a number with `valueDecimals` decimals.
    /// @param valueDecimals The value's decimals.
    /// @param indexedTag1 The first tag, to be searched for.
    /// @param tag1 The first tag.
    /// @param tag2 The second tag.
    /// @param endpoint The endpoint that the feedback is about; empty for none.
    /// @param feedbackURI URI of a file with more; empty for none.
    /// @param feedbackHash The keccak256 of the file at the URI; zero where the URI itself commits to it.
    event NewFeedback(
        uint256 indexed agentId,
        address indexed clientAddress,
        uint64 feedbackIndex,
        int128 value,
        uint8 valueDecimals,
        string indexed indexedTag1,
        string tag1,
        string tag2,
        string endpoint,
        string feedbackURI,
        bytes32 feedbackHash
    );

    /// @notice Emitted when feedback is taken back.
    /// @param agentId The agent's id.
    /// @param clientAddress The client that gave the feedback.
    /// @param feedbackIndex The feedback's number among this client's about the agent, from 1.
    event FeedbackRevoked(uint256 indexed agentId, address indexed clientAddress, uint64 indexed feedbackIndex);

    /// @notice Emitted when somebody answers feedback.
    /// @param agentId The agent's id.
    /// @param clientAddress The client that gave the feedback.
    /// @param feedbackIndex The feedback's number among this client's about the agent, from 1.
    /// @param responder The account that answers.
    /// @param responseURI URI of the answer.
    /// @param responseHash The keccak256 of the answer; zero where the URI itself commits to it.
    event ResponseAppended(
        uint256 indexed agentId,
        address indexed clientAddress,
        uint64 feedbackIndex,
        address indexed responder,
        string responseURI,
        bytes32 responseHash
    );

    /// @notice Thrown when whoever acts for an agent gives feedback about it: its owner, an account that the owner approved,
    /// its wallet, or a key that signs or ever signed votes for it.
    /// @param agentId The agent's id.
    /// @param caller The caller that was refused.
    error SelfFeedback(uint256 agentId, address caller);

    /// @notice Thrown when a value has too many decimals.
    /// @param valueDecimals Number of decimals that was given.
    /// @param maximum The largest number of decimals allowed.
    error TooManyDecimals(uint256 valueDecimals, uint256 maximum);

    /// @notice Thrown when a value is too large to be averaged with others.
    /// @param value The value that was given, with its decimals.
    /// @param maximum The largest absolute value allowed, with the same decimals.
    error FeedbackValueTooLarge(int256 value, uint256 maximum);

    /// @notice Thrown when a tag is too long.
    /// @param length Its length, in bytes.
    /// @param maximum The largest length allowed, in bytes.
    error TagTooLong(uint256 length, uint256 maximum);

    /// @notice Thrown when an answer says nowhere what it is.
    error EmptyResponse();

    /// @notice Thrown when there is no such feedback.
    /// @param agentId The agent's id.
    /// @param clientAddress The client that was named.
    /// @param feedbackIndex The number that was asked for.
    /// @param lastIndex The highest that there is.
    error UnknownFeedback(uint256 agentId, address clientAddress, uint64 feedbackIndex, uint64 lastIndex);

    /// @notice Thrown when feedback was taken back already.
    /// @param agentId The agent's id.
    /// @param clientAddress The client that was named.
    /// @param feedbackIndex The feedback's number among this client's about the agent, from 1.
    error FeedbackAlreadyRevoked(uint256 agentId, address clientAddress, uint64 feedbackIndex);

    /// @notice Thrown when a summary is asked for without saying whose opinions count.
    error NoClients();

    /// @notice Thrown when one answer would look at too much.
    /// @param count Number of clients, responders or pieces of feedback that were to be read, at least.
    /// @param maximum The largest number that one reading may cover.
    error TooManyEntries(uint256 count, uint256 maximum);

    /// @notice Gives feedback about an agent.
    ///
    /// @dev Emits {NewFeedback}.
    ///
    /// Requirements:
    /// - The agent must be registered; the caller must neither own it, nor be approved for it, nor be its wallet, nor be or
    /// ever have been a vote signer of it. [NX-REP-07]
    /// - At most `MAX_DECIMALS` decimals; the value must fit into an int128 with that many.
    /// - Tags of at most `MAX_TAG_LENGTH` bytes. Endpoint and URI are only emitted and have no limit but the block's.
    ///
    /// @param agentId The agent's id.
    /// @param value A number with `valueDecimals` decimals.
    /// @param valueDecimals Number of decimals of `value`, at most `MAX_DECIMALS`.
    /// @param tag1 The kind of number that it is; empty for none.
    /// @param tag2 The kind in more detail; empty for none.
    /// @param endpoint The endpoint that the feedback is about; empty for none.
    /// @param feedbackURI URI of a file with more; empty for none.
    /// @param feedbackHash The keccak256 of the file at the URI; zero for none.
    function giveFeedback(
        uint256 agentId,
        int128 value,
        uint8 valueDecimals,
        string calldata tag1,
        string calldata tag2,
        string calldata endpoint,
        string calldata feedbackURI,
        bytes32 feedbackHash
    ) external;

    /// @notice Takes one's own feedback back. It stays readable.
    /// @dev Emits {FeedbackRevoked}. Reverts with {UnknownFeedback} or {FeedbackAlreadyRevoked}.
    function revokeFeedback(uint256 agentId, uint64 feedbackIndex) external;

    /// @notice Answers feedback; anyone may.
    /// @dev Emits {ResponseAppended}. Reverts with {UnknownFeedback} or {EmptyResponse}.
    function appendResponse(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex,
        string calldata responseURI,
        bytes32 responseHash
    ) external;

    /// @notice The average of what the named clients think, without what they took back.
    ///
    /// @dev Reverts with {NoClients} for an empty list: the caller says whose opinions count. Reverts with
    /// {TooManyEntries} when the clients gave more than `MAX_ENTRIES` pieces of feedback together. A client named twice
    /// counts twice.
    ///
    /// @param tag1 Only feedback with this first tag; empty for any.
    /// @param tag2 Only feedback with this second tag; empty for any.
    /// @return count The number of pieces of feedback in the average.
    /// @return summaryValue The average, rounded towards zero.
    /// @return summaryValueDecimals Its decimals: those that most of the feedback has, the fewer in a tie.
    function getSummary(
        uint256 agentId,
        address[] calldata clientAddresses,
        string calldata tag1,
        string calldata tag2
    ) external view returns (uint64 count, int128 summaryValue, uint8 summaryValueDecimals);

    /// @notice One piece of feedback.
    /// @dev Reverts with {UnknownFeedback}.
    function readFeedback(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex
    ) external view returns (int128 value, uint8 valueDecimals, string memory tag1, string memory tag2, bool isRevoked);

    /// @notice All feedback of the named clients, or of all when none is named.
    /// @dev Reverts with {TooManyEntries} when that is more than `MAX_ENTRIES` pieces.
    /// @param includeRevoked Whether to list what was taken back too.
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
        );

    /// @notice The number of answers.
    /// @dev Reverts with {TooManyEntries} when more than `MAX_ENTRIES` counts would have to be added up.
    /// @param clientAddress Only to this client's feedback; zero for anyone's.
    /// @param feedbackIndex Only to this piece of it; zero for any. A piece that there is not has no answers.
    /// @param responders Only by these; empty for anyone's.
    function getResponseCount(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex,
        address[] calldata responders
    ) external view returns (uint64 count);

    /// @notice All who gave feedback about an agent, in the order of their first.
    /// @dev Reverts with {TooManyEntries} beyond `MAX_ENTRIES`: use `getClientsPage`.
    function getClients(uint256 agentId) external view returns (address[] memory);

    /// @notice At most `count` of those who gave feedback about an agent, from the one at `start` on.
    /// @dev Reverts with {TooManyEntries} when `count` is above `MAX_ENTRIES`. Shorter, or empty, at the end.
    function getClientsPage(
        uint256 agentId,
        uint256 start,
        uint256 count
    ) external view returns (address[] memory clients, uint256 total);

    /// @notice The number of a client's newest feedback about an agent; zero for none.
    function getLastIndex(uint256 agentId, address clientAddress) external view returns (uint64);

    /// @notice The ERC-8004 identity registry whose agents these are.
    function getIdentityRegistry() external view returns (address identityRegistry);

    /// @notice The largest number of clients, responders or pieces of feedback that one reading covers.
    function MAX_ENTRIES() external view returns (uint256);

    /// @notice The most decimals of a value.
    function MAX_DECIMALS() external view returns (uint256);

    /// @notice The longest tag, in bytes.
    function MAX_TAG_LENGTH() external view returns (uint256);
}
