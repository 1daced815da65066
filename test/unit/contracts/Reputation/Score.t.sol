// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {
    IReputation,
    JobResult,
    PerformanceReport,
    RecorderRole,
    Weighting
} from "../../../../contracts/interfaces/IReputation.sol";
import {NexusTest, VM, _deploy} from "../../../support/NexusTest.sol";

/// @notice A registry that knows every agent.
contract EveryAgent {
    function ownerOf(uint256) external pure returns (address) {
        return address(0xA11CE);
    }
}

contract ScoreTest is NexusTest {
    /// @dev A recorder's two agents: what is compared is recorded for one and for the other.
    uint32 private constant ONE = 1;
    uint32 private constant OTHER = 2;
    uint256 private constant START = 1_700_000_000;
    /// @dev A millionth of a millionth of a standing, for what is added up in another order.
    uint256 private constant NEARLY = 1e10;

    IReputation private _reputation;

    function setUp() public {
        VM.warp(START);
        Weighting memory weighting = Weighting({halfWeight: 1_000e18, lossWeightBps: 2_000});
        _reputation = IReputation(_deploy("Reputation", abi.encode(this, new EveryAgent(), 30 days, weighting)));
        _reputation.setRecorder(address(this), RecorderRole.Proposals);
    }

    /// Three of four times an amount that tells, up to 5,000 dollars, where the half-weight is 1,000; else anything.
    function _usd(uint128 x) private pure returns (uint128) {
        return x % 4 == 0 ? x : uint128(uint256(x) % 5_000e18);
    }

    function _signedUsd(int128 x) private pure returns (int128) {
        return x % 4 == 0 ? x : int128(x % 5_000e18);
    }

    function _outcome(int128 result, uint128[3] memory a) private pure returns (PerformanceReport memory) {
        return PerformanceReport(1, _signedUsd(result), _usd(a[0]), _usd(a[1]), _usd(a[2]));
    }

    /// Both agents start with the same history.
    function _history(int128 result, uint128 fee) private {
        PerformanceReport memory past = PerformanceReport(1, _signedUsd(result), 1, 1e18, _usd(fee));
        _reputation.record(ONE, past);
        _reputation.record(OTHER, past);
    }

    /// Any values at all, the largest included. [NX-REP-01]
    function testFuzz_StaysInItsBounds(int128[4] memory results, uint128[4] memory amounts, uint40 wait) public {
        for (uint256 i; i < results.length; ++i) {
            uint128 fee = amounts[(i + 2) % 4];
            _reputation.record(ONE, _outcome(results[i], [amounts[i], amounts[(i + 1) % 4], fee]));
            uint256 score = _reputation.scoreOf(ONE);
            VM.assertLe(_reputation.FLOOR(), score, "below the floor");
            VM.assertLe(score, _reputation.CAP(), "above the cap");
            VM.warp(block.timestamp + wait / 8);
        }
    }

    /// [NX-REP-02]
    function testFuzz_GainsNeverLowerAndLossesNeverRaise(
        int128 past,
        uint128 pastFee,
        int128 result,
        uint128[3] memory a
    ) public {
        _history(past, pastFee);
        int256 before = _reputation.ratingOf(ONE);
        _reputation.record(ONE, _outcome(result, a));
        int256 later = _reputation.ratingOf(ONE);
        VM.assertTrue(result >= 0 ? later >= before : later <= before, "moved the wrong way");
    }

    /// The better result never leads to the lower score, whatever its sign. [NX-REP-02]
    function testFuzz_ABetterResultIsNeverWorse(int128 past, int128 result, int128 better, uint128[3] memory a) public {
        if (_signedUsd(better) < _signedUsd(result)) (result, better) = (better, result);
        _history(past, a[2]);
        _reputation.record(ONE, _outcome(result, a));
        _reputation.record(OTHER, _outcome(better, a));
        VM.assertTrue(_reputation.ratingOf(ONE) <= _reputation.ratingOf(OTHER), "the better result is worse");
    }

    /// [NX-REP-02]
    function testFuzz_AHigherFeeForTheSameGainIsNeverWorse(int128 past, uint128 gain, uint128[3] memory a) public {
        int128 result = int128(uint128(_bound(gain, 0, uint128(type(int128).max))));
        (uint128 low, uint128 high) = (_usd(a[1]), _usd(a[2]));
        if (high < low) (low, high) = (high, low);
        _history(past, a[0]);
        _reputation.record(ONE, PerformanceReport(1, result, _usd(a[0]), 0, low));
        _reputation.record(OTHER, PerformanceReport(1, result, _usd(a[0]), 0, high));
        VM.assertTrue(_reputation.ratingOf(ONE) <= _reputation.ratingOf(OTHER), "the higher fee is worse");
    }

    /// A lower limit makes the same loss weigh more, up to twice as much. [NX-REP-02]
    function testFuzz_ATighterLimitMakesALossHeavier(
        uint128 size,
        uint128 limit,
        uint128 wider,
        uint128 fee
    ) public view {
        (limit, wider, fee) = (_usd(limit), _usd(wider), _usd(fee));
        if (wider < limit) (limit, wider) = (wider, limit);
        int128 loss = -int128(uint128(_bound(size, 1, uint128(type(int128).max))));
        uint256 heavy = _reputation.weightOf(PerformanceReport(1, loss, 0, limit, fee));
        uint256 light = _reputation.weightOf(PerformanceReport(1, loss, 0, wider, fee));
        VM.assertLe(light, heavy, "the wider limit makes it heavier");
        VM.assertLe(heavy, 2 * light + 2, "the limit more than doubles it");
    }

    /// [NX-REP-05]
    function testFuzz_WithoutAFeeNoGainCounts(int128 past, uint128 pastFee, uint128 gain, uint128 forecast) public {
        _history(past, pastFee);
        int256 before = _reputation.ratingOf(ONE);
        int128 result = int128(uint128(_bound(gain, 0, uint128(type(int128).max))));
        _reputation.record(ONE, PerformanceReport(1, result, forecast, 0, 0));
        VM.assertTrue(_reputation.ratingOf(ONE) == before, "a gain without a fee moved the standing");
    }

    /// One outcome, or the same in equal pieces. [NX-REP-05]
    function testFuzz_PiecesWeighWhatTheWholeDoes(int128 past, uint64[4] memory a, uint8 pieces, bool isGain) public {
        uint256 count = _bound(pieces, 1, 20);
        _history(past, 300e18);
        // Whole dollars, so that the pieces have no fractions; up to some thousands, where weights tell.
        int128 result = int128(uint128(_bound(a[0], 1, 5_000) * 1e18));
        uint128 forecast = uint128(_bound(a[1], 0, 5_000) * 1e18);
        uint128 limit = uint128(_bound(a[2], 0, 5_000) * 1e18);
        uint128 fee = uint128(_bound(a[3], 0, 2_000) * 1e18);
        if (!isGain) result = -result;
        uint128 n = uint128(count);
        _reputation.record(ONE, PerformanceReport(uint32(count), result * int128(n), forecast * n, limit * n, fee * n));
        for (uint256 i; i < count; ++i) _reputation.record(OTHER, PerformanceReport(1, result, forecast, limit, fee));
        int256 difference = _reputation.ratingOf(ONE) - _reputation.ratingOf(OTHER);
        VM.assertLe(uint256(difference < 0 ? -difference : difference), NEARLY, "the pieces weigh otherwise");
        VM.assertEq(_reputation.ratingStateOf(ONE).gains, _reputation.ratingStateOf(OTHER).gains, "counted otherwise");
        VM.assertEq(
            _reputation.ratingStateOf(ONE).losses,
            _reputation.ratingStateOf(OTHER).losses,
            "counted otherwise"
        );
    }

    /// What the mandate adds up before it is recorded. [NX-REP-05]
    function testFuzz_ASumOfLossesWeighsHalfToAllOfThem(uint128[4] memory sizes, uint128[4] memory limits) public view {
        PerformanceReport memory sum = PerformanceReport(4, 0, 0, 0, 0);
        uint256 oneByOne;
        for (uint256 i; i < sizes.length; ++i) {
            // A loss is never beyond its own limit: the mandate sees to that.
            uint128 limit = uint128(_bound(limits[i], 1e18, 5_000e18));
            uint128 loss = uint128(_bound(sizes[i], 1, limit));
            oneByOne += _reputation.weightOf(PerformanceReport(1, -int128(loss), 0, limit, 0));
            sum.result -= int128(loss);
            sum.maxLoss += limit;
        }
        uint256 together = _reputation.weightOf(sum);
        // Eight units of rounding: two for each.
        VM.assertLe(together, oneByOne + 8, "the sum weighs more");
        VM.assertLe(oneByOne, 2 * together + 8, "the sum weighs less than half");
    }

    /// [NX-REP-03]
    function testFuzz_TimeAloneLeadsToNeutral(int128 past, uint128 fee, uint32 wait, uint32 more) public {
        _history(past, fee);
        int256 first = _reputation.ratingOf(ONE);
        VM.warp(START + wait);
        int256 second = _reputation.ratingOf(ONE);
        VM.warp(START + uint256(wait) + more);
        int256 third = _reputation.ratingOf(ONE);
        if (first >= 0) VM.assertTrue(first >= second && second >= third && third >= 0, "not towards zero from above");
        else VM.assertTrue(first <= second && second <= third && third <= 0, "not towards zero from below");
        VM.warp(START + 60 * 30 days);
        VM.assertEq(_reputation.scoreOf(ONE), _reputation.NEUTRAL(), "not neutral in the end");
    }

    /// Writing in between, with nothing to say, changes nothing beyond rounding. [NX-REP-03]
    function testFuzz_FadingDoesNotDependOnWhenItIsWritten(int128 past, uint32 wait, uint32 more) public {
        _history(past, 500e18);
        VM.warp(START + wait);
        _reputation.record(ONE, PerformanceReport(1, 0, 0, 0, 0));
        VM.warp(START + uint256(wait) + more);
        int256 difference = _reputation.ratingOf(ONE) - _reputation.ratingOf(OTHER);
        VM.assertLe(uint256(difference < 0 ? -difference : difference), NEARLY, "fades otherwise");
    }

    /// [NX-REP-01]
    function testFuzz_JobsStayInTheirBoundsAndMoveTheRightWay(uint128[6] memory fees, uint8 results) public {
        _reputation.setRecorder(address(this), RecorderRole.Jobs);
        for (uint256 i; i < fees.length; ++i) {
            JobResult result = JobResult((results >> i) % 3);
            int256 before = _reputation.ratingOf(ONE);
            _reputation.recordJob(ONE, result, fees[i]);
            int256 later = _reputation.ratingOf(ONE);
            VM.assertTrue(result == JobResult.Delivered ? later >= before : later <= before, "moved the wrong way");
            VM.assertLe(_reputation.FLOOR(), _reputation.scoreOf(ONE), "below the floor");
            VM.assertLe(_reputation.scoreOf(ONE), _reputation.CAP(), "above the cap");
        }
    }

    /// Counts stop at their most and block nothing. [NX-REP-01]
    function test_CountsStopAtTheirMost() public {
        for (uint256 i; i < 3; ++i) _reputation.record(ONE, PerformanceReport(type(uint32).max, 1, 1, 1, 1));
        for (uint256 i; i < 3; ++i) _reputation.record(ONE, PerformanceReport(type(uint32).max, -1, 1, 1, 1));
        VM.assertEq(_reputation.ratingStateOf(ONE).gains, type(uint32).max, "gains");
        VM.assertEq(_reputation.ratingStateOf(ONE).losses, type(uint32).max, "losses");
    }
}
