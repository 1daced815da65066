// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {IAgentRegistry, Seat} from "../interfaces/IAgentRegistry.sol";
import {BreakerLevel, ICircuitBreaker} from "../interfaces/ICircuitBreaker.sol";
import {IConsensus} from "../interfaces/IConsensus.sol";
import {IMandate} from "../interfaces/IMandate.sol";
import {
    INexusLens,
    LensQuery,
    LensView,
    TokenView,
    UnvaluedToken,
    V2View,
    V3View,
    WorstCase
} from "../interfaces/INexusLens.sol";
import {IOracleHub, QuoteStatus} from "../interfaces/IOracleHub.sol";
import {ITreasury} from "../interfaces/ITreasury.sol";
import {ITreasuryAssets} from "../interfaces/ITreasuryAssets.sol";
import {IV2Pair} from "../interfaces/external/IV2Pair.sol";
import {IV3Pool} from "../interfaces/external/IV3Pool.sol";
import {Bits} from "../libraries/Bits.sol";
import {BoundedCall} from "../libraries/BoundedCall.sol";
import {RiskClass} from "../types/RiskClass.sol";

/// @title NexusLens
/// @notice See {INexusLens}.
contract NexusLens is INexusLens {
    using BoundedCall for address;
    using FixedPointMathLib for uint256;

    /// @dev Bits in a word of the tick bitmap.
    int24 private constant WORD_BITS = 256;
    /// @dev Stands for a balance that cannot be read.
    uint256 private constant UNREADABLE = type(uint256).max;

    address private immutable CONSENSUS;
    address private immutable REGISTRY;
    address private immutable MANDATE;
    address private immutable TREASURY;
    address private immutable ORACLE_HUB;
    address private immutable BREAKER;

    /// @param consensus The Consensus contract, which names registry and treasury.
    /// @param mandate The mandate to read limits from.
    /// @param oracleHub The oracle hub to read prices from.
    /// @param breaker The breaker to read levels from.
    constructor(address consensus, address mandate, address oracleHub, address breaker) {
        CONSENSUS = consensus;
        REGISTRY = IConsensus(consensus).REGISTRY();
        TREASURY = IConsensus(consensus).EXECUTOR();
        MANDATE = mandate;
        ORACLE_HUB = oracleHub;
        BREAKER = breaker;
    }

    /// @inheritdoc INexusLens
    function look(LensQuery calldata query) external view returns (LensView memory view_) {
        view_.blockNumber = block.number;
        view_.timestamp = block.timestamp;
        view_.v2Pools = _v2Pools(query.v2Pools);
        view_.v3Pools = _v3Pools(query.v3Pools, query.v3Words);
        view_.tokens = _tokens(query.tokens, query.agentId);
        view_.seats = new Seat[](query.signers.length);
        for (uint256 i; i < query.signers.length; ++i) {
            view_.seats[i] = IAgentRegistry(REGISTRY).seatOf(query.signers[i]);
        }
        view_.levels = new BreakerLevel[](query.scopes.length);
        for (uint256 i; i < query.scopes.length; ++i) {
            view_.levels[i] = ICircuitBreaker(BREAKER).levelOf(query.scopes[i]);
        }
        view_.everything = ICircuitBreaker(BREAKER).levelOf(address(0));
        view_.policy = IConsensus(CONSENSUS).policyOf(RiskClass.Routine);
        view_.mandateRoot = IMandate(MANDATE).root();
        view_.lossLimit = IMandate(MANDATE).lossLimit();
        view_.lossRoom = IMandate(MANDATE).lossRoom();
        try ITreasury(TREASURY).assetsRange() returns (uint256 lower, uint256 upper) {
            (view_.valued, view_.assetsLower, view_.assetsUpper) = (true, lower, upper);
        } catch {
            // A held asset has no price; `valued` stays false.
        }
    }

    function _v2Pools(address[] calldata pools) private view returns (V2View[] memory views) {
        views = new V2View[](pools.length);
        for (uint256 i; i < pools.length; ++i) {
            (views[i].reserve0, views[i].reserve1, ) = IV2Pair(pools[i]).getReserves();
        }
    }

    function _v3Pools(address[] calldata pools, uint16[] calldata words) private view returns (V3View[] memory views) {
        views = new V3View[](pools.length);
        for (uint256 i; i < pools.length; ++i) {
            IV3Pool pool = IV3Pool(pools[i]);
            V3View memory view_ = views[i];
            (view_.sqrtPriceX96, view_.tick, , , , , ) = pool.slot0();
            view_.tickSpacing = pool.tickSpacing();
            view_.liquidity = pool.liquidity();
            if (words[i] != 0) _readTicks(pool, view_, int24(uint24(words[i])) - 1);
        }
    }

    /// @dev Reads `reach` words of the bitmap on each side of the current tick's, and each initialised tick in them.
    function _readTicks(IV3Pool pool, V3View memory view_, int24 reach) private view {
        int24 spacing = view_.tickSpacing;
        int24 compressed = view_.tick / spacing;
        if (view_.tick < 0 && view_.tick % spacing != 0) --compressed;
        // Safe casts: a compressed tick has at most 21 bits, so its word fits 13, and the bitmap has no word beyond 16.
        view_.firstWord = int16((compressed >> 8) - reach);
        view_.lastWord = int16((compressed >> 8) + reach);

        uint256 count = uint256(uint24(2 * reach + 1));
        uint256[] memory bitmaps = new uint256[](count);
        uint256 total;
        for (uint256 i; i < count; ++i) {
            bitmaps[i] = pool.tickBitmap(view_.firstWord + int16(uint16(i)));
            total += Bits.count(bitmaps[i]);
        }
        view_.ticks = new uint256[](total);
        uint256 filled;
        for (uint256 i; i < count; ++i) {
            int24 first = (int24(view_.firstWord) + int24(uint24(i))) * WORD_BITS;
            for (uint256 bits = bitmaps[i]; bits != 0; bits &= bits - 1) {
                int24 index = (first + int24(uint24(Bits.lowest(bits)))) * spacing;
                (, int128 net, , , , , , ) = pool.ticks(index);
                view_.ticks[filled++] = (uint256(uint128(int128(index))) << 128) | uint128(net);
            }
        }
    }

    function _tokens(address[] calldata tokens, uint32 agentId) private view returns (TokenView[] memory views) {
        views = new TokenView[](tokens.length);
        for (uint256 i; i < tokens.length; ++i) {
            TokenView memory view_ = views[i];
            view_.balance = IERC20(tokens[i]).balanceOf(TREASURY);
            (view_.status, view_.quote) = IOracleHub(ORACLE_HUB).previewQuote(tokens[i]);
            view_.limit = IMandate(MANDATE).tokenLimitOf(tokens[i]);
            (view_.roomForAgent, view_.roomForAll) = IMandate(MANDATE).roomOf(agentId, tokens[i]);
            view_.level = ICircuitBreaker(BREAKER).levelOf(tokens[i]);
        }
    }

    /* THE WORST CASE */

    /// @inheritdoc INexusLens
    function worstCase(RiskClass riskClass) external view returns (WorstCase memory worst) {
        address[] memory assets = ITreasury(TREASURY).assets();
        uint256 unvalued;
        bool holdsUnvalued;
        for (uint256 i; i < assets.length; ++i) {
            address token = assets[i];
            (uint256 atOnce, uint256 inADay) = IMandate(MANDATE).fallRoomOf(token, riskClass);
            if (inADay == 0) continue;
            uint256 balance = _balanceOf(token);
            (QuoteStatus status, uint256 lower, uint256 upper) = IOracleHub(ORACLE_HUB).previewValueRange(
                token,
                inADay
            );
            if (status == QuoteStatus.Ready && balance != UNREADABLE) {
                // A fall that is made good again takes nothing, so in the end no more of a token is taken than is held.
                worst.atOnce += _partOf(upper, atOnce.min(balance), inADay);
                worst.inADay += _partOf(upper, inADay.min(balance), inADay);
                worst.notional += upper;
                worst.deviation += upper - lower;
            } else {
                if (unvalued == 0) worst.unvalued = new UnvaluedToken[](assets.length);
                worst.unvalued[unvalued++] = UnvaluedToken({token: token, balance: balance, falls: inADay});
                if (balance != 0) holdsUnvalued = true;
            }
        }
        if (unvalued != 0) _shorten(worst.unvalued, unvalued);
        worst.deviation = worst.deviation.divUp(2);
        // The treasury charges at least what was taken, so no more is taken than the limits of loss have room for.
        (uint256 lossAtOnce, uint256 lossInADay) = IMandate(MANDATE).lossRoomOf(riskClass);
        worst.atOnce = worst.atOnce.min(lossAtOnce);
        worst.inADay = holdsUnvalued ? lossInADay : worst.inADay.min(lossInADay);
    }

    /// @dev A token whose balance cannot be read is in no execution while that is so.
    function _balanceOf(address token) private view returns (uint256) {
        (bool isRead, uint256 balance) = token.tryBalanceOf(TREASURY);
        if (isRead) return balance;
        require(BoundedCall.hasGas(BoundedCall.READ_GAS), ITreasuryAssets.GasTooLow(gasleft()));
        return UNREADABLE;
    }

    /// @dev The worth of `part` when `whole` is worth `value`, rounded up.
    function _partOf(uint256 value, uint256 part, uint256 whole) private pure returns (uint256) {
        return part == whole ? value : value.fullMulDivUp(part, whole);
    }

    /// @dev In place: `count` is at most the length that `list` was made with.
    function _shorten(UnvaluedToken[] memory list, uint256 count) private pure {
        assembly ("memory-safe") {
            mstore(list, count)
        }
    }
}
