// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ISymphony} from "../interfaces/external/ISymphony.sol";
import {IV2Router} from "../interfaces/external/IV2Router.sol";
import {IV3Router} from "../interfaces/external/IV3Router.sol";

/// @title SandboxSymphony
/// @notice Stand-in for Symphony's router in the local sandbox: its ABI, and swaps that really go through the sandbox's pools of
/// DragonSwap V1 (exchange 1) and V2 (exchange 6). Like the router it compares the least output with the amount before its
/// fee, which the owner sets.
///
/// Warnings:
/// - It stands for nobody's code and is never deployed outside the sandbox and the tests.
contract SandboxSymphony is ISymphony {
    using SafeERC20 for IERC20;

    uint256 private constant V2 = 1;
    uint256 private constant V3 = 6;
    uint256 private constant BPS = 10_000;

    IV2Router private immutable V2_ROUTER;
    IV3Router private immutable V3_ROUTER;
    address private immutable OWNER;

    /// @inheritdoc ISymphony
    uint256 public feePercentage;
    bool private _isPaused;

    /// @notice Thrown when somebody else than the owner sets something.
    error SandboxSymphonyOwnerOnly(address caller, address owner);
    /// @notice Thrown while the owner has paused the router.
    error SandboxSymphonyPaused();
    /// @notice Thrown when a route cannot be swapped here.
    error SandboxSymphonyBadRoute(uint256 path, uint256 hop);
    /// @notice Thrown when less was bought than was demanded, as Symphony's router says it.
    error AmountLessThanMinRequiredError(uint256 finalTokenAmount, uint256 minTotalAmountOut);

    /// @param v2Router Router of the exchange with number 1.
    /// @param v3Router Router of the exchange with number 6.
    constructor(IV2Router v2Router, IV3Router v3Router) {
        V2_ROUTER = v2Router;
        V3_ROUTER = v3Router;
        OWNER = msg.sender;
    }

    /// @notice Sets the router's own fee, in basis points of what is bought, and whether it is paused.
    function set(uint256 newFeePercentage, bool newIsPaused) external {
        require(msg.sender == OWNER, SandboxSymphonyOwnerOnly(msg.sender, OWNER));
        feePercentage = newFeePercentage;
        _isPaused = newIsPaused;
    }

    /// @inheritdoc ISymphony
    function executeSwaps(
        SwapParam[][] calldata swapParams,
        uint256 minTotalAmountOut,
        bool conveth,
        FeeParams calldata feeData
    ) external payable returns (uint256 paid) {
        require(!_isPaused, SandboxSymphonyPaused());
        require(!conveth && msg.value == 0, SandboxSymphonyBadRoute(0, 0));
        IERC20(swapParams[0][0].tokenIn).safeTransferFrom(msg.sender, address(this), _amountIn(swapParams));
        uint256 bought;
        address tokenOut = swapParams[0][swapParams[0].length - 1].tokenOut;
        for (uint256 i; i < swapParams.length; ++i) bought += _swapPath(swapParams[i], i, tokenOut);
        require(bought >= minTotalAmountOut, AmountLessThanMinRequiredError(bought, minTotalAmountOut));
        paid = bought - _takeFee(IERC20(tokenOut), bought, feeData);
        IERC20(tokenOut).safeTransfer(msg.sender, paid);
    }

    function _amountIn(SwapParam[][] calldata swapParams) private pure returns (uint256 total) {
        for (uint256 i; i < swapParams.length; ++i) {
            require(swapParams[i][0].tokenIn == swapParams[0][0].tokenIn, SandboxSymphonyBadRoute(i, 0));
            total += swapParams[i][0].amountIn;
        }
    }

    function _swapPath(SwapParam[] calldata path, uint256 index, address tokenOut) private returns (uint256 amount) {
        amount = path[0].amountIn;
        for (uint256 i; i < path.length; ++i) {
            address next = i + 1 < path.length ? path[i + 1].tokenIn : tokenOut;
            require(path[i].tokenOut == next, SandboxSymphonyBadRoute(index, i));
            if (path[i].swapType == V2) amount = _swapV2(path[i], amount);
            else if (path[i].swapType == V3) amount = _swapV3(path[i], amount);
            else revert SandboxSymphonyBadRoute(index, i);
        }
    }

    function _swapV2(SwapParam calldata hop, uint256 amount) private returns (uint256) {
        IERC20(hop.tokenIn).forceApprove(address(V2_ROUTER), amount);
        address[] memory pair = new address[](2);
        (pair[0], pair[1]) = (hop.tokenIn, hop.tokenOut);
        return
            V2_ROUTER.swapExactTokensForTokens({
                amountIn: amount,
                amountOutMin: 0,
                path: pair,
                to: address(this),
                deadline: block.timestamp
            })[1];
    }

    function _swapV3(SwapParam calldata hop, uint256 amount) private returns (uint256) {
        IERC20(hop.tokenIn).forceApprove(address(V3_ROUTER), amount);
        return
            V3_ROUTER.exactInputSingle(
                IV3Router.ExactInputSingleParams({
                    tokenIn: hop.tokenIn,
                    tokenOut: hop.tokenOut,
                    fee: hop.fee,
                    recipient: address(this),
                    amountIn: amount,
                    amountOutMinimum: 0,
                    sqrtPriceLimitX96: 0
                })
            );
    }

    function _takeFee(IERC20 token, uint256 bought, FeeParams calldata feeData) private returns (uint256 fee) {
        if (feeData.feeAddress == address(0)) {
            fee = (bought * feePercentage) / BPS;
            token.safeTransfer(OWNER, fee);
            return fee;
        }
        fee = (bought * feeData.paramFee) / BPS;
        uint256 share = (fee * feeData.feeSharePercentage) / BPS;
        token.safeTransfer(feeData.feeAddress, share);
        token.safeTransfer(OWNER, fee - share);
    }
}
