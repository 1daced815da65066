// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AgentStatus, Seat} from "../../../contracts/interfaces/IAgentRegistry.sol";
import {SeatWord} from "../../../contracts/libraries/SeatWord.sol";
import {NexusTest} from "../../support/NexusTest.sol";

/// @dev Every offset of SeatWord against the struct as Solidity itself packs it.
contract SeatWordTest is NexusTest {
    using SeatWord for Seat;
    using SeatWord for uint256;

    Seat private _seat;

    function testFuzz_ReadsWhatSolidityPacked(Seat calldata seat) external {
        _seat = seat;
        uint256 word = _seat.load();
        assertEq(word.agentId(), seat.agentId);
        assertEq(word.operatorId(), seat.operatorId);
        assertEq(word.weight(), seat.weight);
        assertEq(word.validUntil(), seat.validUntil);
        assertEq(word.highestNonce(), seat.highestNonce);
        assertEq(word.nonceWindow(), seat.nonceWindow);
    }

    function testFuzz_TellsActiveAndEndlessApart(uint8 status, uint32 validUntil) external {
        _seat.status = AgentStatus(status % 4);
        _seat.validUntil = validUntil;
        uint256 word = _seat.load();
        bool active = _seat.status == AgentStatus.Active;
        assert(word.isActive() == active);
        assert(word.isPlain() == (active && validUntil == 0));
    }

    function test_TellsASeatWithoutAnEnd() external {
        _seat.status = AgentStatus.Active;
        assert(_seat.load().isPlain());
    }
}
