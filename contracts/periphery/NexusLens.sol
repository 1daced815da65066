// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {IAgentRegistry, SignerRecord} from "../interfaces/IAgentRegistry.sol";
import {BreakerLevel, ICircuitBreaker} from "../interfaces/ICircuitBreaker.sol";
import {IConsensus} from "../interfaces/IConsensus.sol";
import {IMandate} from "../interfaces/IMandate.sol";
import {
    INexusLens,
    LensQuery,
    LensSnapshot,
    TokenSnapshot,
    UnvaluedToken,
    V2Snapshot,
    V3Snapshot,
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
    function snapshot(LensQuery calldata query) external view returns (LensSnapshot memory snapshot_) {
        snapshot_.blockNumber = block.number;
        snapshot_.timestamp = block.timestamp;
        snapshot_.v2Pools = _v2Pools(query.v2Pools);
        snapshot_.v3Pools = _v3Pools(query.v3Pools, query.v3Words);
        snapshot_.tokens = _tokens(query.tokens, query.agentId);
        snapshot_.signerRecords = new SignerRecord[](query.signers.length);
        for (uint256 i; i < query.signers.length; ++i) {
            snapshot_.signerRecords[i] = IAgentRegistry(REGISTRY).signerRecordOf(query.signers[i]);
        }
        snapshot_.levels = new BreakerLevel[](query.scopes.length);
        for (uint256 i; i < query.scopes.length; ++i) {
            snapshot_.levels[i] = ICircuitBreaker(BREAKER).levelOf(query.scopes[i]);
        }
        snapshot_.everything = ICircuitBreaker(BREAKER).levelOf(address(0));
        snapshot_.policy = IConsensus(CONSENSUS).policyOf(RiskClass.Routine);
        snapshot_.mandateRoot = IMandate(MANDATE).root();
        snapshot_.lossLimit = IMandate(MANDATE).lossLimit();
        snapshot_.remainingLoss = IMandate(MANDATE).remainingLoss();
        try ITreasury(TREASURY).assetsRange() returns (uint256 lower, uint256 upper) {
            (snapshot_.valued, snapshot_.assetsLower, snapshot_.assetsUpper) = (true, lower, upper);
        } catch {
            // A held asset has no price; `valued` stays false.
        }
    }

    function _v2Pools(address[] calldata pools) private view returns (V2Snapshot[] memory snapshots) {
        snapshots = new V2Snapshot[](pools.length);
        for (uint256 i; i < pools.length; ++i) {
            (snapshots[i].reserve0, snapshots[i].reserve1, ) = IV2Pair(pools[i]).getReserves();
        }
    }

    function _v3Pools(
        address[] calldata pools,
        uint16[] calldata words
    ) private view returns (V3Snapshot[] memory snapshots) {
        snapshots = new V3Snapshot[](pools.length);
        for (uint256 i; i < pools.length; ++i) {
            IV3Pool pool = IV3Pool(pools[i]);
            V3Snapshot memory snapshot_ = snapshots[i];
            (snapshot_.sqrtPriceX96, snapshot_.tick, , , , , ) = pool.slot0();
            snapshot_.tickSpacing = pool.tickSpacing();
            snapshot_.liquidity = pool.liquidity();
            if (words[i] != 0) _readTicks(pool, snapshot_, int24(uint24(words[i])) - 1);
        }
    }

    /// @dev Reads `reach` words of the bitmap on each side of the current tick's, and each initialised tick in them.
    function _readTicks(IV3Pool pool, V3Snapshot memory snapshot_, int24 reach) private view {
        int24 spacing = snapshot_.tickSpacing;
        int24 compressed = snapshot_.tick / spacing;
        if (snapshot_.tick < 0 && snapshot_.tick % spacing != 0) --compressed;
        // Safe casts: a compressed tick has at most 21 bits, so its word fits 13, and the bitmap has no word beyond 16.
        snapshot_.firstWord = int16((compressed >> 8) - reach);
        snapshot_.lastWord = int16((compressed >> 8) + reach);

        uint256 count = uint256(uint24(2 * reach + 1));
        uint256[] memory bitmaps = new uint256[](count);
        uint256 total;
        for (uint256 i; i < count; ++i) {
            bitmaps[i] = pool.tickBitmap(snapshot_.firstWord + int16(uint16(i)));
            total += Bits.count(bitmaps[i]);
        }
        snapshot_.ticks = new uint256[](total);
        uint256 filled;
        for (uint256 i; i < count; ++i) {
            int24 first = (int24(snapshot_.firstWord) + int24(uint24(i))) * WORD_BITS;
            for (uint256 bits = bitmaps[i]; bits != 0; bits &= bits - 1) {
                int24 index = (first + int24(uint24(Bits.lowest(bits)))) * spacing;
                (, int128 net, , , , , , ) = pool.ticks(index);
                snapshot_.ticks[filled++] = (uint256(uint128(int128(index))) << 128) | uint128(net);
            }
        }
    }

    function _tokens(
        address[] calldata tokens,
        uint32 agentId
    ) private view returns (TokenSnapshot[] memory snapshots) {
        snapshots = new TokenSnapshot[](tokens.length);
        for (uint256 i; i < tokens.length; ++i) {
            TokenSnapshot memory snapshot_ = snapshots[i];
            snapshot_.balance = IERC20(tokens[i]).balanceOf(TREASURY);
            (snapshot_.status, snapshot_.quote) = IOracleHub(ORACLE_HUB).previewQuote(tokens[i]);
            snapshot_.limit = IMandate(MANDATE).tokenLimitOf(tokens[i]);
            (snapshot_.remainingForAgent, snapshot_.remainingForAll) = IMandate(MANDATE).remainingOf(
                agentId,
                tokens[i]
            );
            snapshot_.level = ICircuitBreaker(BREAKER).levelOf(tokens[i]);
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
            (uint256 atOnce, uint256 inADay) = IMandate(MANDATE).remainingDecreaseOf(token, riskClass);
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
                worst.unvalued[unvalued++] = UnvaluedToken({token: token, balance: balance, decrease: inADay});
                if (balance != 0) holdsUnvalued = true;
            }
        }
        if (unvalued != 0) _shorten(worst.unvalued, unvalued);
        worst.deviation = worst.deviation.divUp(2);
        // The treasury charges at least what was taken, so no more is taken than the limits of loss have room for.
        (uint256 lossAtOnce, uint256 lossInADay) = IMandate(MANDATE).remainingLossOf(riskClass);
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
