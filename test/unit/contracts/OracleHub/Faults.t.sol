// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Feed, IOracleHub, Quote, QuoteStatus, Source} from "../../../../contracts/interfaces/IOracleHub.sol";
import {MockIntervalSource} from "../../../../contracts/mocks/MockIntervalSource.sol";
import {NexusTest, VM, _deploy} from "../../../support/NexusTest.sol";

/// @notice Every combination of faults that several sources can have at a time.
contract FaultsTest is NexusTest {
    uint256 private constant BPS = 10_000;
    uint256 private constant NOW = 1_700_000_000;
    uint256 private constant TRUTH = 3_000e18;
    uint32 private constant MAX_AGE = 3_600;
    uint16 private constant DEVIATION_BPS = 100;
    uint16 private constant MAX_BAND_BPS = 500;
    /// The gas that a read may use on top of what its sources are allowed.
    uint256 private constant OWN_GAS = 40_000;
    uint256 private constant SOURCE_GAS = 60_000;
    address private constant ASSET = address(0xA55E7);

    enum Behaviour {
        Right,
        /// A price of which the interval just meets that of the right ones.
        LyingNear,
        LyingFar,
        /// A price of which the interval contains nearly everything.
        LyingWide,
        Stale,
        BurningGas,
        Zero,
        Negative,
        Ahead,
        Unsure,
        Reverting,
        ReturningMuch,
        ReturningOneWord,
        ReturningFourWords,
        Garbage
    }

    uint256 private constant BEHAVIOURS = 15;
    /// With four sources the first six stand for all: what is not fresh differs in nothing but its gas.
    uint256 private constant FEW = 6;

    IOracleHub private _hub;
    MockIntervalSource[4] private _sources;

    function setUp() public {
        VM.warp(NOW);
        _hub = IOracleHub(_deploy("OracleHub", abi.encode(this)));
        for (uint256 i; i < 4; ++i) _sources[i] = new MockIntervalSource();
    }

    /// [NX-ORA-01] [NX-ORA-02] [NX-ORA-03] [NX-ORA-04]
    function test_NoCombinationOfThreeSourcesMakesAWrongPrice() public {
        _tryAll(3, BEHAVIOURS);
    }

    /// [NX-ORA-01] [NX-ORA-02] [NX-ORA-03] [NX-ORA-04]
    function test_NoCombinationOfFourSourcesMakesAWrongPrice() public {
        _tryAll(4, FEW);
    }

    function _tryAll(uint256 count, uint256 behaviours) private {
        uint256 combinations = behaviours ** count;
        for (uint256 quorum = 1; quorum <= count; ++quorum) {
            _setFeed(count, quorum);
            for (uint256 all; all < combinations; ++all) {
                (uint256 right, uint256 wrong, uint256 rest) = (0, 0, all);
                for (uint256 i; i < count; ++i) {
                    Behaviour behaviour = Behaviour(rest % behaviours);
                    rest /= behaviours;
                    // Only what differs from the combination before is told again.
                    if (all == 0 || all % (behaviours ** i) == 0) _tell(i, behaviour);
                    if (behaviour == Behaviour.Right) ++right;
                    else if (behaviour <= Behaviour.LyingWide) ++wrong;
                }
                _check(count, quorum, right, wrong);
            }
        }
    }

    function _check(uint256 count, uint256 quorum, uint256 right, uint256 wrong) private view {
        uint256 gasBefore = gasleft();
        (QuoteStatus status, Quote memory quote) = _hub.previewQuote(ASSET);
        VM.assertLe(gasBefore - gasleft(), OWN_GAS + count * SOURCE_GAS, "a source used more than it may");
        VM.assertEq(quote.fresh, right + wrong, "fresh");
        bool isReady = status == QuoteStatus.Ready;
        if (right + wrong < quorum) VM.assertTrue(!isReady, "a price below the quorum");
        if (wrong >= quorum) return;
        if (isReady) VM.assertTrue(quote.lower <= TRUTH && TRUTH <= quote.upper, "the truth left the band");
        if (isReady) VM.assertTrue(quote.lower <= quote.middle && quote.middle <= quote.upper, "the middle left");
        if (right < quorum) return;
        VM.assertTrue(isReady, "a quorum that is right was stopped");
        VM.assertLe((quote.upper - quote.lower) * BPS, TRUTH * 220, "wrong sources widened the band");
    }

    function _setFeed(uint256 count, uint256 quorum) private {
        Source[] memory list = new Source[](count);
        for (uint256 i; i < count; ++i) list[i] = Source(address(_sources[i]), MAX_AGE, DEVIATION_BPS);
        // Safe cast: at most four.
        _hub.setFeed(ASSET, Feed({decimals: 18, quorum: uint8(quorum), maxBandBps: MAX_BAND_BPS}), list);
    }

    function _tell(uint256 index, Behaviour behaviour) private {
        MockIntervalSource source = _sources[index];
        source.setFault(_faultOf(behaviour));
        // Right ones differ by a twentieth of a per cent.
        int224 price = int224(int256(TRUTH + (TRUTH * index) / 2_000));
        uint256 time = NOW;
        uint256 interval;
        if (behaviour == Behaviour.LyingNear) price = int224(int256((TRUTH * 10_195) / BPS));
        else if (behaviour == Behaviour.LyingFar) price = int224(int256((TRUTH * 3) / 2));
        else if (behaviour == Behaviour.LyingWide) interval = TRUTH - 1;
        else if (behaviour == Behaviour.Stale) time = NOW - MAX_AGE - 1;
        else if (behaviour == Behaviour.Zero) price = 0;
        else if (behaviour == Behaviour.Negative) price = -price;
        else if (behaviour == Behaviour.Ahead) time = NOW + 1;
        else if (behaviour == Behaviour.Unsure) interval = uint256(int256(price));
        // Safe cast: the second is one of this century.
        source.setAnswer(price, uint32(time), interval);
    }

    function _faultOf(Behaviour behaviour) private pure returns (MockIntervalSource.Fault) {
        if (behaviour == Behaviour.BurningGas) return MockIntervalSource.Fault.BurningGas;
        if (behaviour < Behaviour.Reverting) return MockIntervalSource.Fault.None;
        if (behaviour == Behaviour.Reverting) return MockIntervalSource.Fault.Reverting;
        if (behaviour == Behaviour.ReturningMuch) return MockIntervalSource.Fault.ReturningMuch;
        if (behaviour == Behaviour.ReturningOneWord) return MockIntervalSource.Fault.ReturningOneWord;
        if (behaviour == Behaviour.ReturningFourWords) return MockIntervalSource.Fault.ReturningFourWords;
        return MockIntervalSource.Fault.Garbage;
    }
}
