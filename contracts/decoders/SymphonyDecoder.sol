// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDecoder} from "../interfaces/IDecoder.sol";
import {ISymphony} from "../interfaces/external/ISymphony.sol";
import {CalldataReader} from "../libraries/CalldataReader.sol";
import {DecodedCall} from "../types/Proposal.sol";

/// @title SymphonyDecoder
/// @notice Reads `executeSwaps` of Symphony's router, hop by hop. Behind the arguments that the router reads, a call names one
/// more: the account that is paid. The router pays its caller and names nobody; the mandate demands that this word is the
/// treasury, which is the caller. The router passes over what it does not read. (ADR 0077)
///
/// The key is the hash of the whole route in words: for each path its number of hops, then for each hop pool, token in, token
/// out, exchange and fee tier. Amounts are no part of it, so a leaf permits one route with any split between its paths.
///
/// One form of encoding is read, the one that ABI encoders write: each part lies right behind the one before. Whatever
/// is accepted means the same to the router, since nothing overlaps and nothing is left over.
contract SymphonyDecoder is IDecoder {
    using CalldataReader for bytes;

    /// @dev The reader: `place` is the next byte, `named` holds the key's words, of which `count` are set.
    struct Walk {
        uint256 place;
        uint256 count;
        uint256[] named;
    }

    /// @notice Most paths of a route.
    uint256 public constant MAX_PATHS = 8;
    /// @notice Most hops of a path.
    uint256 public constant MAX_HOPS = 4;

    uint256 private constant WORD = 32;
    /// @dev The place of the route, the least output, whether to pay the native coin, and three words of fees.
    uint256 private constant HEAD_LENGTH = 6 * WORD;
    uint256 private constant PATHS_PLACE = HEAD_LENGTH + WORD;
    uint256 private constant HOP_LENGTH = 7 * WORD;
    /// @dev Words of the key for each hop.
    uint256 private constant NAMED_PER_HOP = 5;
    /// @dev Symphony's numbers of exchanges, as its SDK lists them: from 1 to this one.
    uint256 private constant LAST_SWAP_TYPE = 6;

    /// @notice Thrown when the arguments are not encoded as ABI encoders do it, or end too early or too late.
    /// @param place Byte of the arguments at which they differ.
    error MalformedRoute(uint256 place);

    /// @notice Thrown when a route has no path or a path no hop, or more than are read.
    /// @param length Number of paths or hops that was named.
    /// @param maximum Most of them.
    error BadRouteLength(uint256 length, uint256 maximum);

    /// @notice Thrown when a hop does not begin with the token that the one before it bought, names no token, or a path ends
    /// with another token than the first path, or with the token that it spends.
    /// @param path Index of the path.
    /// @param hop Index of the hop; the number of hops where it is the path's end.
    error BrokenPath(uint256 path, uint256 hop);

    /// @notice Thrown when a path spends nothing, or more than any token has.
    /// @param path Index of the path.
    /// @param amount Amount that was named, in units of the token.
    error AmountNotBounded(uint256 path, uint256 amount);

    /// @notice Thrown when a hop names an exchange that is not known.
    /// @param swapType Number of the exchange.
    error UnknownSwapType(uint256 swapType);

    /// @notice Thrown when a call pays a fee to a partner of Symphony's, or names one.
    /// @param feeAddress Word of the account that would be paid.
    /// @param fee Fee that was named, in basis points.
    /// @param share The part of it that is the partner's, in basis points.
    error PartnerFeeNamed(uint256 feeAddress, uint256 fee, uint256 share);

    /// @notice Thrown when a call asks for the native coin, which the treasury does not hold.
    /// @param conveth Word that was named.
    error NativeOutput(uint256 conveth);

    /// @notice Thrown when a call demands no least output.
    error LeastOutputMissing();

    /// @inheritdoc IDecoder
    function decode(address target, bytes calldata data) external pure returns (DecodedCall memory decoded) {
        (bytes4 selector, bytes calldata arguments) = data.split();
        require(selector == ISymphony.executeSwaps.selector, UnknownSelector(selector));
        _checkTerms(arguments);
        uint256 end = _readRoute(arguments, decoded);
        // Everything was read: the account that is paid is the last word.
        decoded.recipient = _addressAt(arguments, end);
        require(arguments.length == end + WORD, MalformedRoute(end + WORD));
        decoded.spender = target;
    }

    function _checkTerms(bytes calldata arguments) private pure {
        require(_wordAt(arguments, 0) == HEAD_LENGTH, MalformedRoute(0));
        require(_wordAt(arguments, WORD) != 0, LeastOutputMissing());
        uint256 conveth = _wordAt(arguments, 2 * WORD);
        require(conveth == 0, NativeOutput(conveth));
        uint256 fee = _wordAt(arguments, 3 * WORD);
        uint256 feeAddress = _wordAt(arguments, 4 * WORD);
        uint256 share = _wordAt(arguments, 5 * WORD);
        require(fee == 0 && feeAddress == 0 && share == 0, PartnerFeeNamed(feeAddress, fee, share));
    }

    /// @return end Byte behind the route.
    function _readRoute(bytes calldata arguments, DecodedCall memory decoded) private pure returns (uint256 end) {
        uint256 paths = _lengthAt(arguments, HEAD_LENGTH, MAX_PATHS);
        Walk memory walk = Walk({
            place: PATHS_PLACE + paths * WORD,
            count: 0,
            named: new uint256[](paths * (1 + MAX_HOPS * NAMED_PER_HOP))
        });
        decoded.tokenIn = _addressAt(arguments, walk.place + 2 * WORD);
        require(decoded.tokenIn != address(0), BrokenPath(0, 0));
        for (uint256 path; path < paths; ++path) {
            uint256 place = PATHS_PLACE + path * WORD;
            require(_wordAt(arguments, place) == walk.place - PATHS_PLACE, MalformedRoute(place));
            _readPath({arguments: arguments, path: path, walk: walk, decoded: decoded});
        }
        uint256[] memory named = walk.named;
        uint256 count = walk.count;
        assembly ("memory-safe") {
            // Shorter than it was made: each path has named at most what there was room for.
            mstore(named, count)
        }
        decoded.key = keccak256(abi.encodePacked(named));
        end = walk.place;
    }

    function _readPath(
        bytes calldata arguments,
        uint256 path,
        Walk memory walk,
        DecodedCall memory decoded
    ) private pure {
        uint256 hops = _lengthAt(arguments, walk.place, MAX_HOPS);
        walk.place += WORD;
        walk.named[walk.count++] = hops;
        uint256 amount = _wordAt(arguments, walk.place + 3 * WORD);
        // An exchange may read an amount of zero as all that the router holds.
        require(amount != 0 && amount <= type(uint128).max, AmountNotBounded(path, amount));
        decoded.amountIn += amount;
        address token = decoded.tokenIn;
        for (uint256 hop; hop < hops; ++hop) {
            address tokenOut = _readHop({arguments: arguments, walk: walk, token: token});
            require(tokenOut != address(0), BrokenPath(path, hop));
            token = tokenOut;
        }
        if (path == 0) decoded.tokenOut = token;
        require(token == decoded.tokenOut && token != decoded.tokenIn, BrokenPath(path, hops));
    }

    /// @return The token that the hop buys; zero where it does not begin with `token`.
    function _readHop(bytes calldata arguments, Walk memory walk, address token) private pure returns (address) {
        uint256 place = walk.place;
        address tokenIn = _addressAt(arguments, place + WORD);
        address tokenOut = _addressAt(arguments, place + 2 * WORD);
        uint256 swapType = _wordAt(arguments, place + 5 * WORD);
        uint256 fee = _wordAt(arguments, place + 6 * WORD);
        require(swapType != 0 && swapType <= LAST_SWAP_TYPE, UnknownSwapType(swapType));
        require(fee <= type(uint24).max, MalformedRoute(place + 6 * WORD));
        uint256 count = walk.count;
        walk.named[count] = _wordAt(arguments, place);
        walk.named[count + 1] = uint160(tokenIn);
        walk.named[count + 2] = uint160(tokenOut);
        walk.named[count + 3] = swapType;
        walk.named[count + 4] = fee;
        walk.count = count + NAMED_PER_HOP;
        walk.place = place + HOP_LENGTH;
        return tokenIn == token ? tokenOut : address(0);
    }

    function _lengthAt(bytes calldata arguments, uint256 place, uint256 maximum) private pure returns (uint256 length) {
        length = _wordAt(arguments, place);
        require(length != 0 && length <= maximum, BadRouteLength(length, maximum));
    }

    function _addressAt(bytes calldata arguments, uint256 place) private pure returns (address) {
        uint256 value = _wordAt(arguments, place);
        require(value <= type(uint160).max, MalformedRoute(place));
        return address(uint160(value));
    }

    function _wordAt(bytes calldata arguments, uint256 place) private pure returns (uint256) {
        require(arguments.length >= place + WORD, MalformedRoute(place));
        return uint256(bytes32(arguments[place:place + WORD]));
    }
}
