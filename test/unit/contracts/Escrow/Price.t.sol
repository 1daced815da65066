// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IAccounts} from "../../../../contracts/interfaces/IAccounts.sol";
import {IEscrow} from "../../../../contracts/interfaces/IEscrow.sol";
import {JobTerms} from "../../../../contracts/types/Job.sol";
import {NexusTest, VM, _deploy} from "../../../support/NexusTest.sol";

interface IMintable is IERC20 {
    function mint(address account, uint256 amount) external;
}

/// @notice Any price by outcome: what is paid is the floor and a part of the outcome, never above the cap, and all adds up.
contract EscrowPriceTest is NexusTest {
    address private constant WORKER = address(0x301);
    address private constant EVALUATOR = address(0xE7A);
    uint256 private constant FUNDS = 1e33;
    uint256 private constant FEE_BPS = 333;

    IMintable private _token;
    IAccounts private _accounts;
    IEscrow private _escrow;

    function setUp() public {
        VM.warp(1_700_000_000);
        _token = IMintable(_deploy("HostileToken", ""));
        _accounts = IAccounts(_deploy("Accounts", abi.encode(address(0), address(0xFEE), address(0), address(0))));
        _escrow = IEscrow(_deploy("Escrow", abi.encode(address(this), _accounts, 0, 0, 0, FEE_BPS)));
        _token.mint(address(this), FUNDS);
        _token.approve(address(_accounts), FUNDS);
        _accounts.deposit(address(_token), address(this), FUNDS);
        _accounts.allowModule(address(_token), address(_escrow), true);
    }

    /// [NX-ESC-01] [NX-FEE-01]
    function testFuzz_AnyOutcomePaysItsPriceAndNoMoreThanTheCap(
        uint104 floor,
        uint104 room,
        uint104 evaluatorPay,
        uint16 outcomeBps,
        uint128 outcome
    ) public {
        JobTerms memory terms = _terms(floor / 4, room / 4, evaluatorPay / 4, outcomeBps);
        uint256 most = _escrow.maxOutcomeOf(terms);
        _escrow.fund(terms);
        VM.prank(WORKER);
        _escrow.deliver(terms, bytes32(uint256(1)));

        if (most < type(uint128).max) {
            VM.prank(EVALUATOR);
            try _escrow.approve(terms, uint128(most + 1)) {
                VM.assertTrue(false, "an outcome above the most was taken");
            } catch {}
        }
        uint256 said = _bound(outcome, 0, most);
        VM.prank(EVALUATOR);
        _escrow.approve(terms, uint128(said));
        _check(terms, terms.floor + (said * terms.outcomeBps) / 10_000);
    }

    function _check(JobTerms memory terms, uint256 price) private view {
        address token = address(_token);
        uint256 fee = _accounts.feesOf(token, WORKER);
        VM.assertLe(price, terms.cap, "the price is above the cap");
        VM.assertEq(fee, (price * FEE_BPS) / 10_000, "the fee is another part of the price");
        VM.assertEq(_accounts.balanceOf(token, WORKER), price - fee, "the worker has another price");
        VM.assertEq(_accounts.balanceOf(token, EVALUATOR), terms.evaluatorPay, "the evaluator has other pay");
        uint256 rest = FUNDS - price - terms.evaluatorPay;
        VM.assertEq(_accounts.balanceOf(token, address(this)), rest, "the client did not get the rest");
    }

    function _terms(
        uint104 floor,
        uint104 room,
        uint104 evaluatorPay,
        uint16 outcomeBps
    ) private view returns (JobTerms memory terms) {
        terms.client = address(this);
        terms.worker = WORKER;
        terms.evaluator = EVALUATOR;
        terms.arbiter = address(0xA2B);
        terms.token = address(_token);
        terms.floor = floor;
        terms.cap = floor + room + 1;
        terms.timeoutPayment = terms.cap;
        terms.outcomeBps = outcomeBps == 0 ? 1 : outcomeBps;
        terms.evaluatorPay = evaluatorPay;
        terms.deliverBy = uint40(block.timestamp);
        terms.reviewPeriod = 60;
    }
}
