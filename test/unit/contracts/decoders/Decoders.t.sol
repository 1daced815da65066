// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IDecoder} from "../../../../contracts/interfaces/IDecoder.sol";
import {IAaveV3Pool} from "../../../../contracts/interfaces/external/IAaveV3Pool.sol";
import {IV2Router} from "../../../../contracts/interfaces/external/IV2Router.sol";
import {IV3Router} from "../../../../contracts/interfaces/external/IV3Router.sol";
import {CallForm, DecodedCall} from "../../../../contracts/types/Proposal.sol";
import {NexusTest, VM, _deploy} from "../../../support/NexusTest.sol";

/// @notice What a decoder reports is what was encoded, for any arguments; anything else is refused. [NX-MAN-01]
contract DecodersTest is NexusTest {
    IDecoder private _erc20 = IDecoder(_deploy("Erc20Decoder", ""));
    IDecoder private _v2 = IDecoder(_deploy("UniswapV2Decoder", ""));
    IDecoder private _v3 = IDecoder(_deploy("UniswapV3Decoder", ""));
    IDecoder private _aave = IDecoder(_deploy("AaveV3Decoder", ""));

    function testFuzz_Erc20Transfer(address target, address to, uint256 amount) public view {
        DecodedCall memory decoded = _erc20.decode(target, abi.encodeCall(IERC20.transfer, (to, amount)));
        VM.assertTrue(decoded.key == keccak256(abi.encodePacked(to)), "key");
        VM.assertTrue(decoded.tokenIn == target && decoded.amountIn == amount, "spent");
        VM.assertTrue(decoded.spender == address(0) && decoded.tokenOut == address(0), "more than was said");
        VM.assertTrue(decoded.form == CallForm.ReturnsBool, "returns no bool");
    }

    function testFuzz_Erc20Approve(address target, address spender, uint256 amount) public view {
        DecodedCall memory decoded = _erc20.decode(target, abi.encodeCall(IERC20.approve, (spender, amount)));
        VM.assertTrue(decoded.key == keccak256(abi.encodePacked(spender)), "key");
        VM.assertTrue(decoded.spender == spender && decoded.amountIn == amount, "approval");
    }

    function testFuzz_V2Swap(address target, uint256 amountIn, address[] memory path, address to) public {
        bytes memory data = abi.encodeCall(IV2Router.swapExactTokensForTokens, (amountIn, 0, path, to, 1));
        if (path.length < 2) {
            VM.expectRevert(_unbounded(IV2Router.swapExactTokensForTokens.selector));
            _v2.decode(target, data);
            return;
        }
        DecodedCall memory decoded = _v2.decode(target, data);
        VM.assertTrue(decoded.key == keccak256(abi.encodePacked(path)), "key");
        VM.assertTrue(decoded.tokenIn == path[0] && decoded.tokenOut == path[path.length - 1], "ends");
        VM.assertTrue(decoded.recipient == to && decoded.spender == target && decoded.amountIn == amountIn, "rest");
    }

    function testFuzz_V3Single(address target, IV3Router.ExactInputSingleParams memory params) public {
        bytes memory data = abi.encodeCall(IV3Router.exactInputSingle, (params));
        if (params.amountIn == 0) {
            VM.expectRevert(_unbounded(IV3Router.exactInputSingle.selector));
            _v3.decode(target, data);
            return;
        }
        DecodedCall memory decoded = _v3.decode(target, data);
        VM.assertTrue(decoded.key == keccak256(abi.encodePacked(params.tokenIn, params.fee, params.tokenOut)), "key");
        VM.assertTrue(decoded.tokenIn == params.tokenIn && decoded.tokenOut == params.tokenOut, "ends");
        VM.assertTrue(decoded.recipient == params.recipient && decoded.amountIn == params.amountIn, "rest");
        VM.assertTrue(decoded.spender == target, "spender");
    }

    function testFuzz_V3Path(
        address target,
        address[6] memory tokens,
        uint24[5] memory fees,
        uint256 hops
    ) public view {
        hops = _bound(hops, 1, 5);
        bytes memory path = abi.encodePacked(tokens[0]);
        for (uint256 i; i < hops; ++i) path = bytes.concat(path, abi.encodePacked(fees[i], tokens[i + 1]));
        DecodedCall memory decoded = _v3.decode(target, _pathCall(path));
        VM.assertTrue(decoded.key == keccak256(path), "key");
        VM.assertTrue(decoded.tokenIn == tokens[0] && decoded.tokenOut == tokens[hops], "ends");
    }

    function testFuzz_V3PathOfAnyOtherLengthIsRefused(address target, bytes memory path) public {
        if (path.length >= 43 && (path.length - 20) % 23 == 0) return;
        VM.expectRevert(_unbounded(IV3Router.exactInput.selector));
        _v3.decode(target, _pathCall(path));
    }

    function testFuzz_AaveSupply(
        address target,
        address asset,
        uint256 amount,
        address to,
        uint16 referralCode,
        address position
    ) public {
        bytes memory data = abi.encodeCall(IAaveV3Pool.supply, (asset, amount, to, referralCode));
        data = bytes.concat(data, abi.encode(position));
        if (referralCode != 0 || _isNoLoan(asset, amount, position)) {
            VM.expectRevert(_unbounded(IAaveV3Pool.supply.selector));
            _aave.decode(target, data);
            return;
        }
        DecodedCall memory decoded = _aave.decode(target, data);
        VM.assertTrue(decoded.key == keccak256(abi.encodePacked(asset, position)), "key");
        VM.assertTrue(decoded.tokenIn == asset && decoded.tokenOut == position, "tokens");
        VM.assertTrue(decoded.recipient == to && decoded.spender == target && decoded.amountIn == amount, "rest");
        VM.assertTrue(decoded.form == CallForm.Supplies, "form");
    }

    function testFuzz_AaveSupplyWithoutReferral(address asset, uint256 amount, address to, address position) public {
        testFuzz_AaveSupply(address(9), asset, amount, to, 0, position);
    }

    function testFuzz_AaveWithdraw(address target, address asset, uint256 amount, address to, address position) public {
        bytes memory data = abi.encodeCall(IAaveV3Pool.withdraw, (asset, amount, to));
        data = bytes.concat(data, abi.encode(position));
        if (_isNoLoan(asset, amount, position)) {
            VM.expectRevert(_unbounded(IAaveV3Pool.withdraw.selector));
            _aave.decode(target, data);
            return;
        }
        DecodedCall memory decoded = _aave.decode(target, data);
        VM.assertTrue(decoded.key == keccak256(abi.encodePacked(asset, position)), "key");
        VM.assertTrue(decoded.tokenIn == position && decoded.tokenOut == asset, "tokens");
        VM.assertTrue(decoded.recipient == to && decoded.spender == address(0), "rest");
        VM.assertTrue(decoded.amountIn == amount && decoded.form == CallForm.Withdraws, "amount and form");
    }

    /// @dev Whatever lies behind the arguments, and whatever is missing of them.
    function testFuzz_AaveCallOfAnyOtherLengthIsRefused(bytes memory arguments, bool supplies) public {
        bytes4 selector = supplies ? IAaveV3Pool.supply.selector : IAaveV3Pool.withdraw.selector;
        if (arguments.length == (supplies ? 160 : 128)) return;
        VM.expectRevert(_unbounded(selector));
        _aave.decode(address(1), bytes.concat(selector, arguments));
    }

    function _isNoLoan(address asset, uint256 amount, address position) private pure returns (bool) {
        return amount == type(uint256).max || asset == address(0) || position == address(0) || asset == position;
    }

    function _expectUnknownToAave(bytes4 selector, bytes memory data, bytes memory unknown) private {
        if (selector == IAaveV3Pool.supply.selector || selector == IAaveV3Pool.withdraw.selector) return;
        bool isOfDebt = selector == IAaveV3Pool.borrow.selector || selector == IAaveV3Pool.repay.selector;
        bytes memory debt = abi.encodeWithSelector(IDecoder.DebtNotValued.selector, selector);
        VM.expectRevert(isOfDebt ? debt : unknown);
        _aave.decode(address(1), data);
    }

    function testFuzz_EveryOtherSelectorIsRefused(bytes4 selector, bytes memory arguments) public {
        bytes memory data = bytes.concat(selector, arguments);
        bytes memory unknown = abi.encodeWithSelector(IDecoder.UnknownSelector.selector, selector);
        if (selector != IERC20.transfer.selector && selector != IERC20.approve.selector) {
            VM.expectRevert(unknown);
            _erc20.decode(address(1), data);
        }
        if (selector != IV2Router.swapExactTokensForTokens.selector) {
            VM.expectRevert(unknown);
            _v2.decode(address(1), data);
        }
        _expectUnknownToAave(selector, data, unknown);
        if (selector != IV3Router.exactInput.selector && selector != IV3Router.exactInputSingle.selector) {
            VM.expectRevert(unknown);
            _v3.decode(address(1), data);
        }
    }

    function _pathCall(bytes memory path) private pure returns (bytes memory) {
        return
            abi.encodeCall(
                IV3Router.exactInput,
                (IV3Router.ExactInputParams({path: path, recipient: address(7), amountIn: 5, amountOutMinimum: 0}))
            );
    }

    function _unbounded(bytes4 selector) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDecoder.UnboundedArguments.selector, selector);
    }
}
