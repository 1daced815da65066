// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IRedstoneAdapter} from "../interfaces/external/IRedstoneFeed.sol";

/// @title SandboxRedstone
/// @notice RedStone's adapter as the sandbox has it: takes signed packages at the end of the calldata, in RedStone's wire
/// format, and keeps the median of each feed. It stands behind a proxy, as on Sei.
///
/// Notes:
/// - A package holds one value of 32 bytes. All packages of a call have one timestamp; three signers must agree on a feed.
///
/// Warnings:
/// - For the sandbox only: the signers are keys of the test mnemonic, and nobody can change them.
contract SandboxRedstone is IRedstoneAdapter {
    struct Details {
        uint48 dataTimestamp;
        uint48 blockTimestamp;
        uint152 value;
    }

    uint256 private constant THRESHOLD = 3;
    uint256 private constant MAX_SIGNERS = 8;
    bytes9 private constant MARKER = 0x000002ed57011e0000;
    uint256 private constant MARKER_BYTES = 9;
    /// @dev Value, timestamp, size of a value and number of values: what a signer signs.
    uint256 private constant SIGNED_BYTES = 77;
    uint256 private constant PACKAGE_BYTES = 142;
    uint256 private constant MAX_AGE_MILLISECONDS = 3 minutes * 1_000;
    uint256 private constant MAX_AHEAD_MILLISECONDS = 1 minutes * 1_000;

    address[] private _signers;
    mapping(bytes32 dataFeedId => Details details) private _details;

    error AlreadyInitialised();
    error CalldataMustHaveValidPayload();
    error DataTimestampMustBeNewer();
    error InsufficientNumberOfUniqueSigners(uint256 count, uint256 wanted);
    error NoValue(bytes32 dataFeedId);
    error SignerNotAuthorised(address signer);
    error TimestampIsTooOld(uint256 milliseconds, uint256 blockTimestamp);
    error TimestampFromTooLongFuture(uint256 milliseconds, uint256 blockTimestamp);

    /// @param signers The keys of which three must sign.
    function initialize(address[] calldata signers) external {
        require(_signers.length == 0, AlreadyInitialised());
        _signers = signers;
    }

    /// @notice Keeps the medians of `dataFeedIds` in the packages at the end of the calldata.
    function updateDataFeedsValuesPartial(bytes32[] calldata dataFeedIds) external {
        bytes calldata packages = _packages();
        for (uint256 i; i < dataFeedIds.length; ++i) _update(dataFeedIds[i], packages);
    }

    /// @inheritdoc IRedstoneAdapter
    function getLastUpdateDetails(
        bytes32 dataFeedId
    ) external view returns (uint256 lastDataTimestamp, uint256 lastBlockTimestamp, uint256 lastValue) {
        Details memory details = _details[dataFeedId];
        require(details.value != 0, NoValue(dataFeedId));
        return (details.dataTimestamp, details.blockTimestamp, details.value);
    }

    /// @dev The packages in the calldata: before the marker stand the length of a remark, the remark and their number.
    function _packages() private pure returns (bytes calldata) {
        bytes calldata data = msg.data;
        require(data.length > MARKER_BYTES + 5, CalldataMustHaveValidPayload());
        uint256 end = data.length - MARKER_BYTES;
        require(bytes9(data[end:]) == MARKER, CalldataMustHaveValidPayload());
        end -= 3 + uint24(bytes3(data[end - 3:end]));
        uint256 count = uint16(bytes2(data[end - 2:end]));
        return data[end - 2 - count * PACKAGE_BYTES:end - 2];
    }

    function _update(bytes32 dataFeedId, bytes calldata packages) private {
        uint256[MAX_SIGNERS] memory values;
        uint256 count;
        uint256 seen;
        uint256 milliseconds;
        for (uint256 start; start < packages.length; start += PACKAGE_BYTES) {
            bytes calldata package = packages[start:start + PACKAGE_BYTES];
            if (bytes32(package[:32]) != dataFeedId) continue;
            uint256 bit = 1 << _signerOf(package);
            if (seen & bit != 0) continue;
            seen |= bit;
            uint256 time = uint48(bytes6(package[64:70]));
            require(milliseconds == 0 || milliseconds == time, CalldataMustHaveValidPayload());
            milliseconds = time;
            _insert(values, count++, uint256(bytes32(package[32:64])));
        }
        require(count >= THRESHOLD, InsufficientNumberOfUniqueSigners(count, THRESHOLD));
        _checkTime(milliseconds);
        require(milliseconds > _details[dataFeedId].dataTimestamp, DataTimestampMustBeNewer());
        _details[dataFeedId] = Details({
            dataTimestamp: uint48(milliseconds),
            blockTimestamp: uint48(block.timestamp),
            value: uint152((values[(count - 1) / 2] + values[count / 2]) / 2)
        });
    }

    function _signerOf(bytes calldata package) private view returns (uint256) {
        bytes calldata signature = package[SIGNED_BYTES:];
        address signer = ECDSA.recoverCalldata(keccak256(package[:SIGNED_BYTES]), signature);
        for (uint256 i; i < _signers.length; ++i) if (_signers[i] == signer) return i;
        revert SignerNotAuthorised(signer);
    }

    function _checkTime(uint256 milliseconds) private view {
        uint256 now_ = block.timestamp * 1_000;
        require(milliseconds + MAX_AGE_MILLISECONDS >= now_, TimestampIsTooOld(milliseconds, block.timestamp));
        require(
            milliseconds <= now_ + MAX_AHEAD_MILLISECONDS,
            TimestampFromTooLongFuture(milliseconds, block.timestamp)
        );
    }

    function _insert(uint256[MAX_SIGNERS] memory values, uint256 count, uint256 value) private pure {
        uint256 i = count;
        for (; i != 0 && values[i - 1] > value; --i) values[i] = values[i - 1];
        values[i] = value;
    }
}
