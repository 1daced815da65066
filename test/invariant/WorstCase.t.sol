// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {LossLimit} from "../../contracts/interfaces/IMandate.sol";
import {WorstCase} from "../../contracts/interfaces/INexusLens.sol";
import {MockSource} from "../../contracts/mocks/MockSource.sol";
import {RiskClass} from "../../contracts/types/RiskClass.sol";
import {VM} from "../support/NexusTest.sol";
import {CrookedQuorum} from "./CrookedQuorum.sol";

/// @notice Days of a corrupt quorum that knows the rules, from whatever state earlier days left.
contract WorstCaseTest is CrookedQuorum {
    using Math for uint256;
    using SignedMath for int256;

    /// @dev When the quorum takes all that there is room for, in hours: the oftener, the less of the limits drains unused.
    bytes private constant HOURS = hex"0002050a0f1418";

    /// @dev What the day began with.
    struct Morning {
        WorstCase worst;
        uint256 remainingLoss;
        /// What many units were worth at both ends of the band; zero without a price.
        uint256[TOKENS] lower;
        uint256[TOKENS] upper;
    }

    /* EARLIER DAYS */

    /// @dev Up to three actions of any class in the days before, and now and then limits that fall afterwards.
    function _liveEarlierDays(Day memory day) private {
        (uint256 class, uint256 lossPerAction) = (day.class, day.lossPerAction);
        uint256 time = START;
        for (uint256 i = _draw(day, 4); i != 0; --i) {
            _choose(day, _draw(day, 3));
            // All that fits, or a small part of it.
            day.lossPerAction = _draw(day, 2) == 0 ? lossPerAction : lossPerAction / (1 + _draw(day, 20));
            _act(day);
            time += _draw(day, 30 hours);
            VM.warp(time);
        }
        _choose(day, class);
        day.lossPerAction = lossPerAction;
        if (_draw(day, 4) != 0) return;
        LossLimit memory limit = _mandate.lossLimit();
        _mandate.setLossLimit(LossLimit(limit.perAction / 2, limit.perDay / 2));
        day.lossPerAction = _mandate.lossLimit().perAction;
    }

    function _wakeUp(Day memory day) private returns (Morning memory morning) {
        for (uint256 i; i < TOKENS; ++i) {
            // A price that is of now, and older with every hour, so that its band grows.
            if (_draw(day, 4) == 0) {
                (int224 price, ) = _sources[i].read();
                _sources[i].setAnswer(price, uint32(block.timestamp));
            }
            if (_draw(day, 8) == 0) _sources[i].setMode(MockSource.Mode.Reverting);
        }
        morning.worst = _lens.worstCase(RiskClass(day.class));
        (, morning.remainingLoss) = _mandate.remainingLossOf(RiskClass(day.class));
        _storeBands(morning);
        delete day.changes;
        day.lost = 0;
    }

    /// @dev The narrowest bands of the day: from when there is a price on, they only grow.
    function _storeBands(Morning memory morning) private view {
        for (uint256 i; i < TOKENS; ++i) {
            if (morning.upper[i] != 0 || !_isValued(i)) continue;
            (morning.lower[i], morning.upper[i]) = _hub.valueRange(address(_tokens[i]), MANY);
        }
    }

    /* WHAT MUST FOLLOW */

    /// While true prices lie in the bands, no quorum takes more than the view says, and one that knows the rules takes most
    /// of it, from whatever state. [NX-TRE-02]
    function testFuzz_NoDayTakesMoreThanTheWorstCase(uint256 seed) public {
        Day memory day;
        day.seed = seed;
        _drawWorld(day);
        _liveEarlierDays(day);
        Morning memory morning = _wakeUp(day);
        uint256 dawn = block.timestamp;
        bool pricesMove = _draw(day, 4) == 0;
        for (uint256 i; i < HOURS.length; ++i) {
            VM.warp(dawn + uint256(uint8(HOURS[i])) * 1 hours);
            if (pricesMove && i != 0) _movePrice(_draw(day, TOKENS), _draw(day, BPS));
            if (i == HOURS.length / 2) _revive(morning);
            _takeAll(day);
            if (i == 0) _checkDawn(day, morning);
        }
        VM.assertLe(day.lost, morning.remainingLoss, "more was lost than the limits had room for");
        if (!pricesMove) _checkDay(day, morning);
    }

    function _checkDawn(Day memory day, Morning memory morning) private pure {
        uint256 most = morning.worst.atOnce;
        uint256 taken = _takenBy(day, morning, 0, 0);
        VM.assertLe(taken, most, "more was taken at once than the view says");
        if (!day.agentsBind && !day.swaps)
            VM.assertLe((most * 99) / 100, taken + DOLLAR, "the view says too much at once");
    }

    function _checkDay(Day memory day, Morning memory morning) private pure {
        uint256 most = morning.worst.inADay;
        uint256 taken = _takenBy(day, morning, 0, 0);
        VM.assertLe(taken, most, "more was taken in a day than the view says");
        if (morning.worst.unvalued.length != 0) return;
        if (!day.agentsBind && !day.swaps)
            VM.assertLe((most * 90) / 100, taken + DOLLAR, "the view says too much of a day");

        // Where true prices lie beyond the bands.
        (uint256 above, uint256 below) = (_draw(day, BPS), _draw(day, BPS));
        uint256 more = morning.worst.notional.mulDiv(above + below, BPS, Math.Rounding.Ceil);
        VM.assertLe(_takenBy(day, morning, above, below), most + more, "more was taken beyond the bands");
    }

    /// @dev What is gone at those true prices in the morning's bands that are the worst, or at prices that lie as many basis
    /// points beyond; what had no price then counts by the first that it had.
    function _takenBy(
        Day memory day,
        Morning memory morning,
        uint256 above,
        uint256 below
    ) private pure returns (uint256) {
        uint256 lost;
        uint256 gained;
        for (uint256 i; i < TOKENS; ++i) {
            if (day.changes[i] == 0) continue;
            uint256 amount = day.changes[i].abs();
            if (day.changes[i] < 0) lost += amount.mulDiv(morning.upper[i], MANY).mulDiv(BPS + above, BPS);
            else gained += amount.mulDiv(morning.lower[i], MANY).mulDiv(BPS - below, BPS);
        }
        return lost.saturatingSub(gained);
    }

    /* HELPERS */

    function _revive(Morning memory morning) private {
        for (uint256 i; i < TOKENS; ++i) _sources[i].setMode(MockSource.Mode.Honest);
        _storeBands(morning);
    }

    /// @dev By up to a fifth, up or down.
    function _movePrice(uint256 i, uint256 by) private {
        if (_sources[i].mode() != MockSource.Mode.Honest) return;
        (int224 price, ) = _sources[i].read();
        _sources[i].setPrice((price * int224(int256(8 * BPS + 4 * by))) / int224(int256(10 * BPS)));
    }
}
