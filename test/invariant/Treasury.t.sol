// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IMandate, LossLimit, TokenLimit} from "../../contracts/interfaces/IMandate.sol";
import {Feed, IOracleHub} from "../../contracts/interfaces/IOracleHub.sol";
import {ITreasury} from "../../contracts/interfaces/ITreasury.sol";
import {HostileToken} from "../../contracts/mocks/HostileToken.sol";
import {SandboxUSDC} from "../../contracts/mocks/SandboxUSDC.sol";
import {MockSource} from "../../contracts/mocks/MockSource.sol";
import {Call, CallProof} from "../../contracts/types/Proposal.sol";
import {RiskClass} from "../../contracts/types/RiskClass.sol";
import {NexusTest, VM, _deploy, _fold, _oneSource} from "../support/NexusTest.sol";

interface ITreasuryVault is ITreasury, IERC4626 {}

/// @notice Enters, leaves, donates, executes, and lets an asset stop moving now and then. It never reverts.
contract TreasuryHandler {
    uint256 private constant ACTORS = 4;
    uint256 private constant VIRTUAL = 1e6;
    uint256 private constant BPS = 10_000;
    uint16 private constant BAND = 100;
    address private constant CONSENSUS = address(0xC0115E);
    address private constant PAYEE = address(0xBEEF);
    address private constant COLLECTOR = address(0xC011EC7);
    uint16 private constant FEE_BPS = 2_000;
    uint256 private constant MARK_SCALE = 1e27;
    uint96 private constant CAP = 1e23;

    ITreasuryVault public immutable TREASURY;
    IMandate public immutable MANDATE;
    SandboxUSDC public immutable USDC = new SandboxUSDC();
    HostileToken public immutable ASSET = new HostileToken();
    MockSource private immutable PRICE = new MockSource(1e18);
    MockSource private immutable DOLLAR = new MockSource(1e18);
    address private immutable DECODER = _deploy("Erc20Decoder", "");

    uint256 public clock = 1_700_000_000;
    uint256 public price = 1e18;
    /// @dev How often an entry, an exit, a donation, a claim or a fee let the price of a share fall.
    uint256 public falls;
    /// @dev How often a fee was above its part of what the shares had gained, or left a share below the mark.
    uint256 public wrongFees;

    /// @dev How often recent shares were refunded for more than was paid for all of them.
    uint256 public gains;

    constructor() {
        VM.warp(clock);
        IOracleHub hub = IOracleHub(_deploy("OracleHub", abi.encode(this)));
        address breaker = _deploy("CircuitBreaker", abi.encode(this, this));
        address treasury = _addressAfter(1);
        MANDATE = IMandate(_deploy("Mandate", abi.encode(this, treasury, address(2), new address[](0))));
        bytes memory arguments = abi.encode(this, CONSENSUS, MANDATE, hub, breaker, USDC, 1 hours);
        TREASURY = ITreasuryVault(_deploy("Treasury", arguments));
        hub.setFeed(address(USDC), Feed(6, 1, 500), _oneSource(address(DOLLAR), 1, 0));
        hub.setFeed(address(ASSET), Feed(18, 1, 500), _oneSource(address(PRICE), 1, BAND));
        TREASURY.addAsset(address(ASSET), CAP);
        TREASURY.setPerformanceFee(COLLECTOR, FEE_BPS);
        MANDATE.setTokenLimit(address(USDC), TokenLimit(1e11, 1e12, 1e12));
        MANDATE.setLossLimit(LossLimit(1e25, 1e25));
        bytes32 a = _leaf(IERC20.transfer.selector);
        bytes32 b = _leaf(IERC20.approve.selector);
        MANDATE.setRoot(a < b ? keccak256(bytes.concat(a, b)) : keccak256(bytes.concat(b, a)), "");
    }

    /// @dev What is priced, and so is done only while there is a price.
    modifier keepsPrice() {
        VM.warp(clock);
        if (!_isKnown()) return;
        (uint256 lower, ) = TREASURY.assetsRange();
        uint256 supply = _supply();
        _;
        _compare(lower, supply);
    }

    /// @dev What goes on without a price.
    modifier keepsKnownPrice() {
        VM.warp(clock);
        bool isKnown = _isKnown();
        uint256 lower;
        uint256 supply;
        if (isKnown) {
            (lower, ) = TREASURY.assetsRange();
            supply = _supply();
        }
        _;
        if (isKnown && _isKnown()) _compare(lower, supply);
    }

    /* ENTRIES */

    function deposit(uint256 who, uint256 amount) external keepsPrice {
        amount = _fold(amount, 1, 1e12);
        if (TREASURY.previewDeposit(amount) == 0) return;
        address actor = _fund(who, amount);
        VM.prank(actor);
        TREASURY.deposit(amount, actor);
    }

    function mint(uint256 who, uint256 shares) external keepsPrice {
        shares = _fold(shares, 1, 1e18);
        uint256 amount = TREASURY.previewMint(shares);
        if (amount > 1e15) return;
        address actor = _fund(who, amount);
        VM.prank(actor);
        TREASURY.mint(shares, actor);
    }

    /* EXITS */

    function withdraw(uint256 who, uint256 amount) external keepsPrice {
        address actor = _actor(who);
        uint256 most = TREASURY.maxWithdraw(actor);
        if (most == 0) return;
        VM.prank(actor);
        TREASURY.withdraw(_fold(amount, 1, most), actor, actor);
    }

    function redeem(uint256 who, uint256 shares) external keepsPrice {
        address actor = _actor(who);
        shares = _fold(shares, 0, TREASURY.maxRedeem(actor));
        if (TREASURY.previewRedeem(shares) == 0) return;
        VM.prank(actor);
        TREASURY.redeem(shares, actor, actor);
    }

    function refund(uint256 who, uint256 shares) external keepsPrice {
        address actor = _actor(who);
        (uint256 fresh, , uint256 paid) = TREASURY.recentSharesOf(actor);
        shares = _fold(shares, 0, fresh);
        uint256 amount = TREASURY.previewRedeem(shares);
        if (amount == 0 || (paid * shares) / fresh == 0 || amount > USDC.balanceOf(address(TREASURY))) return;
        VM.prank(actor);
        if (TREASURY.refund(shares) > paid) ++gains;
    }

    function redeemInKind(uint256 who, uint256 shares) external keepsKnownPrice {
        address actor = _actor(who);
        uint256 most = _seasoned(actor);
        if (most == 0) return;
        VM.prank(actor);
        TREASURY.redeemInKind(_fold(shares, 1, most), actor, actor);
    }

    function transfer(uint256 who, uint256 to, uint256 shares) external keepsKnownPrice {
        address actor = _actor(who);
        shares = _fold(shares, 0, _seasoned(actor));
        VM.prank(actor);
        TREASURY.transfer(_actor(to), shares);
    }

    function claim(uint256 who) external keepsKnownPrice {
        address actor = _actor(who);
        uint256 owed = TREASURY.pendingPayoutOf(address(ASSET), actor);
        bool isHonest = ASSET.balances() == HostileToken.Balances.Honest;
        if (owed == 0 || !isHonest || ASSET.transfers() != HostileToken.Transfers.Honest || owed > _heldOfAsset())
            return;
        TREASURY.payOut(address(ASSET), actor);
    }

    function accrueFee() external keepsPrice {
        (uint256 lower, ) = TREASURY.assetsRange();
        uint256 supply = TREASURY.totalSupply() + VIRTUAL;
        uint256 atMark = (TREASURY.highWaterMark() * supply) / MARK_SCALE;
        uint256 fee = TREASURY.accrueFee();
        uint256 gain = lower + 1 > atMark ? lower + 1 - atMark : 0;
        bool isBelow = (lower + 2) * MARK_SCALE < TREASURY.highWaterMark() * (TREASURY.totalSupply() + VIRTUAL);
        if (fee > (gain * FEE_BPS) / BPS || (fee != 0 && isBelow)) ++wrongFees;
    }

    /* THE WORLD */

    function donateBase(uint256 amount) external keepsKnownPrice {
        USDC.mint(address(TREASURY), _fold(amount, 0, 1e10));
    }

    function donateAsset(uint256 amount) external keepsKnownPrice {
        ASSET.mint(address(TREASURY), _fold(amount, 0, 1e22));
    }

    function stopAsset(uint256 how) external {
        HostileToken.Transfers mode = HostileToken.Transfers.Honest;
        if (how % 3 == 1) mode = HostileToken.Transfers.Reverting;
        if (how % 3 == 2) mode = HostileToken.Transfers.ReturningFalse;
        // Every seventh time it says that it has as much as a number can say, or nothing at all.
        HostileToken.Balances said = HostileToken.Balances.Honest;
        if (how % 7 == 1) said = HostileToken.Balances.Enormous;
        if (how % 7 == 2) said = HostileToken.Balances.Reverting;
        ASSET.behave(mode, said);
    }

    /// The feed dies, and comes back.
    function stopPrice(uint256 how) external {
        PRICE.setMode(how % 3 == 0 ? MockSource.Mode.Reverting : MockSource.Mode.Honest);
    }

    function setPrice(uint256 to) external {
        price = _fold(to, 1e15, 1e21);
        PRICE.setPrice(int224(int256(price)));
    }

    function wait(uint256 time) external {
        clock += _fold(time, 0, 2 hours);
        VM.warp(clock);
    }

    /// An execution may cost money, so it does not keep the price; allowances are what it must not leave.
    function execute(uint256 amount, bool approves) external {
        VM.warp(clock);
        (uint256 forAgent, ) = MANDATE.remainingOf(1, address(USDC));
        uint256 most = USDC.balanceOf(address(TREASURY));
        if (forAgent < most) most = forAgent;
        amount = _fold(amount, 0, most > 1e11 ? 1e11 : most);
        bytes4 selector = approves ? IERC20.approve.selector : IERC20.transfer.selector;
        bytes4 other = approves ? IERC20.transfer.selector : IERC20.approve.selector;
        Call[] memory calls = new Call[](1);
        calls[0] = Call(address(USDC), abi.encodeWithSelector(selector, PAYEE, amount));
        CallProof[] memory callProofs = new CallProof[](1);
        callProofs[0] = CallProof(DECODER, RiskClass.Routine, new bytes32[](1));
        callProofs[0].proof[0] = _leaf(other);
        VM.prank(CONSENSUS);
        TREASURY.execute(RiskClass.Routine, calls, type(uint128).max, callProofs, 1);
    }

    /* WHAT MUST FOLLOW */

    /// What the treasury says it is worth at least, and what it is when all claims are taken off.
    function worth() external view returns (uint256 said, uint256 naive) {
        if (!_isKnown()) return (0, 0);
        (said, ) = TREASURY.assetsRange();
        uint256 owed;
        for (uint256 i; i < ACTORS; ++i) owed += TREASURY.pendingPayoutOf(address(ASSET), _actor(i));
        uint256 held = _heldOfAsset();
        uint256 free = held > owed ? held - owed : 0;
        if (free > CAP) free = CAP;
        // Dust without a price counts nothing.
        if (PRICE.mode() != MockSource.Mode.Honest) free = 0;
        uint256 lowest = price - (price * BAND) / BPS;
        naive = USDC.balanceOf(address(TREASURY)) + (free * lowest) / 1e18 / 1e12;
    }

    function allowance() external view returns (uint256) {
        return USDC.allowance(address(TREASURY), PAYEE);
    }

    function recentSharesNotHeld() external view returns (uint256 count) {
        for (uint256 i; i < ACTORS; ++i) {
            (uint256 fresh, , ) = TREASURY.recentSharesOf(_actor(i));
            if (fresh > TREASURY.balanceOf(_actor(i))) ++count;
        }
    }

    /// How often a limit of entry or exit panicked instead of answering.
    function panickedLimits() external view returns (uint256 count) {
        for (uint256 i; i < ACTORS; ++i) {
            try TREASURY.maxRedeem(_actor(i)) returns (uint256) {} catch {
                ++count;
            }
            try TREASURY.maxWithdraw(_actor(i)) returns (uint256) {} catch {
                ++count;
            }
        }
        try TREASURY.totalAssets() returns (uint256) {} catch {
            ++count;
        }
    }

    /* HELPERS */

    function _isKnown() private view returns (bool) {
        try TREASURY.assetsRange() returns (uint256, uint256) {
            return true;
        } catch {
            return false;
        }
    }

    function _compare(uint256 lower, uint256 supply) private {
        (uint256 newLower, ) = TREASURY.assetsRange();
        // Three units and one of shares: what the values of the assets, taken before and after, and the fee before are
        // rounded down by.
        if ((newLower + 4) * (supply + 1) < (lower + 1) * _supply()) ++falls;
    }

    function _heldOfAsset() private view returns (uint256) {
        return ASSET.balances() == HostileToken.Balances.Reverting ? 0 : ASSET.balanceOf(address(TREASURY));
    }

    /// All shares, with those of the fee that is due: what a share is worth, is worth after the fee.
    function _supply() private view returns (uint256) {
        (uint256 due, ) = TREASURY.feeDue();
        return TREASURY.totalSupply() + due + VIRTUAL;
    }

    function _actor(uint256 who) private pure returns (address) {
        return address(uint160(0xA000 + (who % ACTORS)));
    }

    function _seasoned(address actor) private view returns (uint256) {
        (uint256 fresh, , ) = TREASURY.recentSharesOf(actor);
        return TREASURY.balanceOf(actor) - fresh;
    }

    function _fund(uint256 who, uint256 amount) private returns (address actor) {
        actor = _actor(who);
        USDC.mint(actor, amount);
        VM.prank(actor);
        USDC.approve(address(TREASURY), amount);
    }

    function _leaf(bytes4 selector) private view returns (bytes32) {
        bytes32 key = keccak256(abi.encodePacked(PAYEE));
        bytes memory leaf = abi.encode(address(USDC), selector, DECODER, key, RiskClass.Routine);
        return keccak256(bytes.concat(keccak256(leaf)));
    }

    /// The address of the contract made after `skipped` more: five tokens, sources and decoder, hub and breaker exist.
    function _addressAfter(uint8 skipped) private view returns (address) {
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", address(this), bytes1(8 + skipped))))));
    }
}

contract TreasuryInvariantTest is NexusTest {
    TreasuryHandler private _handler;

    function setUp() public {
        _handler = new TreasuryHandler();
        _target(address(_handler));
    }

    /// Every question is asked of the same histories, after each step.
    function invariant_EveryPropertyHolds() public view {
        _thePriceOfAShareNeverFalls();
        _whatIsOwedIsTheSumOfTheClaimsAndIsHeld();
        _noAllowanceAboveOneUnitIsLeft();
        _recentSharesAreHeld();
        _noFeeIsAboveItsPart();
        _limitsAlwaysAnswer();
    }

    /// [NX-TRE-09] [NX-TRE-10]
    function _limitsAlwaysAnswer() private view {
        VM.assertEq(_handler.panickedLimits(), 0, "a limit, or what all is worth, did not answer");
    }

    /// [NX-TRE-05]
    function _thePriceOfAShareNeverFalls() private view {
        VM.assertEq(_handler.falls(), 0, "an entry, an exit or a gift made shares cheaper");
    }

    /// [NX-TRE-04]
    function _whatIsOwedIsTheSumOfTheClaimsAndIsHeld() private view {
        (uint256 said, uint256 naive) = _handler.worth();
        VM.assertEq(said, naive, "what is owed is not what the claims add up to");
    }

    /// [NX-TRE-03]
    function _noAllowanceAboveOneUnitIsLeft() private view {
        VM.assertLe(_handler.allowance(), 1, "an allowance outlived its transaction");
    }

    /// [NX-TRE-06]
    function _recentSharesAreHeld() private view {
        VM.assertEq(_handler.recentSharesNotHeld(), 0, "shares moved while they were fresh");
        VM.assertEq(_handler.gains(), 0, "recent shares were refunded for more than was paid");
    }

    /// [NX-FEE-02]
    function _noFeeIsAboveItsPart() private view {
        VM.assertEq(_handler.wrongFees(), 0, "a fee took more than its part, or a share below the mark");
    }
}
