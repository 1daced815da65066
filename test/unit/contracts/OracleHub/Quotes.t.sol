// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Feed, IOracleHub, Quote, Source} from "../../../../contracts/interfaces/IOracleHub.sol";
import {MockSource} from "../../../../contracts/mocks/MockSource.sol";
import {NexusTest, VM, _deploy, _oneSource} from "../../../support/NexusTest.sol";

/// @notice OracleHub's arithmetic against the plainest way to say it.
contract QuotesTest is NexusTest {
    uint256 private constant BPS = 10_000;
    uint256 private constant NOW = 1_700_000_000;
    address private constant ASSET = address(0xA55E7);

    IOracleHub private _hub;
    MockSource[4] private _sources;

    struct Given {
        uint256 price;
        uint256 age;
        uint256 maxAge;
        uint256 deviationBps;
    }

    function setUp() public {
        _hub = IOracleHub(_deploy("OracleHub", abi.encode(this)));
        for (uint256 i; i < 4; ++i) _sources[i] = new MockSource(1);
    }

    /// The band of one source contains its price and only grows with age.
    function testFuzz_TheBandGrowsWithAge(uint256 seed, uint256 older) public {
        Given memory given = _given(seed);
        given.price = _bound(seed, 1, type(uint96).max);
        given.maxAge = _bound(seed >> 7, 1, 1 days);
        given.age = _bound(given.age, 0, given.maxAge);
        Given[] memory all = new Given[](1);
        all[0] = given;
        _setFeed(all, 1, type(uint16).max);
        _tell(0, given);
        (, Quote memory young) = _hub.previewQuote(ASSET);
        given.age = _bound(older, given.age, given.maxAge);
        _tell(0, given);
        (, Quote memory old) = _hub.previewQuote(ASSET);
        VM.assertTrue(young.lower <= young.middle && young.middle <= young.upper, "the price left its band");
        VM.assertTrue(old.lower <= young.lower && young.upper <= old.upper, "the band shrank with age");
        VM.assertLe(
            old.upper - old.middle,
            (2 * old.middle * given.deviationBps) / BPS,
            "more than twice the deviation"
        );
    }

    /// A value's ends enclose the exact value, and are off by less than one unit.
    function testFuzz_ValuesRoundOutwards(uint96 price, uint128 amount, uint8 decimals) public {
        uint256 positive = _bound(price, 1, type(uint96).max);
        decimals = uint8(_bound(decimals, 0, 36));
        Source[] memory list = _oneSource(address(_sources[0]), 1, 0);
        _hub.setFeed(ASSET, Feed({decimals: decimals, quorum: 1, maxBandBps: 1}), list);
        _tell(0, Given({price: positive, age: 0, maxAge: 1, deviationBps: 0}));
        (uint256 lower, uint256 upper) = _hub.valueRange(ASSET, amount);
        uint256 exact = positive * amount;
        uint256 unit = 10 ** decimals;
        VM.assertTrue(lower * unit <= exact && exact <= upper * unit, "not enclosed");
        VM.assertLe(upper - lower, 1, "wider than rounding");
    }

    function _given(uint256 seed) private pure returns (Given memory) {
        return
            Given({
                price: seed % 5 == 0 ? 0 : (seed >> 8) % (1 << 100),
                age: (seed >> 110) % 2 days,
                maxAge: 1 + ((seed >> 140) % 3 days),
                deviationBps: (seed >> 180) % (BPS + 1)
            });
    }

    function _tell(uint256 index, Given memory given) private {
        VM.warp(NOW);
        _sources[index].setAnswer(int224(int256(given.price)), uint32(NOW - given.age));
    }

    function _setFeed(Given[] memory all, uint256 quorum, uint16 maxBandBps) private {
        Source[] memory list = new Source[](all.length);
        for (uint256 i; i < all.length; ++i) {
            list[i] = Source(address(_sources[i]), uint32(all[i].maxAge), uint16(all[i].deviationBps));
        }
        _hub.setFeed(ASSET, Feed({decimals: 18, quorum: uint8(quorum), maxBandBps: maxBandBps}), list);
    }
}
