// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IDecoder} from "../../../../contracts/interfaces/IDecoder.sol";
import {IMandate, LossLimit, TokenLimit} from "../../../../contracts/interfaces/IMandate.sol";
import {Feed, IOracleHub} from "../../../../contracts/interfaces/IOracleHub.sol";
import {ITreasury} from "../../../../contracts/interfaces/ITreasury.sol";
import {MockSource} from "../../../../contracts/mocks/MockSource.sol";
import {SandboxToken} from "../../../../contracts/mocks/SandboxToken.sol";
import {SandboxUSDC} from "../../../../contracts/mocks/SandboxUSDC.sol";
import {Call, CallForm, CallProof, DecodedCall} from "../../../../contracts/types/Proposal.sol";
import {RiskClass} from "../../../../contracts/types/RiskClass.sol";
import {NexusTest, VM, _deploy, _oneSource} from "../../../support/NexusTest.sol";

interface IToken {
    function balanceOf(address account) external view returns (uint256);

    function transfer(address to, uint256 amount) external returns (bool);

    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

/// @notice Takes and gives what it is told: a lending pool that rounds, a swap, or a loss.
contract AnyPool {
    function move(address tokenIn, uint256 taken, address tokenOut, uint256 given, CallForm) external {
        if (taken != 0) IToken(tokenIn).transferFrom(msg.sender, address(this), taken);
        if (given != 0) IToken(tokenOut).transfer(msg.sender, given);
    }
}

/// @notice Says of a call of {AnyPool} what it is.
contract AnyDecoder is IDecoder {
    address private immutable TREASURY;

    constructor(address treasury) {
        TREASURY = treasury;
    }

    function decode(address target, bytes calldata data) external view returns (DecodedCall memory decoded) {
        (decoded.tokenIn, decoded.amountIn, decoded.tokenOut, , decoded.form) = abi.decode(
            data[4:],
            (address, uint256, address, uint256, CallForm)
        );
        (decoded.recipient, decoded.spender) = (TREASURY, target);
    }
}

/// @notice What an execution is charged, beside a plain model of netting: whatever calls move between two assets and their
/// positions, lose or exchange. [NX-TRE-11]
contract NettingTest is NexusTest {
    uint256 private constant PAIRS = 2;
    uint256 private constant HELD = 1e12;
    /// @dev The underlyings, then their positions.
    address[2 * PAIRS] private _tokens;
    AnyPool private _pool = new AnyPool();
    IOracleHub private _hub;
    IMandate private _mandate;
    ITreasury private _treasury;
    address private _decoder;

    /// @dev What the calls of one execution did, token by token and pair by pair.
    struct Tally {
        int256[2 * PAIRS] changes;
        uint256[PAIRS] moves;
        uint256 seed;
    }

    function setUp() public {
        _tokens[0] = address(new SandboxUSDC());
        _tokens[1] = address(new SandboxToken("Coin", "C"));
        _tokens[2] = address(new SandboxToken("Position in dollars", "PD"));
        _tokens[3] = address(new SandboxToken("Position in coins", "PC"));
        _hub = IOracleHub(_deploy("OracleHub", abi.encode(this)));
        address breaker = _deploy("CircuitBreaker", abi.encode(this, this));
        MockSource[PAIRS] memory sources = [new MockSource(1e18), new MockSource(3e17)];
        // The eleventh contract that this one makes.
        bytes memory rlp = abi.encodePacked(hex"d694", address(this), bytes1(uint8(11)));
        address treasury = address(uint160(uint256(keccak256(rlp))));
        _mandate = IMandate(_deploy("Mandate", abi.encode(this, treasury, address(2), new address[](0))));
        _treasury = ITreasury(
            _deploy("Treasury", abi.encode(this, this, _mandate, _hub, breaker, _tokens[0], uint256(1 hours)))
        );
        VM.assertTrue(address(_treasury) == treasury, "another address than was computed");
        _decoder = address(new AnyDecoder(treasury));
        for (uint256 i; i < 2 * PAIRS; ++i) {
            uint16 band = i % PAIRS == 0 ? 30 : 100;
            _hub.setFeed(_tokens[i], Feed(6, 1, 1_000), _oneSource(address(sources[i % PAIRS]), 1 days, band));
            if (i != 0) _treasury.addAsset(_tokens[i], 1e27);
            _mandate.setTokenLimit(_tokens[i], TokenLimit(1e27, 1e27, 1e27));
            SandboxToken(_tokens[i]).mint(treasury, HELD);
            SandboxToken(_tokens[i]).mint(address(_pool), HELD);
        }
        _mandate.setLossLimit(LossLimit(2e26, 2e26));
        bytes memory leaf = abi.encode(_pool, AnyPool.move.selector, _decoder, bytes32(0), RiskClass.Routine);
        _mandate.setRoot(keccak256(bytes.concat(keccak256(leaf))), "");
    }

    function testFuzz_AnExecutionIsChargedWhatIsLeftOnceNetted(uint256 seed) public {
        Tally memory tally;
        tally.seed = seed;
        Call[] memory calls = new Call[](1 + _draw(tally, 6));
        CallProof[] memory proofs = new CallProof[](calls.length);
        for (uint256 i; i < calls.length; ++i) {
            calls[i] = Call(address(_pool), _drawCall(tally));
            proofs[i].decoder = _decoder;
        }
        uint256[2 * PAIRS] memory before = _remaining();
        uint256 loss = _treasury.execute(RiskClass.Routine, calls, type(uint128).max, proofs, 1);
        _compare(tally, before, loss);
    }

    /// @dev Half of the calls move a position; the others lose something, or exchange one thing for another.
    function _drawCall(Tally memory tally) private view returns (bytes memory) {
        uint256 pair = _draw(tally, PAIRS);
        uint256 amount = _draw(tally, 3) == 0 ? _draw(tally, 4) : _draw(tally, HELD / 20);
        (uint256 from, uint256 to, CallForm form) = (pair, pair + PAIRS, CallForm.Supplies);
        uint256 given = amount;
        uint256 kind = _draw(tally, 4);
        if (kind < 2) {
            if (kind == 1) (from, to, form) = (to, from, CallForm.Withdraws);
            if (given != 0) given -= _draw(tally, 2);
            ++tally.moves[pair];
        } else {
            from = _draw(tally, 2 * PAIRS);
            to = (from + 1 + _draw(tally, 2 * PAIRS - 1)) % (2 * PAIRS);
            form = CallForm.Plain;
            given = _draw(tally, 3) == 0 ? 0 : _draw(tally, 2 * amount + 1);
        }
        tally.changes[from] -= int256(amount);
        tally.changes[to] += int256(given);
        return abi.encodeCall(AnyPool.move, (_tokens[from], amount, _tokens[to], given, form));
    }

    function _compare(Tally memory tally, uint256[2 * PAIRS] memory before, uint256 loss) private view {
        int256[2 * PAIRS] memory left = _netted(tally);
        (uint256 lost, uint256 gained) = (0, 0);
        for (uint256 i; i < 2 * PAIRS; ++i) {
            uint256 decrease = left[i] < 0 ? uint256(-left[i]) : 0;
            if (decrease != 0) lost += _valueOf(i, decrease, true);
            else if (left[i] > 0) gained += _valueOf(i, uint256(left[i]), false);
        }
        // Where nothing decreased, nothing is valued; where it was netted away, neither.
        VM.assertEq(loss, lost > gained ? lost - gained : 0, "another loss than the model's");
        uint256[2 * PAIRS] memory remaining = _remaining();
        for (uint256 i; i < 2 * PAIRS; ++i) {
            uint256 decrease = left[i] < 0 ? uint256(-left[i]) : 0;
            VM.assertEq(before[i] - remaining[i], decrease, "another use of the limits than the model's");
        }
    }

    /// @dev In the plainest words: a pair that was moved is one thing, and each move may have lost it a unit.
    function _netted(Tally memory tally) private pure returns (int256[2 * PAIRS] memory left) {
        bool decreased;
        for (uint256 i; i < 2 * PAIRS; ++i) {
            left[i] = tally.changes[i];
            if (left[i] < 0) decreased = true;
        }
        if (!decreased) return left;
        for (uint256 pair; pair < PAIRS; ++pair) {
            if (tally.moves[pair] == 0) continue;
            int256 whole = left[pair] + left[pair + PAIRS];
            int256 forgiven = int256(tally.moves[pair]);
            if (whole < 0) whole = whole + forgiven < 0 ? whole + forgiven : int256(0);
            (left[pair], left[pair + PAIRS]) = (whole, 0);
        }
    }

    function _valueOf(uint256 token, uint256 amount, bool isUpper) private view returns (uint256) {
        (uint256 lower, uint256 upper) = _hub.valueRange(_tokens[token], amount);
        return isUpper ? upper : lower;
    }

    function _remaining() private view returns (uint256[2 * PAIRS] memory amounts) {
        for (uint256 i; i < 2 * PAIRS; ++i) (amounts[i], ) = _mandate.remainingOf(1, _tokens[i]);
    }

    function _draw(Tally memory tally, uint256 below) private pure returns (uint256) {
        tally.seed = uint256(keccak256(abi.encode(tally.seed)));
        return tally.seed % below;
    }
}
