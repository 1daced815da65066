// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IPriceSourceWithInterval} from "../interfaces/IPriceSourceWithInterval.sol";
import {IPyth, PythPrice} from "../interfaces/external/IPyth.sol";

/// @title PythSource
/// @notice A feed of Pyth as a price source, with Pyth's own confidence interval.
///
/// Warnings:
/// - Pyth's price on chain is as new as the last update that somebody paid for, and who pays chooses which update of the
///   last seconds it is. A quorum must not rest on this source alone.
contract PythSource is IPriceSourceWithInterval {
    using SafeCast for uint256;

    int32 private constant DECIMALS = 18;
    uint256 private constant MAX_DEVIATIONS = 10;

    address public immutable PYTH;
    bytes32 public immutable FEED_ID;
    /// @notice Standard deviations on each side of the price that make the interval.
    uint256 public immutable DEVIATIONS;

    /// @notice Thrown when the feed's exponent lies outside -18 to 0, the range in which a price keeps all its digits.
    /// @param exponent Exponent that the feed answered.
    error ExponentOutOfRange(int32 exponent);

    /// @notice Thrown at construction when the interval would be nothing, or wider than makes sense.
    /// @param deviations Standard deviations that were asked for.
    error DeviationsOutOfRange(uint256 deviations);

    /// @param pyth Address of Pyth's contract.
    /// @param feedId Identifier of the feed.
    /// @param deviations Standard deviations on each side of the price, from 1 to 10; beyond 3 lies about 1 % of a Laplace
    /// distribution, which Pyth describes its prices by.
    constructor(address pyth, bytes32 feedId, uint8 deviations) {
        require(deviations != 0 && deviations <= MAX_DEVIATIONS, DeviationsOutOfRange(deviations));
        (PYTH, FEED_ID, DEVIATIONS) = (pyth, feedId, deviations);
    }

    /// @inheritdoc IPriceSourceWithInterval
    function read() external view returns (int224 price, uint32 updatedAt, uint256 interval) {
        PythPrice memory answer = IPyth(PYTH).getPriceUnsafe(FEED_ID);
        require(-DECIMALS <= answer.expo && answer.expo <= 0, ExponentOutOfRange(answer.expo));
        updatedAt = answer.publishTime.toUint32();
        // Safe casts: the exponent is from 0 to 18, and 64 bits times 10^18 are below 2^124.
        unchecked {
            uint256 scale = 10 ** uint32(DECIMALS + answer.expo);
            price = int224(answer.price) * int224(int256(scale));
            interval = uint256(answer.conf) * scale * DEVIATIONS;
        }
    }
}
