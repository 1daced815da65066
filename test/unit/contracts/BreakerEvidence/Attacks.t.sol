// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccounts} from "../../../../contracts/interfaces/IAccounts.sol";
import {IBreakerEvidence} from "../../../../contracts/interfaces/IBreakerEvidence.sol";
import {BreakerCause, BreakerLevel, ICircuitBreaker} from "../../../../contracts/interfaces/ICircuitBreaker.sol";
import {Feed, IOracleHub, Source} from "../../../../contracts/interfaces/IOracleHub.sol";
import {MockIntervalSource} from "../../../../contracts/mocks/MockIntervalSource.sol";
import {SandboxUSDC} from "../../../../contracts/mocks/SandboxUSDC.sol";
import {NexusTest, VM, _deploy} from "../../../support/NexusTest.sol";

/// @notice Sequences of what an attacker can do to trip an asset, or to be paid for it.
contract EvidenceAttacksTest is NexusTest {
    uint256 private constant STEPS = 40;
    uint256 private constant TRUTH = 3_000e18;
    uint256 private constant BOUNTY = 5e6;
    uint256 private constant BOUNTY_FUNDS = 1_000e6;
    address private constant ASSET = address(0xA55E7);

    IOracleHub private _hub;
    ICircuitBreaker private _breaker;
    IBreakerEvidence private _evidence;
    IAccounts private _accounts;
    address private _token;
    MockIntervalSource[3] private _sources;
    uint256 private _time = 1_700_000_000;
    uint256 private _block = 1_000;
    uint256 private _random;

    function setUp() public {
        _hub = IOracleHub(_deploy("OracleHub", abi.encode(this)));
        _breaker = ICircuitBreaker(_deploy("CircuitBreaker", abi.encode(this, this)));
        _accounts = IAccounts(_deploy("Accounts", abi.encode(address(0), address(0), address(0), address(0))));
        SandboxUSDC token = new SandboxUSDC();
        _token = address(token);
        _evidence = IBreakerEvidence(
            _deploy("BreakerEvidence", abi.encode(this, _breaker, _hub, _accounts, _token, address(0)))
        );
        token.mint(address(this), BOUNTY_FUNDS);
        token.approve(address(_accounts), BOUNTY_FUNDS);
        _accounts.deposit(_token, address(_evidence), BOUNTY_FUNDS);
        Source[] memory list = new Source[](3);
        for (uint256 i; i < 3; ++i) {
            _sources[i] = new MockIntervalSource();
            list[i] = Source(address(_sources[i]), 1 days, 100);
        }
        _hub.setFeed(ASSET, Feed({decimals: 18, quorum: 2, maxBandBps: 500}), list);
        _breaker.setEvidence(address(_evidence));
        _evidence.setMoveLimit(ASSET, 500, 300);
        _evidence.setBounty(uint96(BOUNTY));
        _pass(0, 0);
        for (uint256 i; i < 3; ++i) _say(i, TRUTH, 0);
    }

    /// One source that says anything, time and blocks in any mixture, observations and trips at any moment. [NX-BRK-05]
    function testFuzz_OneLiarNeverTrips(uint256 seed) public {
        _random = seed;
        for (uint256 step; step < STEPS; ++step) {
            uint256 action = _draw(5);
            if (action == 0) _lie();
            else if (action == 1) _pass(_draw(9), _draw(2));
            else if (action == 2) _evidence.observe(ASSET);
            else if (action == 3) _tryToTrip(BreakerCause(_draw(2)));
            else _say(_draw(2), TRUTH - TRUTH / 200 + (TRUTH / 20_000) * _draw(201), 0);
            VM.assertTrue(_breaker.levelOf(ASSET) == BreakerLevel.Normal, "one liar tripped the asset");
        }
        VM.assertEq(_accounts.balanceOf(_token, address(_evidence)), BOUNTY_FUNDS, "one liar was paid");
    }

    /// With prices that really vanish, come back and leap: no trip within ten seconds or two blocks of the first
    /// observation, none twice, nothing above `ReduceOnly`, and one bounty a day. [NX-BRK-04] [NX-BRK-06] [NX-BRK-07]
    function testFuzz_TrueFaultsTripOnceAndPayOnce(uint256 seed) public {
        _random = seed;
        uint256 start = _time;
        bool[2] memory isTripped;
        for (uint256 step; step < STEPS; ++step) {
            uint256 action = _draw(6);
            if (action == 0) _everyoneSays(0);
            else if (action == 1) _everyoneSays(TRUTH * (1 + _draw(3)));
            else if (action == 2) _pass(_draw(700), _draw(4));
            else if (action == 3) _evidence.observe(ASSET);
            else if (action == 4) _checkTrip(BreakerCause(_draw(2)), isTripped);
            else _checkRestore(BreakerCause(_draw(2)), isTripped);
            bool isReduced = isTripped[0] || isTripped[1];
            BreakerLevel wanted = isReduced ? BreakerLevel.ReduceOnly : BreakerLevel.Normal;
            VM.assertTrue(_breaker.levelOf(ASSET) == wanted, "the level is not what the causes say");
        }
        uint256 paid = BOUNTY_FUNDS - _accounts.balanceOf(_token, address(_evidence));
        VM.assertLe(paid, BOUNTY * (1 + (_time - start) / 1 days), "more than a bounty a day");
    }

    function _checkTrip(BreakerCause cause, bool[2] memory isTripped) private {
        if (!_tryToTrip(cause)) return;
        VM.assertTrue(!isTripped[uint256(cause)], "a cause tripped twice");
        isTripped[uint256(cause)] = true;
    }

    function _checkRestore(BreakerCause cause, bool[2] memory isTripped) private {
        try _evidence.restore(ASSET, cause) {
            VM.assertTrue(isTripped[uint256(cause)], "ended what was not tripped");
            isTripped[uint256(cause)] = false;
        } catch {}
    }

    /// Tries, and holds every failure to have changed nothing.
    function _tryToTrip(BreakerCause cause) private returns (bool) {
        try _evidence.trip(ASSET, cause) {
            return true;
        } catch {
            return false;
        }
    }

    function _lie() private {
        uint256 kind = _draw(6);
        MockIntervalSource liar = _sources[2];
        liar.setFault(kind == 0 ? MockIntervalSource.Fault(_draw(7)) : MockIntervalSource.Fault.None);
        uint256 price = kind == 1 ? _draw(1 << 130) : TRUTH - TRUTH / 20 + (TRUTH / 1_000) * _draw(101);
        uint256 time =
            kind == 2
                ? _time + _draw(10)
                : kind == 3
                    ? _time - _draw(2 days)
                    : _time;
        // Safe casts: a price of 130 bits, and seconds of this century.
        liar.setAnswer(int224(int256(price)), uint32(time), kind == 4 ? _draw(2 * TRUTH) : 0);
    }

    function _everyoneSays(uint256 price) private {
        for (uint256 i; i < 3; ++i) _say(i, price, 0);
    }

    function _say(uint256 index, uint256 price, uint256 interval) private {
        _sources[index].setAnswer(int224(int256(price)), uint32(_time), interval);
    }

    function _pass(uint256 seconds_, uint256 blocks) private {
        _time += seconds_;
        _block += blocks;
        VM.warp(_time);
        VM.roll(_block);
    }

    function _draw(uint256 limit) private returns (uint256) {
        _random = uint256(keccak256(abi.encode(_random)));
        return _random % limit;
    }
}
