// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Feed, IOracleHub, Quote, QuoteStatus, Source} from "../../../../contracts/interfaces/IOracleHub.sol";
import {MockIntervalSource} from "../../../../contracts/mocks/MockIntervalSource.sol";
import {NexusTest, VM, _deploy} from "../../../support/NexusTest.sol";

/// @notice The price that several sources make, against the plainest way to say it.
contract AgreementTest is NexusTest {
    uint256 private constant BPS = 10_000;
    uint256 private constant NOW = 1_700_000_000;
    uint256 private constant BASE = 3_000e18;
    address private constant ASSET = address(0xA55E7);

    IOracleHub private _hub;
    MockIntervalSource[4] private _sources;

    struct Given {
        uint256 price;
        uint256 age;
        uint256 maxAge;
        uint256 deviationBps;
        uint256 interval;
    }

    /// The fresh sources, in the order of the feed.
    struct Fresh {
        uint256[] prices;
        uint256[] lows;
        uint256[] highs;
        uint256[] places;
        uint256 count;
    }

    struct Expected {
        QuoteStatus status;
        uint256 middle;
        uint256 lower;
        uint256 upper;
        uint256 outliers;
    }

    error NoSuchRank(uint256 rank);

    function setUp() public {
        _hub = IOracleHub(_deploy("OracleHub", abi.encode(this)));
        for (uint256 i; i < 4; ++i) _sources[i] = new MockIntervalSource();
    }

    /// Status, median, band and outliers, for one to four sources in any order. [NX-ORA-01]
    function testFuzz_AgreesWithANaiveModel(
        uint256[4] memory seeds,
        uint256 count,
        uint256 quorum,
        uint16 band
    ) public {
        count = _bound(count, 1, 4);
        quorum = _bound(quorum, 1, count);
        Given[] memory all = new Given[](count);
        for (uint256 i; i < count; ++i) all[i] = _given(seeds[i]);
        _setFeed(all, quorum, band);
        for (uint256 i; i < count; ++i) _tell(i, all[i]);
        Fresh memory fresh = _recentOf(all);
        Expected memory expected = _expect(fresh, quorum, band);

        (QuoteStatus status, Quote memory quote) = _hub.previewQuote(ASSET);
        VM.assertEq(uint256(status), uint256(expected.status), "status");
        VM.assertEq(quote.fresh, fresh.count, "fresh");
        VM.assertEq(quote.outliers, expected.outliers, "outliers");
        VM.assertEq(quote.middle, expected.middle, "middle");
        VM.assertEq(quote.lower, expected.lower, "lower");
        VM.assertEq(quote.upper, expected.upper, "upper");
        bool isReady = status == QuoteStatus.Ready;
        VM.assertTrue(isReady == (quote.confidenceBps != 0), "confidence without a price, or a price without one");
        VM.assertLe(quote.confidenceBps, BPS, "confidence above all");
        VM.assertTrue(quote.lower <= quote.middle && quote.middle <= quote.upper, "the middle left the band");
    }

    /// One that falls silent, grows older or widens its interval never makes a price surer.
    function testFuzz_ConfidenceFallsWithDoubt(uint256[3] memory seeds, uint256 which, uint256 more) public {
        Given[] memory all = new Given[](3);
        for (uint256 i; i < 3; ++i) {
            all[i] = Given(BASE + ((BASE / 1_000) * (seeds[i] % 3)), seeds[i] % 1_000, 2_000, 50, 0);
        }
        _setFeed(all, 1, type(uint16).max);
        for (uint256 i; i < 3; ++i) _tell(i, all[i]);
        (, Quote memory before) = _hub.previewQuote(ASSET);
        which = which % 3;
        if (more % 3 == 0) all[which].price = 0;
        else if (more % 3 == 1) all[which].age += more % 1_000;
        else all[which].interval = more % BASE;
        _tell(which, all[which]);
        (, Quote memory later) = _hub.previewQuote(ASSET);
        VM.assertLe(later.confidenceBps, before.confidenceBps, "surer with more doubt");
    }

    /// The true price lies in the band while fewer sources than the quorum are wrong. [NX-ORA-03]
    function testFuzz_TheTruthLiesInTheBand(uint256[4] memory seeds, uint256 count, uint256 quorum) public {
        count = _bound(count, 1, 4);
        quorum = _bound(quorum, 1, count);
        Given[] memory all = new Given[](count);
        for (uint256 i; i < count; ++i) {
            // The first ones are right: the truth is at most as far away as their deviation. The others lie, mostly near enough
            // to meet the right ones.
            bool isWrong = i + quorum > count;
            all[i] = Given(_near(seeds[i], isWrong ? 250 : 99), seeds[i] % 100, 100, 100, 0);
            if (isWrong && seeds[i] % 5 == 0) all[i] = _given(seeds[i]);
        }
        _setFeed(all, quorum, type(uint16).max);
        for (uint256 i; i < count; ++i) _tell(i, all[i]);
        (QuoteStatus status, Quote memory quote) = _hub.previewQuote(ASSET);
        if (status != QuoteStatus.Ready) return;
        VM.assertTrue(quote.lower <= BASE && BASE <= quote.upper, "the truth left the band");
    }

    /// `BASE`, or at most `maxBps` basis points away from it.
    function _near(uint256 seed, uint256 maxBps) private pure returns (uint256) {
        return BASE - (BASE * maxBps) / BPS + ((BASE / BPS) * ((seed >> 8) % (2 * maxBps + 1)));
    }

    /// Mostly within five per cent of `BASE`, so that sources often meet, and sometimes anything.
    function _given(uint256 seed) private pure returns (Given memory) {
        return
            Given({
                price: seed % 11 == 0
                    ? 0
                    : seed % 7 == 0
                        ? (seed >> 8) % (1 << 128)
                        : _near(seed, 500),
                age: (seed >> 110) % 1_300,
                maxAge: 1 + ((seed >> 140) % 2_000),
                deviationBps: (seed >> 180) % 13 == 0 ? BPS : (seed >> 180) % 300,
                interval: (seed >> 200) % 3 != 0 ? 0 : ((seed >> 210) % 200) * (BASE / BPS)
            });
    }

    function _tell(uint256 index, Given memory given) private {
        VM.warp(NOW);
        _sources[index].setAnswer(int224(int256(given.price)), uint32(NOW - given.age), given.interval);
    }

    function _setFeed(Given[] memory all, uint256 quorum, uint16 maxBandBps) private {
        Source[] memory list = new Source[](all.length);
        for (uint256 i; i < all.length; ++i) {
            list[i] = Source(address(_sources[i]), uint32(all[i].maxAge), uint16(all[i].deviationBps));
        }
        _hub.setFeed(ASSET, Feed({decimals: 18, quorum: uint8(quorum), maxBandBps: maxBandBps}), list);
    }

    function _recentOf(Given[] memory all) private pure returns (Fresh memory fresh) {
        (fresh.prices, fresh.lows) = (new uint256[](4), new uint256[](4));
        (fresh.highs, fresh.places) = (new uint256[](4), new uint256[](4));
        for (uint256 i; i < all.length; ++i) {
            Given memory given = all[i];
            if (given.price == 0 || given.age > given.maxAge || given.interval >= given.price) continue;
            uint256 deviation = (given.price * given.deviationBps) / BPS;
            uint256 interval = given.interval + deviation + (deviation * given.age) / given.maxAge;
            uint256 place = fresh.count++;
            fresh.prices[place] = given.price;
            fresh.lows[place] = interval > given.price ? 0 : given.price - interval;
            fresh.highs[place] = given.price + interval;
            fresh.places[place] = i;
        }
    }

    /// Who agrees with whom by following every meeting of two intervals, and not by sorting.
    function _expect(Fresh memory fresh, uint256 quorum, uint256 band) private pure returns (Expected memory expected) {
        expected.status = QuoteStatus.QuorumMissed;
        for (uint256 i; i < fresh.count; ++i) expected.outliers |= 1 << fresh.places[i];
        if (fresh.count < quorum) return expected;

        expected.status = QuoteStatus.SourcesDisagree;
        (uint256 largest, bool isTied) = _largestGroup(fresh);
        uint256 size = _bitsOf(largest);
        if (isTied || size < quorum) return expected;

        expected.status = QuoteStatus.Ready;
        for (uint256 i; i < fresh.count; ++i) if ((largest >> i) & 1 == 1) expected.outliers ^= 1 << fresh.places[i];
        expected.middle =
            (_atRank(fresh.prices, largest, (size - 1) / 2) + _atRank(fresh.prices, largest, size / 2)) / 2;
        uint256 left = size > 2 && size > quorum ? 1 : 0;
        expected.lower = _atRank(fresh.lows, largest, left);
        expected.upper = _atRank(fresh.highs, largest, size - 1 - left);
        if ((expected.upper - expected.lower) * BPS > expected.middle * band) expected.status = QuoteStatus.BandTooWide;
    }

    function _largestGroup(Fresh memory fresh) private pure returns (uint256 largest, bool isTied) {
        for (uint256 i; i < fresh.count; ++i) {
            uint256 group = 1 << i;
            for (uint256 round; round < fresh.count; ++round) group = _joined(fresh, group);
            if (group == largest) continue;
            if (_bitsOf(group) == _bitsOf(largest)) isTied = true;
            if (_bitsOf(group) > _bitsOf(largest)) (largest, isTied) = (group, false);
        }
    }

    function _joined(Fresh memory fresh, uint256 group) private pure returns (uint256 larger) {
        larger = group;
        for (uint256 i; i < fresh.count; ++i) {
            for (uint256 j; j < fresh.count; ++j) {
                bool doMeet = fresh.lows[i] <= fresh.highs[j] && fresh.lows[j] <= fresh.highs[i];
                if ((group >> i) & 1 == 1 && doMeet) larger |= 1 << j;
            }
        }
    }

    function _bitsOf(uint256 word) private pure returns (uint256 count) {
        for (; word != 0; word >>= 1) count += word & 1;
    }

    /// The member's value that `rank` members lie below, found by counting and not by sorting.
    function _atRank(uint256[] memory values, uint256 group, uint256 rank) private pure returns (uint256) {
        for (uint256 i; i < values.length; ++i) {
            if ((group >> i) & 1 == 0) continue;
            (uint256 below, uint256 equal) = (0, 0);
            for (uint256 j; j < values.length; ++j) {
                if ((group >> j) & 1 == 0) continue;
                if (values[j] < values[i]) ++below;
                if (values[j] == values[i]) ++equal;
            }
            if (below <= rank && rank < below + equal) return values[i];
        }
        revert NoSuchRank(rank);
    }
}
