// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {SignerRecord} from "./IAgentRegistry.sol";
import {BreakerLevel} from "./ICircuitBreaker.sol";
import {Policy} from "../types/Tally.sol";
import {RiskClass} from "../types/RiskClass.sol";
import {LossLimit, TokenLimit} from "./IMandate.sol";
import {Quote, QuoteStatus} from "./IOracleHub.sol";

/// @notice The questions of a keeper. Every loop of the lens is as long as one of these lists.
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
    /// The agent whose remaining daily limits are reported.
    uint32 agentId;
}

/// @notice A v2 pool's reserves.
struct V2Snapshot {
    uint112 reserve0;
    uint112 reserve1;
}

/// @notice A v3 pool's price and the ticks around it.
struct V3Snapshot {
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
struct TokenSnapshot {
    /// The treasury's balance, in the token's units.
    uint256 balance;
    QuoteStatus status;
    Quote quote;
    TokenLimit limit;
    uint256 remainingForAgent;
    uint256 remainingForAll;
    BreakerLevel level;
}

/// @notice Everything at one block.
struct LensSnapshot {
    uint256 blockNumber;
    uint256 timestamp;
    V2Snapshot[] v2Pools;
    V3Snapshot[] v3Pools;
    TokenSnapshot[] tokens;
    SignerRecord[] signerRecords;
    BreakerLevel[] levels;
    BreakerLevel everything;
    Policy policy;
    bytes32 mandateRoot;
    LossLimit lossLimit;
    uint256 remainingLoss;
    /// Whether the treasury can be valued; else both ends are zero.
    bool valued;
    /// The value of the treasury's assets, at both ends of the confidence band, in the base asset's units.
    uint256 assetsLower;
    uint256 assetsUpper;
}

/// @notice An asset that may fall and has no value in dollars now.
struct UnvaluedToken {
    address token;
    /// The treasury's balance, in the token's units; 2^256 - 1 when that cannot be read.
    uint256 balance;
    /// By how much it may fall in the next 24 hours once it has a value again, in the token's units.
    uint256 decrease;
}

/// @notice The most that a corrupt quorum could take until the day's limits have refilled, all agents and the lower
/// classes included; in USD with 18 decimals, while true prices lie inside the oracles' bands.
struct WorstCase {
    /// The most that it could take at once, at the prices of now.
    uint256 atOnce;
    /// The most that it could take in the next 24 hours, what it takes at once included.
    uint256 inADay;
    /// The value that may fall in the next 24 hours, at the upper ends of the bands: where a true price lies beyond a
    /// band, the quorum could take as much of this more as that price lies beyond.
    uint256 notional;
    /// The accepted deviation of it: by how much it is more at the upper ends of the bands than in their middles.
    uint256 deviation;
    /// The tokens that the dollars leave out.
    UnvaluedToken[] unvalued;
}

/// @title INexusLens
/// @notice Reads in one call, at one block, what keepers and dashboards need. It owns nothing, and the core does not know it.
interface INexusLens {
    /// @notice Reads everything that `query` names, at one block.
    ///
    /// @dev Reverts when a listed pool is no contract of its kind, or the lists of v3 pools and words differ in length.
    ///
    /// @param query The lists of pools, tokens, signers and scopes to read.
    /// @return Everything that was read.
    function snapshot(LensQuery calldata query) external view returns (LensSnapshot memory);

    /// @notice The most that a corrupt quorum of a class could take in the next 24 hours, as long as settings stay.
    /// [NX-TRE-02]
    ///
    /// @dev `inADay` is the smaller of what the limits of loss have room for, and what is held and may fall at the upper
    /// ends of the bands.
    ///
    /// Notes:
    /// - What is held and may fall counts at the prices of now. Where the limits of loss are the smaller, `inADay` holds
    ///   wherever prices move; where they are not, it moves with prices and with what is deposited meanwhile.
    /// - While an unvalued token is held and may fall, the limits of loss alone count: it may have a value again in a minute.
    /// - A price that lies `a` above the band of what is sold and one that lies `b` below the band of what is bought add up:
    ///   with both in basis points, the quorum could take (`a` + `b`) / 10,000 of `notional` more.
    /// - The class counts as if its votes could be had: whether it has a policy, and Critical a co-signer, `IConsensus` says.
    /// - What the treasury owes to former holders counts as held. The breaker does not count: a quorum cannot restore it,
    ///   and the timelock can.
    ///
    /// Reverts when too little gas is left to read every source and balance fairly.
    ///
    /// @param riskClass The highest class that its votes carry.
    function worstCase(RiskClass riskClass) external view returns (WorstCase memory);
}
