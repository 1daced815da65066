// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Call} from "../types/Proposal.sol";
import {Refusal} from "../types/Refusal.sol";
import {IAdministered} from "./IAdministered.sol";
import {IExecutor} from "./IExecutor.sol";

/// @title ITreasury
/// @notice Where the money is: an ERC-4626 vault over one base asset that may hold others too.
///
/// Only Consensus makes it act, inside the mandate; the DAO's timelock can too, outside of it. Every execution is
/// bracketed by the balances of all tokens that the decoders report. If none of them falls, no price is read; if one
/// falls, what was lost is valued and charged. [NX-TRE-02] [NX-TRE-07]
///
/// Deposits are priced at the upper end of the confidence band of what the treasury holds, exits in the asset at the
/// lower end, and fresh shares cannot leave in kind for a while: no error of an oracle inside its band is a free option.
/// [NX-TRE-06]
///
/// Trusts: the assets that the DAO listed neither take fees on transfer nor rebase; what does is refused on deposit.
interface ITreasury is IAdministered, IExecutor {
    /// @notice Emitted when the DAO's timelock made the treasury act.
    /// @param target What it called.
    /// @param data With what.
    event AdminExecuted(address indexed target, bytes data);

    /// @notice Emitted when an asset is listed or delisted.
    /// @param asset The asset.
    /// @param listed What it is from now on.
    event AssetChanged(address indexed asset, bool listed);

    /// @notice Emitted when shares are redeemed for their part of everything.
    /// @param caller Who called.
    /// @param receiver Who receives.
    /// @param owner Whose shares they were.
    /// @param shares How many.
    /// @param amounts What was paid of each asset, in the order of `assets()`.
    event RedeemedInKind(
        address indexed caller,
        address indexed receiver,
        address indexed owner,
        uint256 shares,
        uint256[] amounts
    );

    /// @notice Emitted when an asset could not be paid out and is owed instead.
    /// @param token The asset.
    /// @param account Who may claim it.
    /// @param amount How much, in its units.
    event ClaimCredited(address indexed token, address indexed account, uint256 amount);

    /// @notice Emitted when an owed asset was paid.
    /// @param token The asset.
    /// @param account Who claimed it.
    /// @param amount How much, in its units.
    event ClaimPaid(address indexed token, address indexed account, uint256 amount);

    /// @notice Emitted when shares rose above their high-water mark, and a fee is taken of that.
    /// @param recipient Who got it.
    /// @param shares In new shares; none where it rounds to nothing.
    /// @param amount What they were worth, in the base asset's units.
    /// @param highWaterMark What a share is worth from now on before the next fee is due.
    event FeeAccrued(address indexed recipient, uint256 shares, uint256 amount, uint256 highWaterMark);

    /// @notice Emitted when the performance fee changes.
    /// @param recipient Who gets it from now on.
    /// @param feeBps Its part of a gain from now on, in basis points.
    event PerformanceFeeChanged(address indexed recipient, uint16 feeBps);

    /// @notice Thrown when anyone but Consensus executes.
    /// @param caller Who tried.
    error NotExecutingConsensus(address caller);

    /// @notice Thrown when an action is refused before it begins.
    /// @param refusal Why.
    /// @param index The index of the call at fault.
    error ActionRefused(Refusal refusal, uint256 index);

    /// @notice Thrown when a call of an ERC-20 function returned false.
    /// @param index Its index.
    error CallReturnedFalse(uint256 index);

    /// @notice Thrown when an action would spend what is owed to former holders.
    /// @param token The asset.
    /// @param balance What would be left of it, in its units.
    /// @param owed What is owed.
    error OwedAssetsSpent(address token, uint256 balance, uint256 owed);

    /// @notice Thrown when too little gas is left to read an asset's balance fairly.
    /// @param gasLeft What is left.
    error GasTooLow(uint256 gasLeft);

    /// @notice Thrown when a position grew although the breaker stands at `ReduceOnly`. [NX-BRK-01]
    /// @param token The position's token.
    /// @param increase By how much, in its units.
    error PositionGrew(address token, uint256 increase);

    /// @notice Thrown when something is called while an execution or an entry or exit runs. [NX-TRE-08]
    error TreasuryLocked();

    /// @notice Thrown when shares that are too fresh would move or leave in kind.
    /// @param owner Whose shares.
    /// @param available How many are not fresh.
    /// @param needed How many were asked for.
    /// @param freshUntil The second from which all are available.
    error SharesTooFresh(address owner, uint256 available, uint256 needed, uint256 freshUntil);

    /// @notice Thrown when someone deposits for another who holds fresh shares, which would prolong their wait.
    /// @param receiver The other.
    error ReceiverHoldsFreshShares(address receiver);

    /// @notice Thrown when an entry or exit would be worth nothing at all.
    error ZeroAmount();

    /// @notice Thrown when a token delivered less than it was asked to.
    /// @param token The token.
    /// @param received What arrived, in its units.
    /// @param expected What should have.
    error TokenTookFee(address token, uint256 received, uint256 expected);

    /// @notice Thrown when an asset cannot be listed or delisted.
    /// @param asset The asset.
    error InvalidAsset(address asset);

    /// @notice Thrown when nothing is owed.
    /// @param token The asset.
    /// @param account Who asked.
    error NothingToClaim(address token, address account);

    /// @notice Thrown when the performance fee would exceed what no vote can set.
    /// @param feeBps What was asked for, in basis points.
    /// @param maximum The most.
    error PerformanceFeeAboveCap(uint256 feeBps, uint256 maximum);

    /// @notice Redeems shares for their part of every asset that the treasury holds, oracles and breaker aside.
    ///
    /// @dev Emits {RedeemedInKind}, and {ClaimCredited} for what could not be paid.
    ///
    /// Requirements:
    /// - Works in every state outside an execution's own call. [NX-TRE-04] [NX-BRK-03]
    /// - The shares must not be fresh, nor the receiver the zero address. [NX-TRE-06]
    ///
    /// Notes:
    /// - No fee is taken first, since that would need prices: what leaves in kind leaves with its part of a gain.
    /// - An asset whose transfer fails is owed to `receiver` and blocks nothing; so does one whose balance cannot be
    ///   read, whose part is then forgone.
    ///
    /// @param shares How many.
    /// @param receiver Who receives.
    /// @param owner Whose shares; the caller needs an allowance for another's.
    /// @return amounts What was paid or credited of each asset, rounded down, in the order of `assets()`.
    function redeemInKind(uint256 shares, address receiver, address owner) external returns (uint256[] memory amounts);

    /// @notice Pays `account` what is owed to it of `token`; anyone may call it.
    /// @dev Emits {ClaimPaid}.
    function claim(address token, address account) external returns (uint256 amount);

    /// @notice Takes the fee on what shares gained above their high-water mark; anyone may call it. [NX-FEE-02]
    ///
    /// @dev Emits {FeeAccrued} when they did. Entries and exits in the base asset do the same first. Reverts when a held
    /// asset has no price.
    ///
    /// Notes:
    /// - The fee is paid in new shares: it needs no base asset, and what was gained need not be sold for it.
    /// - Gains are measured at the lower end of the band, per share, and only above the highest worth that a fee was taken
    ///   at; shares that were bought below that mark gain up to it without a fee.
    ///
    /// @return amount What it was worth, in the base asset's units.
    function accrueFee() external returns (uint256 amount);

    /// @notice Sets who gets which part of what shares gain. What they gained until now is charged as before.
    /// @dev Emits {PerformanceFeeChanged}. Only the administrator, and never above `MAX_PERFORMANCE_FEE_BPS`.
    function setPerformanceFee(address newRecipient, uint16 newFeeBps) external;

    /// @notice The fee that `accrueFee` would take now, in shares, and what it is worth in the base asset's units.
    function feeDue() external view returns (uint256 shares, uint256 amount);

    /// @notice Makes calls for the DAO, outside of mandate and bracket. Only the administrator.
    /// @dev Emits {AdminExecuted} for each. The timelock's delay must exceed the time to exit. [NX-TRE-01]
    function executeAsAdmin(Call[] calldata calls) external;

    /// @notice Leaves an allowance of one unit, so that the first use pays for no new slot.
    /// @dev Only the administrator, and only for an asset: even one unit is not a stranger's to take. [NX-TRE-03]
    function primeAllowance(address token, address spender) external;

    /// @notice Lists an asset, which must have a price.
    /// @dev Emits {AssetChanged}. Only the administrator; at most `MAX_ASSETS`.
    function addAsset(address asset) external;

    /// @notice Delists an asset of which nothing is left, or whose balance cannot be read, and which the mandate forbids.
    /// @dev Emits {AssetChanged}. Only the administrator.
    function removeAsset(address asset) external;

    /// @notice The assets that shares are a part of; the base asset comes first.
    function assets() external view returns (address[] memory);

    /// @notice Whether shares are a part of `token`.
    function isAsset(address token) external view returns (bool);

    /// @notice What all assets are worth at both ends of the confidence band, in the base asset's units.
    /// @dev Reverts when a held asset has no price.
    function assetsRange() external view returns (uint256 lower, uint256 upper);

    /// @notice How many of `account`'s shares are fresh, and until when.
    function freshSharesOf(address account) external view returns (uint256 shares, uint256 freshUntil);

    /// @notice What is owed to `account` of `token`, in its units.
    function claimOf(address token, address account) external view returns (uint256);

    /// @notice How long fresh shares can neither move nor leave in kind, in seconds.
    function MIN_HOLDING_TIME() external view returns (uint256);

    /// @notice Who gets the performance fee.
    function feeRecipient() external view returns (address);

    /// @notice The performance fee, in basis points of what shares gain.
    function performanceFeeBps() external view returns (uint16);

    /// @notice What 10^27 units of shares were worth when a fee was last taken, in the base asset's units.
    function highWaterMark() external view returns (uint256);

    /// @notice What the performance fee never exceeds, in basis points.
    function MAX_PERFORMANCE_FEE_BPS() external view returns (uint256);

    /// @notice The most assets.
    function MAX_ASSETS() external view returns (uint256);

    /// @notice What values the treasury's assets.
    function ORACLE_HUB() external view returns (address);
}
