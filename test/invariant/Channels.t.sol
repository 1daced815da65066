// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccounts} from "../../contracts/interfaces/IAccounts.sol";
import {IPaymentChannels} from "../../contracts/interfaces/IPaymentChannels.sol";
import {Channel, ChannelConfig, ChannelGroup, ChannelState, GroupClaim} from "../../contracts/types/Channel.sol";
import {NexusTest, VM, _deploy, _fold} from "../support/NexusTest.sol";

interface IMintable {
    function mint(address account, uint256 amount) external;

    function approve(address spender, uint256 amount) external returns (bool);

    function balanceOf(address account) external view returns (uint256);
}

/// @notice Does anything to eight channels that is allowed, and much that is not, and remembers what must follow. It never
/// reverts.
contract ChannelsHandler {
    uint256 private constant COUNT = 8;
    uint256 private constant SIGNING_KEY = 0xA11CE;
    uint256 private constant DELAY = 1 hours;
    address private constant WATCHTOWER = address(0x7A7C4);

    IAccounts public immutable ACCOUNTS;
    IPaymentChannels public immutable CHANNELS;
    IMintable public immutable TOKEN;
    /// @dev Kept, since an address costs the runner more to make than the rest of a step.
    address private immutable SIGNER = VM.addr(SIGNING_KEY);

    uint256 public clock = 1_700_000_000;
    /// @dev How often something happened that must not.
    uint256 public paidAfterClose;
    uint256 public fallenClaims;
    uint256 public aboveDeposit;
    uint256 public refusedClaims;
    uint256 public foreignClaims;
    uint256 public wrongPenalties;
    uint256 public successes;
    /// @dev What was paid out of a channel when it was last looked at, and whether it had closed.
    mapping(uint256 which => uint256 paid) private _paid;
    mapping(uint256 which => bool isClosed) private _closed;
    /// @dev What its payer declared when it started to close.
    mapping(uint256 which => uint256 declared) private _declared;

    constructor() {
        VM.warp(clock);
        TOKEN = IMintable(_deploy("HostileToken", ""));
        ACCOUNTS = IAccounts(_deploy("Accounts", abi.encode(address(0), address(0xFEE), address(0), _born(3))));
        CHANNELS = IPaymentChannels(_deploy("PaymentChannels", abi.encode(address(ACCOUNTS))));
        for (uint256 who; who < 2; ++who) {
            address payer = _payer(who);
            TOKEN.mint(address(this), 1e30);
            TOKEN.approve(address(ACCOUNTS), type(uint256).max);
            ACCOUNTS.deposit(address(TOKEN), payer, 1e30);
            VM.prank(payer);
            ACCOUNTS.allowModule(address(TOKEN), address(CHANNELS), true);
        }
    }

    /// @dev Looks at a channel before and after.
    modifier watching(uint256 which) {
        VM.warp(clock);
        _;
        _look(which % COUNT);
    }

    function open(uint256 which, uint256 amount) external watching(which) {
        ChannelConfig memory config = configOf(which);
        VM.prank(config.payer);
        try CHANNELS.open(config, _fold(amount, 1, 1e24)) {
            ++successes;
        } catch {}
    }

    function topUp(uint256 which, uint256 amount) external watching(which) {
        ChannelConfig memory config = configOf(which);
        VM.prank(config.payer);
        try CHANNELS.topUp(config, _fold(amount, 1, 1e24)) {} catch {}
    }

    /// @dev A good voucher of a live channel must never be refused.
    function claim(uint256 which, uint256 total, bool byWatchtower) external watching(which) {
        ChannelConfig memory config = configOf(which);
        Channel memory channel = CHANNELS.channelOf(config);
        uint128 amount = uint128(_fold(total, 0, 2 * channel.deposited));
        bytes memory signature = _sign(config, amount, SIGNING_KEY);
        bool isLive = channel.state != ChannelState.None && channel.state != ChannelState.Closed;
        bool isGood = isLive && amount > channel.paid && amount <= channel.deposited;
        VM.prank(byWatchtower ? WATCHTOWER : config.receiver);
        try CHANNELS.claim(config, amount, signature) {
            if (!isGood) ++aboveDeposit;
            ++successes;
        } catch {
            if (isGood) ++refusedClaims;
        }
    }

    /// @dev A voucher that somebody else signed, or that is another channel's, must never be paid.
    function claimForeign(uint256 which, uint256 total, bool otherChannel) external watching(which) {
        ChannelConfig memory config = configOf(which);
        uint128 amount = uint128(_fold(total, 1, 1e25));
        bytes memory signature =
            otherChannel
                ? _sign(configOf((which % COUNT) + 1), amount, SIGNING_KEY)
                : _sign(config, amount, SIGNING_KEY + 1);
        try CHANNELS.claim(config, amount, signature) {
            ++foreignClaims;
        } catch {}
    }

    function claimMany(uint256 first, uint256 second, uint256 total) external watching(first) {
        uint256[2] memory which = [first % COUNT, second % COUNT];
        GroupClaim[] memory claims = new GroupClaim[](2);
        bytes memory signatures;
        for (uint256 i; i < 2; ++i) {
            ChannelConfig memory config = configOf(which[i]);
            uint128 amount = uint128(_fold(total >> (i * 64), 1, 2e24));
            claims[i] = GroupClaim(config.payer, config.payerAuthorizer, config.salt, amount);
            signatures = bytes.concat(signatures, _compact(config, amount));
        }
        ChannelConfig memory any = configOf(0);
        ChannelGroup memory group = ChannelGroup(any.receiver, any.receiverAuthorizer, any.token, any.withdrawDelay);
        try CHANNELS.claimMany(group, claims, signatures) {} catch {}
        _look(which[1]);
    }

    function close(uint256 which, uint256 total, uint256 voucher) external watching(which) {
        ChannelConfig memory config = configOf(which);
        uint128 amount = uint128(_fold(voucher, 0, 2e24));
        bytes memory signature = _sign(config, amount, SIGNING_KEY);
        VM.prank(config.receiver);
        try CHANNELS.close(config, _fold(total, 0, amount), amount, signature) {} catch {}
    }

    function initiateClose(uint256 which, uint256 owed) external watching(which) {
        ChannelConfig memory config = configOf(which);
        VM.prank(config.payer);
        try CHANNELS.initiateClose(config, _fold(owed, 0, 1e24)) {
            _declared[which % COUNT] = CHANNELS.channelOf(config).paid;
        } catch {}
    }

    /// @dev What the payer left out costs it a hundredth of that, less what its declaration is rounded up by, and no more.
    function finalizeClose(uint256 which) external watching(which) {
        ChannelConfig memory config = configOf(which);
        Channel memory channel = CHANNELS.channelOf(config);
        uint256 before = ACCOUNTS.balanceOf(address(TOKEN), config.receiver);
        try CHANNELS.finalizeClose(config) {
            uint256 penalty = ACCOUNTS.balanceOf(address(TOKEN), config.receiver) - before;
            uint256 declared = _declared[which % COUNT];
            uint256 most = (channel.paid - declared) / 100;
            uint256 rounding = declared / 51_200 + 1;
            uint256 least = most > rounding ? most - rounding : 0;
            uint256 rest = channel.deposited - channel.paid;
            if (penalty > most || penalty < (least < rest ? least : rest)) ++wrongPenalties;
        } catch {}
    }

    function withdraw(uint256 who, uint256 amount) external {
        address account =
            who % 4 == 0
                ? configOf(0).receiver
                : who % 4 == 1
                    ? WATCHTOWER
                    : _payer(who % 2);
        uint256 balance = ACCOUNTS.balanceOf(address(TOKEN), account);
        if (balance == 0) return;
        VM.prank(account);
        ACCOUNTS.withdraw(address(TOKEN), account, _fold(amount, 1, balance));
    }

    function wait(uint256 time) external {
        clock += _fold(time, 0, DELAY);
        VM.warp(clock);
    }

    /* WHAT MUST FOLLOW */

    /// What all accounts can spend, and what all channels still hold.
    function sumOfAll() external view returns (uint256 sum) {
        address token = address(TOKEN);
        sum = ACCOUNTS.balanceOf(token, _payer(0)) + ACCOUNTS.balanceOf(token, _payer(1));
        sum += ACCOUNTS.balanceOf(token, configOf(0).receiver) + ACCOUNTS.balanceOf(token, WATCHTOWER);
        for (uint256 which; which < COUNT; ++which) {
            Channel memory channel = CHANNELS.channelOf(configOf(which));
            sum += channel.deposited - channel.paid;
        }
    }

    function configOf(uint256 which) public view returns (ChannelConfig memory) {
        return
            ChannelConfig({
                payer: _payer(which % 2),
                payerAuthorizer: SIGNER,
                receiver: address(0x9A1D),
                receiverAuthorizer: address(0),
                token: address(TOKEN),
                withdrawDelay: uint40(DELAY),
                salt: bytes32(which % COUNT)
            });
    }

    /// @dev The address of the contract that this one makes with its nonce, which is below 128.
    function _born(uint8 nonce) private view returns (address) {
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", address(this), nonce)))));
    }

    function _look(uint256 which) private {
        Channel memory channel = CHANNELS.channelOf(configOf(which));
        if (channel.paid < _paid[which]) ++fallenClaims;
        if (_closed[which] && channel.paid != _paid[which]) ++paidAfterClose;
        if (channel.paid > channel.deposited) ++aboveDeposit;
        _paid[which] = channel.paid;
        _closed[which] = channel.state == ChannelState.Closed;
    }

    function _payer(uint256 who) private pure returns (address) {
        return address(uint160(0xB0B0 + who));
    }

    function _sign(ChannelConfig memory config, uint128 total, uint256 key) private view returns (bytes memory) {
        bytes32 digest = CHANNELS.voucherDigest(CHANNELS.channelIdOf(config), total);
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _compact(ChannelConfig memory config, uint128 total) private view returns (bytes memory) {
        bytes32 digest = CHANNELS.voucherDigest(CHANNELS.channelIdOf(config), total);
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(SIGNING_KEY, digest);
        return abi.encodePacked(r, uint256(s) | (uint256(v - 27) << 255));
    }
}

/// @notice What channels never do, whatever happens to them.
contract ChannelsInvariantTest is NexusTest {
    ChannelsHandler private _handler;

    function setUp() public {
        _handler = new ChannelsHandler();
        _target(address(_handler));
    }

    /// Every question is asked of the same histories, after each step.
    function invariant_EveryPropertyHolds() public view {
        _accountsAndChannelsAreAllThatIsHeld();
        _claimsNeverFallNorExceedTheDepositNorFollowTheClose();
        _aGoodVoucherIsNeverRefusedAndAForeignOneNeverPaid();
        _whatIsLeftOutCostsInProportion();
    }

    /// What the handler does does happen: a run of it says something.
    function test_TheHandlerOpensClaimsAndCloses() public {
        _handler.open(3, 1_000);
        _handler.claim(3, 400, true);
        _handler.claimMany(3, 3, 500);
        _handler.initiateClose(3, 600);
        _handler.wait(1 hours);
        _handler.claim(3, 900, true);
        VM.assertEq(_handler.successes(), 3, "the channel was not opened and claimed from");
        VM.assertEq(_state(3), uint256(ChannelState.ClosingStale), "nothing was left out");
        _handler.wait(1);
        _handler.finalizeClose(3);
        VM.assertEq(_state(3), uint256(ChannelState.Closed), "the channel was not closed");
    }

    function _state(uint256 which) private view returns (uint256) {
        return uint256(_handler.CHANNELS().channelOf(_handler.configOf(which)).state);
    }

    /// [NX-ACC-01]
    function _accountsAndChannelsAreAllThatIsHeld() private view {
        uint256 held = _handler.TOKEN().balanceOf(address(_handler.ACCOUNTS()));
        VM.assertEq(held, _handler.sumOfAll(), "the ledger holds more or less than it owes");
        VM.assertEq(held, _handler.ACCOUNTS().owedOf(address(_handler.TOKEN())), "owedOf is not what is held");
    }

    /// [NX-CHN-01]
    function _claimsNeverFallNorExceedTheDepositNorFollowTheClose() private view {
        VM.assertEq(_handler.fallenClaims(), 0, "what was paid fell");
        VM.assertEq(_handler.aboveDeposit(), 0, "a voucher was paid that is not above the last, or above the deposit");
        VM.assertEq(_handler.paidAfterClose(), 0, "a closed channel paid");
    }

    /// [NX-CHN-02] [NX-ACC-02]
    function _aGoodVoucherIsNeverRefusedAndAForeignOneNeverPaid() private view {
        VM.assertEq(_handler.refusedClaims(), 0, "a good voucher was refused");
        VM.assertEq(_handler.foreignClaims(), 0, "a foreign voucher was paid");
    }

    /// [NX-CHN-03]
    function _whatIsLeftOutCostsInProportion() private view {
        VM.assertEq(_handler.wrongPenalties(), 0, "a close cost more or less than what was left out deserves");
    }
}
