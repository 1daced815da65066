// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMandate, LossLimit, TokenLimit} from "../../contracts/interfaces/IMandate.sol";
import {RiskClass} from "../../contracts/types/RiskClass.sol";
import {NexusTest, VM, _deploy, _fold} from "../support/NexusTest.sol";

/// @notice Stands for the treasury and charges whatever fits, mostly all of it. It never reverts.
contract MandateHandler {
    /// One charge that passed.
    struct Charge {
        uint256 time;
        uint32 agentId;
        uint256 fall;
        uint256 loss;
    }

    address private constant TOKEN = address(0x70C3);
    uint104 public constant PER_AGENT_DAY = 1_000_003;
    uint104 public constant PER_DAY = 2_500_007;
    uint96 public constant LOSS_PER_ACTION = 300_001e12;
    uint96 public constant LOSS_PER_DAY = 700_001e12;

    IMandate public immutable MANDATE;
    uint256 public clock = 1_700_000_000;
    Charge[] private _charges;

    constructor() {
        VM.warp(clock);
        MANDATE = IMandate(_deploy("Mandate", abi.encode(this, this, this, new address[](0))));
        MANDATE.setLossLimit(LossLimit(LOSS_PER_ACTION, LOSS_PER_DAY));
    }

    /// @dev The mandate calls back, so this cannot happen in the constructor; doing it again changes nothing.
    function setLimits() external {
        MANDATE.setTokenLimit(TOKEN, TokenLimit(1, PER_AGENT_DAY, PER_DAY));
    }

    /// @dev The mandate asks its treasury which tokens it values.
    function isAsset(address token) external pure returns (bool) {
        return token == TOKEN;
    }

    function charge(uint256 who, uint256 fall, uint256 loss) external {
        VM.warp(clock);
        uint32 agentId = uint32(who % 4);
        (uint256 forAgent, uint256 forAll) = MANDATE.remainingOf(agentId, TOKEN);
        uint256 room = forAgent < forAll ? forAgent : forAll;
        fall = who % 3 == 0 ? _fold(fall, 0, room) : room;
        uint256 remainingLoss = MANDATE.remainingLoss();
        if (remainingLoss > LOSS_PER_ACTION) remainingLoss = LOSS_PER_ACTION;
        loss = who % 5 == 0 ? _fold(loss, 0, remainingLoss) : remainingLoss;
        (address[] memory tokens, int256[] memory changes) = (new address[](1), new int256[](1));
        (tokens[0], changes[0]) = (TOKEN, -int256(fall));
        MANDATE.charge(agentId, loss, loss, tokens, changes, RiskClass.Routine);
        _charges.push(Charge(clock, agentId, fall, loss));
    }

    function prime(uint256 who) external {
        VM.warp(clock);
        MANDATE.prime(uint32(who % 4), TOKEN);
    }

    function wait(uint256 time) external {
        clock += _fold(time, 0, 9 hours);
        VM.warp(clock);
    }

    /// The most that fell in any 24 hours that begin with a charge: of the treasury's, of one agent's, and of losses.
    function worstDay() external view returns (uint256 all, uint256 agent, uint256 loss) {
        for (uint256 from; from < _charges.length; ++from) {
            (uint256 falls, uint256 own, uint256 losses) = (0, 0, 0);
            for (uint256 i = from; i < _charges.length && _charges[i].time <= _charges[from].time + 1 days; ++i) {
                falls += _charges[i].fall;
                if (_charges[i].agentId == _charges[from].agentId) own += _charges[i].fall;
                losses += _charges[i].loss;
            }
            if (falls > all) all = falls;
            if (own > agent) agent = own;
            if (losses > loss) loss = losses;
        }
    }
}

contract MandateInvariantTest is NexusTest {
    MandateHandler private _handler;

    function setUp() public {
        _handler = new MandateHandler();
        _handler.setLimits();
        _target(address(_handler));
    }

    /// [NX-MAN-02]
    function invariant_NoDayExceedsItsLimit() public view {
        (uint256 all, uint256 agent, uint256 loss) = _handler.worstDay();
        VM.assertLe(all, _handler.PER_DAY(), "the treasury's day");
        VM.assertLe(agent, _handler.PER_AGENT_DAY(), "an agent's day");
        VM.assertLe(loss, _handler.LOSS_PER_DAY(), "the day's loss");
    }
}
