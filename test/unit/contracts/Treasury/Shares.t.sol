// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {Feed, IOracleHub} from "../../../../contracts/interfaces/IOracleHub.sol";
import {ITreasury} from "../../../../contracts/interfaces/ITreasury.sol";
import {HostileToken} from "../../../../contracts/mocks/HostileToken.sol";
import {SandboxUSDC} from "../../../../contracts/mocks/SandboxUSDC.sol";
import {MockSource} from "../../../../contracts/mocks/MockSource.sol";
import {NexusTest, VM, _deploy, _oneSource} from "../../../support/NexusTest.sol";

interface ITreasuryVault is ITreasury, IERC4626 {}

/// @notice Shares are rounded in the vault's favour, whatever it holds and at whatever price. [NX-TRE-05] [NX-TRE-06]
contract SharesTest is NexusTest {
    SandboxUSDC private _usdc;
    HostileToken private _asset;
    MockSource private _price;
    ITreasuryVault private _treasury;

    function setUp() public {
        IOracleHub hub = IOracleHub(_deploy("OracleHub", abi.encode(this)));
        address breaker = _deploy("CircuitBreaker", abi.encode(this, this));
        (_usdc, _asset) = (new SandboxUSDC(), new HostileToken());
        _price = new MockSource(1e18);
        MockSource dollar = new MockSource(1e18);
        hub.setFeed(address(_usdc), Feed(6, 1, 500), _oneSource(address(dollar), 1, 10));
        hub.setFeed(address(_asset), Feed(18, 1, 500), _oneSource(address(_price), 1, 100));
        bytes memory arguments = abi.encode(this, address(1), address(2), hub, breaker, _usdc, 1);
        _treasury = ITreasuryVault(_deploy("Treasury", arguments));
        _treasury.addAsset(address(_asset), type(uint96).max >> 1);
        _usdc.approve(address(_treasury), type(uint256).max);
    }

    function testFuzz_NoWayInAndOutGivesMore(uint256[4] memory book, uint256 amount) public {
        _fill(book);
        amount = _bound(amount, 1, 1e20);
        uint256 shares = _treasury.previewDeposit(amount);
        VM.assertLe(_treasury.previewRedeem(shares), amount, "deposit, then redeem");
        VM.assertLe(_treasury.previewMint(shares), amount, "a minted share is dearer than a deposited one");
        VM.assertLe(shares, _treasury.previewWithdraw(amount), "deposit, then withdraw");
    }

    function testFuzz_NoWayOutAndInGivesMore(uint256[4] memory book, uint256 shares) public {
        _fill(book);
        shares = _bound(shares, 1, 1e26);
        uint256 amount = _treasury.previewRedeem(shares);
        VM.assertLe(_treasury.previewDeposit(amount), shares, "redeem, then deposit");
        VM.assertLe(_treasury.previewWithdraw(amount), shares, "a withdrawn unit is cheaper than a redeemed one");
        VM.assertLe(shares, _treasury.previewDeposit(_treasury.previewMint(shares)), "mint costs less than it gives");
    }

    /// What is previewed is what happens.
    function testFuzz_PreviewsAreKept(uint256[4] memory book, uint256 amount) public {
        _fill(book);
        amount = _bound(amount, 1, 1e15);
        uint256 shares = _treasury.previewDeposit(amount);
        if (shares == 0) return;
        _usdc.mint(address(this), amount);
        VM.assertEq(_treasury.deposit(amount, address(this)), shares, "deposit");
        // The holding time is one second.
        VM.warp(block.timestamp + 1);
        uint256 most = _treasury.maxRedeem(address(this));
        uint256 expected = _treasury.previewRedeem(most);
        if (expected == 0) return;
        VM.assertEq(_treasury.redeem(most, address(this), address(this)), expected, "redeem");
    }

    /// The ends of the band enclose the middle, and a higher price never lowers either.
    function testFuzz_TheRangeIsOrderedAndRisesWithThePrice(uint256[4] memory book, uint256 rise) public {
        _fill(book);
        (uint256 lower, uint256 upper) = _treasury.assetsRange();
        uint256 middle = _treasury.totalAssets();
        VM.assertTrue(lower <= middle && middle <= upper, "not in order");
        _price.setPrice(int224(int256(_bound(book[3], 1e12, 1e24) + _bound(rise, 0, 1e24))));
        (uint256 newLower, uint256 newUpper) = _treasury.assetsRange();
        VM.assertTrue(lower <= newLower && upper <= newUpper, "a higher price lowered the range");
    }

    /// A first deposit, gifts of both assets, and a price.
    function _fill(uint256[4] memory book) private {
        uint256 first = _bound(book[0], 1, 1e15);
        _usdc.mint(address(this), first);
        _treasury.deposit(first, address(this));
        _usdc.mint(address(_treasury), _bound(book[1], 0, 1e15));
        _asset.mint(address(_treasury), _bound(book[2], 0, 1e27));
        _price.setPrice(int224(int256(_bound(book[3], 1e12, 1e24))));
    }
}
