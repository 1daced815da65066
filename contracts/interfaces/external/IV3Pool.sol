// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title IV3Pool
/// @notice The functions of a pool shaped like Uniswap's v3 that we read.
interface IV3Pool {
    /// @notice The price as a square root with 96 fractional bits, its tick, and what we do not use.
    function slot0()
        external
        view
        returns (
            uint160 sqrtPriceX96,
            int24 tick,
            uint16 observationIndex,
            uint16 observationCardinality,
            uint16 observationCardinalityNext,
            uint8 feeProtocol,
            bool unlocked
        );

    /// @notice The liquidity in range.
    function liquidity() external view returns (uint128);

    /// @notice Positions begin and end on multiples of this.
    function tickSpacing() external view returns (int24);

    /// @notice 256 compressed ticks, one bit for each that is initialised.
    function tickBitmap(int16 wordPosition) external view returns (uint256);

    /// @notice One tick.
    function ticks(
        int24 tick
    )
        external
        view
        returns (
            uint128 liquidityGross,
            int128 liquidityNet,
            uint256 feeGrowthOutside0X128,
            uint256 feeGrowthOutside1X128,
            int56 tickCumulativeOutside,
            uint160 secondsPerLiquidityOutsideX128,
            uint32 secondsOutside,
            bool initialized
        );
}
