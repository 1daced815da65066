// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IAccounts} from "../../contracts/interfaces/IAccounts.sol";
import {Lock} from "../../contracts/types/Ledger.sol";
import {NexusTest, VM, _deploy, _fold} from "../support/NexusTest.sol";

interface IMintable is IERC20 {
    function mint(address account, uint256 amount) external;
}

/// @notice Four owners and three modules, one of which is the ledger's own and one of which nobody trusts. They do anything;
/// what is refused is caught. It remembers what must follow, and never reverts.
contract AccountsHandler {
    uint256 private constant OWNERS = 4;
    uint256 private constant MODULES = 3;
    uint256 private constant IDS = 3;
    uint256 private constant MOST = 1e24;
    address private constant COLLECTOR = address(0xFEE);

    IAccounts public immutable ACCOUNTS;
    IMintable public immutable TOKEN;

    uint256 public donated;
    /// @dev How often something happened that must not.
    uint256 public unexplainedFalls;
    uint256 public fallenLocks;
    uint256 public stuckWithdrawals;
    /// @dev How often modules moved money.
    uint256 public locksMade;
    uint256 public locksPaid;

    uint256[OWNERS] private _before;
    mapping(bytes32 name => uint256 paid) private _paid;

    constructor() {
        TOKEN = IMintable(_deploy("HostileToken", ""));
        ACCOUNTS = IAccounts(_deploy("Accounts", abi.encode(address(0), COLLECTOR, module(0), address(0))));
        TOKEN.approve(address(ACCOUNTS), type(uint256).max);
    }

    /// @dev Nobody's balance may fall but that of `mayFall`.
    modifier watching(address mayFall) {
        for (uint256 i; i < OWNERS; ++i) _before[i] = _balanceOf(owner(i));
        _;
        for (uint256 i; i < OWNERS; ++i) {
            if (owner(i) != mayFall && _balanceOf(owner(i)) < _before[i]) ++unexplainedFalls;
        }
        _readLocks();
    }

    /* OWNERS */

    function deposit(uint256 who, uint256 amount) external watching(address(0)) {
        amount = _fold(amount, 1, MOST);
        TOKEN.mint(address(this), amount);
        ACCOUNTS.deposit(address(TOKEN), owner(who), amount);
    }

    function withdraw(uint256 who, uint256 amount) external watching(owner(who)) {
        uint256 balance = _balanceOf(owner(who));
        if (balance == 0) return;
        VM.prank(owner(who));
        try ACCOUNTS.withdraw(address(TOKEN), address(0xD00D), _fold(amount, 1, balance)) {} catch {
            ++stuckWithdrawals;
        }
    }

    function transfer(uint256 who, uint256 to, uint256 amount) external watching(owner(who)) {
        VM.prank(owner(who));
        try ACCOUNTS.transfer(address(TOKEN), owner(to), _fold(amount, 1, MOST)) {} catch {}
    }

    /// @dev Nobody trusts the last module.
    function allowModule(uint256 who, uint256 which, bool isAllowed) external watching(address(0)) {
        VM.prank(owner(who));
        ACCOUNTS.allowModule(address(TOKEN), module(which % (MODULES - 1)), isAllowed);
    }

    function sweepFees(uint256 who) external watching(address(0)) {
        address[] memory accounts = new address[](2);
        (accounts[0], accounts[1]) = (owner(who), owner((who % OWNERS) + 1));
        ACCOUNTS.sweepFees(address(TOKEN), accounts);
    }

    function donate(uint256 amount) external watching(address(0)) {
        amount = _fold(amount, 1, MOST);
        TOKEN.mint(address(ACCOUNTS), amount);
        donated += amount;
    }

    /* MODULES */

    function lock(uint256 which, uint256 id, uint256 who, uint256 amount) external watching(_mayTake(which, who)) {
        VM.prank(module(which));
        try ACCOUNTS.lock(address(TOKEN), bytes32(id % IDS), owner(who), _fold(amount, 1, MOST), uint48(id)) {
            ++locksMade;
        } catch {}
    }

    function extend(uint256 which, uint256 id, uint256 who, uint256 amount) external watching(_mayTake(which, who)) {
        VM.prank(module(which));
        try ACCOUNTS.extend(address(TOKEN), bytes32(id % IDS), owner(who), _fold(amount, 1, MOST)) {} catch {}
    }

    function pay(uint256 which, uint256 id, uint256 to, uint256[2] memory amounts) external watching(address(0)) {
        uint256 amount = _fold(amounts[0], 0, MOST);
        uint256 fee = _fold(amounts[1], 0, MOST / 100);
        address restTo = id % 7 == 0 ? owner((to % OWNERS) + 1) : address(0);
        VM.prank(module(which));
        try ACCOUNTS.pay(address(TOKEN), bytes32(id % IDS), owner(to), restTo, amount, fee, uint48(to)) {
            ++locksPaid;
        } catch {}
    }

    function payTotals(uint256 which, uint256 to, uint256[2] memory amounts) external watching(address(0)) {
        bytes32[] memory ids = new bytes32[](2);
        uint256[] memory totals = new uint256[](2);
        (ids[0], ids[1]) = (bytes32(to % IDS), bytes32((to >> 8) % IDS));
        (totals[0], totals[1]) = (_fold(amounts[0], 0, MOST), amounts[1]);
        VM.prank(module(which));
        try ACCOUNTS.payTotals(address(TOKEN), owner(to), ids, totals) {
            ++locksPaid;
        } catch {}
    }

    /* WHAT MUST FOLLOW */

    /// What all accounts have and owe, and what is left in all locks.
    function sumOfAll() external view returns (uint256 sum) {
        sum = _balanceOf(COLLECTOR);
        for (uint256 i; i < OWNERS; ++i) sum += _balanceOf(owner(i)) + ACCOUNTS.feesOf(address(TOKEN), owner(i));
        for (uint256 which; which < MODULES; ++which) {
            for (uint256 id; id < IDS; ++id) {
                Lock memory made = _lockOf(which, id);
                sum += made.deposited - made.paid;
            }
        }
    }

    function owner(uint256 who) public pure returns (address) {
        return address(uint160(0xA000 + (who % OWNERS)));
    }

    function module(uint256 which) public pure returns (address) {
        return address(uint160(0xB000 + (which % MODULES)));
    }

    /// @dev Whose balance the module may take from, if it is `who` that it asks.
    function _mayTake(uint256 which, uint256 who) private view returns (address) {
        return ACCOUNTS.isModuleAllowed(address(TOKEN), owner(who), module(which)) ? owner(who) : address(0);
    }

    function _readLocks() private {
        for (uint256 which; which < MODULES; ++which) {
            for (uint256 id; id < IDS; ++id) {
                Lock memory made = _lockOf(which, id);
                bytes32 name = keccak256(abi.encode(which, id));
                if (made.paid < _paid[name] || made.paid > made.deposited) ++fallenLocks;
                _paid[name] = made.paid;
            }
        }
    }

    function _lockOf(uint256 which, uint256 id) private view returns (Lock memory) {
        return ACCOUNTS.lockOf(module(which), address(TOKEN), bytes32(id));
    }

    function _balanceOf(address account) private view returns (uint256) {
        return ACCOUNTS.balanceOf(address(TOKEN), account);
    }
}

/// @notice What the ledger never does, whatever its owners and modules do.
contract AccountsInvariantTest is NexusTest {
    AccountsHandler private _handler;

    function setUp() public {
        _handler = new AccountsHandler();
        _target(address(_handler));
    }

    /// Every question is asked of the same histories, after each step.
    function invariant_EveryPropertyHolds() public view {
        _balancesFeesAndLocksAreAllThatIsHeld();
        _nobodysBalanceFallsWithoutItsOwnersWord();
        _locksOnlyPayForwardAndBalancesCanBeWithdrawn();
    }

    /// What the handler does does happen: a run of it says something.
    function test_TheHandlerLocksAndPays() public {
        _handler.deposit(0, 1_000);
        _handler.allowModule(0, 0, true);
        _handler.allowModule(0, 1, true);
        for (uint256 which; which < 3; ++which) _handler.lock(which, which, 0, 300);
        VM.assertEq(_handler.locksMade(), 2, "two modules may lock, the third may not");
        _handler.pay(0, 0, 1, [uint256(100), 5]);
        _handler.payTotals(1, 1, [uint256(250), 250]);
        VM.assertEq(_handler.locksPaid(), 2, "each lock pays");
    }

    /// [NX-ACC-01]
    function _balancesFeesAndLocksAreAllThatIsHeld() private view {
        uint256 owed = _handler.ACCOUNTS().owedOf(address(_handler.TOKEN()));
        VM.assertEq(_handler.sumOfAll(), owed, "accounts and locks are not what is owed");
        uint256 held = _handler.TOKEN().balanceOf(address(_handler.ACCOUNTS()));
        VM.assertEq(held, owed + _handler.donated(), "the ledger holds more or less than it owes");
    }

    /// [NX-ACC-02]
    function _nobodysBalanceFallsWithoutItsOwnersWord() private view {
        VM.assertEq(_handler.unexplainedFalls(), 0, "a balance fell that nobody was allowed to lower");
    }

    /// [NX-ACC-01] [NX-BRK-03]
    function _locksOnlyPayForwardAndBalancesCanBeWithdrawn() private view {
        VM.assertEq(_handler.fallenLocks(), 0, "what a lock paid fell, or is above what it was given");
        VM.assertEq(_handler.stuckWithdrawals(), 0, "a balance could not be withdrawn");
    }
}
