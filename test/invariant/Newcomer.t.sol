// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IDecoder} from "../../contracts/interfaces/IDecoder.sol";
import {IMandate, TokenLimit} from "../../contracts/interfaces/IMandate.sol";
import {Feed, IOracleHub} from "../../contracts/interfaces/IOracleHub.sol";
import {IPerformanceRecorder} from "../../contracts/interfaces/IPerformanceRecorder.sol";
import {ITreasury} from "../../contracts/interfaces/ITreasury.sol";
import {ITreasuryEvaluator} from "../../contracts/interfaces/ITreasuryEvaluator.sol";
import {HostileToken} from "../../contracts/mocks/HostileToken.sol";
import {SandboxUSDC} from "../../contracts/mocks/SandboxUSDC.sol";
import {MockSource} from "../../contracts/mocks/MockSource.sol";
import {JobTerms} from "../../contracts/types/Job.sol";
import {Call, Condition, DecodedCall, CallProof, Proposal} from "../../contracts/types/Proposal.sol";
import {RiskClass} from "../../contracts/types/RiskClass.sol";
import {NexusTest, VM, _deploy, _fold, _oneSource} from "../support/NexusTest.sol";

interface ITreasuryVault is ITreasury, IERC4626 {}

/// @notice A Consensus that everybody agrees with, and what is paid by outcome, reduced to what they are asked.
contract EverybodyAgrees {
    ITreasury public treasury;

    function serve(ITreasury newTreasury) external {
        treasury = newTreasury;
    }

    function enact(bytes calldata, Proposal calldata proposal, CallProof[] calldata callProofs) external {
        treasury.execute(RiskClass.Routine, proposal.calls, proposal.maxLoss, callProofs, proposal.agentId);
    }

    function executeCoSigned(Proposal calldata proposal, CallProof[] calldata callProofs, bytes calldata) external {
        treasury.execute(RiskClass.Elevated, proposal.calls, proposal.maxLoss, callProofs, proposal.agentId);
    }

    function record(uint32, bytes calldata) external {}

    function jobIdOf(JobTerms calldata) external pure returns (bytes32) {
        return 0;
    }

    function maxOutcomeOf(JobTerms calldata) external pure returns (uint256) {
        return type(uint128).max;
    }

    fallback() external payable {}
}

/// @notice What everybody votes for: its call lets the treasury gain. It says so itself.
contract Venue is IDecoder {
    Market private immutable MARKET = Market(msg.sender);

    function bring(uint256 base, uint256 other) external {
        MARKET.mint(msg.sender, base);
        MARKET.OTHER().mint(msg.sender, other);
    }

    function decode(address, bytes calldata) external view returns (DecodedCall memory decoded) {
        (decoded.tokenOut, decoded.recipient) = (address(MARKET.USDC()), address(MARKET.TREASURY()));
    }
}

/// @notice A treasury of one old holder, a book, and somewhere to make a profit.
contract Market {
    uint256 public constant HOLDING = 1 hours;
    SandboxUSDC public immutable USDC = new SandboxUSDC();
    HostileToken public immutable OTHER = new HostileToken();
    MockSource public immutable PRICE = new MockSource(1e18);
    MockSource private immutable DOLLAR = new MockSource(1e18);
    EverybodyAgrees public immutable CONSENSUS = new EverybodyAgrees();
    Venue private immutable VENUE = new Venue();
    IOracleHub private immutable HUB;
    ITreasuryVault public immutable TREASURY;
    IPerformanceRecorder public immutable RECORDER;
    ITreasuryEvaluator public immutable EVALUATOR;

    constructor() {
        HUB = IOracleHub(_deploy("OracleHub", abi.encode(this)));
        address breaker = _deploy("CircuitBreaker", abi.encode(this, this));
        // The ninth after what exists and the mandate.
        address treasury = address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", address(this), hex"0a")))));
        bytes memory parts = abi.encode(this, treasury, address(2), new address[](0));
        IMandate mandate = IMandate(_deploy("Mandate", parts));
        bytes memory arguments = abi.encode(this, CONSENSUS, mandate, HUB, breaker, USDC, HOLDING);
        TREASURY = ITreasuryVault(_deploy("Treasury", arguments));
        VM.assertTrue(address(TREASURY) == treasury, "the treasury lies elsewhere");
        CONSENSUS.serve(TREASURY);
        arguments = abi.encode(CONSENSUS, TREASURY, CONSENSUS);
        RECORDER = IPerformanceRecorder(_deploy("PerformanceRecorder", arguments));
        EVALUATOR = ITreasuryEvaluator(_deploy("TreasuryEvaluator", abi.encode(CONSENSUS, RECORDER, HUB)));
        setBand(0);
        TREASURY.addAsset(address(OTHER), type(uint96).max >> 1);
        mandate.setTokenLimit(address(USDC), TokenLimit(1, 1, 1));
        bytes memory leaf = abi.encode(VENUE, VENUE.bring.selector, VENUE, bytes32(0), RiskClass.Routine);
        mandate.setRoot(keccak256(bytes.concat(keccak256(leaf))), "");
    }

    function mint(address to, uint256 amount) external {
        USDC.mint(to, amount);
    }

    function setBand(uint16 bandBps) public {
        HUB.setFeed(address(USDC), Feed(6, 1, 1_000), _oneSource(address(DOLLAR), 1 days, 0));
        HUB.setFeed(address(OTHER), Feed(18, 1, 1_000), _oneSource(address(PRICE), 1 days, bandBps));
    }

    function setFee(uint16 feeBps) external {
        TREASURY.setPerformanceFee(address(0xFEE), feeBps);
    }

    function proposal(
        uint256 base,
        uint256 other
    ) public view returns (Proposal memory made, CallProof[] memory callProofs) {
        made.calls = new Call[](1);
        made.calls[0] = Call(address(VENUE), abi.encodeCall(VENUE.bring, (base, other)));
        made.conditions = new Condition[](0);
        callProofs = new CallProof[](1);
        callProofs[0] = CallProof(address(VENUE), RiskClass.Routine, new bytes32[](0));
    }

    /// How anyone carries it out: by Consensus, by the recorder, or for a job that pays by its outcome, at once or after a delay.
    function way(uint256 which, uint256 base, uint256 other) external view returns (address, bytes memory) {
        (Proposal memory made, CallProof[] memory callProofs) = proposal(base, other);
        JobTerms memory terms;
        terms.token = address(USDC);
        which %= 6;
        if (which == 0) return (address(CONSENSUS), abi.encodeCall(CONSENSUS.enact, ("", made, callProofs)));
        if (which == 1) return (address(CONSENSUS), abi.encodeCall(CONSENSUS.executeCoSigned, (made, callProofs, "")));
        if (which == 2) return (address(RECORDER), abi.encodeCall(RECORDER.enact, ("", made, callProofs)));
        if (which == 3) return (address(RECORDER), abi.encodeCall(RECORDER.execute, (made, callProofs, "")));
        if (which == 4) return (address(EVALUATOR), abi.encodeCall(EVALUATOR.enact, (terms, "", made, callProofs)));
        return (address(EVALUATOR), abi.encodeCall(EVALUATOR.execute, (terms, made, callProofs, "")));
    }
}

/// @notice Whoever comes with any amount of money and tries to leave with more. It never reverts.
contract Newcomer {
    Market private immutable MARKET;
    ITreasuryVault private immutable TREASURY;
    Newcomer private _friend;

    constructor(Market market) {
        (MARKET, TREASURY) = (market, market.TREASURY());
        market.USDC().approve(address(TREASURY), type(uint256).max);
    }

    function befriend(Newcomer friend) external {
        _friend = friend;
        TREASURY.allowDepositor(address(friend), true);
    }

    function run(address target, bytes memory data) public returns (bool success) {
        (success, ) = target.call(data);
    }

    /// One transaction: what `steps` say, one after the other, and then everything that may be taken out.
    function attack(uint256[6] memory steps, uint256[2] memory profit) external {
        for (uint256 i; i < steps.length; ++i) _step(steps[i] % 16, steps[i] >> 8, profit);
        leave();
        _friend.leave();
    }

    function _step(uint256 kind, uint256 size, uint256[2] memory profit) private {
        IERC20 usdc = IERC20(TREASURY.asset());
        uint256 amount = size % (usdc.balanceOf(address(this)) + 1);
        if (kind == 6) run(address(usdc), abi.encodeCall(IERC20.transfer, (address(TREASURY), amount % 1e9)));
        else if (kind == 7) run(address(usdc), abi.encodeCall(IERC20.transfer, (address(_friend), amount)));
        else if (kind == 8) run(address(TREASURY), abi.encodeCall(TREASURY.accrueFee, ()));
        else if (kind == 9) leave();
        else if (kind == 10) _refund(size);
        else if (kind < 6) _enter(kind, size, amount);
        else _act(size, profit);
    }

    function _enter(uint256 kind, uint256 size, uint256 amount) private {
        if (kind < 3) run(address(TREASURY), abi.encodeCall(TREASURY.deposit, (amount, address(this))));
        else if (kind == 3) run(address(TREASURY), abi.encodeCall(TREASURY.mint, (amount * 1e6, address(this))));
        else if (kind == 4) run(address(TREASURY), abi.encodeCall(TREASURY.deposit, (amount, address(_friend))));
        else run(address(TREASURY), abi.encodeCall(TREASURY.transfer, (address(_friend), size % 1e18)));
    }

    function _act(uint256 size, uint256[2] memory profit) private {
        (address target, bytes memory data) = MARKET.way(size, profit[0], profit[1]);
        run(target, data);
    }

    function _refund(uint256 size) private {
        (uint256 fresh, , ) = TREASURY.recentSharesOf(address(this));
        run(address(TREASURY), abi.encodeCall(TREASURY.refund, (size % (fresh + 1))));
    }

    /// Takes out what may be: recent shares, then all the others, in the base asset and in kind.
    function leave() public {
        (uint256 fresh, , ) = TREASURY.recentSharesOf(address(this));
        if (!run(address(TREASURY), abi.encodeCall(TREASURY.refund, (fresh)))) _refund(fresh / 2);
        uint256 most = TREASURY.maxRedeem(address(this));
        run(address(TREASURY), abi.encodeCall(TREASURY.redeem, (most, address(this), address(this))));
        most = TREASURY.balanceOf(address(this));
        run(address(TREASURY), abi.encodeCall(TREASURY.redeemInKind, (most, address(this), address(this))));
    }
}

/// @notice Lends any sum for one call, or nothing of that call remains.
contract Lender {
    error LoanNotRepaid();

    function lend(Market market, uint256 amount, Newcomer to, bytes calldata data) external {
        market.mint(address(to), amount);
        to.run(address(to), data);
        to.run(address(market.USDC()), abi.encodeCall(IERC20.transfer, (address(this), amount)));
        require(market.USDC().balanceOf(address(this)) == amount, LoanNotRepaid());
    }
}

/// @notice Nobody gains by being a depositor for less than the holding time. Every call of the test is a transaction of its own.
contract NewcomerTest is NexusTest {
    uint256 private constant FUNDS = 1e15;
    uint256 private constant LOAN = 20 * FUNDS;

    Market private _market;
    Market private _twin;

    function setUp() public {
        VM.warp(1_700_000_000);
        (_market, _twin) = (new Market(), new Market());
    }

    struct Scenario {
        /// What is done in the first transaction, and in the second.
        uint256[6][2] steps;
        /// How many seconds lie between them.
        uint256 pause;
        /// What an action brings, in the base asset and in the other.
        uint256[2] profit;
        /// What the old holder brought, and what is held of the other asset.
        uint256[2] book;
        uint16 bandBps;
        uint16 feeBps;
        /// By how much the oracle errs after the first transaction.
        uint256 error;
    }

    /// [NX-TRE-06]
    /// hardhat-config: isolate = true
    function testFuzz_ANewcomerTakesNothingOut(Scenario memory scene) public {
        _prepare(_market, scene);
        (Newcomer one, Newcomer two) = _friends();
        _market.mint(address(one), FUNDS);
        one.attack(scene.steps[0], scene.profit);
        _assertNoGain(one, two);
        VM.warp(block.timestamp + _bound(scene.pause, 0, _market.HOLDING() - 1));
        _err(_market, scene);
        two.attack(scene.steps[1], scene.profit);
        one.attack(scene.steps[1], scene.profit);
        _assertNoGain(one, two);
    }

    /// Nor by one transaction, with a loan for no longer than that. [NX-TRE-06]
    /// hardhat-config: isolate = true
    function testFuzz_AFlashLoanTakesNothingOut(Scenario memory scene) public {
        _prepare(_market, scene);
        (Newcomer one, Newcomer two) = _friends();
        // Its own, so that it can pay the loan back whatever band it goes through.
        _market.mint(address(one), FUNDS);
        bytes memory data = abi.encodeCall(one.attack, (scene.steps[0], scene.profit));
        try new Lender().lend(_market, LOAN, one, data) {} catch {}
        _assertNoGain(one, two);
    }

    /// Who has old shares beside the new ones gains no more by the new ones than without them. [NX-TRE-06]
    /// hardhat-config: isolate = true
    function testFuzz_RecentSharesBringOldOnesNothing(
        Scenario memory scene,
        uint256 old,
        uint256 more,
        uint256 again
    ) public {
        old = _bound(old, 1e6, 1e12);
        uint256 with = _ownAndOld(_market, scene, [old, _bound(more, 1, 1e15), _bound(again, 0, 1e15)]);
        uint256 without = _ownAndOld(_twin, scene, [old, 0, 0]);
        // Rounded down: the values of the assets, the fee and the exit.
        VM.assertLe(with, without + 5, "recent shares brought something");
    }

    /// What a holder of old shares has in the end of all its money, which beside the old shares buys new ones, twice, and takes
    /// them back.
    function _ownAndOld(Market market, Scenario memory scene, uint256[3] memory sums) private returns (uint256) {
        Newcomer holder = new Newcomer(market);
        ITreasuryVault treasury = market.TREASURY();
        market.mint(address(holder), FUNDS + sums[0]);
        holder.run(address(treasury), abi.encodeCall(treasury.deposit, (sums[0], address(holder))));
        _prepare(market, scene);
        holder.run(address(treasury), abi.encodeCall(treasury.deposit, (sums[1], address(holder))));
        _err(market, scene);
        holder.run(address(treasury), abi.encodeCall(treasury.deposit, (sums[2], address(holder))));
        (address target, bytes memory data) = market.way(scene.steps[0][0], scene.profit[0], scene.profit[1]);
        VM.assertTrue(holder.run(target, data), "the action failed");
        holder.leave();
        return market.USDC().balanceOf(address(holder)) + market.OTHER().balanceOf(address(holder)) / 1e12;
    }

    /// An old holder with its book, band and fee; its shares are seasoned.
    function _prepare(Market market, Scenario memory scene) private {
        ITreasuryVault treasury = market.TREASURY();
        scene.profit = [_bound(scene.profit[0], 0, 1e13), _bound(scene.profit[1], 0, 1e25)];
        uint256 brought = _bound(scene.book[0], 1e6, 1e13);
        Newcomer holder = new Newcomer(market);
        market.mint(address(holder), brought);
        holder.run(address(treasury), abi.encodeCall(treasury.deposit, (brought, address(holder))));
        // Every second book is of the base asset alone.
        if (scene.book[1] % 2 == 0) market.OTHER().mint(address(treasury), _bound(scene.book[1], 0, 1e25));
        market.setBand(uint16(_bound(scene.bandBps, 0, 200)));
        market.setFee(uint16(_bound(scene.feeBps, 0, 2_500)));
        VM.warp(block.timestamp + market.HOLDING());
    }

    function _friends() private returns (Newcomer one, Newcomer two) {
        (one, two) = (new Newcomer(_market), new Newcomer(_market));
        one.befriend(two);
        two.befriend(one);
    }

    /// The oracle is wrong by as much as its band allows.
    function _err(Market market, Scenario memory scene) private {
        uint256 band = (1e18 * uint256(_bound(scene.bandBps, 0, 200))) / 10_000;
        market.PRICE().setPrice(int224(int256(_fold(scene.error, 1e18 - band, 1e18 + band))));
    }

    function _assertNoGain(Newcomer one, Newcomer two) private view {
        SandboxUSDC usdc = _market.USDC();
        HostileToken other = _market.OTHER();
        VM.assertLe(
            usdc.balanceOf(address(one)) + usdc.balanceOf(address(two)),
            FUNDS,
            "left with more than it brought"
        );
        VM.assertEq(other.balanceOf(address(one)) + other.balanceOf(address(two)), 0, "left with the other asset");
    }
}
