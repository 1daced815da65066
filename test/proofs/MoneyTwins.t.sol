// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IAccounts} from "../../contracts/interfaces/IAccounts.sol";
import {IEscrow} from "../../contracts/interfaces/IEscrow.sol";
import {JobResult} from "../../contracts/interfaces/IReputation.sol";
import {ILocks} from "../../contracts/interfaces/ILocks.sol";
import {LockWord, LockWordLib} from "../../contracts/libraries/LockWord.sol";
import {JobTerms} from "../../contracts/types/Job.sol";
import {NexusTest, VM, _deploy} from "../support/NexusTest.sol";
import {PLAIN_MAX_JOB_FEE, PLAIN_MAX_LOCK, PLAIN_WHOLE, plainPart, plainPayTotal} from "./Plain.sol";

interface IMintable is IERC20 {
    function mint(address account, uint256 amount) external;
}

/// @notice Holds the arithmetic that the proofs about money are about against what is deployed. This contract is the client,
/// a module, and the registry whose agent's wallet every worker is.
contract MoneyTwinsTest is NexusTest {
    address private constant WORKER = address(0x301);
    address private constant PAYEE = address(0x302);
    uint256 private constant FUNDS = 2 ** 118;
    uint32 private constant AGENT = 7;

    IMintable private _token;
    IAccounts private _accounts;
    IEscrow private _escrow;

    function setUp() public {
        VM.warp(1_700_000_000);
        _token = IMintable(_deploy("HostileToken", ""));
        _accounts = IAccounts(_deploy("Accounts", abi.encode(address(0), address(0xFEE), address(0), address(0))));
        _escrow = IEscrow(_deploy("Escrow", abi.encode(address(this), _accounts, address(this), 0, 0, 0)));
        _token.mint(address(this), FUNDS);
        _token.approve(address(_accounts), FUNDS);
        _accounts.deposit(address(_token), address(this), FUNDS);
        _accounts.allowModule(address(_token), address(_escrow), true);
        _accounts.allowModule(address(_token), address(this), true);
    }

    function getAgentWallet(uint256 agentId) external pure returns (address) {
        return agentId == AGENT ? WORKER : address(0);
    }

    /* LOCKS */

    /// Reading and writing are masks and shifts by constants: what holds for every bit, alone and with all others, holds for
    /// every word. [NX-CHN-01]
    function test_EveryBitOfALockIsReadAndKeptAsInPlainArithmetic() public pure {
        for (uint256 i; i < 256; ++i) {
            _compareLock(2 ** i, 2 ** (i % 104));
            _compareLock(type(uint256).max - 2 ** i, PLAIN_MAX_LOCK - 2 ** (i % 104));
        }
        _compareLock(0, 0);
        _compareLock(type(uint256).max, PLAIN_MAX_LOCK);
    }

    function _compareLock(uint256 word, uint256 amount) private pure {
        uint256 deposited = word % 2 ** 104;
        uint256 paid = (word / 2 ** 104) % 2 ** 104;
        uint256 tag = word / 2 ** 208;
        LockWord made = LockWord.wrap(word);
        VM.assertEq(made.depositedOf(), deposited, "deposited");
        VM.assertEq(made.paidOf(), paid, "paid");
        VM.assertEq(made.tagOf(), tag, "tag");
        uint256 expected = word - paid * 2 ** 104 + amount * 2 ** 104;
        VM.assertEq(LockWord.unwrap(made.withPaid(amount)), expected, "with paid");
        VM.assertEq(LockWord.unwrap(LockWordLib.pack(deposited, paid, uint48(tag))), word, "word");
    }

    /// Two totals of a batch, one after the other, in a lock of any size. [NX-CHN-01]
    function testFuzz_ABatchPaysAsInPlainArithmetic(uint104 deposited, uint256 first, uint256 second) public {
        uint256 amount = _bound(deposited, 1, PLAIN_MAX_LOCK);
        ILocks locks = ILocks(address(_accounts));
        locks.lock(address(_token), 0, address(this), amount, 1);
        uint256 paid;
        for (uint256 i; i < 2; ++i) {
            uint256 total = _bound(i == 0 ? first : second, 0, amount + amount / 4);
            uint256 expected = plainPayTotal(amount, paid, total);
            uint256[] memory totals = new uint256[](1);
            totals[0] = total;
            if (expected == paid) {
                try locks.payTotals(address(_token), PAYEE, new bytes32[](1), totals) {
                    VM.assertTrue(false, "a total that fits nothing was paid");
                } catch {}
            } else {
                VM.assertEq(locks.payTotals(address(_token), PAYEE, new bytes32[](1), totals), expected - paid, "sum");
            }
            paid = expected;
            VM.assertEq(_accounts.balanceOf(address(_token), PAYEE), paid, "payee");
        }
    }

    /* JOBS */

    /// Any award at any fee: worker, fee and client share what was reserved, and what is kept of it is its rounded down part.
    /// [NX-ESC-01] [NX-ESC-03] [NX-FEE-01]
    function testFuzz_AnAwardIsDividedAsInPlainArithmetic(uint104 cap, uint104 earned, uint16 feeBps) public {
        JobTerms memory terms = _terms(uint104(_bound(cap, 1, PLAIN_MAX_LOCK)));
        uint256 award = _bound(earned, 0, terms.cap);
        uint256 fee = _bound(feeBps, 0, PLAIN_MAX_JOB_FEE);
        _escrow.setJobFee(fee);
        _escrow.fund(terms);
        VM.prank(WORKER);
        _escrow.deliver(terms, bytes32(uint256(1)));
        _escrow.dispute(terms);
        VM.prank(terms.arbiter);
        _escrow.arbitrate(terms, award);

        uint256 taken = plainPart(award * fee);
        VM.assertEq(_accounts.feesOf(address(_token), WORKER), taken, "fee");
        VM.assertEq(_accounts.balanceOf(address(_token), WORKER), award - taken, "worker");
        VM.assertEq(_accounts.balanceOf(address(_token), address(this)), FUNDS - award, "client");

        uint256 part = (award * PLAIN_WHOLE) / terms.cap;
        bool isLost = part < (uint256(terms.timeoutPayment) * PLAIN_WHOLE) / terms.cap;
        uint256 weighed = isLost ? terms.cap : (terms.cap * part) / PLAIN_WHOLE;
        (, JobResult result, uint256 weight) = _escrow.previewRecord(terms);
        VM.assertTrue(result == (isLost ? JobResult.Lost : JobResult.Delivered), "result");
        VM.assertEq(weight, plainPart(weighed * fee), "weight");
        if (award >= terms.timeoutPayment) VM.assertTrue(!isLost, "silence would have paid no more");
    }

    /// @dev Half of the cap is what silence pays.
    function _terms(uint104 cap) private view returns (JobTerms memory terms) {
        (terms.client, terms.worker, terms.arbiter) = (address(this), WORKER, address(0xA2B));
        terms.token = address(_token);
        (terms.timeoutPayment, terms.cap, terms.outcomeBps) = (cap - cap / 2, cap, 1);
        (terms.deliverBy, terms.reviewPeriod) = (uint40(block.timestamp), 60);
        terms.agentId = AGENT;
    }
}
