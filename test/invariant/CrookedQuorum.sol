// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {IDecoder} from "../../contracts/interfaces/IDecoder.sol";
import {IExecutor} from "../../contracts/interfaces/IExecutor.sol";
import {ClassMultiples, IMandate, LossLimit, TokenLimit} from "../../contracts/interfaces/IMandate.sol";
import {INexusLens} from "../../contracts/interfaces/INexusLens.sol";
import {Feed, IOracleHub, QuoteStatus} from "../../contracts/interfaces/IOracleHub.sol";
import {ITreasury} from "../../contracts/interfaces/ITreasury.sol";
import {SandboxToken} from "../../contracts/mocks/SandboxToken.sol";
import {MockSource} from "../../contracts/mocks/MockSource.sol";
import {Call, DecodedCall, CallProof} from "../../contracts/types/Proposal.sol";
import {RiskClass} from "../../contracts/types/RiskClass.sol";
import {NexusTest, VM, _deploy, _oneSource} from "../support/NexusTest.sol";

/// @notice A market that gives for what it gets as little as it is told: nothing at all is a plain payment.
contract CrookedMarket {
    function trade(IERC20 tokenIn, uint256 amountIn, IERC20 tokenOut, uint256 amountOut) external {
        tokenIn.transferFrom(msg.sender, address(this), amountIn);
        if (amountOut != 0) tokenOut.transfer(msg.sender, amountOut);
    }
}

/// @notice Reads the calls of {CrookedMarket}.
contract CrookedDecoder is IDecoder {
    address private immutable TREASURY;

    constructor(address treasury) {
        TREASURY = treasury;
    }

    function decode(address target, bytes calldata data) external view returns (DecodedCall memory decoded) {
        (decoded.tokenIn, decoded.amountIn, decoded.tokenOut, ) = abi.decode(
            data[4:],
            (address, uint256, address, uint256)
        );
        decoded.recipient = TREASURY;
        decoded.spender = target;
    }
}

/// @title CrookedQuorum
/// @notice A treasury, and a quorum that takes all that it can and knows the rules. It stands for Consensus.
abstract contract CrookedQuorum is NexusTest {
    using Math for uint256;
    using SignedMath for int256;

    uint256 internal constant TOKENS = 3;
    uint256 internal constant START = 1_700_000_000;
    uint256 internal constant BPS = 10_000;
    uint256 internal constant DOLLAR = 1e18;
    uint256 internal constant MANY = 1e36;
    /// @dev One day. Amounts of tokens are in their units, others in USD with 18 decimals.
    struct Day {
        uint256 seed;
        /// The class of the quorum, and how many times the limits hold for that.
        uint256 class;
        uint256 multiple;
        uint256 lossPerAction;
        uint256[TOKENS] perAction;
        /// Whether agents' own limits may stop it.
        bool agentsBind;
        /// Whether it swaps too, which uses more of the limits of tokens.
        bool swaps;
        uint32 agentId;
        /// What it changed so far, and what the treasury says that it lost.
        int256[TOKENS] changes;
        uint256 lost;
    }

    SandboxToken[TOKENS] internal _tokens;
    MockSource[TOKENS] internal _sources;
    uint8[TOKENS] private _decimals = [6, 18, 8];
    CrookedMarket private _market;
    IOracleHub internal _hub;
    IMandate internal _mandate;
    ITreasury private _treasury;
    address private _decoder;
    INexusLens internal _lens;

    /* THE WORLD */

    function setUp() public {
        VM.warp(START);
        for (uint256 i; i < TOKENS; ++i) _tokens[i] = new SandboxToken("Token", "T");
        for (uint256 i; i < TOKENS; ++i) _sources[i] = new MockSource(1e18);
        _market = new CrookedMarket();
        _hub = IOracleHub(_deploy("OracleHub", abi.encode(this)));
        address breaker = _deploy("CircuitBreaker", abi.encode(this, this));
        // The eleventh contract that this one makes.
        bytes memory rlp = abi.encodePacked(hex"d694", address(this), bytes1(uint8(11)));
        address treasury = address(uint160(uint256(keccak256(rlp))));
        _mandate = IMandate(_deploy("Mandate", abi.encode(this, treasury, address(2), new address[](0))));
        bytes memory arguments = abi.encode(this, this, _mandate, _hub, breaker, _tokens[0], 1 hours);
        _treasury = ITreasury(_deploy("Treasury", arguments));
        _decoder = address(new CrookedDecoder(treasury));
        _lens = INexusLens(_deploy("NexusLens", abi.encode(this, _mandate, _hub, breaker)));
        for (uint256 i = 1; i < TOKENS; ++i) {
            _hub.setFeed(address(_tokens[i]), Feed(18, 1, 0), _oneSource(address(_sources[i]), 1, 0));
            _treasury.addAsset(address(_tokens[i]), type(uint96).max >> 1);
        }
        for (uint256 i; i < TOKENS; ++i) _tokens[i].mint(address(_market), type(uint128).max);
        bytes memory leaf = abi.encode(_market, CrookedMarket.trade.selector, _decoder, bytes32(0), RiskClass.Routine);
        _mandate.setRoot(keccak256(bytes.concat(keccak256(leaf))), "");
    }

    function REGISTRY() external pure returns (address) {
        return address(1);
    }

    function EXECUTOR() external view returns (address) {
        return address(_treasury);
    }

    /// @dev Prices from a tenth of a cent to 1,000 dollars, limits and holdings from a hundred dollars to a million.
    function _drawWorld(Day memory day) internal {
        ClassMultiples memory multiples;
        multiples.elevated = uint16(1 + _draw(day, 4));
        multiples.critical = uint16(multiples.elevated + _draw(day, 4));
        _mandate.setClassMultiples(multiples);

        uint256 perDay = _drawDollars(day);
        uint256 perAction = _draw(day, 16) == 0 ? 0 : perDay / (2 + _draw(day, 3));
        _mandate.setLossLimit(LossLimit(uint96(perAction), uint96(perDay)));
        day.lossPerAction = _mandate.lossLimit().perAction;
        day.agentsBind = _draw(day, 4) == 0;
        day.swaps = _draw(day, 4) == 0;
        for (uint256 i; i < TOKENS; ++i) _drawToken(day, i);

        _choose(day, _draw(day, 3));
    }

    /// @dev What class the quorum is of, and how many times the limits hold for that.
    function _choose(Day memory day, uint256 class) internal view {
        ClassMultiples memory multiples = _mandate.classMultiples();
        day.class = class;
        day.multiple = [uint256(1), multiples.elevated, multiples.critical][class];
    }

    function _drawToken(Day memory day, uint256 i) private {
        uint256 price = 10 ** (15 + _draw(day, 7));
        _sources[i].setPrice(int224(int256(price)));
        _hub.setFeed(
            address(_tokens[i]),
            Feed(_decimals[i], 1, 2_500),
            _oneSource(address(_sources[i]), 2 days, uint16(_draw(day, 500)))
        );
        uint256 unit = 10 ** _decimals[i];
        uint104 perDay = uint104((_drawDollars(day) * unit) / price);
        day.perAction[i] = _draw(day, 8) == 0 ? 0 : perDay / (1 + _draw(day, 3));
        uint104 perAgentDay = day.agentsBind ? uint104(perDay / (1 + _draw(day, 4))) : perDay;
        _mandate.setTokenLimit(address(_tokens[i]), TokenLimit(uint128(day.perAction[i]), perAgentDay, perDay));
        if (_draw(day, 4) != 0) _tokens[i].mint(address(_treasury), (_drawDollars(day) * unit) / price);
    }

    /* WHAT THE QUORUM DOES */

    /// @dev Takes all that there is room for, in as many actions as it needs and at most four.
    function _takeAll(Day memory day) internal {
        for (uint256 i; i < 4; ++i) if (!_act(day)) return;
    }

    /// @dev One action that takes all that fits into one; false when there was no room.
    function _act(Day memory day) internal returns (bool) {
        (uint256 left, ) = _mandate.remainingLossOf(RiskClass(day.class));
        left = Math.min(left, day.lossPerAction * day.multiple);
        Call[] memory calls = new Call[](TOKENS);
        uint256 count;
        uint256 first = _draw(day, TOKENS);
        for (uint256 i; i < TOKENS; ++i) {
            (Call memory call_, uint256 loss) = _callFor(day, (first + i) % TOKENS, left);
            if (call_.target == address(0)) continue;
            calls[count++] = call_;
            left -= loss;
        }
        assembly ("memory-safe") {
            // Shortens the array in place.
            mstore(calls, count)
        }
        return count != 0 && _execute(day, calls);
    }

    /// @dev A payment of all of token `i` that fits, or a swap of all that may fall against so little that the loss fits.
    function _callFor(Day memory day, uint256 i, uint256 left) private view returns (Call memory call_, uint256 loss) {
        IERC20 token = _tokens[i];
        (uint256 amount, ) = _mandate.remainingDecreaseOf(address(token), RiskClass(day.class));
        amount = Math.min(amount, day.perAction[i] * day.multiple);
        amount = Math.min(amount, token.balanceOf(address(_treasury)));
        if (amount == 0 || left == 0 || !_isValued(i)) return (call_, 0);
        (, loss) = _hub.valueRange(address(token), amount);
        uint256 out = (i + 1 + _draw(day, TOKENS - 1)) % TOKENS;
        uint256 amountOut;
        if (loss > left && day.swaps && day.perAction[out] != 0 && _isValued(out)) {
            (uint256 lower, ) = _hub.valueRange(address(_tokens[out]), DOLLAR);
            amountOut = ((loss - left) * DOLLAR) / lower + 1;
            (lower, ) = _hub.valueRange(address(_tokens[out]), amountOut);
            if (lower + left < loss) amountOut = 0;
            else loss -= lower < loss ? lower : loss;
        }
        if (loss > left && amountOut == 0) {
            amount = (amount * left) / loss;
            (, loss) = _hub.valueRange(address(token), amount);
        }
        if (amount == 0) return (call_, 0);
        address bought = amountOut == 0 ? address(0) : address(_tokens[out]);
        bytes memory data = abi.encodeCall(CrookedMarket.trade, (token, amount, IERC20(bought), amountOut));
        call_ = Call(address(_market), data);
    }

    /// @dev Whether it passed; it must, but for limits of single agents.
    function _execute(Day memory day, Call[] memory calls) private returns (bool) {
        CallProof[] memory callProofs = new CallProof[](calls.length);
        for (uint256 i; i < callProofs.length; ++i) {
            callProofs[i] = CallProof(_decoder, RiskClass.Routine, new bytes32[](0));
        }
        uint256[TOKENS] memory before = _balances();
        ++day.agentId;
        uint32 agentId = 1 + (day.agentId % 3);
        try
            IExecutor(address(_treasury)).execute(RiskClass(day.class), calls, type(uint128).max, callProofs, agentId)
        returns (uint256 loss) {
            day.lost += loss;
        } catch (bytes memory reason) {
            // One that knows the rules is stopped by nothing else.
            if (!day.agentsBind) LowLevelCall.bubbleRevert(reason);
            return false;
        }
        uint256[TOKENS] memory afterwards = _balances();
        for (uint256 i; i < TOKENS; ++i) day.changes[i] += int256(afterwards[i]) - int256(before[i]);
        return true;
    }

    /* HELPERS */

    function _isValued(uint256 i) internal view returns (bool) {
        (QuoteStatus status, ) = _hub.previewQuote(address(_tokens[i]));
        return status == QuoteStatus.Ready;
    }

    function _balances() private view returns (uint256[TOKENS] memory balances) {
        for (uint256 i; i < TOKENS; ++i) balances[i] = _tokens[i].balanceOf(address(_treasury));
    }

    function _draw(Day memory day, uint256 count) internal pure returns (uint256) {
        day.seed = uint256(keccak256(abi.encode(day.seed)));
        return day.seed % count;
    }

    /// @dev From a hundred to a million, each order of magnitude as often.
    function _drawDollars(Day memory day) internal pure returns (uint256) {
        return (1 + _draw(day, 99)) * 10 ** (2 + _draw(day, 3)) * DOLLAR;
    }
}
