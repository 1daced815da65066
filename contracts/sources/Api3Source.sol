// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IApi3ReaderProxy} from "../interfaces/external/IApi3ReaderProxy.sol";
import {IPriceSource, SourceAnswer} from "../interfaces/IPriceSource.sol";

/// @title Api3Source
/// @notice An API3 feed as a price source. Trusts the proxy, which API3 can upgrade, for the value; OracleHub bounds age,
/// sign and agreement.
contract Api3Source is IPriceSource {
    address private immutable PROXY;
    uint256 private immutable MAX_AGE;
    uint256 private immutable DEVIATION_BPS;

    /// @param proxy The reader proxy of the feed.
    /// @param maxAge How old its value may be, in seconds.
    /// @param deviationBps The feed's deviation threshold, in basis points.
    constructor(address proxy, uint256 maxAge, uint256 deviationBps) {
        PROXY = proxy;
        MAX_AGE = maxAge;
        DEVIATION_BPS = deviationBps;
    }

    /// @inheritdoc IPriceSource
    function read() external view returns (SourceAnswer memory answer) {
        (answer.price, answer.updatedAt) = IApi3ReaderProxy(PROXY).read();
        answer.maxAge = MAX_AGE;
        answer.deviationBps = DEVIATION_BPS;
    }
}
