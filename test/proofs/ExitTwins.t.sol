// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Feed, IOracleHub} from "../../contracts/interfaces/IOracleHub.sol";
import {ITreasury} from "../../contracts/interfaces/ITreasury.sol";
import {NexusTest, VM, _deploy, _oneSource} from "../support/NexusTest.sol";
import {plainAdd, plainFree, plainPartStep} from "./Plain.sol";

interface IVault is ITreasury, IERC4626 {}

interface IHostile is IERC20 {
    function mint(address account, uint256 amount) external;

    function behave(uint8 newTransfers, uint8 newBalances) external;
}

/// @notice Holds the arithmetic that the proofs about an exit in kind are about against the division that it uses, and against
/// the deployed treasury.
contract ExitTwinsTest is NexusTest {
    uint8 private constant HONEST = 0;
    uint8 private constant REVERTING = 1;
    uint8 private constant ENORMOUS = 5;
    uint256 private constant VIRTUAL = 1e6;
    uint256 private constant DEPOSIT = 1e12;

    IVault private _treasury;
    IHostile private _usdc;
    IHostile private _asset;

    function setUp() public {
        IOracleHub hub = IOracleHub(_deploy("OracleHub", abi.encode(this)));
        address breaker = _deploy("CircuitBreaker", abi.encode(this, this));
        address source = _deploy("MockSource", abi.encode(int224(1e18)));
        (_usdc, _asset) = (IHostile(_deploy("HostileToken", "")), IHostile(_deploy("HostileToken", "")));
        hub.setFeed(address(_usdc), Feed(18, 1, 500), _oneSource(source, 1, 10));
        hub.setFeed(address(_asset), Feed(18, 1, 500), _oneSource(source, 1, 10));
        _treasury = IVault(_deploy("Treasury", abi.encode(this, address(1), address(2), hub, breaker, _usdc, 1)));
        _treasury.addAsset(address(_asset), type(uint96).max >> 1);
        _usdc.mint(address(this), DEPOSIT);
        _usdc.approve(address(_treasury), DEPOSIT);
        _treasury.deposit(DEPOSIT, address(this));
        // The holding time is one second.
        VM.warp(block.timestamp + 1);
    }

    /// The higher word of a product grows as in `ExitProduct`, by one share.
    function testFuzz_AProductGrowsByOneAdditionForEachShare(uint256 balance, uint256 shares) public pure {
        shares = _bound(shares, 0, type(uint256).max - 1);
        (uint256 high, uint256 low) = Math.mul512(balance, shares);
        (uint256 newHigh, uint256 newLow) = Math.mul512(balance, shares + 1);
        (uint256 sum, uint256 carry) = plainAdd(low, balance);
        VM.assertEq(sum, newLow, "low");
        VM.assertEq(high + carry, newHigh, "high");
        VM.assertTrue(newHigh <= shares, "the higher word is less than the shares");
    }

    /// The part of a balance grows as in `ExitPart`, by one unit of the balance, and the division never reverts.
    function testFuzz_APartGrowsByOneStepForEachUnit(uint256 balance, uint256 shares, uint256 supply) public pure {
        supply = _bound(supply, 1, type(uint256).max);
        shares = _bound(shares, 0, supply);
        balance = _bound(balance, 0, type(uint256).max - 1);
        uint256 part = Math.mulDiv(balance, shares, supply);
        (uint256 more, uint256 rest) = plainPartStep(mulmod(balance, shares, supply), shares, supply);
        VM.assertEq(part + more, Math.mulDiv(balance + 1, shares, supply), "part");
        VM.assertEq(rest, mulmod(balance + 1, shares, supply), "rest");
        VM.assertLe(part, balance, "more than the whole");
    }

    /// Three exits from the deployed treasury, each of which may be owed, whatever balance the asset answers. [NX-TRE-04]
    function testFuzz_ExitsPayAsInPlainArithmetic(uint256[3] memory balances, uint256[3] memory parts) public {
        uint256 owed;
        for (uint256 i; i < 3; ++i) {
            _answer(balances[i]);
            uint256 shares = _bound(parts[i], 1, _treasury.balanceOf(address(this)) / 2);
            uint256 free = plainFree(_asset.balanceOf(address(_treasury)), owed);
            uint256 part = Math.mulDiv(free, shares, _treasury.totalSupply() + VIRTUAL);
            uint256[] memory amounts = _treasury.redeemInKind(shares, address(this), address(this));
            VM.assertEq(amounts[1], part, "part");
            owed += part;
            VM.assertEq(_treasury.pendingPayoutOf(address(_asset), address(this)), owed, "owed");
        }
        if (owed == 0) return;
        // The balance that the last exit was credited of may be gone; what is owed is, by then, for the asset to give.
        _asset.behave(HONEST, HONEST);
        _fill(owed);
        VM.assertEq(_treasury.payOut(address(_asset), address(this)), owed, "claim");
        VM.assertEq(_treasury.pendingPayoutOf(address(_asset), address(this)), 0, "paid twice");
    }

    /// @dev Lets the asset stop its transfers and answer as many units, or the most that a number can say.
    function _answer(uint256 balance) private {
        _asset.behave(REVERTING, balance % 3 == 0 ? ENORMOUS : HONEST);
        if (balance % 3 == 0) return;
        _fill(balance);
    }

    /// @dev Sees that the treasury holds at least so much of the asset.
    function _fill(uint256 balance) private {
        uint256 held = _asset.balanceOf(address(_treasury));
        if (balance > held) _asset.mint(address(_treasury), balance - held);
    }
}
