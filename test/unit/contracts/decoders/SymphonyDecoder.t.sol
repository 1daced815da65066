// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IDecoder} from "../../../../contracts/interfaces/IDecoder.sol";
import {ISymphony} from "../../../../contracts/interfaces/external/ISymphony.sol";
import {DecodedCall} from "../../../../contracts/types/Proposal.sol";
import {NexusTest, VM, _deploy} from "../../../support/NexusTest.sol";

/// @notice Whatever the decoder accepts, a router that decodes as Solidity does reads the very same route. [NX-SYM-01]
contract SymphonyDecoderTest is NexusTest {
    uint256 private constant MAX_PATHS = 8;
    uint256 private constant MAX_HOPS = 4;
    /// @dev Gas that the largest route may take to read.
    uint256 private constant MAX_DECODE_GAS = 120_000;

    struct Terms {
        uint256 minOut;
        bool conveth;
        ISymphony.FeeParams fee;
    }

    IDecoder private _decoder = IDecoder(_deploy("SymphonyDecoder", ""));

    /// @dev Any whole route, of any size that is read.
    function testFuzz_ReadsAnyRoute(address target, address recipient, uint256 seed, uint128 minOut) public view {
        ISymphony.SwapParam[][] memory route = _route(seed);
        bytes memory data = _call(route, minOut == 0 ? 1 : minOut, recipient);
        DecodedCall memory decoded = _decoder.decode(target, data);
        _assertSame(decoded, route);
        VM.assertTrue(decoded.recipient == recipient && decoded.spender == target, "recipient and spender");
    }

    /// @dev One word of a whole call is another: refused, or read as Solidity reads it.
    function testFuzz_OneOtherWordIsReadAsTheRouterDoesOrRefused(
        uint256 seed,
        uint256 place,
        uint256 value
    ) public view {
        bytes memory data = _call(_route(seed), 1, address(7));
        place = _bound(place, 0, (data.length - 4) / 32 - 1);
        // Small numbers and pointers are what damages an encoding.
        if (seed % 3 != 0) value %= 512;
        assembly ("memory-safe") {
            mstore(add(add(data, 36), mul(place, 32)), value)
        }
        _assertSameOrRefused(data);
    }

    /// @dev A call is cut or goes on: always refused.
    function testFuzz_AnyOtherLengthIsRefused(uint256 seed, uint256 length, bytes memory more) public view {
        bytes memory data = _call(_route(seed), 1, address(7));
        if (more.length != 0) VM.assertTrue(!_isRead(bytes.concat(data, more)), "longer");
        length = _bound(length, 0, data.length - 1);
        assembly ("memory-safe") {
            mstore(data, length)
        }
        VM.assertTrue(!_isRead(data), "shorter");
    }

    /// @dev Any bytes at all behind the selector.
    function testFuzz_AnyBytesAreReadAsTheRouterDoesOrRefused(bytes memory arguments) public view {
        _assertSameOrRefused(bytes.concat(ISymphony.executeSwaps.selector, arguments));
    }

    function testFuzz_EveryOtherSelectorIsRefused(bytes4 selector, bytes memory arguments) public {
        if (selector == ISymphony.executeSwaps.selector) return;
        VM.expectRevert(abi.encodeWithSelector(IDecoder.UnknownSelector.selector, selector));
        _decoder.decode(address(1), bytes.concat(selector, arguments));
    }

    /// @dev The largest route that is read, and no larger one: the loop is bounded. [NX-SYM-02]
    function test_TheLargestRouteTakesBoundedGas() public view {
        bytes memory data = _call(_routeOf({paths: MAX_PATHS, hops: MAX_HOPS, seed: 1}), 1, address(7));
        uint256 gasBefore = gasleft();
        _decoder.decode(address(1), data);
        VM.assertLe(gasBefore - gasleft(), MAX_DECODE_GAS, "gas of the largest route");
        bytes memory wider = _call(_routeOf({paths: MAX_PATHS + 1, hops: 1, seed: 1}), 1, address(7));
        VM.assertTrue(!_isRead(wider), "one path more");
        bytes memory longer = _call(_routeOf({paths: 1, hops: MAX_HOPS + 1, seed: 1}), 1, address(7));
        VM.assertTrue(!_isRead(longer), "one hop more");
    }

    /// @dev Decodes as the router does; external, so that it can be tried.
    function routerReading(
        bytes calldata arguments
    ) external pure returns (ISymphony.SwapParam[][] memory route, Terms memory terms) {
        (route, terms.minOut, terms.conveth, terms.fee) = abi.decode(
            arguments,
            (ISymphony.SwapParam[][], uint256, bool, ISymphony.FeeParams)
        );
    }

    function _isRead(bytes memory data) private view returns (bool) {
        try _decoder.decode(address(1), data) returns (DecodedCall memory) {
            return true;
        } catch {
            return false;
        }
    }

    function _assertSameOrRefused(bytes memory data) private view {
        try _decoder.decode(address(1), data) returns (DecodedCall memory decoded) {
            bytes memory arguments = new bytes(data.length - 4);
            for (uint256 i; i < arguments.length; ++i) arguments[i] = data[i + 4];
            (ISymphony.SwapParam[][] memory route, Terms memory terms) = this.routerReading(arguments);
            _assertSame(decoded, route);
            VM.assertTrue(terms.minOut != 0 && !terms.conveth, "terms");
            ISymphony.FeeParams memory fee = terms.fee;
            VM.assertTrue(fee.paramFee == 0 && fee.feeAddress == address(0) && fee.feeSharePercentage == 0, "fee");
        } catch {
            return;
        }
    }

    /// @dev Every address, pool, exchange and fee tier of the route is under the key, and all that it spends is reported.
    function _assertSame(DecodedCall memory decoded, ISymphony.SwapParam[][] memory route) private pure {
        bytes memory named;
        uint256 amountIn;
        for (uint256 i; i < route.length; ++i) {
            ISymphony.SwapParam[] memory path = route[i];
            named = bytes.concat(named, abi.encode(path.length));
            for (uint256 j; j < path.length; ++j) {
                ISymphony.SwapParam memory hop = path[j];
                named = bytes.concat(
                    named,
                    abi.encode(hop.poolAddress, hop.tokenIn, hop.tokenOut, hop.swapType, hop.fee)
                );
                VM.assertTrue(j == 0 || hop.tokenIn == path[j - 1].tokenOut, "a path is whole");
            }
            amountIn += path[0].amountIn;
            VM.assertTrue(path[0].tokenIn == decoded.tokenIn, "each path begins with what is spent");
            VM.assertTrue(path[path.length - 1].tokenOut == decoded.tokenOut, "each path ends with what is bought");
        }
        VM.assertTrue(decoded.key == keccak256(named), "key");
        VM.assertTrue(decoded.amountIn == amountIn && amountIn != 0, "amount");
        VM.assertTrue(decoded.tokenIn != address(0) && decoded.tokenOut != address(0), "no native coin");
    }

    function _route(uint256 seed) private pure returns (ISymphony.SwapParam[][] memory) {
        return _routeOf({paths: 1 + (seed % MAX_PATHS), hops: 1 + ((seed / 8) % MAX_HOPS), seed: seed});
    }

    function _routeOf(
        uint256 paths,
        uint256 hops,
        uint256 seed
    ) private pure returns (ISymphony.SwapParam[][] memory route) {
        route = new ISymphony.SwapParam[][](paths);
        for (uint256 i; i < paths; ++i) {
            // The first path has all hops, the others have fewer.
            uint256 length = 1 + ((hops - 1) >> (i % 3));
            route[i] = new ISymphony.SwapParam[](length);
            for (uint256 j; j < length; ++j) {
                uint256 any = uint256(keccak256(abi.encode(seed, i, j)));
                route[i][j] = ISymphony.SwapParam({
                    poolAddress: bytes32(any),
                    tokenIn: j == 0 ? address(0xA) : _between(seed, i, j),
                    tokenOut: j + 1 == length ? address(0xB) : _between(seed, i, j + 1),
                    amountIn: 1 + (any % type(uint128).max),
                    amountOutMin: any,
                    swapType: 1 + (any % 6),
                    fee: uint24(any)
                });
            }
        }
    }

    /// @dev A token in the middle of a path.
    function _between(uint256 seed, uint256 path, uint256 hop) private pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode(seed, path, hop, "token")))));
    }

    function _call(
        ISymphony.SwapParam[][] memory route,
        uint256 minOut,
        address recipient
    ) private pure returns (bytes memory) {
        ISymphony.FeeParams memory fee;
        return bytes.concat(abi.encodeCall(ISymphony.executeSwaps, (route, minOut, false, fee)), abi.encode(recipient));
    }
}
