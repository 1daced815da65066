// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ICompoundV2Position} from "../interfaces/ICompoundV2Position.sol";
import {ICToken} from "../interfaces/external/ICToken.sol";

/// @title CompoundV2Position
/// @notice See {ICompoundV2Position}. It has no storage and no owner, and nothing ever belongs to it.
contract CompoundV2Position is ICompoundV2Position {
    using Math for uint256;

    /// @dev One, in the market's rate.
    uint256 private constant WAD = 1e18;

    /// @inheritdoc ICompoundV2Position
    ICToken public immutable MARKET;
    /// @inheritdoc ICompoundV2Position
    uint8 public immutable decimals;

    /// @param market The market whose shares are shown.
    constructor(ICToken market) {
        require(market.accrualBlockNumber() <= block.number, OtherClock(address(market)));
        MARKET = market;
        decimals = IERC20Metadata(market.underlying()).decimals();
    }

    /// @inheritdoc ICompoundV2Position
    function transfer(address to, uint256 amount) external returns (bool) {
        uint256 shares = amount.mulDiv(WAD, _rate());
        require(shares != 0 || amount == 0, LessThanOneShare(amount));
        emit Transfer(msg.sender, to, amount);
        require(MARKET.transferFrom(msg.sender, to, shares), SharesNotMoved(shares));
        return true;
    }

    /// @inheritdoc ICompoundV2Position
    function balanceOf(address account) external view returns (uint256) {
        return _unitsOf(MARKET.balanceOf(account));
    }

    /// @inheritdoc ICompoundV2Position
    function totalSupply() external view returns (uint256) {
        return _unitsOf(MARKET.totalSupply());
    }

    function _unitsOf(uint256 shares) private view returns (uint256) {
        return shares == 0 ? 0 : shares.mulDiv(_rate(), WAD);
    }

    /// @dev The worth of a share in units of the asset, with 18 decimals: what the market would say had it brought interest up to
    /// date in this block, to the last unit. Reverts while there are no shares.
    function _rate() private view returns (uint256) {
        uint256 borrows = MARKET.totalBorrows();
        uint256 reserves = MARKET.totalReserves();
        uint256 blocks = block.number - MARKET.accrualBlockNumber();
        if (blocks != 0) {
            uint256 interest = (MARKET.borrowRatePerBlock() * blocks * borrows) / WAD;
            borrows += interest;
            reserves += (MARKET.reserveFactorMantissa() * interest) / WAD;
        }
        return (MARKET.getCash() + borrows - reserves).mulDiv(WAD, MARKET.totalSupply());
    }
}
