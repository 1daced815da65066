// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IAccounts} from "../../../../contracts/interfaces/IAccounts.sol";
import {IFeeSplitter} from "../../../../contracts/interfaces/IFeeSplitter.sol";
import {Agent, AgentStatus} from "../../../../contracts/types/Agent.sol";
import {NexusTest, VM, _deploy} from "../../../support/NexusTest.sol";

interface IMintable is IERC20 {
    function mint(address account, uint256 amount) external;
}

/// @notice A registry and a reputation of as many agents as asked for: scores as told, and every agent that the mask leaves
/// out is paused.
contract Agents {
    uint256[4] private _scores;
    uint256 private _active;

    function set(uint256[4] calldata scores, uint256 active) external {
        (_scores, _active) = (scores, active);
    }

    function agentOf(uint32 agentId) external view returns (Agent memory agent) {
        agent.status = (_active >> agentId) & 1 == 0 ? AgentStatus.Paused : AgentStatus.Active;
    }

    function getAgentWallet(uint256 agentId) external pure returns (address) {
        return address(uint160(0xA9E000 + agentId));
    }

    /// @dev Rounded down, as the real one is.
    function sharesOf(uint32[] calldata agentIds) external view returns (uint256[] memory bps) {
        uint256 sum;
        bps = new uint256[](agentIds.length);
        for (uint256 i; i < bps.length; ++i) sum += bps[i] = _scores[i];
        for (uint256 i; i < bps.length; ++i) bps[i] = (bps[i] * 10_000) / sum;
    }
}

/// @notice However much is divided, among whomever: nothing is lost, and the protocol gets no more than its part.
contract FeeSplitterDivideTest is NexusTest {
    address private constant PROTOCOL = address(0xDA0);

    function testFuzz_TheWholeIsDividedAndTheProtocolGetsNoMoreThanItsPart(
        uint96 pot,
        uint256[4] memory scores,
        uint8 active,
        uint16 protocolBps
    ) public {
        Agents agents = new Agents();
        for (uint256 i; i < 4; ++i) scores[i] = _bound(scores[i], 1_000, 15_000);
        agents.set(scores, active);
        uint256 bps = _bound(protocolBps, 0, 4_000);
        IMintable token = IMintable(_deploy("HostileToken", ""));
        // Made after registry, token and ledger.
        address splitterAt = _born(4);
        IAccounts accounts = IAccounts(_deploy("Accounts", abi.encode(address(0), splitterAt, address(0), address(0))));
        bytes memory arguments = abi.encode(address(this), accounts, agents, agents, address(0), PROTOCOL, bps);
        IFeeSplitter splitter = IFeeSplitter(_deploy("FeeSplitter", arguments));
        VM.assertTrue(address(splitter) == splitterAt, "the collector is elsewhere");

        uint256 amount = _bound(pot, 1, type(uint96).max);
        token.mint(address(this), amount);
        token.approve(address(accounts), amount);
        accounts.deposit(address(token), splitterAt, amount);
        uint32[] memory ids = new uint32[](4);
        for (uint32 i; i < 4; ++i) ids[i] = i + 1;
        splitter.setBeneficiaries(ids);
        _check(accounts, splitter, address(token), amount);
    }

    /// [NX-FEE-01]
    function _check(IAccounts accounts, IFeeSplitter splitter, address token, uint256 amount) private {
        try splitter.divide(token, new address[](0)) {} catch {
            // Nobody could be paid, so nothing moved.
            VM.assertEq(accounts.balanceOf(token, address(splitter)), amount, "a refusal moved something");
            return;
        }
        uint256 toAgents;
        for (uint256 id = 1; id <= 4; ++id) toAgents += accounts.balanceOf(token, address(uint160(0xA9E000 + id)));
        uint256 toProtocol = accounts.balanceOf(token, PROTOCOL);
        uint256 kept = accounts.balanceOf(token, address(splitter));
        VM.assertEq(toAgents + toProtocol + kept, amount, "the parts are not the whole");
        VM.assertLe(
            toProtocol * 10_000,
            (toAgents + toProtocol) * splitter.protocolBps(),
            "the protocol got more than its part"
        );
        VM.assertLe(1, toAgents, "the protocol got something and agents nothing");
    }

    /// @dev The address of the contract that this one makes with its nonce, which is below 128.
    function _born(uint8 nonce) private view returns (address) {
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", address(this), nonce)))));
    }
}
