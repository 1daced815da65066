// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Seat} from "./IAgentRegistry.sol";
import {BreakerLevel} from "./ICircuitBreaker.sol";
import {Policy} from "../types/Ballot.sol";
import {LossLimit, TokenLimit} from "./IMandate.sol";
import {Quote, QuoteStatus} from "./IOracleHub.sol";

/// @notice What a keeper wants to know. Every loop of the lens is as long as one of these lists.
struct LensQuery {
    /// Pools shaped like Uniswap's v2.
    address[] v2Pools;
    /// Pools shaped like Uniswap's v3.
    address[] v3Pools;
    /// For each v3 pool, how many words of the tick bitmap to read on each side of the current one, plus one; zero reads
    /// no ticks at all.
    uint16[] v3Words;
    /// Tokens of the treasury.
    address[] tokens;
    /// Vote signers.
    address[] signers;
    /// Breaker scopes beside the tokens: the protocols that are called.
    address[] scopes;
    /// Whose daily room to report.
    uint32 agentId;
}

/// @notice A v2 pool's reserves.
struct V2View {
    uint112 reserve0;
    uint112 reserve1;
}

/// @notice A v3 pool's price and the ticks around it.
struct V3View {
    uint160 sqrtPriceX96;
    int24 tick;
    int24 tickSpacing;
    uint128 liquidity;
    /// The words of the tick bitmap that were read, both included.
    int16 firstWord;
    int16 lastWord;
    /// Initialised ticks in ascending order: the index in the upper, `liquidityNet` in the lower 128 bits, both signed.
    uint256[] ticks;
}

/// @notice One token of the treasury.
struct TokenView {
    /// What the treasury holds, in the token's units.
    uint256 balance;
    QuoteStatus status;
    Quote quote;
    TokenLimit limit;
    uint256 roomForAgent;
    uint256 roomForAll;
    BreakerLevel level;
}

/// @notice Everything at one block.
struct LensView {
    uint256 blockNumber;
    uint256 timestamp;
    V2View[] v2Pools;
    V3View[] v3Pools;
    TokenView[] tokens;
    Seat[] seats;
    BreakerLevel[] levels;
    BreakerLevel everything;
    Policy policy;
    bytes32 mandateRoot;
    LossLimit lossLimit;
    uint256 lossRoom;
    /// Whether the treasury can be valued; else both ends are zero.
    bool valued;
    /// What the treasury holds, at both ends of the confidence band, in the base asset's units.
    uint256 assetsLower;
    uint256 assetsUpper;
}

/// @title INexusLens
/// @notice Reads in one call, at one block, what keepers and dashboards need. It owns nothing, and the core does not know it.
interface INexusLens {
    /// @notice Reads what `query` asks for.
    ///
    /// @dev Reverts when a listed pool is no contract of its kind, or the lists of v3 pools and words differ in length.
    ///
    /// @param query What to read.
    /// @return What was read.
    function look(LensQuery calldata query) external view returns (LensView memory);
}
