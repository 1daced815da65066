// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title FeedDecimals
/// @notice Brings a feed's answers to the 18 decimals of a price.
library FeedDecimals {
    uint256 private constant DECIMALS = 18;

    /// @dev Thrown when a feed has more than 18 decimals, so that a price would lose digits.
    /// @param decimals Decimals that the feed answered.
    error DecimalsOutOfRange(uint256 decimals);

    /// @dev The factor, at most 10^18, that makes 18 decimals of `decimals`.
    function scaleOf(uint256 decimals) internal pure returns (uint256) {
        require(decimals <= DECIMALS, DecimalsOutOfRange(decimals));
        return 10 ** (DECIMALS - decimals);
    }
}
